/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the text of a verdict, and what can be done about it. */
#include "model/allocate/allocator.h"

#include <stdio.h>
#include <string.h>

bool verdict_is_host_need(const struct verdict *verdict)
{
	switch (verdict->availability) {
	case UNAVAILABLE_BRIDGE:
	case UNAVAILABLE_HOST_FUNCTION:
	case UNAVAILABLE_BOOT_VGA:
	case UNAVAILABLE_BMC_CONSOLE:
	case UNAVAILABLE_HOST_USE:
		return true;
	case AVAILABLE:
	case UNAVAILABLE_LEASED:
	case UNAVAILABLE_QUARANTINED:
	case UNAVAILABLE_NATIVE:
	case UNAVAILABLE_NAMED:
	case UNAVAILABLE_DISABLED:
	case UNAVAILABLE_HOST:
	case UNAVAILABLE_NO_GROUP:
	case UNAVAILABLE_UNCLEAR:
	case UNAVAILABLE_DEAD:
	case UNAVAILABLE_VFS:
	case UNAVAILABLE_SPLIT:
	case UNAVAILABLE_PARENT:
	case UNAVAILABLE_NETWORK:
	case UNAVAILABLE_OPEN:
	case UNAVAILABLE_NOT_VFIO:
	case UNAVAILABLE_DENIED:
		break;
	}
	return false;
}

static const char *advice(const struct verdict *verdict)
{
	switch (verdict->availability) {
	case AVAILABLE:
		break;
	case UNAVAILABLE_LEASED:
		return "stop that domain";
	case UNAVAILABLE_QUARANTINED:
		return "resolve what pcitag leases reports; it goes back by itself then, or at once with "
		       "pcitag reconcile";
	case UNAVAILABLE_NATIVE:
		return "stop that domain, or let it ask by placeholder instead";
	case UNAVAILABLE_NAMED:
		return "remove the <hostdev> from the domain, or the placeholder";
	case UNAVAILABLE_DISABLED:
		return "write enabled = yes in the section of its model";
	case UNAVAILABLE_HOST:
		return "add this host to the key hosts of its model";
	case UNAVAILABLE_NO_GROUP:
		return "pcitag check says what the IOMMU of this host needs; or use another slot";
	case UNAVAILABLE_BRIDGE:
		return "nothing: bridges stay with the host";
	case UNAVAILABLE_HOST_FUNCTION:
		return verdict->is_other_member ? "move the card to a slot with a group of its own"
						: "leave it with the host";
	case UNAVAILABLE_UNCLEAR:
		return "read dmesg; look at it again in a moment";
	case UNAVAILABLE_DEAD:
		return "read dmesg; reset it or cut its power";
	case UNAVAILABLE_BOOT_VGA:
		return "choose another primary display in the firmware";
	case UNAVAILABLE_BMC_CONSOLE:
		return "use another card";
	case UNAVAILABLE_VFS:
		return "lend its virtual functions, or disable them";
	case UNAVAILABLE_SPLIT:
		return "write functions = one, a section for each function, and a request for each";
	case UNAVAILABLE_PARENT:
		return "switch it off in the firmware (VMD, for instance), so that what is below it gets "
		       "groups of its own, or unbind its driver to lend it as a whole";
	case UNAVAILABLE_NETWORK:
		return "take it out of that network or out of the registry";
	case UNAVAILABLE_OPEN:
		return "find out with fuser(1) who has that node open";
	case UNAVAILABLE_HOST_USE:
		return "end that use";
	case UNAVAILABLE_NOT_VFIO:
		return "let its driver make it a VFIO device, as its vendor describes (NVIDIA vGPU: its type "
		       "in "
		       "current_vgpu_type), or take driver = keep out of its section";
	case UNAVAILABLE_DENIED:
		return "load vfio-pci with disable_denylist=1 if its known errata do not matter with these "
		       "guests";
	}
	return "";
}

