/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/sriov.h"

#define LEASE_LEN 16384
#define CLOSING_TRIES 100
#define CLOSING_MS 2

/* Of a lease. */
static const char *const differs_by_run[] = { "since", "since_boottime_ms", "daemon_pid",
					      "daemon_start_time" };

struct text {
	char *buf;
	size_t len;
};

static void die(const char *what)
{
	fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
	exit(2);
}

__attribute__((format(printf, 2, 3))) static void append(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->buf + t->len, HOST_TEXT_LEN - t->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= HOST_TEXT_LEN - t->len)
		die("the host has too much to tell");
	t->len += (size_t)n;
}

void host_tell(const char *line)
{
	int fd = open("/dev/pretend/control", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		die(line);
	(void)close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return 0;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	(void)close(fd);
	buf[len] = '\0';
	return len;
}

/* ---- units ----------------------------------------------------------------------------------------- */

#define UNITS "/run/pretend-units"

static const char *const units[] = { "one.service", "two.service", "fabric@0000:02:00.0.service" };
#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static bool has_units;

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	(void)close(fd);
}

/* It is beside this program, and ends with it. */
static void start_systemd(void)
{
	char path[PATH_MAX], *end;
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	int out[2];
	char ready;

	if (n < 0 || pipe2(out, O_CLOEXEC) < 0)
		die("systemd");
	path[n] = '\0';
	end = strstr(path, "/faults/enumerate");
	if (!end)
		die(path);
	strcpy(end, "/pretend/systemd");
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)dup2(out[1], STDOUT_FILENO);
		(void)execl(path, path, (char *)NULL);
		_exit(127);
	}
	(void)close(out[1]);
	if (read(out[0], &ready, 1) != 1)
		die(path);
	(void)close(out[0]);
}

/* Reads the state of a unit, and the process group of its processes. */
static void read_unit(const char *unit, char state[static 32], int *group)
{
	char path[128], text[128] = "";

	snprintf(path, sizeof(path), UNITS "/%s.state", unit);
	(void)read_file(path, text, sizeof(text));
	*group = 0;
	if (sscanf(text, "%31s %d", state, group) < 1)
		strcpy(state, "inactive");
}

static void end_units(void)
{
	for (size_t i = 0; i < UNIT_COUNT && has_units; i++) {
		char path[128], state[32];
		int group;

		read_unit(units[i], state, &group);
		if (group > 1)
			(void)kill(-group, SIGKILL);
		snprintf(path, sizeof(path), UNITS "/%s.state", units[i]);
		(void)unlink(path);
		snprintf(path, sizeof(path), UNITS "/%s", units[i]);
		(void)unlink(path);
	}
}

void host_units(const char *stop)
{
	char text[64];

	if (!has_units)
		start_systemd();
	has_units = true;
	snprintf(text, sizeof(text), "node=/dev/full\nstop=%s\n", stop);
	write_text(UNITS "/one.service", text);
	write_text(UNITS "/two.service", "node=/dev/full\n");
	write_text(UNITS "/fabric@0000:02:00.0.service", "");
}

static void json_word(const char *json, const char *key, char *buf, size_t size);

/* ---- devices that are kept --------------------------------------------------------------------------- */

#define KEPT "/etc/pcitag/registry.d/kept.ini"
#define VICTIM "0000:02:00.0"

static const char *const cleaners[] = { "pcitag-clean@" VICTIM ".service", "erase@" VICTIM ".service" };

static void forget_kept(void)
{
	static const char *const ends[] = { "", ".state", ".runs" };
	char path[128];

	(void)unlink(KEPT);
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++) {
			snprintf(path, sizeof(path), UNITS "/%s%s", cleaners[i], ends[k]);
			(void)unlink(path);
		}
	}
}

void host_keeps(void)
{
	char path[128];

	if (!has_units)
		start_systemd();
	has_units = true;
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), UNITS "/%s", cleaners[i]);
		write_text(path, i == 0 ? "type=oneshot\nstart=hang\n" : "type=oneshot\n");
	}
	write_text(KEPT, "[Intel-82574L-that-is-kept]\ntype = kept-nic\nvendor = 8086\ndevice = "
			 "10d3\naddress = " VICTIM "\nafter_use = clean\nclean_units = erase@.service\n");
}

bool host_is_held(const char *addr)
{
	char path[128], text[LEASE_LEN], state[32];

	snprintf(path, sizeof(path), "/var/lib/pcitag/used/%s.json", addr);
	if (read_file(path, text, sizeof(text)) == 0)
		return false;
	json_word(text, "state", state, sizeof(state));
	return strcmp(state, "held") == 0;
}

unsigned host_erased(const char *addr)
{
	char path[128], text[32] = "";

	snprintf(path, sizeof(path), UNITS "/erase@%s.service.runs", addr);
	(void)read_file(path, text, sizeof(text));
	return (unsigned)strtoul(text, NULL, 10);
}

