/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another program, run to its end with a deadline and listened to. */
#ifndef PCITAG_HOST_CHILD_H
#define PCITAG_HOST_CHILD_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"

/* What a program said and how it ended. */
struct child {
	char *out;		       /* its standard output, with a NUL behind it; owned */
	size_t out_len;		       /* bytes, without that NUL */
	char complaint[ERROR_MSG_LEN]; /* the first line of its standard error, "" for none */
	int exit_code;		       /* 128 and the signal's number when one ended it */
};

#define CHILD_LATE 1

/*
 * Runs a program with nothing on standard input and no environment. It dies with this process.
 * @argv:  argv[0] is the whole path of the program; ends with NULL
 * @limit: most bytes to accept on its standard output
 * @out:   overwritten; free it with child_clear(), also after a failure
 * Returns 0 when it has ended by itself, CHILD_LATE when it was killed because the deadline passed, or -1
 * when it could not be run or listened to.
 */
int child_run(char *const argv[], size_t limit, struct deadline deadline, struct child *out,
	      struct error *err);
void child_clear(struct child *child);

#endif
