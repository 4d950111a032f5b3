/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wrapper: executes the emulator that libvirt intended, with devices in place of the placeholders. */
#ifndef PCITAG_FLOW_LAUNCH_H
#define PCITAG_FLOW_LAUNCH_H

#include "base/error.h"
#include "host/system/emulator_file.h"

/*
 * Replaces this process by the real emulator. Returns only on failure, with *err set.
 * @places: where the emulators are
 * @argv, @envp: as passed to main(), terminated by NULL; the environment and open descriptors are passed on
 *               unchanged, and no descriptor is opened here
 */
int flow_launch(const struct emulator_places *places, char *const argv[], char *const envp[],
		struct error *err);

#endif
