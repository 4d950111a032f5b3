/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an administrator sets for pcitag as a whole. Pure: the text comes from host/settings_ini.c. */
#ifndef PCITAG_MODEL_SETTINGS_H
#define PCITAG_MODEL_SETTINGS_H

#include <stdbool.h>

#include "base/error.h"

#define SETTINGS_SECTION "pcitag"

struct settings {
	bool enabled;	  /* no: a start that makes requests is refused; releases go on */
	bool enabled_set; /* the key was given: it may be given once */
};

#define SETTINGS_DEFAULT ((struct settings){ .enabled = true })

/*
 * Sets one key from its text.
 * Fails with what is wrong and what to write instead; the caller adds file and line.
 */
int settings_set(struct settings *settings, const char *key, const char *value, struct error *err);

#endif
