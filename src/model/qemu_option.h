/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One option of QEMU's command line ("-device VALUE"), its value read into properties and written back in
 * the form it had: JSON (libvirt 7.9 and newer with QEMU 6.2 and newer; libvirt: src/qemu/qemu_command.c,
 * qemuBuildDeviceCommandlineFromJSON) or "driver,key=value" (everything older). Pure.
 */
#ifndef PCITAG_MODEL_QEMU_OPTION_H
#define PCITAG_MODEL_QEMU_OPTION_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A device of libvirt's takes some 200 bytes; beyond this nothing is read, in bytes without the NUL. */
#define QEMU_OPTION_MAX 65536

struct qemu_option {
	struct json_object *props; /* owned; in the order written. In legacy form every value is a string */
	bool json;		   /* the form it was written in */
	const char *implied;	   /* borrowed: the key a first value without key belongs to */
};

/*
 * The value of option @name at argv[@at]: argv[@at] is "-NAME" or "--NAME" (QEMU: softmmu/vl.c, lookup_opt)
 * and a value follows. NULL otherwise.
 * A following word that begins with "-" is not taken for a value: no option asked for here has such values,
 * and so the free text of another option ("-append -device") cannot shift the pairs.
 * @argv: terminated by NULL
 */
const char *qemu_option_value(char *const argv[], size_t at, const char *name);

/*
 * Reads @text.
 * @implied: the key of a first value that has none in legacy form ("driver" for -device); a string constant
 * Fails when it is longer than QEMU_OPTION_MAX, is no JSON object (or nests deeper than json-c's limit of
 * 32), or names a legacy key twice. Free with qemu_option_clear(), also after a failure.
 */
int qemu_option_parse(const char *text, const char *implied, struct qemu_option *out, struct error *err);
void qemu_option_clear(struct qemu_option *option);

/* The string at @key, borrowed; NULL when there is none, it is no string, or it holds a NUL ("\u0000"). */
const char *qemu_option_string(const struct qemu_option *option, const char *key);

/* Writes the option in the form it was read in. Returns a string to free, or NULL for want of memory. */
char *qemu_option_format(const struct qemu_option *option);

#endif
