/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a file in libvirt's hook directory: whether it is pcitag's hook, and whether it is current. */
#ifndef PCITAG_HOST_SYSTEM_INSTALLED_HOOK_H
#define PCITAG_HOST_SYSTEM_INSTALLED_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct installed_hook {
	bool is_ours;	    /* it contains a text that only pcitag's hook has, as in mk/install.mk */
	bool is_executable; /* libvirt ignores other files (src/util/virhook.c, virHookCheck) */
	bool is_current;    /* it is identical to @original */
	int64_t changed_ms; /* its ctime, in milliseconds since the epoch */
};

enum { INSTALLED_HOOK_ABSENT = 1 };

/*
 * @original: the hook of this version, for comparison
 * Returns 0, INSTALLED_HOOK_ABSENT when there is no file at @path, or -1.
 */
int installed_hook_read(const char *path, const char *original, struct installed_hook *out,
			struct error *err);

#endif
