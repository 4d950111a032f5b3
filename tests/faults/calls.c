/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults/calls.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define ROW(name, trait, path, fd)                 \
	{                                          \
		SYS_##name, #name, trait, path, fd \
	}
#define ON_PATH(name, path) ROW(name, CALL_PLAIN, path, -1)
#define ON_FD(name) ROW(name, CALL_PLAIN, -1, 0)
#define OTHER(name) ROW(name, CALL_PLAIN, -1, -1)

const struct call calls[] = {
	/* What the program begins with does no harm, and one that ends has no result. */
	ROW(exit_group, CALL_ENDS, -1, -1),
	ROW(write, CALL_WRITES, -1, 0),
	ROW(pwrite64, CALL_WRITES, -1, 0),
	ON_PATH(open, 0),
	ON_PATH(openat, 1),
	ON_PATH(openat2, 1),
	ON_PATH(creat, 0),
	ON_PATH(readlink, 0),
	ON_PATH(readlinkat, 1),
	ON_PATH(stat, 0),
	ON_PATH(lstat, 0),
	ON_PATH(newfstatat, 1),
	ON_PATH(statx, 1),
	ON_PATH(access, 0),
	ON_PATH(faccessat, 1),
	ON_PATH(faccessat2, 1),
	ON_PATH(mkdir, 0),
	ON_PATH(mkdirat, 1),
	ON_PATH(rmdir, 0),
	ON_PATH(unlink, 0),
	ON_PATH(unlinkat, 1),
	ON_PATH(symlink, 1),
	ON_PATH(symlinkat, 2),
	ON_PATH(link, 1),
	ON_PATH(linkat, 3),
	ON_PATH(rename, 1),
	ON_PATH(renameat, 3),
	ON_PATH(renameat2, 3),
	ON_PATH(chmod, 0),
	ON_PATH(fchmodat, 1),
	ON_PATH(chown, 0),
	ON_PATH(fchownat, 1),
	ON_PATH(truncate, 0),
	ON_PATH(statfs, 0),
	ON_PATH(execve, 0),
	ON_PATH(execveat, 1),
	ON_PATH(inotify_add_watch, 1),
	ON_FD(read),
	ON_FD(readv),
	ON_FD(pread64),
	ON_FD(preadv),
	ON_FD(writev),
	ON_FD(pwritev),
	ROW(close, CALL_CLOSES, -1, 0),
	ON_FD(lseek),
	ON_FD(fstat),
	ON_FD(fstatfs),
	ON_FD(getdents64),
	ON_FD(fsync),
	ON_FD(fdatasync),
	ON_FD(fchmod),
	ON_FD(fchown),
	ON_FD(ftruncate),
	ON_FD(fallocate),
	ON_FD(fcntl),
	ON_FD(flock),
	ON_FD(ioctl),
	ON_FD(dup),
	ON_FD(dup2),
	ON_FD(dup3),
	ON_FD(connect),
	ON_FD(bind),
	ON_FD(getsockname),
	ON_FD(getsockopt),
	ON_FD(setsockopt),
	ON_FD(sendto),
	ON_FD(sendmsg),
	ON_FD(recvfrom),
	ON_FD(recvmsg),
	ON_FD(sendfile),
	ON_FD(timerfd_settime),
	ON_FD(epoll_ctl),
	ON_FD(epoll_wait),
	ON_FD(epoll_pwait),
	ON_FD(pidfd_send_signal),
	OTHER(copy_file_range),
	OTHER(poll),
	OTHER(ppoll),
	OTHER(select),
	OTHER(pselect6),
	OTHER(pipe),
	OTHER(pipe2),
	OTHER(socket),
	OTHER(socketpair),
	OTHER(memfd_create),
	OTHER(eventfd2),
	OTHER(signalfd4),
	OTHER(timerfd_create),
	OTHER(epoll_create1),
	OTHER(inotify_init1),
	OTHER(pidfd_open),
	OTHER(fork),
	OTHER(vfork),
	OTHER(clone),
	OTHER(clone3),
	OTHER(wait4),
	OTHER(waitid),
	OTHER(kill),
	OTHER(tgkill),
	OTHER(setsid),
	OTHER(setpgid),
	OTHER(prctl),
	OTHER(prlimit64),
	OTHER(setrlimit),
	OTHER(nanosleep),
	OTHER(clock_nanosleep),
	OTHER(mmap),
	OTHER(mremap),
	OTHER(getrandom),
	OTHER(uname),
};
const size_t call_count = sizeof(calls) / sizeof(calls[0]);

const struct call *call_find(int number)
{
	for (size_t i = 0; i < call_count; i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}

/* The bytes at @address of another process, as far as they can be read. */
static size_t peek(pid_t pid, unsigned long long address, char *buf, size_t size)
{
	struct iovec here = { buf, size }, there = { (void *)(uintptr_t)address, size };
	ssize_t n;

	/* What is asked for must not reach into a page that is not there. */
	if (address % 4096 + size > 4096)
		there.iov_len = here.iov_len = 4096 - address % 4096;
	n = process_vm_readv(pid, &here, 1, &there, 1, 0);
	return n > 0 ? (size_t)n : 0;
}

void call_fd_path(pid_t pid, int fd, char *buf, size_t size)
{
	char link[64], *mark;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(link, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	/* Each look-up of a file of the pretend kernel is another inode; an earlier one counts as deleted. */
	mark = strstr(buf, " (deleted)");
	if (mark)
		*mark = '\0';
}

void call_path(pid_t pid, const struct made_call *made, char *buf, size_t size)
{
	const struct call *call = made->call;
	size_t used = 0, n;

	buf[0] = '\0';
	if (call->path < 0) {
		if (call->fd >= 0)
			call_fd_path(pid, (int)made->args[call->fd], buf, size);
		return;
	}
	/* All of the calls that are told a directory are told it right before the name. */
	if (call->path > 0 && (int)made->args[call->path - 1] >= 0 && strstr(call->name, "at")) {
		call_fd_path(pid, (int)made->args[call->path - 1], buf, size - 257);
		used = strlen(buf);
		buf[used++] = '/';
	}
	n = peek(pid, made->args[call->path], buf + used, 256);
	buf[used + (n < 256 ? n : 255)] = '\0';
	if (used && buf[used] == '/')
		memmove(buf, buf + used, strlen(buf + used) + 1);
	else if (used && buf[used] == '\0')
		buf[used - 1] = '\0';
}

void call_data(pid_t pid, const struct made_call *made, char *buf, size_t size)
{
	size_t len = made->args[2] < size ? (size_t)made->args[2] : size - 1;

	len = peek(pid, made->args[1], buf, len);
	for (size_t i = 0; i < len; i++) {
		if (buf[i] < ' ' || buf[i] > '~')
			buf[i] = '.';
	}
	buf[len] = '\0';
}

void call_describe(pid_t pid, const struct made_call *made, char *buf, size_t size)
{
	const struct call *call = made->call;
	char subject[PATH_MAX] = "", data[64], more[128] = "";

	if (call->path >= 0) {
		size_t n = peek(pid, made->args[call->path], subject, 256);

		subject[n < 256 ? n : 255] = '\0';
	} else if (call->fd >= 0) {
		call_fd_path(pid, (int)made->args[call->fd], subject, sizeof(subject));
	}
	if (call->trait == CALL_WRITES) {
		call_data(pid, made, data, sizeof(data));
		snprintf(more, sizeof(more), ", \"%s\", %llu", data, made->args[2]);
	}
	snprintf(buf, size, "%s(%s%s)", call->name, subject, more);
}
