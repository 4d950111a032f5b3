/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pretend/sriov.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- how they come and go ---------------------------------------------------------------------------- */

/*
 * The routing ID of a VF is that of its PF, plus the offset, plus the stride for each one before it (SR-IOV
 * specification, First VF Offset and VF Stride).
 */
static void address_of(const struct device *pf, int index, char addr[static PCI_NAME_LEN])
{
	unsigned int domain, bus, slot, function, id;

	if (sscanf(pf->addr, "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		abort();
	id = bus << 8 | slot << 3 | function;
	id += (unsigned int)(pf->vf_offset + index * pf->vf_stride);
	snprintf(addr, PCI_NAME_LEN, "%04x:%02x:%02x.%x", domain & 0xffff, id >> 8 & 0xff, id >> 3 & 0x1f,
		 id & 7);
}

/* The lowest number that no device has, as the kernel gives it to a new group (an ida). */
static int new_group(struct model *m)
{
	int number = 0;

	while (number < MAX_GROUPS - 1 && (group_has_members(m, number) || m->groups[number].noiommu))
		number++;
	model_group(m, number);
	return number;
}

/* drivers/pci/iov.c: pci_iov_add_virtfn(). Its driver is asked unless sriov_drivers_autoprobe says no. */
static int add_vf(struct kernel *k, struct device *pf, int index)
{
	struct op op = { .kind = OP_PROBE };
	char addr[PCI_NAME_LEN];
	struct device *vf;

	address_of(pf, index, addr);
	vf = model_add(k->m, addr);
	if (!vf)
		return -EEXIST;
	vf->vendor = pf->vendor;
	vf->device = pf->vf_device;
	vf->subvendor = pf->subvendor;
	vf->subdevice = pf->subdevice;
	vf->class = pf->class;
	vf->revision = pf->revision;
	vf->root_bus = pf->root_bus;
	if (pf->parent)
		model_link_parent(vf, pf->parent);
	vf->numa = pf->numa;
	vf->native = pf->vf_native;
	vf->physfn = pf;
	strcpy(vf->reset_method, "flr");
	if (pf->group != NO_GROUP)
		model_join_group(k->m, vf, new_group(k->m));
	op.dev = vf;
	return pf->autoprobe_off ? 0 : kernel_run(k, &op);
}

static int add_vfs(struct kernel *k, struct device *pf, int wanted)
{
	int r = 0;

	if (pf->vf_most && wanted > pf->vf_most)
		wanted = pf->vf_most;
	for (int i = 0; i < wanted && pf->vf_device && r == 0; i++)
		r = add_vf(k, pf, i);
	pf->numvfs = wanted;
	return r;
}

/* One after another, each when its own driver has let go of it. */
static void remove_vfs(struct kernel *k, const struct device *pf)
{
	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		struct op op = { .kind = OP_REMOVE, .dev = k->m->devices[i] };

		if (!op.dev->gone && op.dev->physfn == pf)
			(void)kernel_run(k, &op);
	}
}

/* The caller has the PF's lock. */
static int change(struct kernel *k, struct device *pf, int wanted)
{
	if (!pf->driver || pf->driver->vfio)
		return -ENOENT;
	if (wanted > 0)
		return pf->numvfs > 0 ? -EBUSY : add_vfs(k, pf, wanted);
	remove_vfs(k, pf);
	pf->numvfs = 0;
	pf->vgpu_taken = 0;
	return 0;
}

/*
 * drivers/pci/iov.c, sriov_numvfs_store(): EINVAL for what is no number, ERANGE above the total, ENOENT
 * without a driver that can, EBUSY from one number to another; success when the driver has made fewer than
 * were asked for. The PF's device_lock() is held from the beginning to the end.
 */
int sriov_set_number(struct kernel *k, struct device *pf, const char *text)
{
	struct op lock = { .kind = OP_LOCKED, .dev = pf };
	char *end;
	long wanted = strtol(text, &end, 10);
	int r;

	if (end == text || (*end && *end != '\n'))
		return -EINVAL;
	if (wanted < 0 || wanted > pf->totalvfs)
		return -ERANGE;
	r = kernel_run(k, &lock);
	if (r < 0)
		return r;
	pf->locked_by = &lock;
	if (wanted != pf->numvfs)
		r = change(k, pf, (int)wanted);
	pf->locked_by = NULL;
	pthread_cond_broadcast(&k->changed);
	return r;
}

/* ---- vGPUs ------------------------------------------------------------------------------------------- */

/* How many of a type fit on a card, 0 when it has no such type. */
static int how_many(const struct device *pf, int type)
{
	for (const char *c = pf->vgpus; *c; c += *c == ',') {
		char *x;

		if (strtol(c, &x, 10) == type && *x == 'x')
			return atoi(x + 1);
		c += strcspn(c, ",");
	}
	return 0;
}

bool has_vgpus(const struct device *vf)
{
	return vf->physfn && vf->physfn->vgpus[0];
}

/* Every vGPU takes its share of the card's memory, in 1/840; 840 can be divided by most numbers up to 8. */
#define WHOLE 840

static int share_of(const struct device *pf, int type)
{
	int most = how_many(pf, type);

	return most ? WHOLE / most : 0;
}

bool vgpu_fits(const struct device *vf, int type)
{
	int share = share_of(vf->physfn, type);

	return share && vf->physfn->vgpu_taken + share <= WHOLE;
}

void vgpu_become(struct device *vf, int type)
{
	vf->physfn->vgpu_taken += share_of(vf->physfn, type) - share_of(vf->physfn, vf->vgpu);
	vf->vgpu = type;
}

/*
 * What NVIDIA's driver does, as far as reports tell: 0 ends a vGPU, and is refused when there is none
 * (EPERM); a type can be set where there is none, if it is one of those that are left; a guest's own is not
 * changed.
 */
int vgpu_set_type(const struct model *m, struct device *vf, const char *text)
{
	int type = atoi(text);

	if (vf->group != NO_GROUP && group_in_use(&m->groups[vf->group]))
		return -EBUSY;
	if (type == 0 && !vf->vgpu)
		return -EPERM;
	if (type && vf->vgpu)
		return -EBUSY;
	if (type && !vgpu_fits(vf, type))
		return -EINVAL;
	vgpu_become(vf, type);
	return 0;
}
