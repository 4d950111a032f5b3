/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How far the cleaning of a device is that is held after its use (the registry's key `clean_units`). Pure. */
#ifndef PCITAG_MODEL_LEASE_CLEANING_H
#define PCITAG_MODEL_LEASE_CLEANING_H

#include "base/error.h"

enum cleaning_state {
	CLEANING_DUE,	 /* systemd is to begin it */
	CLEANING_RUNS,	 /* a process cleans it, or has died in between */
	CLEANING_FAILED, /* an administrator is to look at it */
};

/* Of a boot ID (random(4)), including the NUL. */
#define BOOT_ID_LEN 37

/* Maximum lengths, including the NUL. */
#define CLEANING_WHY_LEN 256
#define CLEANING_SINCE_LEN 32

struct cleaning {
	enum cleaning_state state;
	char since[CLEANING_SINCE_LEN]; /* as text */
	char why[CLEANING_WHY_LEN];	/* FAILED: what failed; DUE: why systemd does not begin it; or "" */
	char boot_id[BOOT_ID_LEN];	/* RUNS: the boot of the host in which it began; "" otherwise */
};

/* Returns the word for it, as in a file. */
const char *cleaning_state_name(enum cleaning_state state);

/* Returns 0, or 1 when @text is not such a word (@out untouched). */
int cleaning_state_parse(const char *text, enum cleaning_state *out);

#endif
