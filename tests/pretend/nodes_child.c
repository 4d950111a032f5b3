/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a device's own driver adds below it: a network interface (net/eth0), a disk with a partition
 * (nvme/nvme0/nvme0n1, else block/sda), a character device (sound/pcmC0D0p) or what VFIO knows it by
 * (vfio-dev/vfio3, with the number of its node where the kernel has iommufd), with the links class/net and
 * class/block point to. It is there as long as the driver is: unbinding takes it away without a question.
 */
#include "pretend/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pretend/sriov.h"

enum {
	NET = 1,
	NET_IF,
	NVME,
	NVME_CTRL,
	NVME_DISK,
	NVME_PART,
	BLOCK,
	BLOCK_DISK,
	BLOCK_PART,
	CHAR,
	CHAR_NODE,
	NVME_HOLDERS,
	BLOCK_HOLDERS,
	VFIO_DEV,
	VFIO_NODE,
	VGPU,
	VGPU_TYPE
};

#define DIRECTORY (S_IFDIR | 0755)
#define FILE_444 (S_IFREG | 0444)
#define FILE_644 (S_IFREG | 0644)
#define LINK (S_IFLNK | 0777)

/*
 * %n interface, %m its master, %u its upper one, %b disk, %c its NVMe controller, %p partition, %h holder,
 * %d and %q numbers of disk and partition, %s subsystem and %t name of the character device, %v its number,
 * %w that of VFIO's node, %a the PCI address, %g the type of a vGPU and %l those that its card has left.
 * Index 0 is the device.
 */
static const struct child {
	int parent;
	const char *name;
	mode_t mode;
	const char *text; /* of a file, or where a link points */
	char needs;	  /* there when this word is not empty, as "%n" */
} children[] = {
	{ -1, "", 0, NULL, 0 },
	{ 0, "net", DIRECTORY, NULL, 0 },
	{ NET, "%n", DIRECTORY, NULL, 'n' },
	{ 0, "nvme", DIRECTORY, NULL, 0 },
	{ NVME, "%c", DIRECTORY, NULL, 'c' },
	{ NVME_CTRL, "%b", DIRECTORY, NULL, 'b' },
	{ NVME_DISK, "%p", DIRECTORY, NULL, 'p' },
	{ 0, "block", DIRECTORY, NULL, 0 },
	{ BLOCK, "%b", DIRECTORY, NULL, 'b' },
	{ BLOCK_DISK, "%p", DIRECTORY, NULL, 'p' },
	{ 0, "%s", DIRECTORY, NULL, 's' },
	{ CHAR, "%t", DIRECTORY, NULL, 't' },
	{ NVME_DISK, "holders", DIRECTORY, NULL, 0 },
	{ BLOCK_DISK, "holders", DIRECTORY, NULL, 0 },
	{ 0, "vfio-dev", DIRECTORY, NULL, 0 },
	{ VFIO_DEV, "vfio%i", DIRECTORY, NULL, 0 },
	{ 0, "nvidia", DIRECTORY, NULL, 'g' },
	{ VGPU, "current_vgpu_type", FILE_644, "%g\n", 0 },
	{ VGPU, "creatable_vgpu_types", FILE_444, "%l", 0 },
	{ NET_IF, "address", FILE_444, "52:54:00:00:00:01\n", 0 },
	{ NET_IF, "operstate", FILE_444, "%o\n", 0 },
	{ NET_IF, "flags", FILE_644, "%f\n", 0 },
	{ NET_IF, "ifindex", FILE_444, "%i\n", 0 },
	{ NET_IF, "type", FILE_444, "1\n", 0 },
	{ NET_IF, "uevent", FILE_644, "INTERFACE=%n\nIFINDEX=%i\n", 0 },
	{ NET_IF, "subsystem", LINK, "../../../../../class/net", 0 },
	{ NET_IF, "device", LINK, "../../../%a", 0 },
	{ NET_IF, "master", LINK, "../../../../virtual/net/%m", 'm' },
	{ NET_IF, "upper_%u", LINK, "../../../../virtual/net/%u", 'u' },
	{ NVME_CTRL, "device", LINK, "../../../%a", 0 },
	{ NVME_CTRL, "uevent", FILE_644, "", 0 },
	{ NVME_CTRL, "subsystem", LINK, "../../../../../class/nvme", 0 },
	{ NVME_DISK, "dev", FILE_444, "%d\n", 0 },
	{ NVME_DISK, "size", FILE_444, "131072\n", 0 },
	{ NVME_DISK, "uevent", FILE_644, "DEVNAME=%b\nDEVTYPE=disk\n", 0 },
	{ NVME_DISK, "subsystem", LINK, "../../../../../../class/block", 0 },
	{ NVME_HOLDERS, "%h", LINK, "../../../../../../../virtual/block/%h", 'h' },
	{ NVME_PART, "dev", FILE_444, "%q\n", 0 },
	{ NVME_PART, "partition", FILE_444, "1\n", 0 },
	{ NVME_PART, "uevent", FILE_644, "DEVNAME=%p\nDEVTYPE=partition\n", 0 },
	{ NVME_PART, "subsystem", LINK, "../../../../../../../class/block", 0 },
	{ BLOCK_DISK, "dev", FILE_444, "%d\n", 0 },
	{ BLOCK_DISK, "size", FILE_444, "131072\n", 0 },
	{ BLOCK_DISK, "uevent", FILE_644, "DEVNAME=%b\nDEVTYPE=disk\n", 0 },
	{ BLOCK_DISK, "subsystem", LINK, "../../../../../class/block", 0 },
	{ BLOCK_HOLDERS, "%h", LINK, "../../../../../../virtual/block/%h", 'h' },
	{ BLOCK_PART, "dev", FILE_444, "%q\n", 0 },
	{ BLOCK_PART, "partition", FILE_444, "1\n", 0 },
	{ BLOCK_PART, "uevent", FILE_644, "DEVNAME=%p\nDEVTYPE=partition\n", 0 },
	{ BLOCK_PART, "subsystem", LINK, "../../../../../../class/block", 0 },
	{ CHAR_NODE, "dev", FILE_444, "%v\n", 0 },
	{ CHAR_NODE, "uevent", FILE_644, "DEVNAME=%s/%t\n", 0 },
	{ CHAR_NODE, "subsystem", LINK, "../../../../../class/%s", 0 },
	{ VFIO_NODE, "dev", FILE_444, "%w\n", 'w' },
	{ VFIO_NODE, "uevent", FILE_644, "DEVNAME=vfio/devices/vfio%i\n", 'w' },
};

