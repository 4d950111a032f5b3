/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The beginning of pcitag, pcitag-engine and pcitag-domain. */
#ifndef PCITAG_BASE_PROGRAM_H
#define PCITAG_BASE_PROGRAM_H

/*
 * Makes a process independent of how it was started. Call it first in main(). Opens /dev/null in place of
 * each of the first three descriptors that is closed: otherwise the next file or socket that is opened would
 * get this number and receive messages of the program. Sets umask 022. Ignores SIGPIPE: a write fails
 * instead.
 */
void program_start(void);

#endif
