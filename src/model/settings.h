/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an administrator sets for pcitag as a whole. Pure: the text comes from host/settings_ini.c. */
#ifndef PCITAG_MODEL_SETTINGS_H
#define PCITAG_MODEL_SETTINGS_H

#include <stdbool.h>

#include "base/error.h"

#define SETTINGS_SECTION "pcitag"

#define SETTINGS_SECONDS_MAX 3600

struct settings {
	bool enabled;	     /* no: a start that makes requests is refused; releases go on */
	int bind_timeout;    /* seconds that drivers may take, all together, when a domain starts */
	int release_timeout; /* seconds that a release may take, all in all */
	unsigned keys_set;   /* bit n: the n-th known key was given; a key may be given once */
};

/*
 * Binding: some drivers take half a minute to let go of a device. Releasing: libvirt handles the ends of all
 * guests of the host in one thread (libvirt: src/qemu/qemu_driver.c, qemuProcessEventHandler).
 */
#define SETTINGS_DEFAULT ((struct settings){ .enabled = true, .bind_timeout = 60, .release_timeout = 10 })

/*
 * Sets one key from its text.
 * Fails with what is wrong and what to write instead; the caller adds file and line.
 */
int settings_set(struct settings *settings, const char *key, const char *value, struct error *err);

#endif
