/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a write to sysfs does. An operation goes through numbered stages; op_step() goes as
 * far as it can and says OP_WAIT when the kernel would sleep there. The device lock is
 * held from its first stage to its last, so everything else that needs the lock of the
 * same device waits behind one that hangs, exactly as in the kernel.
 */
#include "pretend/model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum stage { STAGE_START, STAGE_LOCK, STAGE_SELECT, STAGE_PROBING, STAGE_REMOVING, STAGE_DONE };

static bool take_lock(struct op *op)
{
	if (op->dev->locked_by && op->dev->locked_by != op)
		return false;
	op->dev->locked_by = op;
	return true;
}

static int finish(struct op *op, int result)
{
	if (op->dev && op->dev->locked_by == op)
		op->dev->locked_by = NULL;
	op->stage = STAGE_DONE;
	return result;
}

/* True until @ms milliseconds have passed since the first call in this stage. */
static bool still_busy(struct op *op, int ms, long long now_ms)
{
	if (ms <= 0)
		return false;
	if (!op->wake_ms)
		op->wake_ms = now_ms + ms;
	if (now_ms < op->wake_ms)
		return true;
	op->wake_ms = 0;
	return false;
}

/* drivers/vfio/group.c: vfio_noiommu_group_alloc(): a group of its own, with no IOMMU behind it. */
static void give_noiommu_group(struct model *m, struct device *dev)
{
	int number = 0;

	while (number < MAX_GROUPS - 1 && m->groups[number].exists)
		number++;
	model_group(m, number)->noiommu = true;
	model_join_group(m, dev, number);
}

/* A device is now with a vfio driver: the first of its group makes the node appear. */
void vfio_attach(struct model *m, struct device *dev)
{
	struct group *g;

	if (dev->group == NO_GROUP)
		give_noiommu_group(m, dev);
	g = model_group(m, dev->group);
	if (g && g->vfio_members++ == 0)
		g->incarnation++;
}

/* drivers/vfio/group.c: vfio_device_remove_group(): the last one takes the node away. */
void vfio_detach(struct model *m, struct device *dev)
{
	struct group *g = model_group(m, dev->group);

	if (!g || g->vfio_members == 0)
		return;
	if (--g->vfio_members > 0)
		return;
	g->opener = NULL;
	g->claimed = false;
	g->held = false;
	if (g->noiommu) {
		g->exists = false;
		g->noiommu = false;
		dev->group = NO_GROUP;
	}
}

/* The state at boot: bound, no questions asked. */
void bind_at_boot(struct model *m, struct device *dev, struct driver *drv)
{
	dev->driver = drv;
	dev->link_shown = true;
	if (drv->vfio)
		vfio_attach(m, dev);
}

/* drivers/vfio/pci/vfio_pci.c: vfio_pci_dev_in_denylist(), what Linux 6.1 and 6.12 have in common. */
static bool is_denied(const struct device *dev)
{
	static const unsigned int ids[] = { 0x0435, 0x0443, 0x19e2, 0x19e3, 0x37c8, 0x37c9 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (dev->vendor == 0x8086 && dev->device == ids[i])
			return true;
	}
	return false;
}

/*
 * Why a driver's probe fails, as a positive errno; 0: it does not.
 * drivers/vfio/pci/vfio_pci_core.c: vfio_pci_core_register_device() refuses bridges with
 * EINVAL and a PF with VFs with EBUSY; drivers/vfio/pci/vfio_pci.c its deny list with EINVAL;
 * drivers/vfio/group.c refuses a device that has no
 * IOMMU group with EINVAL, unless noiommu is on.
 */
static int probe_error(const struct model *m, const struct device *dev, const struct driver *drv)
{
	for (int i = 0; i < 4; i++) {
		const struct misbehaviour *f = &dev->probe_faults[i];

		if (f->error && (!f->drv || f->drv == drv))
			return f->error;
	}
	if (!drv->vfio)
		return 0;
	if (dev->header != 0 || (strcmp(drv->name, "vfio-pci") == 0 && is_denied(dev) && !m->denylist_off))
		return EINVAL;
	if (dev->numvfs > 0)
		return EBUSY;
	if (dev->group == NO_GROUP && !m->noiommu)
		return EINVAL;
	return 0;
}