#define N_CHILDREN ((int)(sizeof(children) / sizeof(children[0])))

static void write_controller(const struct device *dev, char *out, size_t size)
{
	snprintf(out, size, "%.*s", (int)strcspn(dev->block + 4, "n") + 4, dev->block);
}

/* A number from the description, or one that no other device has. */
static void write_number(const struct device *dev, const char *given, int offset, char *out, size_t size)
{
	int major = strncmp(dev->block, "nvme", 4) == 0 ? 259 : 8;

	if (given[0])
		snprintf(out, size, "%s", given);
	else
		snprintf(out, size, "%d:%d", major, 2 * dev->index + offset);
}

/*
 * The table of NVIDIA's driver: a header, then a line for each type that still fits (format as reported from
 * an L40S with driver 580: "ID    : vGPU Name").
 */
static void write_creatable(const struct device *dev, char *out, size_t size)
{
	int n = snprintf(out, size, "ID    : vGPU Name\n");

	for (const char *c = dev->physfn->vgpus; *c; c += *c == ',') {
		int type = atoi(c);

		if (n > 0 && (size_t)n < size && vgpu_fits(dev, type))
			n += snprintf(out + n, size - (size_t)n, "%-6d: NVIDIA L40S-%d\n", type, type);
		c += strcspn(c, ",");
	}
}

static void write_word(const struct device *dev, char what, char *out, size_t size)
{
	const char *word = what == 'n'	 ? dev->net
			   : what == 'm' ? dev->master
			   : what == 'u' ? dev->upper
			   : what == 'b' ? dev->block
			   : what == 'p' ? dev->partition
			   : what == 'h' ? dev->holder
			   : what == 's' ? dev->char_class
			   : what == 't' ? dev->char_name
			   : what == 'v' ? dev->char_number
			   : what == 'w' ? dev->vfio_number
			   : what == 'a' ? dev->addr
			   : what == 'o' ? (dev->net_up ? "up" : "down")
			   : what == 'f' ? (dev->net_up ? "0x1003" : "0x1002")
			   : what == 'g' ? ""
					 : "?";

	snprintf(out, size, "%s", word);
	if (what == 'c')
		write_controller(dev, out, size);
	else if (what == 'd')
		write_number(dev, dev->disk_number, 0, out, size);
	else if (what == 'q')
		write_number(dev, dev->partition_number, 1, out, size);
	else if (what == 'g' && has_vgpus(dev))
		snprintf(out, size, "%d", dev->vgpu);
	else if (what == 'l')
		write_creatable(dev, out, size);
	else if (what == 'i')
		snprintf(out, size, "%d", dev->index + 2);
}

