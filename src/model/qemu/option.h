/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One option of QEMU's command line ("-device VALUE"). Its value is parsed into properties, and written in
 * its original format: JSON (libvirt 7.9 and newer with QEMU 6.2 and newer; libvirt: src/qemu/qemu_command.c,
 * qemuBuildDeviceCommandlineFromJSON) or "driver,key=value" (all older versions). Pure.
 */
#ifndef PCITAG_MODEL_QEMU_OPTION_H
#define PCITAG_MODEL_QEMU_OPTION_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Maximum length of a value to be parsed, in bytes without the NUL. A device from libvirt takes about 200. */
#define QEMU_OPTION_MAX 65536

struct qemu_option {
	struct json_object *props; /* owned; in the original order; legacy format: all strings */
	bool json;		   /* the original format is JSON */
	const char *implied;	   /* borrowed: the key of a first value without a key */
};

/*
 * Returns the value of option @name at argv[@at]: argv[@at] is "-NAME" or "--NAME" (QEMU: softmmu/vl.c,
 * lookup_opt) and a value follows. NULL otherwise, also when the next word begins with "-": no option
 * searched for has such values, and so free text of another option ("-append -device") cannot shift the
 * pairs.
 * @argv: terminated by NULL
 */
const char *qemu_option_value(char *const argv[], size_t at, const char *name);

/*
 * Parses @text.
 * @implied: a string constant, the key of a first value without a key in legacy format ("driver" for -device)
 * Fails when @text is longer than QEMU_OPTION_MAX, is not a JSON object (or nests deeper than json-c's limit
 * of 32), or has a legacy key twice. The caller frees @out with qemu_option_clear(), also after a failure.
 */
int qemu_option_parse(const char *text, const char *implied, struct qemu_option *out, struct error *err);
void qemu_option_clear(struct qemu_option *option);

/* Returns the string at @key, borrowed; NULL for none, for another type, and with a NUL ("\u0000") in it. */
const char *qemu_option_string(const struct qemu_option *option, const char *key);

/* Returns the option in its original format, as a string that the caller frees. NULL when out of memory. */
char *qemu_option_format(const struct qemu_option *option);

#endif
