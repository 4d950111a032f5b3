/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks a file in libvirt's hook directory: whether it is pcitag's hook, and whether it is current. */
#ifndef PCITAG_HOST_SYSTEM_INSTALLED_HOOK_H
#define PCITAG_HOST_SYSTEM_INSTALLED_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct installed_hook {
	bool is_ours;	    /* it contains a text that only pcitag's hook has, as in mk/install.mk */
	bool is_link;	    /* @path is a symbolic link, not a copy of the program */
	bool is_executable; /* libvirt ignores other files (src/util/virhook.c, virHookCheck) */
	bool is_current;    /* it is identical to @original */
	int64_t changed_ms; /* since when it is there, in milliseconds since the epoch: the ctime of @path,
			       which for a link is that of the link: a new version of the program is run as it
			       is */
};

enum { INSTALLED_HOOK_ABSENT = 1 };

/*
 * @original: the hook of this version, for comparison
 * Returns 0, INSTALLED_HOOK_ABSENT when there is no file at @path, or -1.
 */
int installed_hook_read(const char *path, const char *original, struct installed_hook *out,
			struct error *err);

#endif
