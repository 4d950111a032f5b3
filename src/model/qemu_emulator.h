/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which emulator the wrapper runs, told by the name it was run under. Pure. */
#ifndef PCITAG_MODEL_QEMU_EMULATOR_H
#define PCITAG_MODEL_QEMU_EMULATOR_H

#include "base/error.h"

/* A path: the directory and a file name, in bytes with the NUL. */
#define QEMU_EMULATOR_LEN 512

/*
 * Writes the path of the real emulator: @bindir "/" and the last component of @argv0 without its "pcitag-".
 * @argv0:  what the program was started as, NULL for an empty argv: libvirt passes the whole path of
 *          <emulator>, anybody else what they like. Its directory is not looked at
 * @bindir: the one directory emulators are run from
 * Fails, saying how the program is meant to be used, unless that name is qemu-system-ARCH, qemu-kvm or kvm
 * in characters [a-z0-9_-]: above all when it is the wrapper's own.
 */
int qemu_emulator_path(const char *argv0, const char *bindir, char buf[static QEMU_EMULATOR_LEN],
		       struct error *err);

#endif
