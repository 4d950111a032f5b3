/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pretend/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pretend/sriov.h"

static int read_override(struct kernel *k, struct device *dev, char buf[static PAGE_LEN])
{
	struct op op = { .kind = OP_READ_OVERRIDE, .dev = dev };
	int r = kernel_run(k, &op);

	if (r < 0)
		return r;
	strcpy(buf, op.out);
	return (int)strlen(buf);
}

int store_read(struct kernel *k, struct node n, uid_t uid, char buf[static PAGE_LEN])
{
	char path[PATH_LEN];
	struct device *dev;
	int r;

	if (!node_mode(k->m, n))
		return -ENODEV;
	node_path(k->m, n, path);
	r = kernel_fault(k, "read", path);
	if (r)
		return -r;
	if (n.kind == NODE_ATTR) {
		dev = k->m->devices[n.obj];
		if (dev->gone)
			return -ENODEV;
		if (n.sub == ATTR_OVERRIDE)
			return read_override(k, dev, buf);
		/* drivers/pci/iov.c: sriov_numvfs_show() takes the device lock. */
		if (n.sub == ATTR_NUMVFS) {
			struct op op = { .kind = OP_LOCKED, .dev = dev };

			r = kernel_run(k, &op);
			if (r < 0)
				return r;
		}
	}
	r = node_text(k->m, n, buf);
	/* drivers/pci/pci-sysfs.c: pci_read_config(): the capabilities are root's. */
	if (r > 64 && n.kind == NODE_ATTR && n.sub == ATTR_CONFIG && uid != 0)
		r = 64;
	return r;
}

/* A device named in a write, with or without a newline (lib/string.c: sysfs_streq()). */
static struct device *named_device(struct kernel *k, const char *text)
{
	char addr[PCI_NAME_LEN + 2];
	size_t n = strcspn(text, "\n");

	if (n >= PCI_NAME_LEN || (text[n] == '\n' && text[n + 1]))
		return NULL;
	snprintf(addr, sizeof(addr), "%.*s", (int)n, text);
	return model_find(k->m, addr);
}

static int run(struct kernel *k, enum op_kind kind, struct device *dev, struct driver *drv)
{
	struct op op = { .kind = kind, .dev = dev, .drv = drv };

	return dev ? kernel_run(k, &op) : -ENODEV;
}

/* new_id: the driver takes every free device of that kind, at once (drivers/pci/pci-driver.c:
 * new_id_store()). */
static int new_id(struct kernel *k, struct driver *drv, const char *text)
{
	struct op op = { .kind = OP_ATTACH, .drv = drv };
	struct dynamic_id id;

	if (sscanf(text, "%x %x", &id.vendor, &id.device) != 2)
		return -EINVAL;
	for (int i = 0; i < drv->n_dynamic; i++) {
		if (drv->dynamic[i].vendor == id.vendor && drv->dynamic[i].device == id.device)
			return -EEXIST;
	}
	if (drv->n_dynamic == 16)
		return -ENOMEM;
	drv->dynamic[drv->n_dynamic++] = id;
	return kernel_run(k, &op);
}

/* remove_id leaves the bound devices where they are. */
static int remove_id(struct driver *drv, const char *text)
{
	unsigned int vendor, device;

	if (sscanf(text, "%x %x", &vendor, &device) != 2)
		return -EINVAL;
	for (int i = 0; i < drv->n_dynamic; i++) {
		if (drv->dynamic[i].vendor != vendor || drv->dynamic[i].device != device)
			continue;
		drv->dynamic[i] = drv->dynamic[--drv->n_dynamic];
		return 0;
	}
	return -ENODEV;
}

static int write_driver_file(struct kernel *k, struct node n, const char *text)
{
	struct driver *drv = &k->m->drivers[n.obj];

	switch ((enum driver_file)n.sub) {
	case DRIVER_BIND:
		return run(k, OP_BIND, named_device(k, text), drv);
	case DRIVER_UNBIND:
		return run(k, OP_UNBIND, named_device(k, text), drv);
	case DRIVER_NEW_ID:
		return new_id(k, drv, text);
	case DRIVER_REMOVE_ID:
		return remove_id(drv, text);
	case DRIVER_UEVENT:
		return 0;
	case DRIVER_FILES:
		break;
	}
	return -EIO;
}

/*
 * drivers/pci/pci-sysfs.c, reset_method_store(): each word is a method that the device supports; one that is
 * not is EINVAL, an empty list switches resets off. What it supports is what the description says.
 */
