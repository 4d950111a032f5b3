/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Makes and removes the virtual functions of physical functions, at the administrator's request and at boot;
 * never for the start of a domain. None of them may be in use, and what others have made is used as it is:
 * the number is changed only from none, or to none.
 */
#ifndef PCITAG_FLOW_CONFIGURE_VIRTUAL_FUNCTIONS_H
#define PCITAG_FLOW_CONFIGURE_VIRTUAL_FUNCTIONS_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/pci/sriov.h"
#include "model/registry/registry.h"

/* A physical function, and what the registry wants of it. */
struct physical_function {
	struct pci_addr addr;
	struct pci_identity id;
	char model[NAME_LEN]; /* the first one, in registry order, that matches it and has vfs; "" for none */
	unsigned wanted;      /* that key; 0 for none */
	char driver[PCI_DRIVER_LEN];
	struct sriov sriov;
	bool is_changed;  /* by flow_vf_create(), flow_vf_remove() */
	struct error why; /* of flow_vf_create(): why it does not have what is wanted; "" when it has */
};

struct physical_functions {
	struct physical_function *items; /* owned, ordered by address */
	size_t count;
};

void physical_functions_clear(struct physical_functions *list);

/* True when it has not as many virtual functions as the registry wants. */
bool physical_function_differs(const struct physical_function *pf);

/*
 * Lists the physical functions of this host, without privilege and without access to them.
 * @addr: this one alone; NULL for all
 * Returns 0; FLOW_REFUSED with one line in *err when there is no such function, or it cannot have virtual
 * functions; or -1. The caller frees @out with physical_functions_clear(), also after a failure.
 */
int flow_vf_list(const struct paths *paths, const struct pci_addr *addr, struct physical_functions *out,
		 struct error *err);

/* Which functions flow_vf_create() is for: at most one of @addr and @model is given. */
struct vf_choice {
	const struct pci_addr *addr;
	const char *model;
	bool settles; /* wait first until udev has nothing to do, and each of them has a driver: at boot */
};

/*
 * Makes the virtual functions that the registry wants of the chosen functions. Those that have some already
 * are left as they are. What is chosen and cannot be given what is wanted says so in its @why; the others are
 * given it all the same. The kernel may take the time of bind_timeout for each. Returns 0; FLOW_REFUSED when
 * nothing of this host is chosen, or the registry wants none of it; or -1. The caller frees @out with
 * physical_functions_clear().
 */
int flow_vf_create(const struct paths *paths, const struct vf_choice *choice, struct physical_functions *out,
		   struct error *err);

/*
 * Removes all virtual functions of the one at @addr, unless one of them is in use: by a domain, another user
 * of VFIO, the host; one of which that cannot be told counts as such. Returns 0 with that function in @out,
 * also when there were none; FLOW_REFUSED; or -1.
 */
int flow_vf_remove(const struct paths *paths, const struct pci_addr *addr, struct physical_functions *out,
		   struct error *err);

#endif
