/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and directories of emulators, and which emulator a wrapper runs. Pure. */
#ifndef PCITAG_MODEL_QEMU_EMULATOR_H
#define PCITAG_MODEL_QEMU_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

/* Size of a path buffer: the directory and a file name, in bytes including the NUL. */
#define QEMU_EMULATOR_LEN 512

/*
 * True when @name is a QEMU that can assign devices to a guest: qemu-system-ARCH (every distribution),
 * qemu-kvm (Red Hat), kvm or kvm-spice (Debian, Ubuntu), in characters [a-z0-9_-].
 */
bool qemu_emulator_name_valid(const char *name);

/* The name of the @i-th emulator that has a wrapper, most common first; NULL after the last. */
const char *qemu_emulator_known(size_t i);

/*
 * Returns the name of the emulator that a wrapper runs, in @path: its last component without "pcitag-". NULL
 * unless that is a valid name; in particular NULL for the wrapper's own name. The directory is ignored.
 * @path: argv[0] of the program, NULL for an empty argv: libvirt passes the full path of <emulator>, other
 *        callers can pass any text
 */
const char *qemu_emulator_of_wrapper(const char *path);

/*
 * Writes the path of @name in the @i-th directory of @dirs.
 * @dirs: directories, separated by colons
 * Returns false after the last directory, and for a path that is too long.
 */
bool qemu_emulator_path(const char *dirs, size_t i, const char *name, char buf[static QEMU_EMULATOR_LEN]);

#endif
