/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/wish/guest_numa.h"

#include <stdlib.h>
#include <string.h>

void guest_numa_clear(struct guest_numa *guest)
{
	free(guest->cells);
	*guest = (struct guest_numa){ .machine = "" };
}

/* "q35", "pc-q35-7.2": the name, or one with a version. */
static bool is_machine(const char *machine, const char *name, const char *versioned)
{
	return strcmp(machine, name) == 0 || strncmp(machine, versioned, strlen(versioned)) == 0;
}

bool guest_machine_has_expander(const char *arch, const char *machine)
{
	if (strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0)
		return is_machine(machine, "q35", "pc-q35-");
	if (strcmp(arch, "aarch64") == 0 || strcmp(arch, "armv7l") == 0)
		return is_machine(machine, "virt", "virt-");
	return false;
}

const struct guest_cell *guest_numa_find(const struct guest_numa *guest, size_t node)
{
	for (size_t i = 0; i < guest->count; i++) {
		const struct number_set *nodes = &guest->cells[i].nodes;

		if (number_set_count(nodes) == 1 && number_set_has(nodes, node))
			return &guest->cells[i];
	}
	return NULL;
}
