/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator: which device each request of a domain gets, and for every device that
 * matches but cannot be had, why. Pure, and deterministic: the same input gives the same
 * answer, lowest addresses first.
 */
#ifndef PCITAG_MODEL_ALLOCATOR_H
#define PCITAG_MODEL_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/card.h"
#include "model/domain.h"
#include "model/lease.h"
#include "model/registry.h"
#include "model/topology.h"

/* Why a device that matches is not for the asking. Ordered as they are tested. */
enum availability {
	AVAILABLE,
	UNAVAILABLE_LEASED,	   /* its group belongs to another domain */
	UNAVAILABLE_QUARANTINED,   /* a lease that could not be given back holds its group */
	UNAVAILABLE_NATIVE,	   /* another domain names a device of its group by address */
	UNAVAILABLE_NAMED,	   /* the domain itself names a device of its group by address */
	UNAVAILABLE_DISABLED,	   /* the model says enabled = no */
	UNAVAILABLE_HOST,	   /* the model is for other hosts */
	UNAVAILABLE_NO_GROUP,	   /* no IOMMU isolates it */
	UNAVAILABLE_BRIDGE,	   /* it is no endpoint */
	UNAVAILABLE_HOST_FUNCTION, /* host plumbing by its class */
	UNAVAILABLE_UNCLEAR,	   /* it did not answer, or was not looked at */
	UNAVAILABLE_DEAD,	   /* its configuration space reads all ones */
	UNAVAILABLE_BOOT_VGA,	   /* the firmware's console */
	UNAVAILABLE_BMC_CONSOLE,   /* the management controller's console */
	UNAVAILABLE_VFS,	   /* a physical function whose virtual functions are enabled */
	UNAVAILABLE_SPLIT,	   /* what its model gives besides is in another group */
	UNAVAILABLE_PARENT,	   /* no bridge, but PCI devices hang below it */
	UNAVAILABLE_NETWORK,	   /* libvirt keeps it for the domains of one of its networks */
	UNAVAILABLE_OPEN,	   /* somebody else's VFIO user has its group open */
	UNAVAILABLE_HOST_USE,	   /* the host uses it */
	UNAVAILABLE_NOT_VFIO,	   /* its model keeps its driver, which is not VFIO's */
	UNAVAILABLE_DENIED,	   /* vfio-pci refuses it by its deny list */
};

/* More members that the host needs than anybody would force at once. */
#define VERDICT_FORCE_MAX 8

/* One answer about one device: available, or the reason with what it is about. */
struct verdict {
	enum availability availability;
	struct pci_addr
		culprit;      /* the member of the group the reason is about; the device itself or another */
	bool is_other_member; /* culprit is not the device asked for */
	int group;
	bool is_sibling;	  /* culprit is another function of its card, in another group */
	bool is_physfn;		  /* culprit is the physical function of it, or of a member of its group */
	bool is_leased_elsewhere; /* for those with a holder: its lease has the culprit in another group */
	uint16_t class_code;	  /* of culprit, without the interface byte */
	unsigned vfs;		  /* of culprit */
	const char *host_use;	  /* of culprit; points into the topology */
	const char *driver;	  /* of culprit; points into the topology */
	const char *unclear;	  /* of culprit, as well */
	char holder[DOMAIN_NAME_LEN]; /* domain, for LEASED, QUARANTINED and NATIVE */
	char network[NETWORK_NAME_LEN];
	/* All members that the key `force` would have to name, those that it names already among them. */
	struct pci_addr force[VERDICT_FORCE_MAX];
	size_t force_count;
	bool force_is_vain;    /* it would not be enough */
	bool is_console_input; /* for HOST_USE: `lend_console_input` would get past it */
};

/* Longest text of a verdict plus NUL. */
#define VERDICT_LEN 400

/* Writes the reason as a clause: "its group 14 belongs to domain win11". Returns @buf. */
char *verdict_format(const struct verdict *verdict, char buf[static VERDICT_LEN]);

/* A device that a request's name and the registry lead to. */
struct candidate {
	size_t request; /* index of the request it answers */
	const struct model *model;
	const struct pci_device *device;
	uint8_t functions; /* what the guest would get: bit n for function n of the device's slot */
	struct verdict verdict;
	bool is_chosen;
};

struct allocation {
	struct candidate *candidates; /* owned; grouped by request, ordered by address */
	size_t count;
};

/* Everything the answer depends on. Nothing is owned. */
struct allocation_input {
	const struct registry *registry;
	const struct topology *topology; /* every device that a model matches and every member of its group */
	const struct lease_list *leases;
	const char *hostname;
	const char *uuid; /* of the asking domain: its own lease is no obstacle; "" for none */
	const struct request *requests;
	size_t request_count;		 /* at most DOMAIN_REQUESTS_MAX */
	const struct pci_addr *hostdevs; /* that the domain names by address, for libvirt to hand over */
	size_t hostdev_count;
};

void allocation_clear(struct allocation *allocation);

#define ALLOCATION_REFUSED 1

/*
 * Does the registry have the type or model that @request names? Returns 0, or ALLOCATION_REFUSED with the
 * types it has in *err.
 */
int allocator_check_name(const struct registry *registry, const struct request *request, struct error *err);

/*
 * Is @device, matched by @model, for the asking? Looks at its whole group: members without a driver that the
 * guest does not get are no obstacle. Of several reasons it tells the one that an administrator can do the
 * most about.
 */
void allocator_judge(const struct allocation_input *in, const struct model *model,
		     const struct pci_device *device, struct verdict *out);

/*
 * What the model's `force` or `lend_console_input` gets past on this one function: *out is the verdict
 * without them, AVAILABLE when there is nothing to get past or the function is not meant.
 * @is_given: to the guest, not only held with its group
 */
void allocator_judge_forced(const struct model *model, bool is_given, const struct pci_device *device,
			    struct verdict *out);

/*
 * What the host would miss of this one function, whoever asked and whatever its group: *out is AVAILABLE when
 * nothing. Where nothing can be lent yet, for want of an IOMMU, this is what there is to say.
 */
void allocator_judge_need(const struct pci_device *device, struct verdict *out);

/* Is the reason that the host needs the device (or its group), as opposed to somebody having it? */
bool verdict_is_host_need(const struct verdict *verdict);

/*
 * What an administrator can do about the reason, as a clause; "" when it is AVAILABLE. Where `force` would be
 * enough, it says what to write. Returns @buf.
 */
char *verdict_advice(const struct verdict *verdict, char buf[static VERDICT_LEN]);

/*
 * Chooses a device for every request. A choice is found whenever one exists: a request
 * by type never takes the only device that another request can use. Each function goes
 * to one request; a group to one domain.
 * @out: receives all candidates with their verdicts, also when refused; free it with
 *       allocation_clear()
 * Returns 0, ALLOCATION_REFUSED with the whole story in *err, or -1 for want of memory.
 */
int allocate(const struct allocation_input *in, struct allocation *out, struct error *err);

/* The candidate chosen for a request, or NULL. */
const struct candidate *allocation_choice(const struct allocation *allocation, size_t request);

/*
 * Has each request the available device with the lowest address that the requests before it have left? Then
 * devices with higher addresses than those that are known would change nothing in the choice.
 */
bool allocation_is_lowest(const struct allocation *allocation);

/*
 * Turns a full choice into what the lease has to say: its grants, and as members every
 * endpoint of every chosen group that must be bound. Members without a driver that
 * nobody asked for are left out: they do not stand in VFIO's way.
 */
int allocation_to_lease(const struct allocation_input *in, const struct allocation *allocation,
			struct lease *lease, struct error *err);

#endif
