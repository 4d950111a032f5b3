/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ensures that a program has standard input, output and error, however it was started. */
#ifndef PCITAG_BASE_PROGRAM_H
#define PCITAG_BASE_PROGRAM_H

/*
 * Opens /dev/null in place of each of the first three descriptors that is closed. Otherwise the next file or
 * socket that is opened would get this number and receive messages of the program. Call it first in main().
 */
void standard_fds_fill(void);

#endif
