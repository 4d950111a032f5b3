/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Accesses a domain of qemu:///system through libvirt's client library. Must not be used in a hook: the
 * daemon waits for the hook and cannot answer (libvirt: docs/hooks.rst, "Calling libvirt functions from
 * within a hook script").
 */
#ifndef PCITAG_HOST_LIBVIRT_DOMAIN_H
#define PCITAG_HOST_LIBVIRT_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/deadline.h"
#include "base/error.h"
#include "model/lease/domain.h"
#include "model/pci/address.h"

struct libvirt_domain {
	void *connection; /* virConnectPtr, owned */
	void *handle;	  /* virDomainPtr, owned */
	char name[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	bool is_running;    /* it has a process: running, paused, being started or stopped */
	bool is_persistent; /* it has a definition that outlives its process */
	bool is_saved;	    /* `virsh managedsave` has stored a state from which its next start resumes */
};

/*
 * Connects to the daemon and finds a domain.
 * @who: its UUID or its name, in this order, as in virsh
 * @out: overwritten; the caller closes it, also after a failure
 * Fails with libvirt's reason, and with a remedy when the daemon refuses this user. Does not prompt on the
 * terminal, and libvirt prints nothing.
 */
int libvirt_domain_open(const char *who, struct libvirt_domain *out, struct error *err);
void libvirt_domain_close(struct libvirt_domain *domain);

/*
 * Reads the definition for the domain's next start, including its secrets, so that it can be defined again.
 * Returns the text, which the caller frees, or NULL with *err set.
 */
char *libvirt_domain_xml(const struct libvirt_domain *domain, struct error *err);

/* Makes @xml the definition of the domain it names, if libvirt's schema permits. No running one changes. */
int libvirt_domain_define(const struct libvirt_domain *domain, const char *xml, struct error *err);

/*
 * Called with the definition of one domain, without secrets; for a domain without a definition, with its
 * current XML. A value other than 0 ends the iteration, which returns it.
 */
typedef int libvirt_domain_fn(const char *xml, void *data, struct error *err);

/*
 * Calls @visit for every domain of the daemon except @domain. A domain that vanishes meanwhile is skipped.
 * Returns 0, the value of @visit, or -1 with *err set.
 */
int libvirt_domain_others(const struct libvirt_domain *domain, libvirt_domain_fn *visit, void *data,
			  struct error *err);

/*
 * Called with a domain, which the caller of libvirt_domain_each() closes, and its definition, as above. A
 * value other than 0 ends the iteration, which returns it.
 */
typedef int libvirt_any_domain_fn(const struct libvirt_domain *domain, const char *xml, void *data,
				  struct error *err);

/*
 * Connects to the daemon and calls @visit for each of its domains, in no particular order. A domain that
 * vanishes meanwhile is skipped. Returns 0, the value of @visit, or -1 with *err set.
 */
int libvirt_domain_each(libvirt_any_domain_fn *visit, void *data, struct error *err);

/*
 * The functions below attach host devices to a running domain and detach them. They are native host devices,
 * and managed, although pcitag moves them between drivers. libvirt restores only the drivers that it has
 * replaced itself, which are none: it finds the device on vfio-pci (src/util/virpci.c,
 * virPCIDeviceBindToStub), and forgets it when the domain no longer uses it. A device that is not managed
 * would stay in libvirt's list of devices detached by hand (inactivePCIHostdevs), and libvirt would leave it
 * on vfio-pci for good when a domain that names it by address ends later. The definition for the domain's
 * next start is not changed. They fail with libvirt's reason alone.
 */

/*
 * Must be called before libvirt_domain_open() by a process that detaches devices: libvirt's client delivers
 * events only on connections opened after an event loop was registered.
 */
int libvirt_domain_listen(struct error *err);

/* Returns the current XML of a running domain, without its secrets, which the caller frees; NULL with *err.
 */
char *libvirt_domain_live_xml(const struct libvirt_domain *domain, struct error *err);

/* Attaches one function to the guest, in a slot of libvirt's choice. */
int libvirt_domain_attach(const struct libvirt_domain *domain, const struct pci_addr *addr,
			  struct error *err);

enum { LIBVIRT_HOSTDEV_KEPT = 1 };

/*
 * Requests that the guest release these functions, and waits until it has. Functions that the domain does not
 * have are skipped. libvirt forgets a device, and QEMU closes it, only when the guest agrees (libvirt:
 * src/libvirt-domain.c, virDomainDetachDeviceFlags). Returns 0, LIBVIRT_HOSTDEV_KEPT with *err set when the
 * guest has refused or has not released them in time, or -1.
 */
int libvirt_domain_detach(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
			  struct deadline deadline, struct error *err);

#endif
