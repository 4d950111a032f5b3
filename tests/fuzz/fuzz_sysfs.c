/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/pci/sysfs.c host/pci/scan.c host/pci/device.c model/pci/state.c host/process/progress.c host/describe/facts.c model/pci/topology.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/lease.c model/registry/settings.c model/lease/name.c model/pci/address.c base/fileio.c base/error.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/*
 * The attributes of two functions of one group, in a directory instead of /sys. The input is text of lines
 * "ATTRIBUTE=VALUE" for the first and "+ATTRIBUTE=VALUE" for the second function; "|" stands for a line
 * end, and what the input does not name is as on a sound device.
 */
#include "host/pci/vfio_group.h"
#include "host/describe/facts.h"
#include "host/pci/device.h"
#include "host/pci/scan.h"
#include "directory.h"

#define FUNCTIONS 2
#define GROUP "14"

/* Nobody asks the kernel of this machine: the group is never open. */
int vfio_group_probe(int group, struct error *err UNUSED)
{
	REQUIRE(group >= 0);
	return VFIO_GROUP_ABSENT;
}

static const struct attribute {
	const char *name;
	const char *sound;
	bool link;
} attributes[] = {
	{ "vendor", "0x1234\n", false },
	{ "device", "0x11e8\n", false },
	{ "subsystem_vendor", "0x1af4\n", false },
	{ "subsystem_device", "0x1100\n", false },
	{ "class", "0x00ff00\n", false },
	{ "revision", "0x10\n", false },
	{ "boot_vga", "0\n", false },
	{ "sriov_numvfs", "0\n", false },
	{ "numa_node", "-1\n", false },
	{ "current_link_speed", "2.5 GT/s PCIe\n", false },
	{ "current_link_width", "1\n", false },
	{ "reset_method", "flr bus\n", false },
	{ "config",
	  "0123456789abcd\n"
	  "0123456789abcdef0123456789abcdef0123456789abcdef!",
	  false },
	{ "driver", "../../../bus/pci/drivers/e1000e", true },
	{ "iommu_group", "../../../kernel/iommu_groups/" GROUP, true },
};

static struct {
	int dir[FUNCTIONS];
	int file[FUNCTIONS][ARRAY_SIZE(attributes)];
	bool changed[FUNCTIONS][ARRAY_SIZE(attributes)];
	struct sysfs sysfs;
} tree;

static void set(size_t function, size_t which, const char *value, size_t len)
{
	const struct attribute *attribute = &attributes[which];
	char *target;

	if (!attribute->link) {
		fuzz_fill(tree.file[function][which], value, len);
		return;
	}
	target = strndup(value, len < PATH_MAX ? len : PATH_MAX - 1);
	REQUIRE(target);
	(void)unlinkat(tree.dir[function], attribute->name, 0);
	/* No link has an empty target: then it is absent. */
	REQUIRE(!*target || symlinkat(target, tree.dir[function], attribute->name) == 0);
	free(target);
}

static void make_directory(const char *name)
{
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/%s", fuzz_directory(), name);
	REQUIRE(mkdir(path, 0755) == 0);
}

static void make_tree(void)
{
	static const char *const directories[] = {
		"bus",
		"bus/pci",
		SYSFS_PCI_DEVICES,
		SYSFS_PCI_DEVICES "/0000:01:00.0",
		SYSFS_PCI_DEVICES "/0000:01:00.1",
		"kernel",
		"kernel/iommu_groups",
		"kernel/iommu_groups/" GROUP,
		"kernel/iommu_groups/" GROUP "/devices",
		"kernel/iommu_groups/" GROUP "/devices/0000:01:00.0",
		"kernel/iommu_groups/" GROUP "/devices/0000:01:00.1",
	};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		make_directory(directories[i]);
	REQUIRE(sysfs_open(fuzz_directory(), &tree.sysfs, &err) == 0);
	for (size_t f = 0; f < FUNCTIONS; f++) {
		tree.dir[f] = openat(tree.sysfs.root, directories[3 + f], O_RDONLY | O_CLOEXEC);
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
			if (!attributes[i].link)
				tree.file[f][i] = openat(tree.dir[f], attributes[i].name,
							 O_RDWR | O_CREAT | O_CLOEXEC, 0600);
			set(f, i, attributes[i].sound, strlen(attributes[i].sound));
		}
	}
}

static void make_sound(void)
{
	for (size_t f = 0; f < FUNCTIONS; f++) {
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
			if (tree.changed[f][i])
				set(f, i, attributes[i].sound, strlen(attributes[i].sound));
			tree.changed[f][i] = false;
		}
	}
}

