/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The allocator decides which device each request of a domain gets, and why each other device that matches is
 * not available. It is pure and deterministic: same input, same answer, lowest addresses first.
 */
#ifndef PCITAG_MODEL_ALLOCATE_ALLOCATOR_H
#define PCITAG_MODEL_ALLOCATE_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/allocate/verdict.h"
#include "model/lease/domain.h"
#include "model/lease/lease.h"
#include "model/allocate/card.h"
#include "model/pci/topology.h"
#include "model/registry/registry.h"

/* A device that matches a request's name through the registry. */
struct candidate {
	size_t request; /* index of the request */
	const struct model *model;
	const struct pci_device *device;
	uint8_t functions; /* what the guest would get: bit n is function n of the device's slot */
	struct verdict verdict;
	bool is_chosen;
};

/* An optional request that gets no device. */
struct without {
	size_t request;
	char why[ERROR_MSG_LEN]; /* the line that would refuse it if it were not optional */
};

struct allocation {
	struct candidate *candidates; /* owned; grouped by request, ordered by address */
	size_t count;
	struct without *withouts; /* owned; in the order of the requests */
	size_t without_count;
	bool needs_all; /* the use of a card counted, and not all lent functions of the host were read */
};

/* Everything that the answer depends on. It owns nothing. */
struct allocation_input {
	const struct registry *registry;
	const struct topology *topology; /* every device that a model matches, its whole group */
	const struct lease_list *leases;
	const char *hostname;
	const char *uuid; /* of the requesting domain, whose own lease does not block it; "" for none */
	/* UUID of a domain that runs and asks for more: what it has blocks, and counts; NULL for a start. */
	const char *running_as;
	const struct request *requests;
	size_t request_count;		 /* at most DOMAIN_REQUESTS_MAX */
	const struct domain *domain;	 /* whose options stand above those of the models; NULL: none */
	const struct pci_addr *hostdevs; /* named by the domain by address; libvirt assigns them */
	size_t hostdev_count;
	const struct number_set *nodes; /* near which the domain runs; NULL or empty: not known */
	size_t node_count;		/* NUMA nodes of the host; 0: places were not read */
	const struct lease *last; /* what the domain had before, for prefer = last; NULL: nothing is known */
	const struct vgpu_room *rooms; /* what cards have room for, as far as that was found out */
	size_t room_count;
};

void allocation_clear(struct allocation *allocation);

enum { ALLOCATION_REFUSED = 1 };

/*
 * Returns how many devices other domains have by a profile, or (@profile NULL) of a model; those that a
 * running domain has itself are among them.
 */
unsigned allocator_count_lent(const struct allocation_input *in, const char *profile, const char *model);

/* Returns how many of these a running domain has itself; 0 for a start. */
unsigned allocator_count_own(const struct allocation_input *in, const char *profile, const char *model);

/* Returns the UUID of the domain that asks, "" for none: whoever `allow` is about. */
const char *allocator_asker(const struct allocation_input *in);

/*
 * Returns 0 when the registry has @request's type or model, else ALLOCATION_REFUSED with the types in *err.
 */
int allocator_check_name(const struct registry *registry, const struct request *request, struct error *err);

/*
 * Decides whether @device, matched by @model, is available. All members of its group count, but not those
 * that have no driver and stay here. Of several reasons, *out has the one that an administrator can do most
 * about.
 */
void allocator_judge(const struct allocation_input *in, const struct model *model,
		     const struct pci_device *device, struct verdict *out);

/*
 * True when each process that has a node of this function open belongs to a unit of the model's `stop_units`:
 * it can be had when these are stopped. False when nothing has it open.
 */
bool allocator_lets_go(const struct model *model, const struct pci_device *device);

/*
 * Reports what `force` or `lend_console_input` of the model overrides for this one function: the verdict
 * without these keys; AVAILABLE when there is nothing to override or they do not apply to the function.
 * @is_given: the function is given to the guest, not only held with its group
 */
void allocator_judge_forced(const struct model *model, bool is_given, const struct pci_device *device,
			    struct verdict *out);

/*
 * Reports what the host needs this one function for, regardless of request and group; AVAILABLE for nothing.
 * On a host without an IOMMU, where no device can be assigned yet, this is the only verdict.
 */
void allocator_judge_need(const struct pci_device *device, struct verdict *out);

/*
 * Reports who has or uses this one function now: a domain, by the leases of @in, or the host; also what
 * prevents to know it. Unlike allocator_judge(), regardless of its group, and of whether a guest could have
 * it. AVAILABLE when it is not in use.
 */
void allocator_judge_use(const struct allocation_input *in, const struct pci_device *device,
			 struct verdict *out);

/*
 * Chooses a device for every request whenever that is possible: a request by type never takes the only device
 * that another can use. Each function goes to one request, and each group to one domain. Of its devices, a
 * request gets one for which units must be stopped only when no other is left, and one that is degraded only
 * when neither is. Where someone has wishes, they decide first (model/allocate/choice.h). An optional request
 * goes without a device when no choice gives it one, or none may: out->withouts. The caller decides whether
 * all was read that this depends on.
 * @out: receives all candidates with verdicts, also on refusal; the caller frees it (allocation_clear())
 * Returns 0; ALLOCATION_REFUSED with the complete explanation in *err; or -1 when out of memory.
 */
int allocate(const struct allocation_input *in, struct allocation *out, struct error *err);

/* Returns the candidate chosen for a request, or NULL for one that goes without a device. */
const struct candidate *allocation_choice(const struct allocation *allocation, size_t request);

/* Returns why a request goes without a device: without->why, without the name of the request in front. */
const char *allocation_why_without(const struct allocation_input *in, const struct without *without);

/* True when each request has the lowest free address that earlier ones left, and none that is degraded: more
 * above change nothing. */
bool allocation_is_lowest(const struct allocation *allocation);

/*
 * Fills @lease from a complete choice: its grants, the requests that go without, and as members every
 * endpoint of a chosen group that must be bound. One without a driver that no guest gets is left out, because
 * VFIO accepts a group with it. What a grant's device is told is what its model says, and above that what the
 * domain says. Returns 0; ALLOCATION_REFUSED when that is too much for the name of a link; or -1 when out of
 * memory.
 */
int allocation_to_lease(const struct allocation_input *in, const struct allocation *allocation,
			struct lease *lease, struct error *err);

#endif
