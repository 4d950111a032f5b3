/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs another program to its end, with a deadline, and captures its output. */
#ifndef PCITAG_HOST_PROCESS_CHILD_H
#define PCITAG_HOST_PROCESS_CHILD_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"

/* Output and exit status of a program. */
struct child {
	char *out;		       /* its standard output, followed by a NUL; owned */
	size_t out_len;		       /* bytes, without the NUL */
	char complaint[ERROR_MSG_LEN]; /* the first line of its standard error, "" for none */
	int exit_code;		       /* 128 and the signal's number when one ended it */
};

enum { CHILD_LATE = 1 };

/*
 * Runs a program with an empty standard input and an empty environment. The kernel kills it when this process
 * dies.
 * @argv:  argv[0] is the absolute path of the program; ends with NULL
 * @limit: maximum number of bytes accepted from its standard output
 * @out:   overwritten; the caller frees it with child_clear(), also after a failure
 * Returns 0 when the program has ended by itself, CHILD_LATE when it was killed because the deadline passed,
 * or -1 when it could not be run or its output could not be read. A killed program that waits in the kernel
 * ends when the kernel lets it.
 */
int child_run(char *const argv[], size_t limit, struct deadline deadline, struct child *out,
	      struct error *err);
void child_clear(struct child *child);

/*
 * Fails with what a program of pcitag has complained about, without the name that it puts in front.
 * @program: its path, for one that has said nothing
 */
int child_complain(const struct child *child, const char *program, struct error *err);

#endif
