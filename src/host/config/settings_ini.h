/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads pcitag.ini. */
#ifndef PCITAG_HOST_CONFIG_SETTINGS_INI_H
#define PCITAG_HOST_CONFIG_SETTINGS_INI_H

#include "base/error.h"
#include "model/registry/settings.h"

#define SETTINGS_FILE "pcitag.ini"

/*
 * Reads section [pcitag] of ETC_DIR/pcitag.ini.
 * @etc_dir: such as "/etc/pcitag"
 * @out:     SETTINGS_DEFAULT when the file, the section or the key is missing
 * Fails with "FILE:LINE: what is wrong; what to write" on the first mistake, and leaves @out unchanged.
 */
int settings_load(const char *etc_dir, struct settings *out, struct error *err) MUST_CHECK;

#endif
