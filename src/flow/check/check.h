/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether this host is ready. `pcitag check` reports one item per subject, and how to fix it. */
#ifndef PCITAG_FLOW_CHECK_CHECK_H
#define PCITAG_FLOW_CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "flow/paths.h"

/* The directories of this host that pcitag needs, besides those in struct paths. */
struct check_places {
	const char *etc;	   /* "/etc" */
	const char *run;	   /* "/run" */
	const char *dev;	   /* "/dev" */
	const char *modules;	   /* "/lib/modules" */
	const char *usr_lib;	   /* "/usr/lib": units, modprobe.d, modules-load.d */
	const char *bindir;	   /* of the wrapper: "/usr/bin" */
	const char *emulator_dirs; /* of QEMU, separated by colons: "/usr/bin:/usr/libexec" */
	const char *sbindir;	   /* of pcitag: "/usr/sbin" */
	const char *datadir;	   /* "/usr/share/pcitag" */
};

enum check_result {
	CHECK_PASS,
	CHECK_WARN, /* works, or may work; the administrator should know about it */
	CHECK_FAIL, /* domains with devices do not start */
};

struct check_item {
	const char *name; /* of the check; several items may have the same name */
	enum check_result result;
	char found[ERROR_MSG_LEN];
	char fix[ERROR_MSG_LEN]; /* "" with CHECK_PASS */
	bool fix_is_command;	 /* root can run fix in a shell as it is; the check passes afterwards */
};

struct check_report {
	struct check_item *items; /* owned */
	size_t count;
	bool is_cut; /* memory ran out; items are missing */
};

void check_report_clear(struct check_report *report);

/* Returns the number of items with this result. */
size_t check_report_count(const struct check_report *report, enum check_result result);

/* Returns the result as one word, for text and machine-readable output: "PASS", "WARN", "FAIL". */
const char *check_result_name(enum check_result result);

/*
 * Runs all checks; changes nothing. What cannot be read without privilege is reported as a CHECK_WARN.
 * @report: receives the items; the caller clears it, also after a failure
 * Returns 0 whatever the results are, or -1 with *err when the checks could not be run.
 */
int check_run(const struct paths *paths, const struct check_places *places, struct check_report *report,
	      struct error *err);

#endif
