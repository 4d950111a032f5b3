/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wrapper's story: become the emulator that libvirt meant, with devices where placeholders were. */
#ifndef PCITAG_FLOW_FLOW_LAUNCH_H
#define PCITAG_FLOW_FLOW_LAUNCH_H

#include "base/error.h"
#include "host/emulator_file.h"

/*
 * Replaces this process by the real emulator; returns only to say why it could not.
 * @places: where the emulators are
 * @argv, @envp: as main() got them, terminated by NULL; environment and open descriptors are passed on as
 *               they are, and nothing is opened here
 */
int flow_launch(const struct emulator_places *places, char *const argv[], char *const envp[],
		struct error *err);

#endif
