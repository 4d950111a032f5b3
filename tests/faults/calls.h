/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system calls that a fault can meet: everything that touches files, processes, pipes, locks and time. */
#ifndef FAULTS_CALLS_H
#define FAULTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum call_trait {
	CALL_PLAIN,
	CALL_WRITES, /* its third argument is a length that may be cut */
	CALL_ENDS,   /* does not return, so it cannot fail: exit_group */
	/* Lets go of its descriptor even when it fails (close(2)), and only with what an earlier write has
	 * met: EIO or ENOSPC. For any other fault it is no call: nothing is different a call later. */
	CALL_CLOSES,
};

struct call {
	int number;
	const char *name;
	enum call_trait trait;
	signed char path; /* which argument is a path, or -1 */
	signed char fd;	  /* which argument is a descriptor, or -1 */
};

/* One that is made right now. */
struct made_call {
	const struct call *call;
	unsigned long long args[6];
};

extern const struct call calls[];
extern const size_t call_count;

/* NULL: not one of these. */
const struct call *call_find(int number);

/* What descriptor @fd of process @pid is, "" when it is none. */
void call_fd_path(pid_t pid, int fd, char *buf, size_t size);

/* The file that a call is about, "" when there is none: its path from the root on, links in it not followed.
 */
void call_path(pid_t pid, const struct made_call *made, char *buf, size_t size);

/* What a call of CALL_WRITES is about to write, as text; cut to @size. */
void call_data(pid_t pid, const struct made_call *made, char *buf, size_t size);

/* "openat(/sys/bus/pci/drivers_probe)", "write(5=/sys/.../unbind, 12)": of process @pid, which waits in it.
 */
void call_describe(pid_t pid, const struct made_call *made, char *buf, size_t size);

#endif
