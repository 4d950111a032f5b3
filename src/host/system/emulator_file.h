/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds emulators and their wrappers on this host. Distributions install QEMU into different directories with
 * links between them (Red Hat: /usr/libexec/qemu-kvm; merged /usr/sbin; /usr/bin/kvm). So an emulator is
 * identified by the file that its path resolves to, which must be the one that a wrapper would run.
 */
#ifndef PCITAG_HOST_SYSTEM_EMULATOR_FILE_H
#define PCITAG_HOST_SYSTEM_EMULATOR_FILE_H

#include "base/error.h"
#include "model/lease/domain.h"
#include "model/qemu/emulator.h"

struct emulator_places {
	const char *bindir; /* of the wrappers */
	const char *dirs; /* where a wrapper searches for its emulator, in this order, separated by colons */
};

/* Set at compile time: PREFIX/bin, and EMULATOR_DIRS of the Makefile. */
extern const struct emulator_places emulator_places;

/* Writes the path of the emulator @name in the first directory that has it; false when none has. */
bool emulator_file_find(const struct emulator_places *places, const char *name,
			char path[static QEMU_EMULATOR_LEN]);

/*
 * Finds the wrapper of an emulator.
 * @emulator: of the domain, "" for none
 * @wrapper:  receives the path of the wrapper; of @emulator itself when that is a wrapper
 * Fails when @emulator does not exist, is not the file that a wrapper would run, or has no wrapper installed;
 * *err then names a wrapper that works on this host, if there is one.
 */
int emulator_file_wrapper(const struct emulator_places *places, const char *emulator,
			  char wrapper[static DOMAIN_PATH_LEN], struct error *err);

/* Finds the emulator of @wrapper; fails when it does not exist. Any other path is returned unchanged. */
int emulator_file_original(const struct emulator_places *places, const char *wrapper,
			   char emulator[static DOMAIN_PATH_LEN], struct error *err);

/*
 * Checks that a domain with requests has a wrapper for its emulator that is in places->bindir, installed, and
 * has an emulator to run. A domain without requests always passes. Fails with the element to write.
 */
int emulator_file_check(const struct emulator_places *places, const struct domain *domain, struct error *err);

#endif
