/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-domain's stories about definitions: add, remove, rename-owner. Each does nothing when there is
 * nothing to do, or all of it; what runs is not touched. A domain without a definition (a transient one) is
 * refused, and so is whatever prepare would refuse of the result, and a change that somebody
 * else makes at the same time.
 */
#ifndef PCITAG_FLOW_EDIT_DOMAIN_H
#define PCITAG_FLOW_EDIT_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/domain.h"
#include "model/pci_addr.h"

/* What became of it, also when that is nothing. */
struct domain_change {
	char name[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	char owner[NAME_LEN];			      /* of its placeholders, "" when it has none */
	char previous_owner[NAME_LEN];		      /* rename-owner: of its first placeholder */
	struct request requests[DOMAIN_REQUESTS_MAX]; /* that were added, or removed, or have the new owner */
	size_t count;
	bool is_changed; /* the definition is another than before */
	bool is_running; /* so the change waits for the next start */
	bool is_saved;	 /* so it waits for the one behind that */
};

/*
 * Gives the domain a placeholder, and what goes with it: the container, the wrapper as its emulator.
 * @who:     UUID or name
 * @request: what is added; its owner does not count: it is that of the placeholders the domain has, or
 *           owner_of_domain(). Without an index, "npu" and "npu.0" are taken for the same
 * @count:   how many devices of the request the domain shall have, numbered from 0; 0: one, as @request
 *           is written. Needs a request without an index
 * @guest:   where the guest finds it, NULL leaves that to libvirt; not with a @count above 1
 * Fails when another domain has placeholders of this owner.
 */
int edit_domain_add(const char *who, const struct request *request, unsigned count,
		    const struct pci_addr *guest, struct domain_change *change, struct error *err);

/*
 * Takes placeholders away, and with the last one what edit_domain_add() added to it.
 * @request: NULL for all of them
 * @all:     whatever their index
 * Fails when the domain has the request only with indices, and @all is not given.
 */
int edit_domain_remove(const char *who, const struct request *request, bool all, struct domain_change *change,
		       struct error *err);

/*
 * Gives all placeholders of the domain another owner, as a copied or renamed domain needs.
 * @owner: NULL for owner_of_domain()
 * Fails when it is no legal owner, or another domain's.
 */
int edit_domain_rename_owner(const char *who, const char *owner, struct domain_change *change,
			     struct error *err);

#endif
