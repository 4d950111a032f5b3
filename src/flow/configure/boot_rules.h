/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The udev rules that give devices of models with `boot = vfio` to their VFIO driver before their native
 * driver is loaded: one rule for each function, by address and identity. udev has them in the initramfs too.
 */
#ifndef PCITAG_FLOW_CONFIGURE_BOOT_RULES_H
#define PCITAG_FLOW_CONFIGURE_BOOT_RULES_H

#include <stdbool.h>

#include "base/error.h"
#include "flow/paths.h"
#include "model/registry/registry.h"

#define BOOT_RULES_FILE "/etc/udev/rules.d/70-pcitag-boot.rules"

/* A function that the registry wants with its VFIO driver from the first moment. */
struct boot_device {
	struct pci_addr addr;
	char model[NAME_LEN];
	char wanted[PCI_DRIVER_LEN]; /* its VFIO driver */
	char driver[PCI_DRIVER_LEN]; /* its current one, "" for none */
	bool has_rule;		     /* the file has its rule */
};

struct boot_rules {
	char *text; /* owned; the whole file as the registry and this host want it, "" for no file */
	struct boot_device *devices; /* owned, ordered by address */
	size_t count;
	/* Owned: addresses of rules in the file that the registry does not want, separated by ", ": another
	 * card is in that slot, or none, or the key was removed. NULL for none. */
	char *stale;
	bool is_current; /* the file has this text, or neither exists */
};

void boot_rules_clear(struct boot_rules *rules);

/*
 * Reads the registry, the host and the file. Changes nothing. Returns 0 or -1; the caller frees @out with
 * boot_rules_clear(), also after a failure.
 */
int flow_boot_rules(const struct paths *paths, struct boot_rules *out, struct error *err);

/* Writes the file, or removes it when @rules has no text. */
int flow_boot_rules_write(const struct boot_rules *rules, struct error *err);

#endif
