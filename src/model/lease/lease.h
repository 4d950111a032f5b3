/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A lease: what one domain holds, and everything needed to return it to the host. Pure:
 * host/store/lease_store.c stores it.
 */
#ifndef PCITAG_MODEL_LEASE_LEASE_H
#define PCITAG_MODEL_LEASE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/lease/after_use.h"
#include "model/lease/cleaning.h"
#include "model/lease/domain.h"
#include "model/lease/options.h"
#include "model/lease/vf_net.h"
#include "model/pci/reset.h"
#include "model/pci/setting.h"
#include "model/pci/topology.h"
#include "model/units/unit_name.h"

/*
 * The version of leases that have requests without a device, that of leases that have what functions are told
 * or set to, that of leases that have units, which an earlier pcitag must not return, and that of all others.
 */
#define LEASE_VERSION 4
#define LEASE_VERSION_TOLD 3
#define LEASE_VERSION_UNITS 2
#define LEASE_VERSION_PLAIN 1

enum lease_state {
	LEASE_BINDING,	   /* on disk before the first write to sysfs; the start is in progress */
	LEASE_BOUND,	   /* every member is on its intended driver, the links exist */
	LEASE_RELEASING,   /* being returned */
	LEASE_QUARANTINED, /* something could not be returned; note has the reason */
	LEASE_HELD,	   /* its domain has ended; kept by host/store/used_devices.c */
};

enum member_role {
	MEMBER_GIVEN, /* the guest sees it */
	MEMBER_HELD,  /* bound to vfio-pci with the rest of its group, not shown to the guest */
};

/* One function that prepare moves to a VFIO driver, and its previous state. */
struct lease_member {
	struct pci_addr addr;
	struct pci_identity id;
	struct pci_serial serial; /* where its model keeps devices after their use, or asks for it */
	struct pci_marks marks;	  /* only mac and wwid, which its own driver alone tells */
	int group;
	enum member_role role;
	char driver[PCI_DRIVER_LEN];		/* bound during the lease: vfio-pci or a variant */
	char previous_driver[PCI_DRIVER_LEN];	/* "" for none */
	char previous_override[PCI_DRIVER_LEN]; /* "" for unset */
	pci_resets resets, previous_resets;	/* written for the lease, and before; resets 0: not changed */
	struct pci_setting setting;		/* written for the lease; without it, the value is 0 */
	struct pci_errors errors;		/* counted by the kernel before it was bound */
	bool previous_unknown; /* the lease with that state was lost: the kernel selects the driver */
	/* Not on disk: what became of it when it was bound, for a start that chooses again. */
	bool is_moved; /* it was bound, or set */
	bool is_full;  /* its card has no room for its setting */
};

/* A host device that the domain names by address; libvirt assigns it. */
struct lease_hostdev {
	struct pci_addr addr;
	int group;
};

/* How the guest got a device, and whether an attach or detach is in progress. */
enum grant_way {
	GRANT_STARTED,	 /* at the domain's start; released at its end */
	GRANT_ATTACHING, /* being attached to the running domain; the result from libvirt is not known yet */
	GRANT_ATTACHED,	 /* attached to the running domain */
	GRANT_DETACHING, /* the guest was asked to release it */
};

/*
 * One request and the function(s) assigned to it: those in the mask, in the slot of addr. addr.function is
 * one of them.
 */
struct lease_grant {
	struct request request;
	char model[NAME_LEN];
	char type[NAME_LEN];
	struct pci_addr addr;
	uint8_t functions; /* bit n: function n of the slot is given to the guest */
	int group;
	enum grant_way way;
	enum after_use after_use;
	struct device_options options; /* what the guest's device is told */
	bool is_remembered;	       /* the domain wants the same device again: host/store/last_devices.h */
};

/* What was done to a unit of systemd, and is undone when the devices are back. */
enum unit_action {
	UNIT_STOPPED, /* it held a device of the lease, and was active */
	UNIT_STARTED, /* the registry wants it to run while the device is assigned, and it was not active */
};

struct lease_unit {
	char name[UNIT_NAME_LEN];
	enum unit_action action;
	int group; /* of the device that it is for; of several, the first */
};

/* Most units of one lease. */
#define LEASE_UNITS_MAX 64

