/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The key=value words of a `device` or `set` line. */
#include "pretend/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pretend/sriov.h"

int errno_of_name(const char *name)
{
	for (int e = 1; e < 134; e++) {
		const char *known = strerrorname_np(e);

		if (known && strcmp(known, name) == 0)
			return e;
	}
	return 0;
}

static int set_subsystem(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	return sscanf(value, "%x:%x", &dev->subvendor, &dev->subdevice) == 2 ? 0 : -EINVAL;
}

static int set_class(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	dev->class = (unsigned int)strtoul(value, NULL, 16);
	dev->header = dev->class >> 8 == 0x0604 ? 1 : 0;
	return 0;
}

static int set_under(struct kernel *k, struct device *dev, const char *value)
{
	struct device *parent = model_find(k->m, value);

	if (!parent)
		return -ENODEV;
	model_link_parent(dev, parent);
	return 0;
}

static int set_group(struct kernel *k, struct device *dev, const char *value)
{
	if (!model_group(k->m, atoi(value)))
		return -EINVAL;
	if (dev->group != NO_GROUP)
		forget_group(k, dev);
	model_join_group(k->m, dev, atoi(value));
	return 0;
}

/* Also as a `set` while the host runs: somebody else bound or unbound the device. */
static int set_driver(struct kernel *k, struct device *dev, const char *value)
{
	struct driver *drv = model_driver(k->m, value);

	if (!drv && strcmp(value, "-") != 0)
		return -ENOENT;
	if (dev->driver && dev->driver->vfio)
		vfio_detach(k->m, dev);
	dev->driver = NULL;
	dev->link_shown = false;
	if (drv)
		bind_at_boot(k->m, dev, drv);
	return 0;
}

static int set_native(struct kernel *k, struct device *dev, const char *value)
{
	dev->native = model_driver(k->m, value);
	if (!dev->native)
		return -ENOENT;
	return dev->native->present ? set_driver(k, dev, value) : 0;
}

static int set_override(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	free(dev->override);
	dev->override = strcmp(value, "-") == 0 ? NULL : strdup(value);
	return 0;
}

static int set_physfn(struct kernel *k, struct device *dev, const char *value)
{
	dev->physfn = model_find(k->m, value);
	return dev->physfn ? 0 : -ENODEV;
}

/* vfs-at=OFFSET:STRIDE */
static int set_vfs_at(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	return sscanf(value, "%d:%d", &dev->vf_offset, &dev->vf_stride) == 2 ? 0 : -EINVAL;
}

/* Somebody else has set it. */
static int set_vgpu(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	if (!has_vgpus(dev))
		return -EINVAL;
	vgpu_become(dev, atoi(value));
	return 0;
}

static int set_vf_native(struct kernel *k, struct device *dev, const char *value)
{
	dev->vf_native = model_driver(k->m, value);
	return dev->vf_native ? 0 : -ENOENT;
}

static int set_net(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	snprintf(dev->net, sizeof(dev->net), "%.*s", (int)strcspn(value, ":"), value);
	dev->net_up = strstr(value, ":up") != NULL;
	dev->net_away = strstr(value, ":away") != NULL;
	if (dev->net_away)
		dev->net[0] = '\0';
	return 0;
}

/* NAME[@MAJOR:MINOR], or "-" for none */
static void set_numbered(char name[static NAME_LEN], char number[static NAME_LEN], const char *value)
{
	const char *at = strchr(value, '@');

	if (strcmp(value, "-") == 0)
		value = "";
	snprintf(name, NAME_LEN, "%.*s", (int)strcspn(value, "@"), value);
	snprintf(number, NAME_LEN, "%s", at ? at + 1 : "");
}

static int set_block(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	set_numbered(dev->block, dev->disk_number, value);
	return 0;
}

static int set_partition(struct kernel *k, struct device *dev, const char *value)
{
	(void)k;
	set_numbered(dev->partition, dev->partition_number, value);
	return 0;
}

/* char=SUBSYSTEM/NAME@MAJOR:MINOR */
static int set_char(struct kernel *k, struct device *dev, const char *value)
{
	const char *slash = strchr(value, '/');

	(void)k;
	if (!slash || !strchr(slash, '@'))
		return -EINVAL;
	snprintf(dev->char_class, NAME_LEN, "%.*s", (int)(slash - value), value);
	set_numbered(dev->char_name, dev->char_number, slash + 1);
	return 0;
}

/* probe-fails=DRIVER:ERRNO, DRIVER may be "*"; ERRNO 0 takes all of them back */
static int set_probe_fails(struct kernel *k, struct device *dev, const char *value)
{
	const char *colon = strchr(value, ':');
	char name[NAME_LEN];
	struct misbehaviour *f = dev->probe_faults;

	if (strcmp(value, "0") == 0) {
		memset(dev->probe_faults, 0, sizeof(dev->probe_faults));
		return 0;
	}
	if (!colon)
		return -EINVAL;
	snprintf(name, sizeof(name), "%.*s", (int)(colon - value), value);
	while (f < dev->probe_faults + 3 && f->error)
		f++;
	f->drv = model_driver(k->m, name);
	f->error = errno_of_name(colon + 1);
	if (!f->error || (!f->drv && strcmp(name, "*") != 0)) {
		f->error = 0;
		return -EINVAL;
	}
	return 0;
}

