/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE_DIR "/run/libvirt/qemu"

static struct {
	pid_t pid;
	char pid_file[128], status_file[128];
} guest;

static void die(const char *what)
{
	fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
	exit(2);
}

__attribute__((format(printf, 2, 3))) static void write_file(const char *path, const char *format, ...)
{
	FILE *file = fopen(path, "we");
	va_list args;

	if (!file)
		die(path);
	va_start(args, format);
	(void)vfprintf(file, format, args);
	va_end(args);
	if (fclose(file) != 0)
		die(path);
}

/* libvirt, src/qemu/qemu_domain.c: qemuDomainObjPrivateXMLFormat; src/util/virpidfile.c */
static void write_state(const char *domain, const char *uuid)
{
	(void)mkdir("/run/libvirt", 0755);
	(void)mkdir(STATE_DIR, 0755);
	snprintf(guest.pid_file, sizeof(guest.pid_file), STATE_DIR "/%s.pid", domain);
	snprintf(guest.status_file, sizeof(guest.status_file), STATE_DIR "/%s.xml", domain);
	write_file(guest.pid_file, "%d\n", (int)guest.pid);
	write_file(guest.status_file,
		   "<domstatus state='running' reason='booted' pid='%d'>\n"
		   "  <domain type='qemu' id='1'>\n    <name>%s</name>\n    <uuid>%s</uuid>\n"
		   "  </domain>\n</domstatus>\n",
		   (int)guest.pid, domain, uuid);
}

void emulator_start(const char *domain, const char *uuid)
{
	int ready[2];
	char c;

	if (pipe2(ready, O_CLOEXEC) < 0)
		die("pipe");
	guest.pid = fork();
	if (guest.pid < 0)
		die("fork");
	if (guest.pid == 0) {
		execl("/proc/self/exe", "/usr/bin/qemu-system-x86_64", "-uuid", uuid, NULL);
		_exit(127);
	}
	(void)close(ready[1]);
	/* It is what it is to be as soon as its exec has closed the pipe. */
	while (read(ready[0], &c, 1) < 0 && errno == EINTR)
		;
	(void)close(ready[0]);
	write_state(domain, uuid);
}

void emulator_end(void)
{
	if (!guest.pid)
		return;
	(void)kill(guest.pid, SIGKILL);
	while (waitpid(guest.pid, NULL, 0) < 0 && errno == EINTR)
		;
	(void)unlink(guest.pid_file);
	(void)unlink(guest.status_file);
	guest.pid = 0;
}

void emulator_main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "-uuid") != 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		(void)pause();
}