static void expand(const struct device *dev, const char *text, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (; *text && n + 1 < size; text++) {
		if (*text == '%') {
			write_word(dev, *++text, out + n, size - n);
			n += strlen(out + n);
		} else {
			out[n++] = *text;
			out[n] = '\0';
		}
	}
}

static bool is_below(int index, int top)
{
	while (index > 0 && index != top)
		index = children[index].parent;
	return index == top;
}

/* Does the device have the things that this entry and those above it are about? */
static bool has_things(const struct device *dev, int index)
{
	for (; index > 0; index = children[index].parent) {
		char word[NAME_LEN] = "";

		if (children[index].needs)
			write_word(dev, children[index].needs, word, sizeof(word));
		if (children[index].needs && !word[0])
			return false;
	}
	return true;
}

/* Is this entry there? Only a device with that thing has it, while its own driver is bound. */
static bool exists(const struct device *dev, int index)
{
	bool nvme = strncmp(dev->block, "nvme", 4) == 0;

	if (dev->gone || !dev->link_shown || !dev->driver)
		return false;
	/* A vendor's driver has it, of VFIO or not; vfio-pci has not. */
	if (is_below(index, VGPU))
		return has_vgpus(dev) && strcmp(dev->driver->name, "vfio-pci") != 0;
	/* A VFIO driver adds one thing, and no other adds it
	 * (Documentation/ABI/testing/sysfs-devices-vfio-dev). */
	if (dev->driver->vfio || is_below(index, VFIO_DEV))
		return dev->driver->vfio && is_below(index, VFIO_DEV) && has_things(dev, index);
	if (index == NET)
		return dev->net[0] || dev->net_away;
	if (index == NVME || index == BLOCK)
		return dev->block[0] && nvme == (index == NVME);
	if (is_below(index, NVME) != nvme && (is_below(index, NVME) || is_below(index, BLOCK)))
		return false;
	return has_things(dev, index);
}

/* Index of a name below entry @parent (0: the device itself), or -ENOENT. */
int child_lookup(const struct model *m, const struct device *dev, int parent, const char *name)
{
	char have[NAME_LEN];

	(void)m;
	for (int i = 1; i < N_CHILDREN; i++) {
		if (children[i].parent != parent || !exists(dev, i))
			continue;
		expand(dev, children[i].name, have, sizeof(have));
		if (strcmp(have, name) == 0)
			return i;
	}
	return -ENOENT;
}

mode_t child_mode(const struct device *dev, int index)
{
	return index > 0 && index < N_CHILDREN && exists(dev, index) ? children[index].mode : 0;
}

void child_list(const struct device *dev, int parent, node_emit_fn *emit, void *ctx)
{
	char name[NAME_LEN];

	for (int i = 1; i < N_CHILDREN; i++) {
		struct node n = { .kind = NODE_CHILD, .obj = (uint32_t)dev->index, .sub = (uint32_t)i };

		if (children[i].parent != parent || !exists(dev, i))
			continue;
		expand(dev, children[i].name, name, sizeof(name));
		emit(ctx, name, n);
	}
}

int child_link(const struct device *dev, int index, char target[static PATH_LEN])
{
	if (!child_mode(dev, index))
		return -ENOENT;
	expand(dev, children[index].text, target, PATH_LEN);
	return 0;
}

int child_text(const struct device *dev, int index, char buf[static PAGE_LEN])
{
	if (!child_mode(dev, index))
		return -ENODEV;
	expand(dev, children[index].text, buf, PAGE_LEN);
	return (int)strlen(buf);
}

bool child_is_vgpu_type(int index)
{
	return index == VGPU_TYPE;
}

/* Path below the device's directory. */
void child_path(const struct device *dev, int index, char path[static PATH_LEN])
{
	char name[NAME_LEN];
	size_t n;

	if (index <= 0 || index >= N_CHILDREN) {
		path[0] = '\0';
		return;
	}
	child_path(dev, children[index].parent, path);
	expand(dev, children[index].name, name, sizeof(name));
	n = strlen(path);
	snprintf(path + n, PATH_LEN - n, "%s%s", n ? "/" : "", name);
}

/* The entry that class "net" or "block" shows of this device, and its name; -ENOENT when none. */
int child_of_class(const struct device *dev, const char *class_name, char name[static NAME_LEN])
{
	int index = NET_IF;

	if (strcmp(class_name, "block") == 0)
		index = strncmp(dev->block, "nvme", 4) == 0 ? NVME_DISK : BLOCK_DISK;
	if (!exists(dev, index))
		return -ENOENT;
	expand(dev, children[index].name, name, NAME_LEN);
	return index;
}
