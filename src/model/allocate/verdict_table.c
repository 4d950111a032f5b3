/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is known about each reason why a device is not available. */
#include "base/cleanup.h"
#include "model/allocate/verdict.h"

const struct verdict_row verdict_rows[] = {
	[AVAILABLE] = {
		.reason = "is free",
		.advice = "",
		.state = "free", .meaning = VERDICT_GOOD, .is_fit = true,
	},
	[UNAVAILABLE_LEASED] = {
		.reason = "its group %G belongs to domain %D",
		.holds = "belongs to",
		.advice = "stop that domain",
		.state = "leased", .meaning = VERDICT_NORMAL, .remedy = 6, .is_fit = true,
	},
	[UNAVAILABLE_QUARANTINED] = {
		.reason = "its group %G is quarantined since domain %D (see pcitag leases)",
		.holds = "is quarantined since",
		.advice = "resolve what pcitag leases reports; it is returned by itself then, or at once with "
			"pcitag reconcile",
		.state = "quarantined", .meaning = VERDICT_BAD, .remedy = 6, .is_fit = true,
	},
	[UNAVAILABLE_NATIVE] = {
		.reason = "its group %G is used by domain %D, which names it by address",
		.holds = "is used by",
		.advice = "stop that domain, or let it ask by placeholder instead",
		.state = "unavailable", .meaning = VERDICT_NORMAL, .remedy = 6, .is_fit = true,
	},
	[UNAVAILABLE_NAMED] = {
		.reason = "the domain itself names %M in a hostdev",
		.advice = "remove the <hostdev> from the domain, or the placeholder",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 6,
	},
	[UNAVAILABLE_DISABLED] = {
		.reason = "its model has enabled = no in the registry",
		.advice = "write enabled = yes in the section of its model",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 6,
	},
	[UNAVAILABLE_HOST] = {
		.reason = "its model is for other hosts (key hosts in the registry)",
		.advice = "add this host to the key hosts of its model",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 6,
	},
	[UNAVAILABLE_NO_GROUP] = {
		.reason = "has no IOMMU group (pcitag check says what this host needs)",
		.advice = "pcitag check says what the IOMMU of this host needs; or use another slot",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 6, .is_lasting = true,
	},
	[UNAVAILABLE_BRIDGE] = {
		.reason = "is a bridge, not an endpoint",
		.advice = "nothing: bridges stay with the host",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 6, .is_host_need = true,
		.is_lasting = true,
	},
	[UNAVAILABLE_HOST_FUNCTION] = {
		.reason = "%Whas class %C, which belongs to the host",
		.advice = "leave it with the host",
		.member_advice = "move the card to a slot with a group of its own",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 1, .is_host_need = true,
		.is_lasting = true,
	},
	[UNAVAILABLE_UNCLEAR] = {
		.reason = "%W%X",
		.advice = "read dmesg; look at it again in a moment",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 2, .is_lasting = true,
	},
	[UNAVAILABLE_DEAD] = {
		.reason = "%Wdoes not answer (its configuration space reads all ones)",
		.advice = "read dmesg; reset it or cut its power",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 2, .is_lasting = true,
	},
	[UNAVAILABLE_BOOT_VGA] = {
		.reason = "%Wis the host's boot console",
		.advice = "choose another primary display in the firmware",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 3, .is_host_need = true,
		.is_lasting = true,
	},
	[UNAVAILABLE_BMC_CONSOLE] = {
		.reason = "%Wis the console of the host's management controller",
		.advice = "use another card",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 3, .is_host_need = true,
		.is_lasting = true,
	},
	[UNAVAILABLE_VFS] = {
		.reason = "%Wis a physical function with %V virtual functions enabled",
		.advice = "assign its virtual functions, or disable them",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 4, .is_lasting = true,
	},
	[UNAVAILABLE_SPLIT] = {
		.reason = "%A of the same card is in group %G, and a guest's device is of one group: write "
			"functions = one, a section for each function, and a request for each",
		.advice = "write functions = one, a section for each function, and a request for each",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 4, .is_lasting = true,
	},
	[UNAVAILABLE_PARENT] = {
		.reason = "%Wis the controller of other PCI devices, which would vanish with its driver",
		.advice = "switch it off in the firmware (VMD, for instance), so that what is below it gets "
			"groups of its own, or unbind its driver to assign it as a whole",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 4, .is_lasting = true,
	},
	[UNAVAILABLE_NETWORK] = {
		.reason = "%Wis in libvirt's network '%N' (forward mode='hostdev'): take it out of that "
			"network or out of the registry",
		.advice = "take it out of that network or out of the registry",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 4, .is_lasting = true,
	},
	[UNAVAILABLE_OPEN] = {
		.reason = "%Wis in use: another process has /dev/vfio/%G open",
		.advice = "find out with fuser(1) who has that node open",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 4, .is_lasting = true,
		.is_fit = true,
	},
	[UNAVAILABLE_HOST_USE] = {
		.reason = "%Wis used by the host: %U",
		.advice = "end that use",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 5, .is_host_need = true,
		.is_lasting = true,
	},
	[UNAVAILABLE_NOT_VFIO] = {
		.reason = "%Wis to keep its driver (driver = keep), but %K offers no VFIO device for it",
		.advice = "let its driver make it a VFIO device, as its vendor describes (NVIDIA vGPU: its "
			"type in current_vgpu_type), or take driver = keep out of its section",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 4, .is_lasting = true,
	},
	[UNAVAILABLE_DENIED] = {
		.reason = "%Wis on the deny list of vfio-pci, which refuses it unless loaded with "
			"disable_denylist=1",
		.advice = "load vfio-pci with disable_denylist=1 if its known errata do not matter with "
			"these guests",
		.state = "unavailable", .meaning = VERDICT_ATTENTION, .remedy = 2, .is_lasting = true,
	},
};

_Static_assert(ARRAY_SIZE(verdict_rows) == AVAILABILITY_COUNT, "a row for each reason");
