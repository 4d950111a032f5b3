/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The findings that last: one file for each function that is degraded or out,
 * /var/lib/pcitag/unwell/<address>.json. They survive a reboot. Without any, the directory does not exist,
 * and reading them is one system call. Writers hold a lease that has the function, or the store's lock.
 */
#ifndef PCITAG_HOST_STORE_FINDINGS_H
#define PCITAG_HOST_STORE_FINDINGS_H

#include "base/error.h"
#include "model/pci/finding.h"

/* Where they are. */
#define FINDINGS_DIR "/var/lib/pcitag/unwell"

/* Writes @finding durably, in place of an earlier one about the function at the address. */
int findings_save(const struct finding *finding, struct error *err);

/* Removes the file about the function at @addr durably. Succeeds when there is none. */
int findings_remove(const struct pci_addr *addr, struct error *err);

/*
 * Adds all of them to @out. A file that cannot be read or understood is a finding as well, PCI_OUT, of
 * whatever is at the address in its name: the condition of that function is unknown. Fails when the directory
 * cannot be read. The caller frees @out, also after a failure.
 */
int findings_load(struct finding_list *out, struct error *err);

#endif
