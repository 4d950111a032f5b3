/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Decides whether a device is available and, if not, why. It judges one device and its group. */
#include "model/allocate/allocator.h"

#include <stdio.h>
#include <string.h>

/* Reasons that no key overrides. */
static enum availability judge_possible(const struct pci_device *device)
{
	if (device->group == PCI_NO_GROUP)
		return UNAVAILABLE_NO_GROUP;
	if (device->unclear[0])
		return UNAVAILABLE_UNCLEAR;
	if (device->finding && device->finding->condition == PCI_OUT)
		return UNAVAILABLE_OUT;
	if (device->is_dead)
		return UNAVAILABLE_DEAD;
	if (device->vfs_enabled)
		return UNAVAILABLE_VFS;
	if (device->is_parent)
		return UNAVAILABLE_PARENT;
	if (device->network[0])
		return UNAVAILABLE_NETWORK;
	if (device->is_open)
		return UNAVAILABLE_OPEN;
	return AVAILABLE;
}

/* Reasons that the host needs the device. */
static enum availability judge_spare(const struct pci_device *device)
{
	if (pci_device_is_host_function(device))
		return UNAVAILABLE_HOST_FUNCTION;
	if (device->is_boot_vga)
		return UNAVAILABLE_BOOT_VGA;
	if (pci_device_is_bmc_console(device))
		return UNAVAILABLE_BMC_CONSOLE;
	if (device->host_use[0])
		return UNAVAILABLE_HOST_USE;
	return AVAILABLE;
}

/* True when the key `lend_console_input` overrides the host's need. */
static bool is_input_lent(const struct model *model, bool is_given, const struct pci_device *device)
{
	return is_given && model->lends_input && device->is_console_input &&
	       judge_spare(device) == UNAVAILABLE_HOST_USE;
}

bool allocator_lets_go(const struct model *model, const struct pci_device *device)
{
	for (size_t i = 0; i < device->holder_count; i++) {
		if (!model_stops(model, &device->holders[i]))
			return false;
	}
	return device->is_held && device->holder_count;
}

/*
 * Reasons against binding this function. @is_given: it is given to the guest, not only held with its group
 * Where the model says which units are to let go, `force` does not take the device away from any process.
 */
static enum availability judge_function(const struct model *model, bool is_given,
					const struct pci_device *device)
{
	enum availability why = judge_possible(device);
	bool is_held = device->is_held && !allocator_lets_go(model, device);

	if (why != AVAILABLE || is_input_lent(model, is_given, device))
		return why;
	if (model_forces(model, &device->addr))
		return model->stop_units.count && is_held ? UNAVAILABLE_HOST_USE : AVAILABLE;
	why = judge_spare(device);
	return why == UNAVAILABLE_HOST_USE && device->is_held && !is_held ? AVAILABLE : why;
}

/*
 * One that has the type already, from another hand, is used as it is. Its VFIO device may be made only with
 * the type: that it is there is verified when it is bound.
 */
static enum availability judge_setting(const struct model *model, const struct pci_device *device)
{
	const struct vgpu_state *vgpu = device->vgpu;

	if (!vgpu || !vgpu->is_read || (vgpu->type && vgpu->type != model->setting.value))
		return UNAVAILABLE_VGPU_TYPE;
	if (vgpu->type)
		return device->is_vfio ? AVAILABLE : UNAVAILABLE_NOT_VFIO;
	return vgpu_has_left(vgpu, model->setting.value) ? AVAILABLE : UNAVAILABLE_VGPU_TYPE;
}

/* Checks whether the intended driver accepts the function after it leaves its current driver. */
static enum availability judge_binding(const struct model *model, bool is_given,
				       const struct pci_device *device)
{
	if (is_given && model->setting.attribute)
		return judge_setting(model, device);
	if (is_given && model_keeps_driver(model))
		return device->is_vfio ? AVAILABLE : UNAVAILABLE_NOT_VFIO;
	if (is_given && model->driver[0] && strcmp(model->driver, REGISTRY_DRIVER_DEFAULT) != 0)
		return AVAILABLE;
	return device->is_denied && !device->is_vfio ? UNAVAILABLE_DENIED : AVAILABLE;
}

