/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What pcitag, pcitag-engine and pcitag-domain share: their beginning, exit codes and error messages. */
#ifndef PCITAG_BASE_PROGRAM_H
#define PCITAG_BASE_PROGRAM_H

#include "base/error.h"

/* Exit codes, as pcitag(8) documents them; also of the protocol between the programs
 * (host/libvirt/domain_protocol.h). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_FINDINGS = 3, /* done, but a problem was found: reconcile, check */
};

/*
 * Makes a process independent of how it was started; comes first in main(). Opens /dev/null in place of each
 * of the first three descriptors that is closed: the next file or socket would get this number and receive
 * messages of the program. Sets umask 022. Ignores SIGPIPE: a write fails instead.
 */
void program_start(void);

/* Prints "pcitag: <message>" on standard error and returns EXIT_FAILED. */
int report(const struct error *err);

/* The same for wrong usage; returns EXIT_USAGE. */
int report_usage(const struct error *err);

/* The same two for a text; @code as for error_set(). */
#define report_text(code, ...)                              \
	({                                                  \
		struct error told_;                         \
		(void)error_set(&told_, code, __VA_ARGS__); \
		report(&told_);                             \
	})
#define report_usage_text(...) ((void)report_text(0, __VA_ARGS__), EXIT_USAGE)

#endif
