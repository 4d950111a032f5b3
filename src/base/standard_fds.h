/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard input, output and error of a program, whoever started it. */
#ifndef PCITAG_BASE_STANDARD_FDS_H
#define PCITAG_BASE_STANDARD_FDS_H

/*
 * Opens /dev/null in the place of each of the first three descriptors that is closed: the next file or socket
 * that is opened would have its number, and get our messages. The first thing a main does.
 */
void standard_fds_fill(void);

#endif
