/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The virtual functions of a physical function (kernel: Documentation/ABI/testing/sysfs-bus-pci,
 * Documentation/PCI/pci-iov-howto.rst; drivers/pci/iov.c).
 */
#ifndef PCITAG_HOST_PCI_SRIOV_H
#define PCITAG_HOST_PCI_SRIOV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/address.h"

struct sriov {
	unsigned total;	      /* sriov_totalvfs: the most it can have */
	unsigned vf_device;   /* the device id of its virtual functions, 0 when the kernel does not tell it */
	bool autoprobe;	      /* new ones are offered to drivers */
	struct pci_addr *vfs; /* owned; those it has, in the order of their numbers */
	size_t count;
};

void sriov_clear(struct sriov *sriov);

/*
 * Reads what needs neither the device nor its lock, and never waits. Returns 0; SYSFS_ABSENT when the
 * function cannot have virtual functions, or there is none at @addr; or -1. The caller frees @out with
 * sriov_clear(), also after a failure.
 */
int sriov_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct sriov *out, struct error *err);

/* Reads sriov_numvfs, which waits for the device's lock: in a worker. Returns as sysfs_read(). */
int sriov_read_number(const struct sysfs *sysfs, const struct pci_addr *addr, unsigned *out,
		      struct error *err);

/*
 * Writes sriov_numvfs: makes @number virtual functions where there are none, or, for 0, removes all. It
 * returns when every driver of one that is removed has let go, which may be never: in a worker. Success may
 * mean that the driver has made fewer (iov.c, sriov_numvfs_store: a warning): read it back. err->code is the
 * errno of the write.
 */
int sriov_write_number(const struct sysfs *sysfs, const struct pci_addr *addr, unsigned number,
		       struct error *err);

#endif
