/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The emulators and their wrappers as files of this host. Distributions put QEMU into several directories and
 * make links between them (Red Hat: /usr/libexec/qemu-kvm; merged /usr/sbin; /usr/bin/kvm): what counts is
 * whether a path leads to the very file that a wrapper would run.
 */
#ifndef PCITAG_HOST_EMULATOR_FILE_H
#define PCITAG_HOST_EMULATOR_FILE_H

#include "base/error.h"
#include "model/domain.h"
#include "model/qemu_emulator.h"

struct emulator_places {
	const char *bindir; /* of the wrappers */
	const char *dirs;   /* where a wrapper looks for its emulator, in this order, separated by colons */
};

/* As they were set when compiling: PREFIX/bin, and EMULATOR_DIRS of the Makefile. */
extern const struct emulator_places emulator_places;

/* Writes the path of the emulator @name in the first directory that has it. Returns false when none has. */
bool emulator_file_find(const struct emulator_places *places, const char *name,
			char path[static QEMU_EMULATOR_LEN]);

/*
 * The wrapper of an emulator.
 * @emulator: of the domain, "" for none
 * @wrapper:  receives the path; that of a wrapper is its own
 * Fails, naming a wrapper that works on this host if there is one, when @emulator is not there, is not the
 * file that a wrapper would run, or has no wrapper installed.
 */
int emulator_file_wrapper(const struct emulator_places *places, const char *emulator,
			  char wrapper[static DOMAIN_PATH_LEN], struct error *err);

/*
 * The other way round: what @wrapper stands for; an emulator that is no wrapper is its own.
 * Fails when that is not there.
 */
int emulator_file_original(const struct emulator_places *places, const char *wrapper,
			   char emulator[static DOMAIN_PATH_LEN], struct error *err);

/*
 * Is the emulator of a domain with requests a wrapper in places->bindir that is installed and has something
 * to run? A domain without requests always passes. Fails with the element to write.
 */
int emulator_file_check(const struct emulator_places *places, const struct domain *domain, struct error *err);

#endif
