/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value that is either on or off, as registry and settings write it. Pure. */
#ifndef PCITAG_MODEL_SWITCH_H
#define PCITAG_MODEL_SWITCH_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Reads yes, true, on, 1 or no, false, off, 0, any case.
 * @key: for the message
 * Fails with the words to write; @out untouched. The caller adds file and line.
 */
int switch_parse(const char *key, const char *value, bool *out, struct error *err);

#endif