static void look_at_units(struct text *t)
{
	for (size_t i = 0; i < UNIT_COUNT && has_units; i++) {
		char state[32];
		int group;

		read_unit(units[i], state, &group);
		append(t, "unit %s %s\n", units[i], state);
	}
}

/* ---- a virtual function ------------------------------------------------------------------------------ */

#define VF "/run/pretend-vf"

static bool has_vf;

void host_vf(void)
{
	static const char *const devices[] = {
		"device 0000:00:14.0 vendor=1b36 device=000c subsystem=1b36:0000 class=060400 group=9 "
		"native=pcieport\n",
		"device 0000:06:00.0 under=0000:00:14.0 vendor=8086 device=10c9 subsystem=8086:0000 "
		"class=020000 group=10 native=e1000e net=pnet9 totalvfs=1 numvfs=1 reset=flr\n",
		"device 0000:06:10.0 under=0000:00:14.0 vendor=8086 device=10ca subsystem=8086:0000 "
		"class=020000 group=11 native=e1000 physfn=0000:06:00.0 reset=flr\n",
	};

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		host_tell(devices[i]);
	(void)mkdir(VF, 0755);
	write_text(VF "/table", "9 pnet9 up 0000:06:00.0 0 mac=00:00:00:00:00:00,vlan=0,trust=off\n");
	has_vf = true;
}

static void look_at_vf(struct text *t)
{
	char table[256] = "";

	if (has_vf && read_file(VF "/table", table, sizeof(table)) > 0)
		append(t, "vf %s", table);
}

/* ---- all of it ------------------------------------------------------------------------------------- */

void host_reset(void)
{
	end_units();
	forget_kept();
	has_vf = false;
	sriov_forget();
	host_tell("reset\n");
	(void)nftw("/dev/pcitag", remove_one, 8, FTW_DEPTH | FTW_PHYS);
	(void)nftw("/run/pcitag", remove_one, 8, FTW_DEPTH | FTW_PHYS);
	(void)nftw("/var/lib/pcitag", remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

bool host_next_unwell(char address[static 32])
{
	DIR *dir = opendir("/var/lib/pcitag/unwell");
	const struct dirent *entry;

	address[0] = '\0';
	while (dir && !address[0] && (entry = readdir(dir))) {
		size_t len = strcspn(entry->d_name, "j"); /* of ".json" */

		if (entry->d_name[0] != '.' && len > 1 && len <= 32)
			snprintf(address, 32, "%.*s", (int)len - 1, entry->d_name);
	}
	if (dir)
		(void)closedir(dir);
	return address[0] != '\0';
}

/* The value of a key of a JSON text that has it once; leases are written by json-c, blanks differ. */
static void json_word(const char *json, const char *key, char *buf, size_t size)
{
	char quoted[32];
	const char *value;

	snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	value = strstr(json, quoted);
	value = value ? value + strlen(quoted) : "";
	value += strspn(value, ": ");
	if (*value == '"')
		value++;
	snprintf(buf, size, "%.*s", (int)strcspn(value, "\"\n,"), value);
}

/* What is different in each run: a time, and who was the daemon. */
static void blot_out(char *json, const char *key)
{
	char quoted[32], *value;

	snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	value = strstr(json, quoted);
	if (!value)
		return;
	value += strlen(quoted);
	for (value += strspn(value, ": "); *value >= '0' && *value <= '9'; value++)
		*value = '#';
	/* Numbers of any length look the same. */
	while (value[-1] == '#' && value[-2] == '#') {
		memmove(value - 1, value, strlen(value) + 1);
		value--;
	}
}

/* All of it, in one line. */
static void append_content(struct text *t, const char *path, char *content)
{
	for (char *c = content; *c; c++) {
		if (*c == '\n')
			*c = ' ';
	}
	append(t, "%s text=%s\n", path, content);
}

/*
 * A start whose look at the errors failed succeeds all the same, and notes that none will count against the
 * device (model/pci/state.h, PCI_ERRORS_ALL). Each member may have the two fields, at its end.
 */
static void cut_uncounted(char *json)
{
	static const char fatal[] = "\"fatal_errors\":4294967295",
			  nonfatal[] = "\"nonfatal_errors\":4294967295";
	char *begin, *end;

	while ((begin = strstr(json, fatal)) && (end = strstr(begin, nonfatal))) {
		end += strlen(nonfatal);
		while (begin > json && begin[-1] != ',')
			begin--;
		if (begin == json)
			return;
		memmove(begin - 1, end, strlen(end) + 1);
	}
}

static void look_at_lease(struct text *t, const char *path)
{
	char json[LEASE_LEN], lease_state[32], note[256];

	if (read_file(path, json, sizeof(json)) == 0)
		snprintf(json, sizeof(json), "%s", "");
	cut_uncounted(json);
	json_word(json, "state", lease_state, sizeof(lease_state));
	json_word(json, "note", note, sizeof(note));
	append(t, "%s state=%s note=%s\n", path, lease_state, note);
	for (size_t i = 0; i < sizeof(differs_by_run) / sizeof(differs_by_run[0]); i++)
		blot_out(json, differs_by_run[i]);
	append_content(t, path, json);
}

static void look_at_file(struct text *t, const char *path)
{
	char content[LEASE_LEN];

	if (read_file(path, content, sizeof(content)) == 0)
		content[0] = '\0';
	append_content(t, path, content);
}

static void look_at(struct text *t, const char *path)
{
	struct stat st;
	char target[256];
	ssize_t n;

	if (lstat(path, &st) < 0)
		return;
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target) - 1);
		append(t, "%s -> %.*s\n", path, n > 0 ? (int)n : 0, target);
	} else if (S_ISREG(st.st_mode) && strstr(path, ".json")) {
		look_at_lease(t, path);
	} else if (S_ISREG(st.st_mode)) {
		look_at_file(t, path);
	} else if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/var/lib/pcitag/hidden/", 23) == 0) {
		append(t, "%s\n", path);
	}
}

