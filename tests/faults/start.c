/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/calls.h"

#ifndef __x86_64__
#error "registers and system calls are named as on x86-64"
#endif

#define MAX_FILTER 256

static void die(const char *what)
{
	fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Whatever is in calls.c, and umask, asks the tracer first; a filter is a list of comparisons (seccomp(2)).
 */
static void install_filter(void)
{
	struct sock_filter code[MAX_FILTER];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;

	if (call_count + 8 > MAX_FILTER)
		abort();
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i <= call_count; i++) {
		unsigned number = i < call_count ? (unsigned)calls[i].number : SYS_umask;

		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number,
							 (unsigned char)(call_count - i + 1), 0);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	program.len = n;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		die("seccomp");
}

static int make_file(const char *name, const char *text)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) < 0)
		die(name);
	return fd;
}

static _Noreturn void become(const struct program *program, bool stops, int input, int errors, int gate)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char c;

	dup2(input, 0);
	dup2(null, 1);
	dup2(errors, 2);
	if (read(gate, &c, 1) != 1)
		_exit(127);
	if (stops)
		install_filter();
	execve(program->argv[0], (char *const *)program->argv, (char *[]){ NULL });
	_exit(127);
}

/* Ends as its child does, as far as an exit code can say. */
static _Noreturn void be_parent(const struct program *program, bool stops, int input, int errors, int gate,
				int tell)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become(program, stops, input, errors, gate);
	/* Signals of the clock are not for this process, and a copy of the gate would keep it open. */
	if (pid < 0 || write(tell, &pid, sizeof(pid)) != sizeof(pid))
		_exit(127);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static pid_t read_pid(int fd)
{
	ssize_t n;
	pid_t pid = 0;

	do {
		n = read(fd, &pid, sizeof(pid));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(pid))
		die("the parent of the program");
	return pid;
}

void start_program(const struct program *program, bool stops, struct started *out)
{
	int gate[2], tell[2];
	int input = make_file("input", program->input ? program->input : "");

	*out = (struct started){ .errors = make_file("errors", "") };
	if (pipe2(gate, O_CLOEXEC) < 0 || pipe2(tell, O_CLOEXEC) < 0)
		die("pipe");
	out->gate = gate[1];
	out->program = fork();
	if (out->program < 0)
		die("fork");
	if (out->program == 0 && program->short_lived)
		be_parent(program, stops, input, out->errors, gate[0], tell[1]);
	if (out->program == 0)
		become(program, stops, input, out->errors, gate[0]);
	if (program->short_lived) {
		out->parent = out->program;
		out->program = read_pid(tell[0]);
	}
	(void)close(gate[0]);
	(void)close(tell[0]);
	(void)close(tell[1]);
	(void)close(input);
}

void start_go(struct started *started)
{
	if (write(started->gate, "", 1) != 1)
		die("the gate");
	(void)close(started->gate);
}

void start_collect(struct started *started, char *buf, size_t size)
{
	ssize_t n = pread(started->errors, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	(void)close(started->errors);
}