static bool probe_hangs(const struct device *dev, const struct driver *drv)
{
	for (int i = 0; i < 4; i++) {
		if (dev->probe_faults[i].hangs &&
		    (!dev->probe_faults[i].drv || dev->probe_faults[i].drv == drv))
			return true;
	}
	return false;
}

/*
 * Starts a probe. Fails with -EBUSY before the driver is asked when the group belongs to
 * user space and the driver wants the kernel's own DMA mappings (drivers/iommu/iommu.c:
 * iommu_device_use_default_domain()). From here on the `driver` link is there, although
 * the probe is not over (drivers/base/dd.c: really_probe()).
 */
static int probe_begin(struct model *m, struct op *op, struct driver *drv)
{
	struct device *dev = op->dev;
	const struct group *g = dev->group == NO_GROUP ? NULL : &m->groups[dev->group];

	if (!drv->vfio && g && group_in_use(g))
		return -EBUSY;
	op->drv = drv;
	dev->driver = drv;
	dev->link_shown = true;
	op->stage = STAGE_PROBING;
	return 0;
}

/* OP_WAIT, 0 (bound) or the negative errno of the probe, after which no driver has the device. */
static int probe_continue(struct model *m, struct op *op, long long now_ms)
{
	struct device *dev = op->dev;
	int error;

	if (probe_hangs(dev, op->drv) || still_busy(op, dev->probe_ms, now_ms))
		return OP_WAIT;
	error = probe_error(m, dev, op->drv);
	if (error) {
		dev->driver = NULL;
		dev->link_shown = false;
		return -error;
	}
	/* From now on the power state is known, see power_state() in nodes_attr.c. */
	if (!dev->power[0])
		strcpy(dev->power, "D0");
	if (op->drv->vfio)
		vfio_attach(m, dev);
	return 0;
}

/*
 * bus/pci/drivers_probe: success when a driver has the device already, when none wants it
 * and when the probe of the one that wanted it failed: a probe's errno travels as a
 * positive number that the loop over the drivers ignores (drivers/base/dd.c:
 * really_probe()). Only what fails before the probe comes back, and always as EINVAL
 * (drivers/base/bus.c: drivers_probe_store()).
 */
static int step_probe(struct model *m, struct op *op, long long now_ms)
{
	int r;

	for (;;) {
		if (op->stage == STAGE_PROBING) {
			r = probe_continue(m, op, now_ms);
			if (r == OP_WAIT)
				return OP_WAIT;
			if (r == 0)
				return finish(op, 0);
			op->stage = STAGE_SELECT;
		}
		while (op->next < m->n_drivers && !driver_matches(&m->drivers[op->next], op->dev))
			op->next++;
		if (op->next >= m->n_drivers)
			return finish(op, 0);
		r = probe_begin(m, op, &m->drivers[op->next++]);
		if (r < 0)
			return finish(op, -EINVAL);
	}
}

/* drivers/<d>/bind: the honest one (drivers/base/bus.c: bind_store(), dd.c: device_driver_attach()). */
static int step_bind(struct model *m, struct op *op, long long now_ms)
{
	int r;

	if (op->stage != STAGE_PROBING) {
		if (op->dev->driver)
			return finish(op, -EBUSY);
		r = probe_begin(m, op, op->drv);
		if (r < 0)
			return finish(op, r);
	}
	r = probe_continue(m, op, now_ms);
	return r == OP_WAIT ? r : finish(op, r);
}

/*
 * Has the driver let go? A vfio driver waits for as long as user space has the device
 * itself open, and only then (drivers/vfio/vfio_main.c: vfio_unregister_group_dev()): an
 * open group node without an open device delays nothing.
 */
static bool remove_waits(struct op *op, const struct device *dev, long long now_ms)
{
	const struct misbehaviour *f = &dev->unbind_fault;

	if (f->hangs && (!f->drv || f->drv == dev->driver))
		return true;
	if (dev->driver->vfio && dev->open_count > 0)
		return true;
	return still_busy(op, dev->unbind_ms, now_ms);
}