static int write_reset_method(struct device *dev, const char *text)
{
	char list[NAME_LEN] = "", *word, *rest, copy[NAME_LEN];

	if (!dev->resets_supported[0])
		memcpy(dev->resets_supported, dev->reset_method, sizeof(dev->resets_supported));
	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	for (word = strtok_r(copy, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
		if (!strstr(dev->resets_supported, word))
			return -EINVAL;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", list[0] ? "," : "", word);
	}
	memcpy(dev->reset_method, list, sizeof(list));
	return 0;
}

static int write_attr(struct kernel *k, struct node n, const char *text, size_t size)
{
	struct device *dev = k->m->devices[n.obj];
	struct op op = { .kind = OP_SET_OVERRIDE, .dev = dev, .text = text, .len = size };

	switch ((enum attr)n.sub) {
	case ATTR_OVERRIDE:
		return kernel_run(k, &op);
	case ATTR_NUMVFS:
		return sriov_set_number(k, dev, text);
	case ATTR_AUTOPROBE:
		dev->autoprobe_off = atoi(text) == 0;
		return 0;
	case ATTR_REMOVE:
		return atoi(text) ? run(k, OP_REMOVE, dev, NULL) : 0;
	case ATTR_NUMA:
		dev->numa = atoi(text);
		return 0;
	case ATTR_ENABLE:
	case ATTR_RESET:
		return run(k, OP_LOCKED, dev, NULL);
	case ATTR_RESCAN:
	case ATTR_UEVENT:
	case ATTR_CONFIG:
		return 0;
	case ATTR_RESET_METHOD:
		return write_reset_method(dev, text);
	case ATTR_VENDOR:
	case ATTR_DEVICE:
	case ATTR_SUBVENDOR:
	case ATTR_SUBDEVICE:
	case ATTR_CLASS:
	case ATTR_REVISION:
	case ATTR_POWER:
	case ATTR_TOTALVFS:
	case ATTR_VF_OFFSET:
	case ATTR_VF_STRIDE:
	case ATTR_VF_DEVICE:
	case ATTR_BOOT_VGA:
	case ATTR_MODALIAS:
	case ATTR_IRQ:
	case ATTR_RESOURCE:
	case ATTR_LINK_SPEED:
	case ATTR_LINK_WIDTH:
	case ATTR_MAX_LINK_SPEED:
	case ATTR_MAX_LINK_WIDTH:
	case ATTR_AER_FATAL:
	case ATTR_AER_NONFATAL:
	case ATTR_AER_PORT_FATAL:
	case ATTR_COUNT:
		break;
	}
	return -EIO;
}

/* All devices that were removed are found again. */
static int rescan(struct kernel *k)
{
	int n = k->m->n_devices;

	for (int i = k->m->first_live; i < n; i++) {
		const struct device *dev = k->m->devices[i];

		if (dev->gone && !model_find(k->m, dev->addr))
			readd_device(k, dev->addr, 0, NULL);
	}
	return 0;
}

static int write_control(struct kernel *k, const char *text)
{
	char line[PAGE_LEN + 1];
	int r = 0;

	while (r == 0 && *text) {
		size_t n = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)n, text);
		r = control_line(k, line);
		text += n + (text[n] == '\n');
	}
	return r;
}

static int dispatch(struct kernel *k, struct node n, const char *text, size_t size, const void *opener)
{
	char addr[PCI_NAME_LEN];

	if (n.kind == NODE_DRIVER_FILE)
		return write_driver_file(k, n, text);
	if (n.kind == NODE_ATTR)
		return write_attr(k, n, text, size);
	if (n.kind == NODE_STATIC && n.sub == STATIC_DRIVERS_PROBE)
		return run(k, OP_PROBE, named_device(k, text), NULL);
	if (n.kind == NODE_STATIC && n.sub == STATIC_PCI_RESCAN)
		return rescan(k);
	if (n.kind == NODE_VFIO_GROUP) {
		snprintf(addr, sizeof(addr), "%.*s", (int)strcspn(text, "\n"), text);
		return group_get_device(k->m, &k->m->groups[n.obj % MAX_GROUPS], addr, opener);
	}
	if (n.kind == NODE_CHILD && child_is_vgpu_type((int)n.sub))
		return vgpu_set_type(k->m, k->m->devices[n.obj], text);
	return n.kind == NODE_CHILD || n.kind == NODE_GROUP_TYPE ? 0 : -EIO;
}

/* sysfs takes at most a page of one write(2) (fs/kernfs/file.c: kernfs_fop_write_iter()). */
int store_write(struct kernel *k, struct node n, pid_t pid, const char *buf, size_t size, const void *opener)
{
	char text[PAGE_LEN + 1], path[PATH_LEN];
	unsigned int generation;
	int id, r;

	if (size > PAGE_LEN)
		size = PAGE_LEN;
	memcpy(text, buf, size);
	text[size] = '\0';
	if (!node_mode(k->m, n))
		return -ENODEV;
	if (n.kind == NODE_STATIC && n.sub == STATIC_CONTROL) {
		r = write_control(k, text);
		return r < 0 ? r : (int)size;
	}
	node_path(k->m, n, path);
	generation = k->log_generation;
	id = log_begin(k, pid, "write", path, text, size);
	r = -kernel_fault(k, "write", path);
	if (r == -FAULT_IGNORED)
		r = 0;
	else if (r == 0)
		r = node_mode(k->m, n) ? dispatch(k, n, text, size, opener) : -ENODEV;
	if (r == 0)
		r = (int)size;
	log_end(k, id, generation, r);
	return r;
}