static int set_hang(struct kernel *k, struct misbehaviour *f, const char *value)
{
	f->hangs = strcmp(value, "no") != 0;
	f->drv = model_driver(k->m, value);
	return 0;
}

static int set_unbind_hangs(struct kernel *k, struct device *dev, const char *value)
{
	return set_hang(k, &dev->unbind_fault, value);
}

/* The last slot is kept for this, so that both can be asked for. */
static int set_probe_hangs(struct kernel *k, struct device *dev, const char *value)
{
	return set_hang(k, &dev->probe_faults[3], value);
}

enum type { HEX, NUMBER, FLAG, WORD };

static const struct {
	const char *key;
	enum type type;
	size_t offset;
} simple_keys[] = {
	{ "vendor", HEX, offsetof(struct device, vendor) },
	{ "device", HEX, offsetof(struct device, device) },
	{ "revision", HEX, offsetof(struct device, revision) },
	{ "header", HEX, offsetof(struct device, header) },
	{ "numa", NUMBER, offsetof(struct device, numa) },
	{ "numvfs", NUMBER, offsetof(struct device, numvfs) },
	{ "keeps-vfs", NUMBER, offsetof(struct device, keeps_vfs) },
	{ "totalvfs", NUMBER, offsetof(struct device, totalvfs) },
	{ "vf-device", HEX, offsetof(struct device, vf_device) },
	{ "vfs-most", NUMBER, offsetof(struct device, vf_most) },
	{ "vgpus", WORD, offsetof(struct device, vgpus) },
	{ "boot_vga", NUMBER, offsetof(struct device, boot_vga) },
	{ "probe-ms", NUMBER, offsetof(struct device, probe_ms) },
	{ "unbind-ms", NUMBER, offsetof(struct device, unbind_ms) },
	{ "dead", FLAG, offsetof(struct device, dead) },
	{ "dsn", WORD, offsetof(struct device, dsn) },
	{ "power", WORD, offsetof(struct device, power) },
	{ "reset", WORD, offsetof(struct device, reset_method) },
	{ "aer", WORD, offsetof(struct device, aer) },
	{ "link", WORD, offsetof(struct device, link) },
	{ "master", WORD, offsetof(struct device, master) },
	{ "upper", WORD, offsetof(struct device, upper) },
	{ "holder", WORD, offsetof(struct device, holder) },
	{ "vfio-node", WORD, offsetof(struct device, vfio_number) },
};

static const struct {
	const char *key;
	int (*set)(struct kernel *k, struct device *dev, const char *value);
} other_keys[] = {
	{ "subsystem", set_subsystem },
	{ "class", set_class },
	{ "under", set_under },
	{ "group", set_group },
	{ "native", set_native },
	{ "driver", set_driver },
	{ "override", set_override },
	{ "physfn", set_physfn },
	{ "vfs-at", set_vfs_at },
	{ "vf-native", set_vf_native },
	{ "vgpu", set_vgpu },
	{ "net", set_net },
	{ "block", set_block },
	{ "partition", set_partition },
	{ "char", set_char },
	{ "probe-fails", set_probe_fails },
	{ "probe-hangs", set_probe_hangs },
	{ "unbind-hangs", set_unbind_hangs },
};

static void set_simple(struct device *dev, enum type type, size_t offset, const char *value)
{
	char *field = (char *)dev + offset;

	if (type == HEX)
		*(unsigned int *)(void *)field = (unsigned int)strtoul(value, NULL, 16);
	else if (type == NUMBER)
		*(int *)(void *)field = atoi(value);
	else if (type == FLAG)
		*(bool *)field = strcmp(value, "no") != 0;
	else
		snprintf(field, NAME_LEN, "%s", value);
}

static int set_key(struct kernel *k, struct device *dev, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(simple_keys) / sizeof(simple_keys[0]); i++) {
		if (strcmp(simple_keys[i].key, key) != 0)
			continue;
		set_simple(dev, simple_keys[i].type, simple_keys[i].offset, value);
		return 0;
	}
	for (size_t i = 0; i < sizeof(other_keys) / sizeof(other_keys[0]); i++) {
		if (strcmp(other_keys[i].key, key) == 0)
			return other_keys[i].set(k, dev, value);
	}
	return -EINVAL;
}

/* Applies words in their order. A word without "=" is a flag that is set. 0 or negative errno, k->error set.
 */
int describe_device(struct kernel *k, struct device *dev, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		int r;

		if (value)
			*value++ = '\0';
		r = set_key(k, dev, argv[i], value ? value : "yes");
		if (r < 0) {
			snprintf(k->error, sizeof(k->error), "%s: %s=%s: %s", dev->addr, argv[i],
				 value ? value : "yes", strerror(-r));
			return r;
		}
	}
	return 0;
}
