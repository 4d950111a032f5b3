/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is known about each reason why a device is not available, and its text. */
#include "model/allocate/verdict.h"

#include <stdio.h>

#include "base/error.h"
#include "model/lease/cleaning.h"

const struct verdict_row verdict_rows[] = {
	[AVAILABLE] = {
		.reason = "is free",
		.advice = "",
		.state = "free", .meaning = VERDICT_GOOD, .is_fit = true,
	},
	[AVAILABLE_DEGRADED] = {
		.reason = "%Wis degraded, and taken last: %E",
		.advice = "look at it again with pcitag test and its address; until then it is given only when "
			"no other device is free",
		.state = "degraded", .meaning = VERDICT_ATTENTION, .is_fit = true,
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
	[UNAVAILABLE_HELD] = {
		.reason = "its group %G was used by domain %D until %T, and is held since",
		.holds = "is held since it was used by",
		.advice = "clean it, then free it with pcitag clean --as-is and its address",
		.state = "held", .meaning = VERDICT_ATTENTION, .remedy = 6, .is_fit = true,
	},
	[UNAVAILABLE_DUE] = {
		.reason = "its group %G was used by domain %D until %T, and is to be cleaned%Y",
		.holds = "is to be cleaned since it was used by",
		.advice = "it is cleaned by itself; pcitag clean and its address does it at once",
		.state = "held", .meaning = VERDICT_NORMAL, .remedy = 6, .is_fit = true,
	},
	[UNAVAILABLE_CLEANED] = {
		.reason = "its group %G was used by domain %D until %T, and is being cleaned since %S",
		.holds = "is being cleaned since it was used by",
		.advice = "wait for it; systemctl list-units shows what runs",
		.state = "held", .meaning = VERDICT_NORMAL, .remedy = 6, .is_fit = true,
	},
	[UNAVAILABLE_UNCLEAN] = {
		.reason = "its group %G was used by domain %D until %T, and its cleaning failed%Y",
		.holds = "is not clean since it was used by",
		.advice = "look at the journal of the unit (journalctl -u UNIT), then run pcitag clean and its "
			"address",
		.state = "held", .meaning = VERDICT_BAD, .remedy = 6, .is_fit = true,
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
	[UNAVAILABLE_ALLOW] = {
		.reason = "its model is for other domains (allow)",
		.advice = "add the domain to the key allow of its model",
		.state = "unavailable", .meaning = VERDICT_NORMAL, .remedy = 6,
	},
	[UNAVAILABLE_LIMIT] = {
		.reason = "as many devices of its model are lent as its key limit says",
		.advice = "stop a domain that has one, or raise the key limit of its model",
		.state = "unavailable", .meaning = VERDICT_NORMAL, .remedy = 6, .is_fit = true,
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
	[UNAVAILABLE_OUT] = {
		.reason = "%Wis out: %E",
		.advice = "read dmesg, then look at it again with pcitag test and its address",
		.state = "out", .meaning = VERDICT_BAD, .remedy = 6, .is_lasting = true, .is_fit = true,
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
	[UNAVAILABLE_VGPU_TYPE] = {
		.reason = "%Z",
		.advice = "end a domain that has a vGPU of its card, or write a type that is left; pcitag show "
			"and its address lists them",
		.state = "unavailable", .meaning = VERDICT_NORMAL, .remedy = 4, .is_fit = true,
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

static int put_member(const struct verdict *verdict, const char *behind, char *buf, size_t size)
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&verdict->culprit, addr);
	if (verdict->is_physfn)
		return snprintf(buf, size, "its physical function %s%s", addr, behind);
	return snprintf(buf, size, "%s of its group %d%s", addr, verdict->group, behind);
}

/* Why it cannot be a vGPU of the type that its model sets. */
static int put_vgpu(const struct verdict *verdict, char *buf, size_t size)
{
	char left[VGPU_LEFT_LEN];

	if (!verdict->vgpu || !verdict->vgpu->is_read)
		return snprintf(
			buf, size,
			"cannot become a vGPU of type %u: its driver does not tell the types that its "
			"card has left (nvidia/creatable_vgpu_types)",
			verdict->vgpu_type);
	if (verdict->vgpu->type)
		return snprintf(buf, size, "is a vGPU of type %u already, which pcitag has not set",
				verdict->vgpu->type);
	if (!vgpu_format_left(verdict->vgpu, left)[0])
		return snprintf(buf, size, "its card has no vGPU type %u left, and no other",
				verdict->vgpu_type);
	return snprintf(buf, size, "its card has no vGPU type %u left; left are %s", verdict->vgpu_type,
			left);
}

/* Writes what %NAME stands for in the text of a reason. Returns what snprintf() does. */
static int put_value(const struct verdict *verdict, char name, char *buf, size_t size)
{
	char addr[PCI_ADDR_LEN];

	switch (name) {
	case 'A': /* the address of the culprit */
		return snprintf(buf, size, "%s", pci_addr_format(&verdict->culprit, addr));
	case 'C':
		return snprintf(buf, size, "%04x", verdict->class_code);
	case 'D': /* the domain that has it */
		return snprintf(buf, size, "%s", verdict->holder);
	case 'E': /* what was found, and when */
		return snprintf(buf, size, "%s%s%s", verdict->finding->evidence,
				verdict->finding->when[0] ? ", " : "", verdict->finding->when);
	case 'G':
		return snprintf(buf, size, "%d", verdict->group);
	case 'H': /* how the domain has it */
		return snprintf(buf, size, "%s", verdict_rows[verdict->availability].holds);
	case 'K': /* the driver that it keeps */
		return snprintf(buf, size, "%s%s", verdict->driver[0] ? "driver " : "no driver",
				verdict->driver);
	case 'M': /* the culprit in words */
		return put_member(verdict, "", buf, size);
	case 'N':
		return snprintf(buf, size, "%s", verdict->network);
	case 'T': /* since when a device is held */
		return snprintf(buf, size, "%s", verdict->held_since);
	case 'S': /* since when it is cleaned */
		return snprintf(buf, size, "%s", verdict->cleaning->since);
	case 'Y': /* what its cleaning met */
		return verdict->cleaning->why[0] ? snprintf(buf, size, ": %s", verdict->cleaning->why) : 0;
	case 'U': /* the use by the host */
		return snprintf(buf, size, "%s", verdict->host_use);
	case 'V':
		return snprintf(buf, size, "%u", verdict->vfs);
	case 'W': /* the subject: the device itself is not named */
		if (verdict->is_other_member || verdict->is_physfn)
			return put_member(verdict, " ", buf, size);
		break;
	case 'Z':
		return put_vgpu(verdict, buf, size);
	case 'X': /* what is unclear about it */
		return snprintf(buf, size, "%s", verdict->unclear);
	}
	return 0;
}

static const char *reason(const struct verdict *verdict)
{
	const struct verdict_row *row = &verdict_rows[verdict->availability];

	if (row->holds && verdict->is_sibling)
		return "%A of the same card %H domain %D, and not both have a reset of their own";
	if (verdict->availability == AVAILABLE && verdict->needs_stop)
		return "is free when units of its stop_units are stopped";
	/* The device was assigned and plugged in again since, so its group differs from the lease. */
	if (row->holds && verdict->is_leased_elsewhere)
		return "%W%H domain %D, whose lease has it in another group";
	if (row->holds && verdict->is_physfn)
		return "%W%H domain %D";
	return row->reason;
}

char *verdict_format(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	size_t used = 0;

	for (const char *c = reason(verdict); *c && used < VERDICT_LEN; c++) {
		if (*c == '%')
			used += (size_t)put_value(verdict, *++c, buf + used, VERDICT_LEN - used);
		else
			buf[used++] = *c;
	}
	buf[used < VERDICT_LEN ? used : VERDICT_LEN - 1] = '\0';
	return buf;
}

char *verdict_advice(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	const struct verdict_row *row = &verdict_rows[verdict->availability];
	bool is_members = verdict->is_other_member && row->member_advice;
	char addr[PCI_ADDR_LEN];

	snprintf(buf, VERDICT_LEN, "%s", is_members ? row->member_advice : row->advice);
	if (!row->is_host_need || verdict->force_is_vain)
		return buf;
	if (verdict->is_console_input && verdict->force_count == 1) {
		text_append(buf, VERDICT_LEN,
			    ", or write lend_console_input = yes into the section of its model, if the "
			    "console can do without; its disks and network cards stay guarded");
		return buf;
	}
	text_append(buf, VERDICT_LEN, ", or write force =");
	for (size_t i = 0; i < verdict->force_count; i++)
		text_append(buf, VERDICT_LEN, " %s", pci_addr_format(&verdict->force[i], addr));
	text_append(buf, VERDICT_LEN, " into the section of its model, if the host can do without");
	return buf;
}
