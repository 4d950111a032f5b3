/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Global settings of pcitag. Pure: the text comes from host/config/registry_ini.c. */
#ifndef PCITAG_MODEL_REGISTRY_SETTINGS_H
#define PCITAG_MODEL_REGISTRY_SETTINGS_H

#include <stdbool.h>

#include "base/error.h"

#define SETTINGS_SECTION "pcitag"

#define SETTINGS_SECONDS_MAX 3600

struct settings {
	bool enabled;	     /* no: the start of a domain with requests is refused; releases continue */
	int bind_timeout;    /* seconds for all driver changes together when a domain starts */
	int release_timeout; /* seconds for a complete release */
	unsigned keys_set;   /* bit n: the n-th known key was given; each key may occur once */
};

/*
 * Binding: some drivers need half a minute to unbind from a device. Releasing: libvirt handles the ends of
 * all guests of the host in one thread (libvirt: src/qemu/qemu_driver.c, qemuProcessEventHandler).
 */
#define SETTINGS_DEFAULT ((struct settings){ .enabled = true, .bind_timeout = 60, .release_timeout = 10 })

/* Sets one key. Fails with what to write instead in *err; the caller adds file and line. */
int settings_set(struct settings *settings, const char *key, const char *value, struct error *err);

/*
 * Parses a value of registry or settings that is either on or off: yes, true, on, 1 or no, false, off, 0, in
 * any case.
 * @key: for the message
 * Fails with the valid words in *err; @out is untouched. The caller adds file and line.
 */
int switch_parse(const char *key, const char *value, bool *out, struct error *err);

#endif
