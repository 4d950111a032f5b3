/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file among libvirt's hooks: is it ours, and as it should be? */
#ifndef PCITAG_HOST_INSTALLED_HOOK_H
#define PCITAG_HOST_INSTALLED_HOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct installed_hook {
	bool is_ours;	    /* it has a text that only our hook has, as in mk/install.mk */
	bool is_executable; /* libvirt passes over what is not (src/util/virhook.c, virHookCheck) */
	bool is_current;    /* it is what is installed as @original */
	int64_t changed_ms; /* its ctime, of the epoch */
};

#define INSTALLED_HOOK_ABSENT 1

/*
 * @original: the hook of this version, to compare with
 * Returns 0, INSTALLED_HOOK_ABSENT when there is no file at @path, or -1.
 */
int installed_hook_read(const char *path, const char *original, struct installed_hook *out,
			struct error *err);

#endif