/*
 * VFIO gives a group to a guest when none of its functions is bound to a host driver. One without a driver
 * does not count (Linux: drivers/pci/pci-driver.c, pci_dma_configure: only a driver that binds claims its
 * group's DMA) and stays, so a host function or dead device does not block; a console, which needs no driver,
 * does.
 */
static enum availability judge_member(const struct model *model, const struct pci_device *asked,
				      const struct pci_device *member)
{
	bool is_given = model_gives(model, asked, member);
	enum availability why = judge_function(model, is_given, member);

	if (member->driver[0] || is_given)
		return why == AVAILABLE ? judge_binding(model, is_given, member) : why;
	if (why == UNAVAILABLE_OUT)
		return AVAILABLE;
	return why == UNAVAILABLE_HOST_FUNCTION || why == UNAVAILABLE_DEAD ? AVAILABLE : why;
}

static void blame(struct verdict *out, enum availability why, const struct pci_device *culprit,
		  const struct pci_device *asked)
{
	out->availability = why;
	out->culprit = culprit->addr;
	out->is_other_member = culprit != asked;
	out->class_code = pci_class(&culprit->id);
	out->vfs = culprit->vfs_enabled;
	memcpy(out->network, culprit->network, sizeof(out->network));
	out->host_use = culprit->host_use;
	out->driver = culprit->driver;
	out->unclear = culprit->unclear;
	out->finding = culprit->finding;
	out->vgpu = culprit->vgpu;
}

/* libvirt assigns that device itself, and the same group cannot be assigned twice. */
static const struct pci_device *named_in_group(const struct allocation_input *in, int group)
{
	for (size_t i = 0; i < in->hostdev_count; i++) {
		const struct pci_device *device = topology_find(in->topology, &in->hostdevs[i]);

		if (device && device->group == group && group != PCI_NO_GROUP)
			return device;
	}
	return NULL;
}

/* libvirt unbinds the physical function from its driver, which removes the virtual function. */
static bool names_physfn(const struct allocation_input *in, const struct pci_device *device)
{
	return device->is_virtual && pci_addr_in(in->hostdevs, in->hostdev_count, &device->physfn);
}

/* Keeps the first reason with the highest remedy, and every address that `force` would have to name. */
static void weigh(const struct model *model, enum availability why, const struct pci_device *member,
		  const struct pci_device *asked, struct verdict *out)
{
	bool is_forced = model_forces(model, &member->addr) && judge_spare(member) != AVAILABLE;

	out->needs_stop |= allocator_lets_go(model, member);
	if (why == AVAILABLE && !is_forced)
		return;
	if (out->force_count < ARRAY_SIZE(out->force))
		out->force[out->force_count++] = member->addr;
	else
		out->force_is_vain = true;
	if (member->is_bridge || judge_possible(member) != AVAILABLE ||
	    (why != AVAILABLE && (!verdict_rows[why].is_host_need || model_forces(model, &member->addr))))
		out->force_is_vain = true;
	if (verdict_rows[why].remedy > verdict_rows[out->availability].remedy) {
		blame(out, why, member, asked);
		out->vgpu_type = model->setting.value;
		out->is_console_input = why == UNAVAILABLE_HOST_USE && member->is_console_input &&
					model_gives(model, asked, member);
	}
}

/* The other members also count: they leave their drivers together with @device. */
static void judge_group(const struct topology *topology, const struct model *model,
			const struct pci_device *device, struct verdict *out)
{
	const struct pci_device *member = NULL;

	while ((member = topology_next_member(topology, device->group, member))) {
		if (member != device && pci_device_is_endpoint(member))
			weigh(model, judge_member(model, device, member), member, device, out);
	}
}

static bool names_group(const struct lease *lease, int group)
{
	for (size_t i = 0; i < lease->hostdev_count; i++) {
		if (lease->hostdevs[i].group == group)
			return true;
	}
	return false;
}

