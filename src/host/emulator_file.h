/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulators and their wrappers as files of this host. */
#ifndef PCITAG_HOST_EMULATOR_FILE_H
#define PCITAG_HOST_EMULATOR_FILE_H

#include "base/error.h"
#include "model/domain.h"

/*
 * The wrapper of an emulator: "pcitag-" in front of its name.
 * @emulator: of the domain, "" for none
 * @wrapper:  receives the path; that of a wrapper is its own
 * Fails with what to do when the emulator is not in PCITAG_BINDIR, where alone the wrapper looks for it, is
 * no QEMU by its name, or has no wrapper there.
 */
int emulator_file_wrapper(const char *emulator, char wrapper[static DOMAIN_PATH_LEN], struct error *err);

/*
 * The other way round: what @wrapper stands for; an emulator that is no wrapper is its own.
 * Fails when that is not there.
 */
int emulator_file_original(const char *wrapper, char emulator[static DOMAIN_PATH_LEN], struct error *err);

#endif
