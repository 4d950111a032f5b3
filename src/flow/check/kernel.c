/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the kernel's drivers are available, and whether other software binds devices to them. */
#include <fcntl.h>
#include <limits.h>

#include "base/fileio.h"
#include "flow/check/parts.h"
#include "flow/configure/boot_rules.h"
#include "host/bind/driver.h"
#include "host/config/config_dirs.h"
#include "host/pci/device.h"
#include "host/store/used_devices.h"
#include "host/system/module_state.h"
#include "model/registry/registry.h"
#include "model/system/host_text.h"

#define MODULE "vfio-pci"
#define CMDLINE_MAX 65536

void check_driver(struct check *check)
{
	enum module_source source;
	char release[65];
	struct error err;

	if (driver_exists(&check->sysfs, REGISTRY_DRIVER_DEFAULT)) {
		check_pass(check, "the driver is there");
	} else if (module_find(check->at->modules, MODULE, &source, release, &err) < 0) {
		check_unseen(check, &err);
	} else if (source == MODULE_LOADABLE) {
		check_warn(check, "kernel %s has the module, and has not loaded it", release);
		check_command(check, "modprobe " MODULE);
	} else {
		check_fail(check, "kernel %s has no module " MODULE, release);
		check_advice(
			check,
			"boot a kernel with CONFIG_VFIO_PCI: on Debian linux-image-amd64, not a -cloud one");
	}
}

static int is_named(const char *path, unsigned number, const char *line, void *context)
{
	(void)number;
	if (!modules_load_names(line, MODULE))
		return 0;
	snprintf(context, PATH_MAX, "%s", path);
	return 1;
}

/* A start loads the module, too, but only where libvirt's confinement allows the hook to do so. */
void check_boot(struct check *check)
{
	const char *const dirs[] = { check->at->etc, check->at->run, check->at->usr_lib };
	enum module_source source = MODULE_MISSING;
	char place[PATH_MAX], release[65];
	struct error err;
	int rc = config_dirs_read(dirs, ARRAY_SIZE(dirs), "modules-load.d", is_named, place, &err);

	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc > 0) {
		check_pass(check, "%s", place);
	} else if (module_find(check->at->modules, MODULE, &source, release, &err) == 0 &&
		   source == MODULE_BUILT_IN) {
		check_pass(check, "built into kernel %s", release);
	} else {
		check_warn(check, "no file of modules-load.d names " MODULE);
		check_command(check, "echo " MODULE " >%s/modules-load.d/vfio-pci.conf", check->at->etc);
	}
}

void check_container(struct check *check)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/vfio/vfio", check->at->dev);
	if (access(path, F_OK) == 0) {
		check_pass(check, "%s is there", path);
		return;
	}
	check_fail(check, "%s is not there", path);
	check_command(check, "modprobe vfio");
}

/*
 * For information: libvirt 12.1 can give a native <hostdev> through the function's own node instead of its
 * group's (libvirt: src/qemu/qemu_process.c, qemuProcessOpenVfioDeviceFd), on a kernel with CONFIG_IOMMUFD.
 */
void check_iommufd(struct check *check)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/iommu", check->at->dev);
	check_pass(check,
		   access(path, F_OK) == 0
			   ? "%s is there, for a <hostdev> with iommufd; placeholders use their group"
			   : "%s is not there: no <hostdev> with iommufd starts; placeholders need none",
		   path);
}

static int note_option(const char *path, unsigned number, const char *line, void *context)
{
	char value[MODULE_OPTION_LEN], quoted[CHECK_QUOTED_LEN];
	struct check *check = context;

	if (!modprobe_option(line, MODULE, "ids", value))
		return 0;
	check_warn(check, "%s:%u: vfio-pci takes every device with the ids %s at boot", path, number, value);
	check_command(check, "sed -i '%us/^/#/' %s", number, check_quote(path, quoted));
	return 0;
}

