/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a device is not available, and all that is known about each reason: one row of one table. */
#ifndef PCITAG_MODEL_ALLOCATE_VERDICT_H
#define PCITAG_MODEL_ALLOCATE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/lease/domain.h"
#include "model/pci/finding.h"
#include "model/pci/topology.h"

/* Why a matching device is not available, in the order of the tests. */
enum availability {
	AVAILABLE,
	AVAILABLE_DEGRADED,	 /* it, or a member that leaves the host with it, is not well: taken last */
	UNAVAILABLE_LEASED,	 /* its group belongs to another domain */
	UNAVAILABLE_QUARANTINED, /* a lease that could not be returned holds its group */
	UNAVAILABLE_DUE,	 /* as HELD; it is to be cleaned */
	UNAVAILABLE_CLEANED,	 /* as HELD; its clean_units run */
	UNAVAILABLE_UNCLEAN,	 /* as HELD; its cleaning failed */
	UNAVAILABLE_HELD, /* the last domain that had its group has ended; after_use of its model keeps it */
	UNAVAILABLE_NATIVE,	   /* another domain names a device of its group by address */
	UNAVAILABLE_NAMED,	   /* the domain itself names a device of its group by address */
	UNAVAILABLE_DISABLED,	   /* the model has enabled = no */
	UNAVAILABLE_HOST,	   /* the model is for other hosts */
	UNAVAILABLE_ALLOW,	   /* the model is for other domains */
	UNAVAILABLE_LIMIT,	   /* as many devices of its model are lent as its limit says */
	UNAVAILABLE_NO_GROUP,	   /* no IOMMU isolates it */
	UNAVAILABLE_BRIDGE,	   /* it is not an endpoint */
	UNAVAILABLE_HOST_FUNCTION, /* host infrastructure by its class */
	UNAVAILABLE_UNCLEAR,	   /* it did not answer, or was not inspected */
	UNAVAILABLE_OUT,	   /* something was found that an administrator has to look at */
	UNAVAILABLE_DEAD,	   /* its configuration space reads all ones */
	UNAVAILABLE_BOOT_VGA,	   /* the firmware's console */
	UNAVAILABLE_BMC_CONSOLE,   /* the management controller's console */
	UNAVAILABLE_VFS,	   /* a physical function whose virtual functions are enabled */
	UNAVAILABLE_SPLIT,	   /* its model also gives a function that is in another group */
	UNAVAILABLE_PARENT,	   /* it is not a bridge, but PCI devices are below it */
	UNAVAILABLE_NETWORK,	   /* libvirt reserves it for the domains of one of its networks */
	UNAVAILABLE_OPEN,	   /* another VFIO user has its group open */
	UNAVAILABLE_HOST_USE,	   /* the host uses it */
	UNAVAILABLE_NOT_VFIO,	   /* its model keeps its driver, which is not a VFIO driver */
	UNAVAILABLE_VGPU_TYPE,	   /* its model sets a type of vGPU that it cannot have now */
	UNAVAILABLE_DENIED,	   /* the deny list of vfio-pci contains it */
	AVAILABILITY_COUNT,
};

/* Upper bound of the group members needed by the host that the key `force` is expected to name. */
#define VERDICT_FORCE_MAX 8

/* The result for one device: available, or the reason and the function that it applies to. */
struct verdict {
	enum availability availability;
	struct pci_addr culprit; /* the group member that the reason applies to; may be the device itself */
	bool is_other_member;	 /* culprit is not the requested device */
	int group;
	bool is_sibling; /* culprit is another function of its card, in another group */
	bool is_physfn;	 /* culprit is the physical function of the device, or of a member of its group */
	bool is_leased_elsewhere; /* for reasons with a holder: its lease has the culprit in another group */
	uint16_t class_code;	  /* of culprit, without the interface byte */
	unsigned vfs;		  /* of culprit */
	const char *host_use;	  /* of culprit; points into the topology */
	const char *driver;	  /* of culprit; points into the topology */
	const char *unclear;	  /* of culprit; points into the topology */
	const struct finding *finding;	 /* of culprit; not owned; of DEGRADED and OUT */
	char holder[DOMAIN_NAME_LEN];	 /* the domain, for LEASED, QUARANTINED, HELD and NATIVE */
	const char *held_since;		 /* for HELD: a time; points into the lease */
	const struct cleaning *cleaning; /* for DUE, CLEANED and UNCLEAN; points into the lease */
	const struct vgpu_state *vgpu;	 /* of culprit; not owned; of VGPU_TYPE; NULL: not read */
	unsigned vgpu_type;		 /* that its model sets */
	char network[NETWORK_NAME_LEN];
	/* All members that the key `force` would have to name, including those that it already names. */
	struct pci_addr force[VERDICT_FORCE_MAX];
	size_t force_count;
	bool force_is_vain;    /* naming them would not be enough */
	bool needs_stop;       /* when AVAILABLE: after units of its model's `stop_units` were stopped */
	bool is_console_input; /* for HOST_USE: `lend_console_input` would override it */
};

/* Maximum length of a verdict's text, including the NUL. */
#define VERDICT_LEN 640

/* True when a request may get the device. */
static inline bool verdict_is_free(const struct verdict *verdict)
{
	return verdict->availability == AVAILABLE || verdict->availability == AVAILABLE_DEGRADED;
}

/* What a verdict means to an administrator. */
enum verdict_meaning {
	VERDICT_GOOD = 1,
	VERDICT_NORMAL,	   /* a guest has the device */
	VERDICT_ATTENTION, /* no guest has it, and none can get it */
	VERDICT_BAD,	   /* its return to the host failed */
};

/*
 * What depends on the reason alone. A value in a text is % and a letter, which verdict_text.c explains. Of
 * several reasons, the one with the highest remedy is reported.
 */
struct verdict_row {
	const char *reason; /* a clause */
	const char *holds;  /* how @holder has the device, as a verb; NULL for reasons without a holder */
	const char *advice; /* what an administrator can do, as a clause */
	const char *member_advice; /* the same when another member is the culprit; NULL: no difference */
	const char *state;	   /* for text and JSON: "free", "degraded", "leased", "quarantined", "held",
				      "out" or "unavailable" */
	enum verdict_meaning meaning;
	int remedy;	   /* how much an administrator can do; 6: while it applies, nothing else matters */
	bool is_host_need; /* the host needs the device or its group; `force` overrides no other reasons */
	bool is_lasting;   /* until an administrator changes the host; others pass with a domain or setting */
	bool is_fit;	   /* the device is one for guests: nothing but its present user prevents it */
};

/* A row for each reason. The size is left to the definition, which checks it. */
extern const struct verdict_row verdict_rows[];

/* Writes the reason as a clause: "its group 14 belongs to domain win11". Returns @buf. */
char *verdict_format(const struct verdict *verdict, char buf[static VERDICT_LEN]);

/*
 * Writes what an administrator can do about the reason, as a clause; "" when it is AVAILABLE. Where `force`
 * would be enough, the clause has the text to write. Returns @buf.
 */
char *verdict_advice(const struct verdict *verdict, char buf[static VERDICT_LEN]);

#endif