char *verdict_advice(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	size_t len = (size_t)snprintf(buf, VERDICT_LEN, "%s", advice(verdict));
	char addr[PCI_ADDR_LEN];

	if (!verdict_is_host_need(verdict) || verdict->force_is_vain)
		return buf;
	if (verdict->is_console_input && verdict->force_count == 1) {
		snprintf(buf + len, VERDICT_LEN - len,
			 ", or write lend_console_input = yes into the section of its model, if the console "
			 "can do without; its disks and network cards stay guarded");
		return buf;
	}
	len += (size_t)snprintf(buf + len, VERDICT_LEN - len, ", or write force =");
	for (size_t i = 0; i < verdict->force_count; i++)
		len += (size_t)snprintf(buf + len, VERDICT_LEN - len, " %s",
					pci_addr_format(&verdict->force[i], addr));
	snprintf(buf + len, VERDICT_LEN - len, " into the section of its model, if the host can do without");
	return buf;
}

static const char *reason(enum availability availability)
{
	switch (availability) {
	case AVAILABLE:
		return "is free";
	case UNAVAILABLE_DISABLED:
		return "its model has enabled = no in the registry";
	case UNAVAILABLE_HOST:
		return "its model is for other hosts (key hosts in the registry)";
	case UNAVAILABLE_NO_GROUP:
		return "has no IOMMU group (pcitag check says what this host needs)";
	case UNAVAILABLE_BRIDGE:
		return "is a bridge, not an endpoint";
	case UNAVAILABLE_UNCLEAR:
		break;
	case UNAVAILABLE_DEAD:
		return "does not answer (its configuration space reads all ones)";
	case UNAVAILABLE_BOOT_VGA:
		return "is the host's boot console";
	case UNAVAILABLE_BMC_CONSOLE:
		return "is the console of the host's management controller";
	case UNAVAILABLE_PARENT:
		return "is the controller of other PCI devices, which would vanish with its driver";
	case UNAVAILABLE_LEASED:
	case UNAVAILABLE_QUARANTINED:
	case UNAVAILABLE_NATIVE:
	case UNAVAILABLE_NAMED:
	case UNAVAILABLE_HOST_FUNCTION:
	case UNAVAILABLE_SPLIT:
	case UNAVAILABLE_VFS:
	case UNAVAILABLE_NETWORK:
	case UNAVAILABLE_OPEN:
	case UNAVAILABLE_HOST_USE:
	case UNAVAILABLE_NOT_VFIO:
	case UNAVAILABLE_DENIED:
		break;
	}
	return "";
}

static char *format_sibling(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&verdict->culprit, addr);
	if (verdict->availability == UNAVAILABLE_SPLIT)
		snprintf(buf, VERDICT_LEN,
			 "%s of the same card is in group %d, and a guest's device is of one group: write "
			 "functions = one, a section for each function, and a request for each",
			 addr, verdict->group);
	else if (verdict->availability == UNAVAILABLE_LEASED)
		snprintf(buf, VERDICT_LEN,
			 "%s of the same card belongs to domain %s, and not both have a reset of their own",
			 addr, verdict->holder);
	else if (verdict->availability == UNAVAILABLE_QUARANTINED)
		snprintf(buf, VERDICT_LEN,
			 "%s of the same card is quarantined since domain %s, and not both have a reset of "
			 "their own",
			 addr, verdict->holder);
	else
		snprintf(buf, VERDICT_LEN,
			 "%s of the same card is used by domain %s, and not both have a reset of their own",
			 addr, verdict->holder);
	return buf;
}

/* The device was assigned and plugged in again since, so its group differs from the lease. Or not the
 * device itself is assigned, but its physical function. */
static char *format_holder(const struct verdict *verdict, const char *who, char buf[static VERDICT_LEN])
{
	if (verdict->is_sibling)
		return format_sibling(verdict, buf);
	if (verdict->availability == UNAVAILABLE_NAMED)
		snprintf(buf, VERDICT_LEN, "the domain itself names %sin a hostdev", who);
	else
		snprintf(buf, VERDICT_LEN, "%s%s domain %s%s", who,
			 verdict->availability == UNAVAILABLE_LEASED	    ? "belongs to"
			 : verdict->availability == UNAVAILABLE_QUARANTINED ? "is quarantined since"
									    : "is used by",
			 verdict->holder,
			 verdict->is_leased_elsewhere ? ", whose lease has it in another group" : "");
	return buf;
}