/* Directories and files that stay once they are there, and the lock of a domain that could not be taken or
 * dropped: an empty file, which reconcile sweeps. Also the hint that devices are held, which costs a look at
 * most, and what was found against a device that hung: pcitag test has to clear it (host_next_unwell()). */
static bool stays(const char *path)
{
	static const char *const paths[] = { "/run/pcitag/lock",	  "/run/pcitag/leases/used",
					     "/run/pcitag/locks",	  "/run/pcitag/counters",
					     "/run/pcitag/counters.lock", "/dev/pcitag/device" };
	static const char locks[] = "/run/pcitag/locks/", unwell[] = "/var/lib/pcitag/unwell";

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(path, paths[i]) == 0)
			return true;
	}
	return strncmp(path, locks, strlen(locks)) == 0 || strncmp(path, unwell, strlen(unwell)) == 0;
}

static void look_below(struct text *t, const char *dir)
{
	struct dirent **entries;
	int count = scandir(dir, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		char path[600];

		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0) {
			if (!stays(path))
				look_at(t, path);
			if (entries[i]->d_type == DT_DIR)
				look_below(t, path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

/* A file system in user space hears of the last close(2) of a group a moment after its process has ended. */
static size_t read_state(char buf[static HOST_TEXT_LEN])
{
	size_t len;

	for (int i = 0; i < CLOSING_TRIES; i++) {
		len = read_file("/dev/pretend/state", buf, HOST_TEXT_LEN);
		if (len == 0)
			die("/dev/pretend/state");
		if (!strstr(buf, " open\n"))
			break;
		(void)usleep(CLOSING_MS * 1000);
	}
	return len;
}

void host_look(char buf[static HOST_TEXT_LEN])
{
	struct text t = { .buf = buf };

	t.len = read_state(buf);
	look_below(&t, "/dev/pcitag");
	look_below(&t, "/run/pcitag");
	look_below(&t, "/var/lib/pcitag");
	look_at_units(&t);
	look_at_vf(&t);
}

/* Whether @text has the line at @line, which is @len bytes long. */
static bool has_line(const char *text, const char *line, size_t len)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n == len && memcmp(text, line, len) == 0)
			return true;
		text += n + (text[n] == '\n');
	}
	return false;
}

/* Whether the line tells of @device, whose own line is in @look, or of the node of its group. */
static bool tells_of(const char *line, const char *device, const char *look)
{
	const char *own = device ? strstr(look, device) : NULL, *group = own ? strstr(own, " group=") : NULL;
	char node[64];

	if (device && strncmp(line, device, strlen(device)) == 0)
		return true;
	if (!group || group > own + strcspn(own, "\n"))
		return false;
	group += strlen(" group=");
	snprintf(node, sizeof(node), "/dev/vfio/%.*s ", (int)strcspn(group, " \n"), group);
	return strncmp(line, node, strlen(node)) == 0;
}

/* @look: the one before, in which @except is still there */
static void add_missing(const char *from, const char *in, char sign, const char *except, const char *look,
			char *buf, unsigned size)
{
	while (*from) {
		size_t len = strcspn(from, "\n"), used = strlen(buf);

		if (!has_line(in, from, len) && !tells_of(from, except, look))
			snprintf(buf + used, size - used, "%c %.*s\n", sign, (int)len, from);
		from += len + (from[len] == '\n');
	}
}

void host_compare(const char *before, const char *after, const char *except, char *buf, unsigned size)
{
	buf[0] = '\0';
	add_missing(before, after, '-', except, before, buf, size);
	add_missing(after, before, '+', except, before, buf, size);
}

bool host_has_named_quarantine(const char *look)
{
	const char *lease = strstr(look, " state=quarantined note=");

	return lease && lease[strlen(" state=quarantined note=")] != '\n' &&
	       !strstr(look, " state=quarantined note=\n");
}
