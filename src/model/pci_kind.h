/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What kind of thing a PCI function is, by its class: a guess, for people who write a registry. Pure. */
#ifndef PCITAG_MODEL_PCI_KIND_H
#define PCITAG_MODEL_PCI_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "model/topology.h"

/*
 * The type that a model of this class is likely to be given: "gpu", "nic", ...; "device" when the class tells
 * nothing. A legal name always.
 * @class_code: without the interface byte (kernel: include/linux/pci_ids.h; the PCI-SIG's "PCI Code and ID
 *              Assignment Specification" has the meanings)
 */
const char *pci_kind_type(uint16_t class_code);

/* Is @name one of those types? */
bool pci_kind_is_type(const char *name);

/*
 * Is it part of the machine rather than something that was put into it: a bridge, a memory controller, a
 * timer, an IOMMU, a performance counter? More than what may never be lent (pci_device_is_host_function()).
 */
bool pci_kind_is_plumbing(const struct pci_device *device);

#endif
