/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lease: what one domain holds and everything needed to give it back. Pure: it is kept
 * by host/lease_store.c.
 */
#ifndef PCITAG_MODEL_LEASE_H
#define PCITAG_MODEL_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/domain.h"
#include "model/topology.h"

#define LEASE_VERSION 1
#define BOOT_ID_LEN 37

enum lease_state {
	LEASE_BINDING,	   /* on disk before the first write to sysfs; the start is still going on */
	LEASE_BOUND,	   /* every member is where it should be, the links exist */
	LEASE_RELEASING,   /* being given back */
	LEASE_QUARANTINED, /* something could not be given back; note says what */
};

enum member_role {
	MEMBER_GIVEN, /* the guest sees it */
	MEMBER_HELD,  /* bound to vfio-pci with the rest of its group, not shown to the guest */
};

/* One function that prepare moves to a VFIO driver, and what it was before. */
struct lease_member {
	struct pci_addr addr;
	struct pci_identity id;
	int group;
	enum member_role role;
	char driver[PCI_DRIVER_LEN];		/* bound during the lease: vfio-pci or a variant */
	char previous_driver[PCI_DRIVER_LEN];	/* "" for none */
	char previous_override[PCI_DRIVER_LEN]; /* "" for unset */
	bool previous_unknown; /* the lease that said so was lost: the kernel is to choose the driver */
};

/* A host device that the domain names by address itself, for libvirt to hand over. */
struct lease_hostdev {
	struct pci_addr addr;
	int group;
};

/* How a device came to the guest, and whether it is on its way. */
enum grant_way {
	GRANT_STARTED,	 /* with the domain's start; it goes with its end */
	GRANT_ATTACHING, /* on its way into the running domain: what libvirt makes of it is not known yet */
	GRANT_ATTACHED,	 /* put into the running domain */
	GRANT_DETACHING, /* the guest was asked to let go of it */
};

/* One request and the function(s) it got: those of addr's slot in the mask, addr.function among them. */
struct lease_grant {
	struct request request;
	char model[NAME_LEN];
	char type[NAME_LEN];
	struct pci_addr addr;
	uint8_t functions; /* bit n: function n of the slot is given to the guest */
	int group;
	enum grant_way way;
};

/* A process that no later one with its number can be taken for (proc(5): starttime, in clock ticks). */
struct process_id {
	pid_t pid;
	uint64_t start_time;
};

struct lease {
	char uuid[UUID_LEN];
	char domain[DOMAIN_NAME_LEN];
	char boot_id[BOOT_ID_LEN];
	/* The libvirt daemon whose hook made it: it owes us the release. None (pid 0) when no hook did,
	 * because the domain had nothing of ours at its start. */
	struct process_id daemon;
	enum lease_state state;
	int64_t since;		    /* seconds since the epoch, for people */
	int64_t since_boottime_ms;  /* the same by CLOCK_BOOTTIME (clock_gettime(2)); 0: long ago */
	char note[512];		    /* why it is quarantined, "" otherwise */
	struct lease_grant *grants; /* owned */
	size_t grant_count;
	struct lease_member *members; /* owned */
	size_t member_count;
	struct lease_hostdev *hostdevs; /* owned; a domain may have these alone */
	size_t hostdev_count;
	/* Owned: the names of all PCI drivers that the kernel had when the devices were taken, with "/"
	 * between them. NULL when there was no need to know: every member had a driver, or an override. */
	char *drivers;
};

/* Longest such list plus NUL; hosts have about a hundred drivers. */
#define LEASE_DRIVERS_LEN 16384

struct lease_list {
	struct lease *leases; /* owned */
	size_t count;
};

void lease_clear(struct lease *lease);
void lease_list_clear(struct lease_list *list);

const char *lease_state_name(enum lease_state state);
/* Returns 0, or 1 when @text is no state (@out untouched). */
int lease_state_parse(const char *text, enum lease_state *out);
const char *member_role_name(enum member_role role);
int member_role_parse(const char *text, enum member_role *out);

const char *grant_way_name(enum grant_way way);
int grant_way_parse(const char *text, enum grant_way *out);

/* Was the device put into the running domain, or is it on its way in or out? */
static inline bool grant_is_attached(const struct lease_grant *grant)
{
	return grant->way != GRANT_STARTED;
}

/* Has it neither devices nor host devices left to speak of? */
bool lease_is_empty(const struct lease *lease);

/* The grant that gives this very function, or the one of a request whatever its owner; NULL for none. */
struct lease_grant *lease_find_function(const struct lease *lease, const struct pci_addr *addr);
struct lease_grant *lease_find_request(const struct lease *lease, const char *request);

/*
 * Appends what @more has to @lease: grants and members.
 * Fails for want of memory, @lease then being what it was.
 */
int lease_append(struct lease *lease, const struct lease *more, struct error *err);

/*
 * Copies grant @index and the members of its group, which nobody else may have a grant of, into @out, and
 * who the domain is. Free it with lease_clear(), also after a failure, for want of memory.
 */
int lease_copy_grant(const struct lease *lease, size_t index, struct lease *out, struct error *err);
/* Forgets grant @index and the members of its group. */
void lease_drop_grant(struct lease *lease, size_t index);

/* Forgets member @index, which is back. */
void lease_drop_member(struct lease *lease, size_t index);
/* Forgets the grants of which no member is left. */
void lease_drop_ended_grants(struct lease *lease);

/* Is a function of IOMMU group @group still a member? */
bool lease_holds_group(const struct lease *lease, int group);

/* Is it the lease of the domain with this name, or this UUID? */
bool lease_is_of(const struct lease *lease, const char *name);

/* Append a copy; fail for want of memory. */
int lease_add_grant(struct lease *lease, const struct lease_grant *grant, struct error *err);
int lease_add_member(struct lease *lease, const struct lease_member *member, struct error *err);
int lease_add_hostdev(struct lease *lease, const struct lease_hostdev *hostdev, struct error *err);
/* Appends @lease itself, taking over what it owns (freed on failure). */
int lease_list_add(struct lease_list *list, struct lease *lease, struct error *err);

/*
 * The lease, of another domain than @uuid ("" for any), that owns the function at @addr, which is in IOMMU
 * group @group now (PCI_NO_GROUP for none): it has a member at this address or in this group. Both count,
 * because a function that is plugged in anew gets another group, and a group's number is given out again
 * (kernel: drivers/iommu/iommu.c, iommu_group_alloc: an ida). NULL when there is none.
 */
struct lease *lease_list_find_owner(const struct lease_list *list, const struct pci_addr *addr, int group,
				    const char *uuid);
/* The same for a domain that names such a function by address itself. */
struct lease *lease_list_find_hostdev(const struct lease_list *list, const struct pci_addr *addr, int group,
				      const char *uuid);
/* The lease with a grant of this owner and request, or NULL. */
struct lease *lease_list_find_placeholder(const struct lease_list *list, const struct request *request);

#endif
