/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hook program that libvirt runs at each step of every domain's life cycle on this host:
 *   qemu NAME OPERATION SUBOPERATION EXTRA <domain.xml
 * (libvirt: docs/hooks.rst, src/util/virhook.c). Nearly all of these calls do not concern pcitag, and libvirt
 * holds the domain's lock meanwhile, so this program only detects that: it has no parser, no state and no
 * heap allocation. Calls that may concern pcitag are passed to the engine. The engine replaces this process
 * by execve(2), because it identifies the libvirt daemon by its parent process.
 *
 * The engine handles only `prepare` and `release`. At `started`, this program lowers a hard limit that the
 * emulator inherited from the daemon (emulator_limit.h). The other operations end here, regardless of
 * standard input (libvirt tolerates EPIPE): at `reconnect` a failure would make libvirt kill a running guest,
 * and at `migrate` and `restore` any output would replace the guest's XML.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "emulator_limit.h"

#ifndef PCITAG_SBINDIR
#error "PCITAG_SBINDIR must be set when compiling"
#endif

#define ENGINE PCITAG_SBINDIR "/pcitag-engine"
#define XML_MAX ((size_t)16 << 20)
/* libvirt: src/qemu/qemu_conf.c, the state directory of a privileged daemon */
#define LIBVIRT_STATE "/run/libvirt/qemu"

/* The XML of a typical domain is 2 to 10 KiB. */
static char small[64 * 1024];

struct call {
	char **argv;
	bool prepare; /* otherwise release */
};

/* The bytes of standard input: in memory, and also in a file as soon as another process needs them. */
struct input {
	const char *bytes;
	size_t len;
	int fd; /* memfd, or -1 while everything is in small[] */
};

/* libvirt shows the hook's standard error as the reason why the domain does not start: one line. */
static int refuse(const struct call *call, const char *text, int cause)
{
	char line[960];
	int len;

	if (!call->prepare)
		return 0;
	(void)signal(SIGPIPE, SIG_IGN);
	len = snprintf(line, sizeof(line) - 1, "pcitag: domain '%.256s': %s%s%s", call->argv[1], text,
		       cause ? ": " : "", cause ? strerror(cause) : "");
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	for (int i = 0; i < len; i++) {
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
		else if (line[i] == '\xc2' && (line[i + 1] & '\xe0') == '\x80') /* U+0080 to U+009F */
			line[i] = line[i + 1] = '?';
	}
	line[len++] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)len);
	return 1;
}

/* Returns the number of bytes read before the end of the input or of the buffer, negative on error. */
static ssize_t fill(char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, buf + len, size - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len < size) || (n < 0 && errno == EINTR));
	return n < 0 ? -1 : (ssize_t)len;
}

static int write_all(int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int to_file(struct input *in)
{
	if (in->fd >= 0)
		return 0;
	in->fd = memfd_create("pcitag-domain-xml", MFD_CLOEXEC);
	if (in->fd < 0)
		return -1;
	return write_all(in->fd, in->bytes, in->len);
}

/* Copies input beyond small[] to the file, through small[]. in->len exceeds XML_MAX when it is too long. */
static int read_long(struct input *in)
{
	ssize_t n;

	if (to_file(in) < 0)
		return -1;
	do {
		n = fill(small, sizeof(small));
		if (n < 0 || write_all(in->fd, small, (size_t)n) < 0)
			return -1;
		in->len += (size_t)n;
	} while ((size_t)n == sizeof(small) && in->len <= XML_MAX);
	if (in->len > XML_MAX)
		return 0;
	in->bytes = mmap(NULL, in->len, PROT_READ, MAP_PRIVATE, in->fd, 0);
	return in->bytes == MAP_FAILED ? -1 : 0;
}

static int read_input(struct input *in)
{
	ssize_t n = fill(small, sizeof(small));

	if (n < 0)
		return -1;
	*in = (struct input){ .bytes = small, .len = (size_t)n, .fd = -1 };
	return in->len < sizeof(small) ? 0 : read_long(in);
}

static bool has(const struct input *in, const char *text)
{
	return memmem(in->bytes, in->len, text, strlen(text)) != NULL;
}

/* True for a placeholder or a pcitag emulator, in any spelling. The engine parses the XML. */
static bool mentions_us(const struct input *in)
{
	return has(in, "pcitag");
}

/* True when the domain may name host devices itself. They may be in a group that is assigned to another
 * domain, and the engine records them so that none of them is assigned to one. */
static bool names_host_devices(const struct input *in)
{
	return has(in, "<hostdev") || has(in, "type='hostdev'") || has(in, "type=\"hostdev\"") ||
	       has(in, "type='nvme'") || has(in, "type=\"nvme\"");
}

/* True for a truncated definition. Its requests are unknown, so the engine refuses it. */
static bool ends_too_early(const struct input *in)
{
	static const char end[] = "</domain>";
	static const char blanks[] = { ' ', '\t', '\r', '\n' }; /* XML 1.0, 2.3 */
	size_t len = in->len;

	while (len > 0 && memchr(blanks, in->bytes[len - 1], sizeof(blanks)))
		len--;
	return len < strlen(end) || memcmp(in->bytes + len - strlen(end), end, strlen(end)) != 0;
}

/* A user's daemon (qemu:///session) runs the same hooks, but may not bind devices. */
static int without_privilege(const struct call *call, const struct input *in)
{
	if (!has(in, "='/dev/pcitag/") && !has(in, "=\"/dev/pcitag/"))
		return 0;
	return refuse(call,
		      "type tags need a domain of qemu:///system: this libvirt daemon does not run as root",
		      0);
}

/* Standard input comes first: when standard output is closed at the start, the memfd may have its number. */
static int point_stdio(const struct input *in)
{
	int null;

	if (lseek(in->fd, 0, SEEK_SET) < 0 || dup2(in->fd, STDIN_FILENO) < 0)
		return -1;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return null >= 0 && dup2(null, STDOUT_FILENO) >= 0 ? 0 : -1;
}

static int run_engine(const struct call *call, struct input *in)
{
	char *const argv[] = { (char[]){ "pcitag-engine" },
			       (char[]){ "hook" },
			       call->argv[1],
			       call->argv[2],
			       call->argv[3],
			       call->argv[4],
			       NULL };
	char *const env[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, (char[]){ "LC_ALL=C" },
			      NULL };

	if (to_file(in) < 0 || point_stdio(in) < 0)
		return refuse(call, "cannot hand its XML to " ENGINE, errno);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)execve(ENGINE, argv, env);
	return refuse(call, "cannot run " ENGINE ", which this hook needs: install pcitag again", errno);
}

int main(int argc, char **argv)
{
	const struct rlimit no_core = { 0, 0 };
	struct call call = { .argv = argv };
	struct input in;

	if (argc != 5)
		return 0;
	if (strcmp(argv[2], "started") == 0)
		emulator_limit_close(LIBVIRT_STATE, argv[1]);
	call.prepare = strcmp(argv[2], "prepare") == 0;
	if (!call.prepare && strcmp(argv[2], "release") != 0)
		return 0;

	/* The XML may contain secrets, so neither this process nor the engine may leave a core file. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (read_input(&in) < 0)
		return refuse(&call, "cannot read its XML from libvirt", errno);
	if (in.len > XML_MAX)
		return refuse(&call, "its XML is longer than 16 MiB: remove what no domain needs", 0);
	if (!mentions_us(&in) && !names_host_devices(&in) && !ends_too_early(&in))
		return 0;
	if (geteuid() != 0)
		return without_privilege(&call, &in);
	return run_engine(&call, &in);
}