/* @line: not terminated, changed */
static void take_line(char *line, size_t len)
{
	char *sign = memchr(line, '=', len);
	size_t function = len > 0 && line[0] == '+';
	size_t key = sign ? (size_t)(sign - line) - function : 0;

	for (size_t i = 0; sign && i < ARRAY_SIZE(attributes); i++) {
		const char *name = attributes[i].name;

		if (strlen(name) != key || memcmp(line + function, name, key) != 0)
			continue;
		for (char *c = sign + 1; c < line + len; c++)
			*c = *c == '|' ? '\n' : *c;
		set(function, i, sign + 1, len - (size_t)(sign + 1 - line));
		tree.changed[function][i] = true;
	}
}

static void take_input(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	memcpy(text, data, size);
	for (size_t at = 0; at < size;) {
		char *end = memchr(text + at, '\n', size - at);
		size_t len = end ? (size_t)(end - text) - at : size - at;

		take_line(text + at, len);
		at += len + 1;
	}
	free(text);
}

static void check_device(const struct pci_device *device)
{
	REQUIRE(device->addr.bus == 1 && device->addr.function < FUNCTIONS);
	REQUIRE(device->group >= 0 || device->group == PCI_NO_GROUP);
	REQUIRE(device->id.class_code <= 0xffffff);
	REQUIRE(strnlen(device->driver, PCI_DRIVER_LEN) < PCI_DRIVER_LEN && !strchr(device->driver, '/'));
}

/* A number is what the file says, not what is left of it in a smaller type. */
static void check_number(const char *attribute, unsigned long seen)
{
	struct error err = { 0 };
	char path[SYSFS_PATH_LEN];
	long said;

	snprintf(path, sizeof(path), SYSFS_PCI_DEVICES "/0000:01:00.0/%s", attribute);
	REQUIRE(sysfs_read_number(&tree.sysfs, path, &said, &err) == 0);
	REQUIRE(said >= 0 && (unsigned long)said == seen);
}

static void check_one(void)
{
	static const struct pci_addr addr = { .bus = 1 };
	struct error err = { 0 };
	struct pci_device device;
	int rc = pci_device_read(&tree.sysfs, &addr, &device, &err);

	if (rc < 0)
		require_message(&err);
	else
		require_no_message(&err);
	if (rc != 0)
		return;
	check_device(&device);
	check_number("vendor", device.id.vendor);
	check_number("subsystem_device", device.id.subsystem_device);
	check_number("class", device.id.class_code);
	check_number("revision", device.revision);
}

static bool is_one_line(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	return len < size && strcspn(text, "\n\x1b") == len;
}

static void check_facts(void)
{
	static const struct pci_addr addr = { .bus = 1 };
	struct error err = { 0 };
	struct pci_facts facts;

	if (pci_facts_read(&tree.sysfs, &addr, &facts, &err) < 0) {
		require_message(&err);
		return;
	}
	require_no_message(&err);
	REQUIRE(is_one_line(facts.now.speed, sizeof(facts.now.speed)));
	REQUIRE(is_one_line(facts.reset_methods, sizeof(facts.reset_methods)));
	REQUIRE(facts.now.width <= UINT16_MAX && (facts.now.width > 0) == (facts.now.speed[0] != '\0'));
}

static void check_nodes(struct topology *topology)
{
	struct error err = { 0 };

	if (pci_facts_read_nodes(&tree.sysfs, topology, &err) < 0)
		require_message(&err);
	for (size_t i = 0; i < topology->count; i++)
		REQUIRE(topology->devices[i].numa_node >= PCI_NO_NODE);
}

static void check_all(void)
{
	struct model edu = { .name = "Edu", .type = "npu", .vendor = 0x1234, .device = 0x11e8 };
	const struct registry registry = { .models = &edu, .count = 1 };
	const struct lease_list no_leases = { 0 };
	struct topology topology = { 0 };
	struct error err = { 0 };

	if (pci_scan(&tree.sysfs, &registry, &no_leases, &topology, &err) != 0) {
		require_message(&err);
		REQUIRE(!topology.devices && !topology.count);
		return;
	}
	require_no_message(&err);
	REQUIRE(topology.count <= FUNCTIONS);
	for (size_t i = 0; i < topology.count; i++)
		check_device(&topology.devices[i]);
	check_nodes(&topology);
	topology_clear(&topology);
}

static void check_host_member(void)
{
	struct error err = { 0 };
	struct pci_device member;
	int rc = pci_scan_host_member(&tree.sysfs, atoi(GROUP), &member, &err);

	if (rc < 0)
		require_message(&err);
	else
		require_no_message(&err);
	if (rc == 0)
		REQUIRE(member.driver[0] && !member.is_vfio && pci_device_is_endpoint(&member));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!fuzz_directory_path[0])
		make_tree();
	take_input(data, size);
	check_one();
	check_facts();
	check_all();
	check_host_member();
	make_sound();
	return 0;
}