/* What a network card's virtual function, a member, is told for the lease, and what it had before. */
struct lease_net {
	struct pci_addr addr;
	int group;
	struct vf_net set, before; /* the same settings in both */
};

/*
 * Identifies a process, and cannot match a later process with the same number (proc(5): starttime, in clock
 * ticks).
 */
struct process_id {
	pid_t pid;
	uint64_t start_time;
};

struct lease {
	char uuid[UUID_LEN];
	char domain[DOMAIN_NAME_LEN];
	char boot_id[BOOT_ID_LEN];
	/* The libvirt daemon whose hook created the lease; the release is expected from this daemon. None
	 * (pid 0) when no hook created it, because the domain had no device from pcitag at its start. */
	struct process_id daemon;
	enum lease_state state;
	int64_t since;		    /* seconds since the epoch, for display */
	int64_t since_boottime_ms;  /* the same by CLOCK_BOOTTIME (clock_gettime(2)); 0: long ago */
	char *note;		    /* owned; QUARANTINED: why; HELD: since when, as text; NULL otherwise */
	struct lease_grant *grants; /* owned */
	size_t grant_count;
	struct lease_member *members; /* owned */
	size_t member_count;
	struct lease_hostdev *hostdevs; /* owned; a domain may have only these */
	size_t hostdev_count;
	struct lease_unit *units; /* owned; in the order in which they are stopped and started */
	size_t unit_count;
	struct lease_net *nets; /* owned; for different functions, until they have what they had before */
	size_t net_count;
	struct request *withouts; /* owned; optional ones that got no device: there is only their link */
	size_t without_count;
	/* Owned: the names of all PCI drivers in the kernel when the devices were bound, separated by "/".
	 * NULL when they were not needed, because every member had a driver or an override. */
	char *drivers;
	struct cleaning *cleaning; /* owned; of a HELD device that units clean, NULL for any other */
	unsigned references;	   /* of a lease in lists: how many hold it; 0 for any other */
};

/* Maximum lengths, including the NUL, of a note and of this list; hosts have about a hundred drivers. */
#define LEASE_NOTE_LEN 512
#define LEASE_DRIVERS_LEN 16384

/* What lists hold is shared with other lists, and is not changed any more. */
struct lease_list {
	struct lease **leases; /* array owned; one reference to each element is owned */
	size_t count;
	unsigned *holders; /* how many lists own the array together; NULL: only this one */
	bool has_used;	   /* of all leases of a host: it has devices that are held after their use */
};

void lease_clear(struct lease *lease);
/*
 * Copies a lease with everything that it owns into @out, which the caller frees with lease_clear(). Fails
 * when out of memory; @out is then empty.
 */
int lease_copy(const struct lease *lease, struct lease *out, struct error *err);

/*
 * Moves the contents of @lease, which is then empty, to a lease that lists can hold; the caller owns the only
 * reference to it. Returns NULL with *err when out of memory; the contents are then freed.
 */
struct lease *lease_share(struct lease *lease, struct error *err);
/* Gives up a reference; NULL has no effect. The last one frees the lease. */
void lease_unref(struct lease *lease);
void lease_list_clear(struct lease_list *list);
/*
 * Makes @out a list of the same leases, which the caller frees with lease_list_clear(). No lease is written
 * to: after a fork(2) that would copy its memory. Fails when out of memory; @out is then empty.
 */
int lease_list_share(struct lease_list *list, struct lease_list *out, struct error *err);

/* Replaces the note by a copy of @text, "" for none. Without memory there is none. */
void lease_set_note(struct lease *lease, const char *text);

/*
 * Sets how far its cleaning is; @why is "" for nothing.
 * @boot_id: of this boot of the host; kept for CLEANING_RUNS alone
 */
int lease_set_cleaning(struct lease *lease, enum cleaning_state state, const char *since, const char *boot_id,
		       const char *why, struct error *err);

/* It is no longer, or not yet, of a device that units clean. */
void lease_drop_cleaning(struct lease *lease);

const char *lease_state_name(enum lease_state state);
/* Returns 0, or 1 when @text is not a state (@out untouched). */
int lease_state_parse(const char *text, enum lease_state *out);
const char *member_role_name(enum member_role role);
int member_role_parse(const char *text, enum member_role *out);

const char *grant_way_name(enum grant_way way);
int grant_way_parse(const char *text, enum grant_way *out);

