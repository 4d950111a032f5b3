/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the machine isolates devices and their interrupts. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/fileio.h"
#include "flow/check/parts.h"
#include "host/config/config_dirs.h"
#include "host/system/iommu.h"
#include "host/system/module_state.h"

#define CMDLINE_MAX 65536

/* The required parameter depends on the CPU vendor. Returns false when the command line cannot be read. */
static bool is_on_command_line(const struct check *check, const char *word)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cmdline", check->paths->proc);
	return read_file_at(AT_FDCWD, path, CMDLINE_MAX, &text, NULL, NULL) == 0 && cmdline_has(text, word);
}

static bool is_amd(const struct check *check)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];

	/* There is one paragraph per processor; the first one is sufficient. */
	snprintf(path, sizeof(path), "%s/cpuinfo", check->paths->proc);
	return read_file_at(AT_FDCWD, path, (size_t)16 << 20, &text, NULL, NULL) == 0 &&
	       strstr(text, "AuthenticAMD") != NULL;
}

/* VT-d and AMD-Vi are enabled in the firmware; VT-d must be enabled in the kernel, too. */
static bool is_x86(void)
{
	struct utsname system;

	return uname(&system) == 0 && strcmp(system.machine, "x86_64") == 0;
}

/* Checks whether the existing @groups isolate functions in PCI slots. */
static void check_coverage(struct check *check, unsigned groups)
{
	struct iommu_coverage coverage;
	struct error err;

	if (iommu_count_covered(&check->sysfs, &coverage, &err) < 0) {
		check_unseen(check, &err);
	} else if (coverage.functions && !coverage.covered) {
		check->has_iommu = false;
		check_fail(check,
			   "%u IOMMU groups in /sys/kernel/iommu_groups, but none for what is on a PCI slot: "
			   "the IOMMU does not serve PCI",
			   groups);
		check_advice(check, "%s", iommu_advice_here(true));
	} else if (coverage.covered < coverage.functions) {
		check_warn(check, "%u IOMMU groups, but %u of %u PCI functions have none", groups,
			   coverage.functions - coverage.covered, coverage.functions);
		check_advice(check, "use other slots; or %s", iommu_advice_here(true));
	} else {
		check_pass(check, "%u IOMMU groups in /sys/kernel/iommu_groups", groups);
	}
}

void check_iommu(struct check *check)
{
	unsigned groups;
	struct error err;

	if (iommu_count_groups(&check->sysfs, UINT_MAX, &groups, &err) < 0) {
		check_unseen(check, &err);
		return;
	}
	check->has_iommu = groups > 0;
	if (groups) {
		check_coverage(check, groups);
	} else if (!is_x86()) {
		check_fail(check, "no group in /sys/kernel/iommu_groups: no IOMMU works");
		check_advice(check, "%s", iommu_advice_here(false));
	} else if (!is_amd(check) && is_on_command_line(check, "intel_iommu=on")) {
		check_fail(check, "no group in /sys/kernel/iommu_groups, although the kernel was booted with "
				  "intel_iommu=on: VT-d is off in the firmware");
		check_advice(check, "switch VT-d on in the firmware, reboot");
	} else {
		check_fail(check, "no group in /sys/kernel/iommu_groups: the IOMMU is off");
		check_advice(check, "%s",
			     is_amd(check) ? "switch AMD-Vi (IOMMU) on in the firmware, reboot"
					   : "switch VT-d on in the firmware; add intel_iommu=on to "
					     "GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, "
					     "reboot");
	}
}

static void explain_missing_remapping(struct check *check)
{
	bool is_intel, can;
	struct error err;

	if (iommu_intel_can_remap(&check->sysfs, &is_intel, &can, &err) == 0 && is_intel && can) {
		check_fail(check,
			   "off, although the IOMMU can do it (ecap of each DMAR unit has IR): no chip of "
			   "/proc/interrupts begins with IR-");
		check_advice(check, "remove intremap=off, noapic and nolapic from GRUB_CMDLINE_LINUX in "
				    "/etc/default/grub, run update-grub, reboot");
		return;
	}
	check_fail(check, "off: no chip of /proc/interrupts begins with IR-; vfio refuses every device");
	check_advice(check, "switch interrupt remapping on in the firmware (with VT-d or AMD-Vi), reboot");
}

/* A module parameter, and the modprobe.d line that enables it. */
struct parameter {
	const char *module, *name;
	char path[PATH_MAX];
	unsigned line;
};

static int is_set_by(const char *path, unsigned number, const char *line, void *context)
{
	struct parameter *parameter = context;
	char value[MODULE_OPTION_LEN];

	if (!modprobe_option(line, parameter->module, parameter->name, value) || !strchr("1yY", value[0]))
		return 0;
	snprintf(parameter->path, sizeof(parameter->path), "%s", path);
	parameter->line = number;
	return 1;
}

/* Advises how to disable the parameter now and after the next boot. */
static void advise_off(struct check *check, const char *module, const char *name)
{
	const char *const dirs[] = { check->at->etc, check->at->run, check->at->usr_lib };
	struct parameter parameter = { .module = module, .name = name };
	char quoted[CHECK_QUOTED_LEN];

	if (config_dirs_read(dirs, ARRAY_SIZE(dirs), "modprobe.d", is_set_by, &parameter, NULL) > 0)
		check_command(check, "sed -i '%us/^/#/' %s && echo N >/sys/module/%s/parameters/%s",
			      parameter.line, check_quote(parameter.path, quoted), module, name);
	else
		check_command(check, "echo N >/sys/module/%s/parameters/%s", module, name);
}

/* A guest that can forge interrupts can harm the host (kernel: drivers/vfio/vfio_iommu_type1.c). */
void check_remapping(struct check *check)
{
	enum interrupt_remapping remapping;
	struct error err;

	if (!check->has_iommu) {
		check_warn(check, "cannot be told without an IOMMU");
		check_advice(check, "switch the IOMMU on, see above");
	} else if (module_parameter_is_on(&check->sysfs, "vfio_iommu_type1", "allow_unsafe_interrupts")) {
		check_warn(check,
			   "vfio_iommu_type1 has allow_unsafe_interrupts = Y: a guest may forge interrupts "
			   "of the host");
		advise_off(check, "vfio_iommu_type1", "allow_unsafe_interrupts");
	} else if (iommu_remapping(check->paths->proc, &remapping, &err) < 0) {
		check_unseen(check, &err);
	} else if (remapping == REMAPPING_ON) {
		check_pass(check, "on: /proc/interrupts has chips that remap (IR-..., ITS-...)");
	} else if (remapping == REMAPPING_OFF) {
		explain_missing_remapping(check);
	} else {
		check_warn(check, "no chip in /proc/interrupts is known to remap, or not to");
		check_advice(check, "journalctl -k, and look for remapping");
	}
}

/* Without isolating groups, a guest can read and write all memory of the host. */
void check_no_iommu_mode(struct check *check)
{
	if (!module_parameter_is_on(&check->sysfs, "vfio", "enable_unsafe_noiommu_mode"))
		return;
	check_warn(check,
		   "vfio has enable_unsafe_noiommu_mode = Y: devices need no IOMMU, and reach all memory");
	advise_off(check, "vfio", "enable_unsafe_noiommu_mode");
}
