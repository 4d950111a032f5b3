/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Emulators by name and directory, and which of them a wrapper runs. Pure. */
#ifndef PCITAG_MODEL_QEMU_EMULATOR_H
#define PCITAG_MODEL_QEMU_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* A path: the directory and a file name, in bytes with the NUL. */
#define QEMU_EMULATOR_LEN 512

/*
 * Is @name that of a QEMU that a guest can have devices under: qemu-system-ARCH (every distribution),
 * qemu-kvm (Red Hat), kvm or kvm-spice (Debian, Ubuntu), in characters [a-z0-9_-]?
 */
bool qemu_emulator_name_valid(const char *name);

/* The name of the @i-th emulator that a wrapper is installed for, most likely first; NULL after the last. */
const char *qemu_emulator_known(size_t i);

/*
 * Which emulator a wrapper runs: the last component of @path without its "pcitag-"; NULL unless that is a
 * valid name, above all when it is the wrapper's own. Its directory is not looked at. Points into @path.
 * @path: what the program was started as, NULL for an empty argv: libvirt passes the whole path of
 *        <emulator>, anybody else what they like
 */
const char *qemu_emulator_of_wrapper(const char *path);

/*
 * Writes the path that @name has in the @i-th of @dirs.
 * @dirs: directories, separated by colons
 * Returns false after the last, and for a path that is too long.
 */
bool qemu_emulator_path(const char *dirs, size_t i, const char *name, char buf[static QEMU_EMULATOR_LEN]);

#endif
