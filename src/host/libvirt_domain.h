/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A domain of qemu:///system, through libvirt's own client library: the only file that speaks to libvirt. A
 * hook must not come here: the daemon that waits for it would be asked for an answer (libvirt:
 * docs/hooks.rst, "Calling libvirt functions from within a hook script").
 */
#ifndef PCITAG_HOST_LIBVIRT_DOMAIN_H
#define PCITAG_HOST_LIBVIRT_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/domain.h"

struct libvirt_domain {
	void *connection; /* virConnectPtr, owned */
	void *handle;	  /* virDomainPtr, owned */
	char name[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	bool is_running;    /* it has a process: running, paused, being started or stopped */
	bool is_persistent; /* it has a definition that outlives its run */
	bool is_saved;	    /* `virsh managedsave` keeps a state of it, which its next start goes on from */
};

/*
 * Connects to the daemon and finds a domain.
 * @who: its UUID or its name, in this order, as virsh takes them
 * @out: overwritten; the caller closes it, also after a failure
 * Fails with libvirt's reason, and with what to do when the daemon does not let this user in. Nothing is
 * asked of the terminal, and libvirt prints nothing.
 */
int libvirt_domain_open(const char *who, struct libvirt_domain *out, struct error *err);
void libvirt_domain_close(struct libvirt_domain *domain);

/* Which of a running domain's two descriptions: what it starts with next time, or what it is now. */
enum libvirt_xml {
	LIBVIRT_XML_DEFINITION,
	LIBVIRT_XML_LIVE,
};

/*
 * Reads the domain's XML with its secrets, so that it can be handed back.
 * Returns the text for free(), or NULL with *err.
 */
char *libvirt_domain_xml(const struct libvirt_domain *domain, enum libvirt_xml which, struct error *err);

/*
 * Makes @xml the definition of the domain that it names, after libvirt has held it against its schema. What
 * runs is not touched.
 */
int libvirt_domain_define(const struct libvirt_domain *domain, const char *xml, struct error *err);

/*
 * Called with the definition of one domain, without secrets; of a domain that has none, with what runs.
 * Anything but 0 ends the walk and is what the walk returns.
 */
typedef int libvirt_domain_fn(const char *xml, void *data, struct error *err);

/*
 * Calls @visit for every domain of the daemon but this one. A domain that vanishes meanwhile is left out.
 * Returns 0, what @visit returned, or -1 with *err.
 */
int libvirt_domain_others(const struct libvirt_domain *domain, libvirt_domain_fn *visit, void *data,
			  struct error *err);

#endif