/* True when the device was attached to the running domain, or is being attached or detached. */
static inline bool grant_is_attached(const struct lease_grant *grant)
{
	return grant->way != GRANT_STARTED;
}

/* True when the lease has neither devices nor host devices nor units nor requests without a device. */
bool lease_is_empty(const struct lease *lease);

const char *unit_action_name(enum unit_action action);
/* Returns 0, or 1 when @text is not an action (@out untouched). */
int unit_action_parse(const char *text, enum unit_action *out);

/* Return the grant of exactly this function, or the grant of a request with any owner; NULL for none. */
struct lease_grant *lease_find_function(const struct lease *lease, const struct pci_addr *addr);
struct lease_grant *lease_find_request(const struct lease *lease, const char *request);

/* Appends the grants, members, units and settings of @more to @lease. Fails when out of memory; @lease is
 * then unchanged. */
int lease_append(struct lease *lease, const struct lease *more, struct error *err);

/*
 * Copies the grants, members, units and settings of IOMMU group @group, and the domain's identity, into @out.
 * The caller frees @out with lease_clear(), also after a failure. Fails when out of memory.
 */
int lease_copy_group(const struct lease *lease, int group, struct lease *out, struct error *err);
/* Removes the members of the group, their settings, and every grant that has no member left. */
void lease_drop_group(struct lease *lease, int group);
/* Removes the units of the group. */
void lease_drop_units(struct lease *lease, int group);

/* Removes member @index, which was returned to the host. */
void lease_drop_member(struct lease *lease, size_t index);
/* Removes the grants that have no member left. */
void lease_drop_ended_grants(struct lease *lease);

/* True when the function at @addr is a member. */
bool lease_has_member(const struct lease *lease, const struct pci_addr *addr);

/* True when a function of IOMMU group @group is still a member. */
bool lease_holds_group(const struct lease *lease, int group);

/* True when the lease belongs to the domain with this name or UUID. */
bool lease_is_of(const struct lease *lease, const char *name);

/* Append a copy; fail when out of memory. */
int lease_add_grant(struct lease *lease, const struct lease_grant *grant, struct error *err);
int lease_add_member(struct lease *lease, const struct lease_member *member, struct error *err);
int lease_add_hostdev(struct lease *lease, const struct lease_hostdev *hostdev, struct error *err);
/* Fails also beyond LEASE_UNITS_MAX. */
int lease_add_unit(struct lease *lease, const struct lease_unit *unit, struct error *err);
int lease_add_net(struct lease *lease, const struct lease_net *net, struct error *err);
/* Notes that this request got no device. */
int lease_add_without(struct lease *lease, const struct request *request, struct error *err);
/* Removes what lease_add_without() has added: their links are gone. */
void lease_drop_withouts(struct lease *lease);
/* Returns what this function is told, or NULL. */
const struct lease_net *lease_find_net(const struct lease *lease, const struct pci_addr *addr);
/* True when a function of the group still has the settings of this lease. */
bool lease_has_nets(const struct lease *lease, int group);
/* Removes the settings of this function, if there are any. */
void lease_drop_net(struct lease *lease, const struct pci_addr *addr);
/* Returns what was done to this unit, or NULL. */
const struct lease_unit *lease_find_unit(const struct lease *lease, const char *name);
/* Appends a lease of lease_share() with a reference of its own to it; fails when out of memory. */
int lease_list_add(struct lease_list *list, struct lease *lease, struct error *err);

/*
 * Returns the lease, of another domain than @uuid ("" for any), that owns the function at @addr, which is
 * currently in IOMMU group @group (PCI_NO_GROUP for none): the lease has a member at this address or in this
 * group. Both count, because a function that is plugged in again gets another group, and group numbers are
 * reused (kernel: drivers/iommu/iommu.c, iommu_group_alloc: an ida). NULL when there is none.
 */
const struct lease *lease_list_find_owner(const struct lease_list *list, const struct pci_addr *addr,
					  int group, const char *uuid);
/* Does the same for a domain that names such a function by address. */
const struct lease *lease_list_find_hostdev(const struct lease_list *list, const struct pci_addr *addr,
					    int group, const char *uuid);
/* Returns the lease with this owner and request, with a device or without one, or NULL. */
const struct lease *lease_list_find_placeholder(const struct lease_list *list, const struct request *request);

#endif
