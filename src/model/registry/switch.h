/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value that is either on or off, in the format of registry and settings. Pure. */
#ifndef PCITAG_MODEL_REGISTRY_SWITCH_H
#define PCITAG_MODEL_REGISTRY_SWITCH_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Parses yes, true, on, 1 or no, false, off, 0, in any case.
 * @key: for the message
 * Fails with the valid words in *err; @out is untouched. The caller adds file and line.
 */
int switch_parse(const char *key, const char *value, bool *out, struct error *err);

#endif
