/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of a model about what is done around the use of a device: units of systemd, and cleaning. Only
 * keys.c uses them. Pure.
 */
#ifndef PCITAG_MODEL_REGISTRY_UNIT_KEYS_H
#define PCITAG_MODEL_REGISTRY_UNIT_KEYS_H

#include "base/error.h"
#include "model/registry/registry.h"

/* Set one key, as model_set() does. The first one is for stop_units, start_units and clean_units. */
int unit_keys_set_units(struct model *model, const char *key, const char *value, struct error *err);
int unit_keys_set_after_use(struct model *model, const char *key, const char *value, struct error *err);
int unit_keys_set_clean_timeout(struct model *model, const char *key, const char *value, struct error *err);

/* Fails with "file:line: ..." for what would be kept for good, and for units that would never run. */
int unit_keys_check(const struct model *model, struct error *err);

#endif
