/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is this host ready? What `pcitag check` looks at, one item for each thing, and how to set it right. */
#ifndef PCITAG_FLOW_CHECK_H
#define PCITAG_FLOW_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "flow/flow.h"

/* Where this host has what pcitag needs, besides struct flow. */
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
	const char *libdir;	   /* "/usr/lib/pcitag" */
};

enum check_result {
	CHECK_PASS,
	CHECK_WARN, /* works, or may work, and an administrator should know */
	CHECK_FAIL, /* domains with devices do not start */
};

#define CHECK_NAME_LEN 32

struct check_item {
	char name[CHECK_NAME_LEN]; /* of the check; several items may have the same */
	enum check_result result;
	char found[ERROR_MSG_LEN];
	char fix[ERROR_MSG_LEN]; /* "" with CHECK_PASS */
	bool fix_is_command;	 /* fix can be given to a shell as it is, by root; the check passes then */
};

struct check_report {
	struct check_item *items; /* owned */
	size_t count;
	bool is_cut; /* there was no memory for an item */
};

void check_report_clear(struct check_report *report);

/* How many items have this result. */
size_t check_report_count(const struct check_report *report, enum check_result result);

/* One word for people and programs: "PASS", "WARN", "FAIL". */
const char *check_result_name(enum check_result result);

/*
 * Looks at everything; changes nothing. What cannot be seen without privilege is a CHECK_WARN that says so.
 * @report: receives the items; clear it, also after a failure
 * Returns 0 whatever was found, -1 when it could not be looked at.
 */
int check_run(const struct flow *flow, const struct check_places *places, struct check_report *report,
	      struct error *err);

#endif