char *verdict_format(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	char addr[PCI_ADDR_LEN], who[PCI_ADDR_LEN + 32] = "";

	pci_addr_format(&verdict->culprit, addr);
	if (verdict->is_other_member)
		snprintf(who, sizeof(who), "%s of its group %d ", addr, verdict->group);
	if (verdict->is_physfn)
		snprintf(who, sizeof(who), "its physical function %s ", addr);
	if (verdict->is_leased_elsewhere || verdict->is_physfn || verdict->is_sibling)
		return format_holder(verdict, who, buf);
	switch (verdict->availability) {
	case UNAVAILABLE_LEASED:
		snprintf(buf, VERDICT_LEN, "its group %d belongs to domain %s", verdict->group,
			 verdict->holder);
		break;
	case UNAVAILABLE_QUARANTINED:
		snprintf(buf, VERDICT_LEN, "its group %d is quarantined since domain %s (see pcitag leases)",
			 verdict->group, verdict->holder);
		break;
	case UNAVAILABLE_NATIVE:
		snprintf(buf, VERDICT_LEN, "its group %d is used by domain %s, which names it by address",
			 verdict->group, verdict->holder);
		break;
	case UNAVAILABLE_NAMED:
		snprintf(buf, VERDICT_LEN, "the domain itself names %s of its group %d in a hostdev", addr,
			 verdict->group);
		break;
	case UNAVAILABLE_HOST_FUNCTION:
		snprintf(buf, VERDICT_LEN, "%shas class %04x, which belongs to the host", who,
			 verdict->class_code);
		break;
	case UNAVAILABLE_VFS:
		snprintf(buf, VERDICT_LEN, "%sis a physical function with %u virtual functions enabled", who,
			 verdict->vfs);
		break;
	case UNAVAILABLE_NETWORK:
		snprintf(buf, VERDICT_LEN,
			 "%sis in libvirt's network '%s' (forward mode='hostdev'): take it out of that "
			 "network or out of the registry",
			 who, verdict->network);
		break;
	case UNAVAILABLE_OPEN:
		snprintf(buf, VERDICT_LEN, "%sis in use: another process has /dev/vfio/%d open", who,
			 verdict->group);
		break;
	case UNAVAILABLE_HOST_USE:
		snprintf(buf, VERDICT_LEN, "%sis used by the host: %s", who, verdict->host_use);
		break;
	case UNAVAILABLE_NOT_VFIO:
		snprintf(buf, VERDICT_LEN,
			 "%sis to keep its driver (driver = keep), but %s%s offers no VFIO device for it",
			 who, verdict->driver[0] ? "driver " : "no driver", verdict->driver);
		break;
	case UNAVAILABLE_DENIED:
		snprintf(buf, VERDICT_LEN,
			 "%sis on the deny list of vfio-pci, which refuses it unless loaded with "
			 "disable_denylist=1",
			 who);
		break;
	case UNAVAILABLE_UNCLEAR:
		snprintf(buf, VERDICT_LEN, "%s%s", who, verdict->unclear);
		break;
	case AVAILABLE:
	case UNAVAILABLE_DISABLED:
	case UNAVAILABLE_HOST:
	case UNAVAILABLE_NO_GROUP:
	case UNAVAILABLE_BRIDGE:
	case UNAVAILABLE_DEAD:
	case UNAVAILABLE_BOOT_VGA:
	case UNAVAILABLE_BMC_CONSOLE:
	case UNAVAILABLE_PARENT:
	case UNAVAILABLE_SPLIT: /* is_sibling */
		snprintf(buf, VERDICT_LEN, "%s%s", who, reason(verdict->availability));
		break;
	}
	return buf;
}
