/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Edits of domain definitions for pcitag-domain. Each makes the whole change, or none when there is nothing
 * to do; a running domain is not changed. Refused are a transient domain (without a persistent definition), a
 * result that prepare would refuse, and a definition that another process changes at the same time.
 */
#ifndef PCITAG_FLOW_CONFIGURE_EDIT_DOMAIN_H
#define PCITAG_FLOW_CONFIGURE_EDIT_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/lease/domain.h"
#include "model/pci/address.h"

/* The result of an edit, also when nothing was changed. */
struct domain_change {
	char name[DOMAIN_NAME_LEN];
	char uuid[UUID_LEN];
	char owner[NAME_LEN];	       /* of its placeholders, "" when it has none */
	char previous_owner[NAME_LEN]; /* rename-owner: of its first placeholder, before the change */
	struct request requests[DOMAIN_REQUESTS_MAX]; /* added, removed, or with the new owner */
	size_t count;
	bool is_changed; /* the definition differs from the previous one */
	bool is_running; /* so the change takes effect at the next start */
	bool is_saved;	 /* so the change takes effect at the start after the next one */
};

/* What edit_domain_add() is to add. */
struct domain_addition {
	/*
	 * Valid requests, separated by blanks. Owners are those of the placeholders that the domain has, or
	 * owner_of_domain(). Without an index, "npu" and "npu.0" count as the same.
	 */
	const char *requests;
	/*
	 * The number of devices of the request that the domain shall have, numbered from 0; 0: one, as it is
	 * written. Otherwise there is one request, without an index.
	 */
	unsigned count;
	const struct pci_addr *guest; /* of the only device, in the guest; NULL lets libvirt choose it */
	const struct request_options *options; /* what each is told, in addition to what it is told already */
	const struct wishes *wishes; /* of all these requests, in addition to those that they have together */
};

/*
 * Adds placeholders and what they need: the container, and the wrapper as the domain's emulator.
 * @who: UUID or name
 * Fails when another domain has placeholders of this owner.
 */
int edit_domain_add(const char *who, const struct domain_addition *addition, struct domain_change *change,
		    struct error *err);

/*
 * Removes placeholders, and with the last one everything that edit_domain_add() added to the domain.
 * @request: NULL for all of them
 * @all:     remove them whatever their index
 * Fails when the domain has the request only with indices and @all is not set.
 */
int edit_domain_remove(const char *who, const struct request *request, bool all, struct domain_change *change,
		       struct error *err);

/*
 * The same for a definition in a file (host/system/domain_file.h), without libvirt, which does not know the
 * domain unless it runs. It is replaced as a whole. Owners of other domains are not looked at.
 */
int edit_file_add(const char *path, const struct domain_addition *addition, struct domain_change *change,
		  struct error *err);
int edit_file_remove(const char *path, const struct request *request, bool all, struct domain_change *change,
		     struct error *err);

/*
 * Gives all placeholders of the domain another owner, as a copied or renamed domain needs.
 * @owner: NULL for owner_of_domain()
 * Fails when it is not a valid owner, or is another domain's.
 */
int edit_domain_rename_owner(const char *who, const char *owner, struct domain_change *change,
			     struct error *err);

#endif
