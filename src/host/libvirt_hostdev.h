/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Host devices of a running domain, put in and taken out through libvirt: native ones, and managed, although
 * their drivers are our business. libvirt gives back what it has bound itself, which is nothing: it finds the
 * device on vfio-pci (src/util/virpci.c, virPCIDeviceBindToStub), and forgets it when the domain is done with
 * it. One that is not managed it would keep in mind as detached by hand (inactivePCIHostdevs), and when a
 * domain that names it by address ends later, it would leave it on vfio-pci for ever. The definition that the
 * domain starts with next time is not touched.
 */
#ifndef PCITAG_HOST_LIBVIRT_HOSTDEV_H
#define PCITAG_HOST_LIBVIRT_HOSTDEV_H

#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "host/libvirt_domain.h"
#include "model/pci_addr.h"

/* To be called before libvirt_domain_open() by whoever wants to detach: libvirt's client tells of events only
 * when it knew from the beginning that somebody listens. */
int libvirt_hostdev_listen(struct error *err);

/*
 * Reads what a running domain is at this moment, without its secrets.
 * Returns the text for free(), or NULL with *err.
 */
char *libvirt_hostdev_live_xml(const struct libvirt_domain *domain, struct error *err);

/* Puts one function into the guest, in a slot of libvirt's choice. Fails with libvirt's reason. */
int libvirt_hostdev_attach(const struct libvirt_domain *domain, const struct pci_addr *addr,
			   struct error *err);

#define LIBVIRT_HOSTDEV_KEPT 1

/*
 * Asks the guest to let go of these functions and waits until it has; those that are not in the domain are
 * passed over. libvirt forgets a device, and QEMU closes it, only when the guest agrees (libvirt:
 * src/libvirt-domain.c, virDomainDetachDeviceFlags).
 * Returns 0, LIBVIRT_HOSTDEV_KEPT with *err when the guest has not let go in time or said no, or -1 with
 * libvirt's reason.
 */
int libvirt_hostdev_detach(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
			   struct deadline deadline, struct error *err);

#endif