/* @is_native: receives whether that domain names it by address */
static const struct lease *find_holder(const struct allocation_input *in, const struct pci_addr *addr,
				       int group, bool *is_native)
{
	const struct lease *lease = lease_list_find_owner(in->leases, addr, group, in->uuid);

	*is_native = !lease;
	return lease ? lease : lease_list_find_hostdev(in->leases, addr, group, in->uuid);
}

static enum availability how_held(const struct lease *lease)
{
	if (!lease->cleaning)
		return UNAVAILABLE_HELD;
	return lease->cleaning->state == CLEANING_DUE	 ? UNAVAILABLE_DUE
	       : lease->cleaning->state == CLEANING_RUNS ? UNAVAILABLE_CLEANED
							 : UNAVAILABLE_UNCLEAN;
}

/*
 * Checks whether another domain has exactly this function, a function of its group, or its physical function,
 * whose owner can remove the virtual functions (kernel: drivers/pci/iov.c, sriov_del_vfs).
 */
static bool judge_holder(const struct allocation_input *in, const struct pci_device *asked,
			 const struct pci_device *member, struct verdict *out)
{
	bool is_native;
	const struct lease *lease = find_holder(in, &member->addr, member->group, &is_native);
	bool is_physfn = !lease && member->is_virtual;

	if (is_physfn)
		lease = find_holder(in, &member->physfn, PCI_NO_GROUP, &is_native);
	if (!lease)
		return false;
	blame(out,
	      is_native				  ? UNAVAILABLE_NATIVE
	      : lease->state == LEASE_QUARANTINED ? UNAVAILABLE_QUARANTINED
	      : lease->state == LEASE_HELD	  ? how_held(lease)
						  : UNAVAILABLE_LEASED,
	      member, asked);
	out->is_physfn = is_physfn;
	if (is_physfn)
		out->culprit = member->physfn;
	else
		out->is_leased_elsewhere = is_native ? !names_group(lease, member->group)
						     : !lease_holds_group(lease, member->group);
	snprintf(out->holder, sizeof(out->holder), "%s", lease->domain);
	out->held_since = lease->note ? lease->note : "";
	out->cleaning = lease->cleaning;
	return true;
}

/* Checks whether another domain has another function of the same card, in another IOMMU group. */
static bool judge_card(const struct allocation_input *in, const struct pci_device *asked,
		       const struct pci_device *member, struct verdict *out)
{
	struct pci_addr addr = member->addr;

	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		const struct pci_device *other;

		addr.function = f;
		other = topology_find(in->topology, &addr);
		if (other && card_goes_together(member, other) && judge_holder(in, asked, other, out)) {
			out->is_sibling = true;
			return true;
		}
	}
	return false;
}

/* Checks the whole group, because a member may have joined it after it was assigned. */
static bool judge_holders(const struct allocation_input *in, const struct pci_device *device,
			  struct verdict *out)
{
	const struct pci_device *member = NULL;

	if (judge_holder(in, device, device, out) || judge_card(in, device, device, out))
		return true;
	if (device->group == PCI_NO_GROUP)
		return false;
	while ((member = topology_next_member(in->topology, device->group, member))) {
		if (judge_holder(in, device, member, out) || judge_card(in, device, member, out))
			return true;
	}
	return false;
}

/* `force` does not override this reason. */
static void judge_split(const struct topology *topology, const struct model *model,
			const struct pci_device *device, struct verdict *out)
{
	const struct pci_device *other = card_split(topology, model, device);

	if (!other)
		return;
	out->force_is_vain = true;
	if (verdict_rows[UNAVAILABLE_SPLIT].remedy <= verdict_rows[out->availability].remedy)
		return;
	blame(out, UNAVAILABLE_SPLIT, other, device);
	out->is_sibling = true;
	out->group = other->group;
}

/* True when the function is given to the guest, or leaves its driver for it. */
static bool goes_along(const struct model *model, const struct pci_device *asked,
		       const struct pci_device *member)
{
	return member == asked ||
	       (pci_device_is_endpoint(member) && (member->driver[0] || model_gives(model, asked, member)));
}