/* The `driver` link goes first, then the driver is asked (drivers/base/dd.c: __device_release_driver()). */
static int let_go(struct model *m, struct op *op, struct device *dev, long long now_ms)
{
	dev->link_shown = false;
	if (remove_waits(op, dev, now_ms))
		return OP_WAIT;
	if (dev->driver->vfio)
		vfio_detach(m, dev);
	dev->driver = NULL;
	return 0;
}

/*
 * A PF's driver takes its VFs away when it is removed, one after another, each when its own driver has let
 * go (drivers/net/ethernet/intel/igb/igb_main.c: igb_remove(); drivers/pci/iov.c: pci_disable_sriov()). One
 * a step: whoever runs the operation forgets it.
 */
static int drop_vfs(struct model *m, struct op *op, long long now_ms)
{
	struct device *pf = op->dev;

	if (pf->driver->vfio || pf->numvfs == 0 || pf->keeps_vfs)
		return 0;
	for (int i = m->first_live; i < m->n_devices; i++) {
		struct device *vf = m->devices[i];

		if (vf->gone || vf->physfn != pf)
			continue;
		if (vf->locked_by && vf->locked_by != op)
			return OP_WAIT;
		vf->locked_by = op;
		if (vf->driver && let_go(m, op, vf, now_ms) == OP_WAIT)
			return OP_WAIT;
		model_drop(m, vf);
		vf->locked_by = NULL;
		op->dropped = vf;
		op->wake_ms = 0;
		return OP_WAIT;
	}
	pf->numvfs = 0;
	return 0;
}

static int release_driver(struct model *m, struct op *op, long long now_ms)
{
	struct device *dev = op->dev;

	if (!dev->driver)
		return 0;
	dev->link_shown = false;
	op->stage = STAGE_REMOVING;
	if (drop_vfs(m, op, now_ms) == OP_WAIT)
		return OP_WAIT;
	return let_go(m, op, dev, now_ms);
}

static int step_unbind(struct model *m, struct op *op, long long now_ms)
{
	/* Somebody else was faster: nothing to do, and no error. */
	if (op->stage != STAGE_REMOVING && op->dev->driver != op->drv)
		return finish(op, 0);
	if (release_driver(m, op, now_ms) == OP_WAIT)
		return OP_WAIT;
	return finish(op, 0);
}

static int step_remove(struct model *m, struct op *op, long long now_ms)
{
	if (release_driver(m, op, now_ms) == OP_WAIT)
		return OP_WAIT;
	model_drop(m, op->dev);
	return finish(op, 0);
}

/*
 * Cuts what was written to driver_override the way the kernel does (drivers/base/driver.c:
 * driver_set_override()): a page less one byte is too much, the text ends at the first
 * newline, nothing before it clears, and any other text is taken, spaces and typing
 * errors and all. *value is malloc()ed, NULL for "clear". Returns 0 or -EINVAL.
 */
int op_cut_override(const char *text, size_t len, char **value)
{
	const char *end;

	*value = NULL;
	if (len >= PAGE_LEN - 1)
		return -EINVAL;
	end = memchr(text, '\n', len);
	if (end)
		len = (size_t)(end - text);
	len = strnlen(text, len);
	if (len > 0)
		*value = strndup(text, len);
	return 0;
}

static int step_override(struct op *op)
{
	char *value;
	int r = op_cut_override(op->text, op->len, &value);

	if (r < 0)
		return finish(op, r);
	free(op->dev->override);
	op->dev->override = value;
	return finish(op, 0);
}

/* drivers/pci/pci-sysfs.c: driver_override_show() prints a NULL pointer. */
static int step_read_override(struct op *op)
{
	const char *value = op->dev->override;

	snprintf(op->out, sizeof(op->out), "%s\n", value ? value : "(null)");
	return finish(op, 0);
}

