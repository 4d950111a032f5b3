/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Accesses a domain of qemu:///system through libvirt's client library. Must not be used in a hook: the
 * daemon waits for the hook and cannot answer (libvirt: docs/hooks.rst, "Calling libvirt functions from
 * within a hook script").
 */
#ifndef PCITAG_HOST_LIBVIRT_DOMAIN_H
#define PCITAG_HOST_LIBVIRT_DOMAIN_H

#include <stdbool.h>

#include "base/error.h"
#include "model/lease/domain.h"

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

/*
 * Makes @xml the definition of the domain that it names, after libvirt has validated it against its schema. A
 * running domain is not changed.
 */
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

#endif
