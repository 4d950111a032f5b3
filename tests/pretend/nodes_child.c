/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a device's own driver adds below it: a network interface (net/eth0) or a disk
 * (nvme/nvme0/nvme0n1, else block/sda), with the links class/net and class/block point to.
 * It is there as long as the driver is: unbinding takes it away without a question.
 */
#include "pretend/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NET = 1, NET_IF = 2, NVME = 3, NVME_CTRL = 4, NVME_DISK = 5, BLOCK = 6, BLOCK_DISK = 7 };

/* %n interface, %b disk, %c the disk's NVMe controller, %a the PCI address. Index 0 is the device. */
static const struct child {
	int parent;
	const char *name;
	mode_t mode;
	const char *text; /* of a file, or where a link points */
} children[] = {
	{ -1, "", 0, NULL },
	{ 0, "net", S_IFDIR | 0755, NULL },
	{ NET, "%n", S_IFDIR | 0755, NULL },
	{ 0, "nvme", S_IFDIR | 0755, NULL },
	{ NVME, "%c", S_IFDIR | 0755, NULL },
	{ NVME_CTRL, "%b", S_IFDIR | 0755, NULL },
	{ 0, "block", S_IFDIR | 0755, NULL },
	{ BLOCK, "%b", S_IFDIR | 0755, NULL },
	{ NET_IF, "address", S_IFREG | 0444, "52:54:00:00:00:01\n" },
	{ NET_IF, "operstate", S_IFREG | 0444, "%o\n" },
	{ NET_IF, "flags", S_IFREG | 0644, "%f\n" },
	{ NET_IF, "ifindex", S_IFREG | 0444, "%i\n" },
	{ NET_IF, "type", S_IFREG | 0444, "1\n" },
	{ NET_IF, "device", S_IFLNK | 0777, "../../../%a" },
	{ NVME_CTRL, "device", S_IFLNK | 0777, "../../../%a" },
	{ NVME_DISK, "dev", S_IFREG | 0444, "259:%i\n" },
	{ NVME_DISK, "size", S_IFREG | 0444, "131072\n" },
	{ NVME_DISK, "holders", S_IFDIR | 0755, NULL },
	{ BLOCK_DISK, "dev", S_IFREG | 0444, "8:%i\n" },
	{ BLOCK_DISK, "size", S_IFREG | 0444, "131072\n" },
	{ BLOCK_DISK, "holders", S_IFDIR | 0755, NULL },
};

#define N_CHILDREN ((int)(sizeof(children) / sizeof(children[0])))

static void expand(const struct device *dev, const char *text, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (; *text && n + 1 < size; text++) {
		if (*text != '%') {
			out[n++] = *text;
			out[n] = '\0';
			continue;
		}
		text++;
		if (*text == 'n')
			snprintf(out + n, size - n, "%s", dev->net);
		else if (*text == 'b')
			snprintf(out + n, size - n, "%s", dev->block);
		else if (*text == 'c')
			snprintf(out + n, size - n, "%.*s", (int)strcspn(dev->block + 4, "n") + 4,
				 dev->block);
		else if (*text == 'a')
			snprintf(out + n, size - n, "%s", dev->addr);
		else if (*text == 'o')
			snprintf(out + n, size - n, "%s", dev->net_up ? "up" : "down");
		else if (*text == 'f')
			snprintf(out + n, size - n, "%s", dev->net_up ? "0x1003" : "0x1002");
		else if (*text == 'i')
			snprintf(out + n, size - n, "%d", dev->index + 2);
		n += strlen(out + n);
	}
}

static bool is_below(int index, int top)
{
	while (index > 0 && index != top)
		index = children[index].parent;
	return index == top;
}

/* Is this entry there? Only a device with that thing has it, while its own driver is bound. */
static bool exists(const struct device *dev, int index)
{
	bool nvme = strncmp(dev->block, "nvme", 4) == 0;

	if (dev->gone || !dev->link_shown || !dev->driver || dev->driver->vfio)
		return false;
	if (is_below(index, NET))
		return dev->net[0] != '\0';
	if (is_below(index, NVME))
		return nvme;
	return dev->block[0] && !nvme;
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
