/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attaches host devices to a running domain and detaches them through libvirt. They are native host devices,
 * and managed, although pcitag moves them between drivers. libvirt restores only the drivers that it has
 * replaced itself, which are none: it finds the device on vfio-pci (src/util/virpci.c,
 * virPCIDeviceBindToStub), and forgets it when the domain no longer uses it. A device that is not managed
 * would stay in libvirt's list of devices detached by hand (inactivePCIHostdevs), and libvirt would leave it
 * on vfio-pci for good when a domain that names it by address ends later. The definition for the domain's
 * next start is not changed.
 */
#ifndef PCITAG_HOST_LIBVIRT_HOSTDEV_H
#define PCITAG_HOST_LIBVIRT_HOSTDEV_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/libvirt/domain.h"
#include "model/pci/address.h"

/*
 * Must be called before libvirt_domain_open() by a process that detaches devices: libvirt's client delivers
 * events only on connections opened after an event loop was registered.
 */
int libvirt_hostdev_listen(struct error *err);

/*
 * Reads the current XML of a running domain, without its secrets.
 * Returns the text, which the caller frees, or NULL with *err set.
 */
char *libvirt_hostdev_live_xml(const struct libvirt_domain *domain, struct error *err);

/* Attaches one function to the guest, in a slot of libvirt's choice. Fails with libvirt's reason. */
int libvirt_hostdev_attach(const struct libvirt_domain *domain, const struct pci_addr *addr,
			   struct error *err);

enum { LIBVIRT_HOSTDEV_KEPT = 1 };

/*
 * Requests that the guest release these functions, and waits until it has. Functions that the domain does not
 * have are skipped. libvirt forgets a device, and QEMU closes it, only when the guest agrees (libvirt:
 * src/libvirt-domain.c, virDomainDetachDeviceFlags).
 * Returns 0, LIBVIRT_HOSTDEV_KEPT with *err set when the guest has refused or has not released them in time,
 * or -1 with libvirt's reason.
 */
int libvirt_hostdev_detach(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
			   struct deadline deadline, struct error *err);

#endif