/* Of a group that can be had: what is known against one of its functions. The device itself counts first. */
static void judge_wellness(const struct topology *topology, const struct model *model,
			   const struct pci_device *device, struct verdict *out)
{
	const struct pci_device *member = device->finding ? device : NULL;

	while (!member || !member->finding || !goes_along(model, device, member)) {
		member = topology_next_member(topology, device->group, member);
		if (!member)
			return;
	}
	blame(out, AVAILABLE_DEGRADED, member, device);
}

/* What the model says about domains. Nothing, when no domain asks. */
static enum availability judge_wishes(const struct allocation_input *in, const struct model *model)
{
	const char *uuid = allocator_asker(in);

	if (!uuid[0])
		return AVAILABLE;
	if (model->allow.count && in->domain && !wish_allows(&model->allow, in->domain->name, uuid))
		return UNAVAILABLE_ALLOW;
	if (model->wishes.limit && allocator_count_lent(in, NULL, model->name) >= model->wishes.limit)
		return UNAVAILABLE_LIMIT;
	return AVAILABLE;
}

void allocator_judge(const struct allocation_input *in, const struct model *model,
		     const struct pci_device *device, struct verdict *out)
{
	const struct pci_device *named = named_in_group(in, device->group);
	enum availability why;

	*out = (struct verdict){ .availability = AVAILABLE, .culprit = device->addr, .group = device->group };
	if (judge_holders(in, device, out))
		return;
	if (named) {
		blame(out, UNAVAILABLE_NAMED, named, device);
		return;
	}
	if (names_physfn(in, device)) {
		blame(out, UNAVAILABLE_NAMED, device, device);
		out->culprit = device->physfn;
		out->is_physfn = true;
		return;
	}
	if (!model->enabled || !model_applies_to_host(model, in->hostname)) {
		out->availability = model->enabled ? UNAVAILABLE_HOST : UNAVAILABLE_DISABLED;
		return;
	}
	out->availability = judge_wishes(in, model);
	if (out->availability != AVAILABLE)
		return;
	why = device->is_bridge ? UNAVAILABLE_BRIDGE : judge_member(model, device, device);
	weigh(model, why, device, device, out);
	if (device->group != PCI_NO_GROUP)
		judge_group(in->topology, model, device, out);
	judge_split(in->topology, model, device, out);
	if (out->availability == AVAILABLE)
		judge_wellness(in->topology, model, device, out);
}

void allocator_judge_use(const struct allocation_input *in, const struct pci_device *device,
			 struct verdict *out)
{
	enum availability why = device->unclear[0]   ? UNAVAILABLE_UNCLEAR
				: device->is_dead    ? UNAVAILABLE_DEAD
				: device->network[0] ? UNAVAILABLE_NETWORK
				: device->is_open    ? UNAVAILABLE_OPEN
						     : judge_spare(device);

	*out = (struct verdict){ .availability = AVAILABLE, .culprit = device->addr, .group = device->group };
	/* It is not to be given to a guest. */
	out->force_is_vain = true;
	if (!judge_holder(in, device, device, out) && why != AVAILABLE)
		blame(out, why, device, device);
}

void allocator_judge_forced(const struct model *model, bool is_given, const struct pci_device *device,
			    struct verdict *out)
{
	*out = (struct verdict){ .availability = AVAILABLE, .culprit = device->addr, .group = device->group };
	if (model_forces(model, &device->addr) || is_input_lent(model, is_given, device))
		blame(out, judge_spare(device), device, device);
}

/* A model without `force`. */
static const struct model any_model;

void allocator_judge_need(const struct pci_device *device, struct verdict *out)
{
	*out = (struct verdict){ .availability = AVAILABLE, .culprit = device->addr, .group = device->group };
	weigh(&any_model, device->is_bridge ? UNAVAILABLE_BRIDGE : judge_spare(device), device, device, out);
}