/* It has no file in sysfs (kernel: drivers/vfio/pci/vfio_pci.c, module_param_string(ids, ..., 0)). */
void check_preloaded(struct check *check)
{
	const char *const dirs[] = { check->at->etc, check->at->run, check->at->usr_lib };
	CLEANUP_FREE char *cmdline = NULL;
	char path[PATH_MAX], value[MODULE_OPTION_LEN];
	size_t before = check->report->count;
	struct error err;

	snprintf(path, sizeof(path), "%s/cmdline", check->paths->proc);
	if (read_file_at(AT_FDCWD, path, CMDLINE_MAX, &cmdline, NULL, &err) < 0) {
		check_unseen(check, &err);
	} else if (cmdline_option(cmdline, MODULE, "ids", value)) {
		check_warn(check,
			   "kernel command line: vfio-pci.ids=%s: it takes every device with these ids",
			   value);
		check_advice(check,
			     "remove vfio-pci.ids=%s from GRUB_CMDLINE_LINUX in /etc/default/grub, run "
			     "update-grub, reboot",
			     value);
	}
	if (config_dirs_read(dirs, ARRAY_SIZE(dirs), "modprobe.d", note_option, check, &err) < 0)
		check_unseen(check, &err);
	if (check->report->count == before)
		check_pass(check, "no vfio-pci.ids on the command line or in modprobe.d");
}

static bool is_leased(const struct check *check, const struct pci_addr *addr)
{
	int group = PCI_NO_GROUP;

	if (pci_device_read_group(&check->sysfs, addr, &group, NULL) != 0)
		return false;
	return lease_list_find_owner(&check->leases, addr, group, "") ||
	       lease_list_find_hostdev(&check->leases, addr, group, "");
}

/* What pcitag leaves with vfio-pci without a lease: what is held after its use, and models with boot = vfio.
 */
struct kept {
	struct lease_list held;
	struct boot_rules boot;
};

static void kept_clear(struct kept *kept)
{
	lease_list_clear(&kept->held);
	boot_rules_clear(&kept->boot);
}

/* What cannot be read is not known to be kept; the checks of leases and of the registry say why. */
static void read_kept(const struct check *check, struct kept *out)
{
	struct error err;

	if (used_devices_load(&out->held, &err) < 0)
		lease_list_clear(&out->held);
	if (flow_boot_rules(check->paths, &out->boot, &err) < 0)
		boot_rules_clear(&out->boot);
}

static bool is_kept(const struct kept *kept, const struct pci_addr *addr)
{
	if (lease_list_find_owner(&kept->held, addr, PCI_NO_GROUP, ""))
		return true;
	for (size_t i = 0; i < kept->boot.count; i++) {
		if (pci_addr_equal(&kept->boot.devices[i].addr, addr))
			return true;
	}
	return false;
}

static void note_bound(struct check *check, const struct kept *kept, const char *entry)
{
	struct pci_addr addr;

	if (pci_addr_parse(entry, &addr) != 0 || is_leased(check, &addr) || is_kept(kept, &addr))
		return;
	check_warn(check, "%s is bound to vfio-pci and no lease has it: another program's, or left over",
		   entry);
	check_advice(check, "see what uses it; if nothing does: virsh nodedev-reattach pci_%04x_%02x_%02x_%x",
		     addr.domain, addr.bus, addr.slot, addr.function);
}

/* They would be assigned and then returned to vfio-pci; the software that bound them may need them. */
void check_bound(struct check *check)
{
	struct error err;
	CLEANUP_DIR DIR *dir = sysfs_opendir(&check->sysfs, SYSFS_PCI_DRIVERS "/vfio-pci", &err);
	CLEANUP(kept_clear) struct kept kept = { 0 };
	size_t before = check->report->count;
	const struct dirent *entry;
	int rc = 0;

	read_kept(check, &kept);
	while (dir && rc == 0 && (rc = directory_next(dir, &entry, &err)) == 0 && entry)
		note_bound(check, &kept, entry->d_name);
	if (rc < 0)
		check_unseen(check, &err);
	else if (check->report->count == before)
		check_pass(check, "vfio-pci has no device but those of leases, of boot = vfio and those held "
				  "after use");
}
