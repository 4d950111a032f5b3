/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at a PCI function: does it answer, how wide is its link, which errors has the kernel counted. */
#ifndef PCITAG_HOST_PCI_STATE_H
#define PCITAG_HOST_PCI_STATE_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/address.h"
#include "model/pci/state.h"
#include "model/pci/topology.h"

/*
 * Reads the state, except the errors. Can wait for the device, forever: call it in a process that a caller
 * awaits with a deadline (flow/assign/observe.h).
 *   config: the whole plain part, in one read, of a function that a guest gets: QEMU reads all of it, too
 *           (hw/vfio/pci.c, vfio_pci_realize). Not again if pci_device_read_rest() has read it. Users other
 * than root get the header; the widths of the link are then those of current_link_width and max_link_width
 *   max_link_width of the port above, when the link has fewer lanes than the function could have: a card in a
 *           slot with fewer lanes is well
 *   power/runtime_status, when the function is in a low power state: that of an idle one is as it must be,
 * and always that of one with a VFIO driver
 * @device: address, parent and is_vfio are used; its state is set
 * Returns 0, SYSFS_ABSENT when the function is gone, or -1; is_read is false then.
 */
int pci_state_read(const struct sysfs *sysfs, struct pci_device *device, struct error *err);

/*
 * Reads the errors that the kernel has counted, which does not access the device: aer_dev_nonfatal, and
 * aer_rootport_total_err_fatal of the root port that the function is plugged into, or, if it is elsewhere,
 * aer_dev_fatal (kernel: Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats). All functions of a slot
 * share the port's count. A function without Advanced Error Reporting has none. Returns 0, or -1.
 */
int pci_state_read_errors(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_errors *out,
			  struct error *err);

#endif