/* A driver is offered the devices one after another (drivers/base/dd.c: driver_attach()). */
static int step_attach(struct model *m, struct op *op, long long now_ms)
{
	for (;;) {
		if (op->stage == STAGE_PROBING) {
			if (probe_continue(m, op, now_ms) == OP_WAIT)
				return OP_WAIT;
			finish(op, 0);
		}
		while (op->next < m->n_devices &&
		       (m->devices[op->next]->gone || !driver_matches(op->drv, m->devices[op->next])))
			op->next++;
		if (op->next >= m->n_devices)
			return finish(op, 0);
		op->dev = m->devices[op->next];
		if (!take_lock(op))
			return OP_WAIT;
		op->next++;
		if (op->dev->driver || probe_begin(m, op, op->drv) < 0) {
			finish(op, 0);
			op->stage = STAGE_LOCK;
		}
	}
}

static int step_locked(struct model *m, struct op *op, long long now_ms)
{
	switch (op->kind) {
	case OP_SET_OVERRIDE:
		return step_override(op);
	case OP_READ_OVERRIDE:
		return step_read_override(op);
	case OP_UNBIND:
		return step_unbind(m, op, now_ms);
	case OP_BIND:
		return step_bind(m, op, now_ms);
	case OP_PROBE:
		if (op->stage != STAGE_PROBING && op->next == 0 && op->dev->driver)
			return finish(op, 0);
		return step_probe(m, op, now_ms);
	case OP_REMOVE:
		return step_remove(m, op, now_ms);
	case OP_LOCKED:
		return finish(op, 0);
	case OP_ATTACH:
		break;
	}
	return finish(op, -EINVAL);
}

/* bind and unbind look at the device before they take its lock (drivers/base/bus.c). */
static int check_before_lock(const struct op *op)
{
	if (op->kind == OP_UNBIND && op->dev->driver != op->drv)
		return -ENODEV;
	if (op->kind == OP_BIND && !driver_matches(op->drv, op->dev))
		return -ENODEV;
	return 0;
}

/*
 * Goes on with an operation. @op is zeroed by the caller except for its kind, dev, drv,
 * text and len, and must not move until it is done. Returns OP_WAIT (step again when the
 * model changed, or at op->wake_ms), 0, or a negative errno as write(2) would give.
 */
int op_step(struct model *m, struct op *op, long long now_ms)
{
	int r;

	if (op->stage == STAGE_START) {
		op->epoch = m->epoch;
		op->stage = STAGE_LOCK;
		r = op->dev ? check_before_lock(op) : 0;
		if (r < 0)
			return finish(op, r);
	}
	if (op->epoch != m->epoch)
		return finish(op, -ENODEV);
	if (op->kind == OP_ATTACH)
		return step_attach(m, op, now_ms);
	if (!take_lock(op))
		return OP_WAIT;
	if (op->dev->gone)
		return finish(op, -ENODEV);
	return step_locked(m, op, now_ms);
}

/* drivers/vfio/group.c: vfio_group_fops_open(): one opener at a time. */
int group_open(struct group *g, const void *opener)
{
	if (g->vfio_members == 0)
		return -ENODEV;
	if (g->opener || g->held)
		return -EBUSY;
	g->opener = opener;
	return 0;
}

void group_close(struct model *m, struct group *g, const void *opener)
{
	if (g->opener != opener)
		return;
	g->opener = NULL;
	g->claimed = false;
	for (int i = m->first_live; i < m->n_devices; i++) {
		if (m->devices[i]->group == g->number)
			m->devices[i]->open_count = 0;
	}
}

/*
 * Stands for VFIO_GROUP_SET_CONTAINER and VFIO_GROUP_GET_DEVICE_FD, which is how QEMU comes
 * to have the device itself open. EPERM while a member has a driver of the kernel ("group
 * not viable"), ENODEV for a device that is not a vfio driver's, or is just being unbound.
 */
int group_get_device(struct model *m, struct group *g, const char *addr, const void *opener)
{
	struct device *dev = model_find(m, addr);

	if (g->opener != opener)
		return -EBUSY;
	for (int i = m->first_live; i < m->n_devices; i++) {
		const struct device *d = m->devices[i];

		if (!d->gone && d->group == g->number && d->driver && !d->driver->vfio && d->header == 0)
			return -EPERM;
	}
	if (!dev || dev->group != g->number || !dev->driver || !dev->driver->vfio || !dev->link_shown)
		return -ENODEV;
	g->claimed = true;
	dev->open_count++;
	return 0;
}
