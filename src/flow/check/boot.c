/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the udev rules of models with boot = vfio are in force (flow/configure/boot_rules.h). */
#include <limits.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "flow/check/parts.h"
#include "flow/configure/boot_rules.h"

/* True when the running kernel's initramfs is older than the rules. @command: receives what makes it anew */
static bool initramfs_is_old(char command[static CHECK_QUOTED_LEN])
{
	/* Of initramfs-tools, and of dracut. */
	static const struct {
		const char *before, *behind, *command;
	} kinds[] = { { "/boot/initrd.img-", "", "update-initramfs -u -k" },
		      { "/boot/initramfs-", ".img", "dracut --force --kver" } };
	struct stat rules, image;
	struct utsname system;
	char path[PATH_MAX];

	if (uname(&system) < 0 || stat(BOOT_RULES_FILE, &rules) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "%s%s%s", kinds[i].before, system.release, kinds[i].behind);
		if (stat(path, &image) < 0 || image.st_mtim.tv_sec >= rules.st_mtim.tv_sec)
			continue;
		snprintf(command, CHECK_QUOTED_LEN, "%s %s", kinds[i].command, system.release);
		return true;
	}
	return false;
}

static void report_boot_rules(struct check *check, const struct boot_rules *rules)
{
	char command[CHECK_QUOTED_LEN];

	if (!rules->is_current) {
		check_warn(check, "%s differs from the registry and from the devices of this host%s%s",
			   BOOT_RULES_FILE, rules->stale ? "; not wanted: " : "",
			   rules->stale ? rules->stale : "");
		check_command(check, "pcitag boot --write");
	} else if (initramfs_is_old(command)) {
		check_warn(check, "the initramfs is older than %s", BOOT_RULES_FILE);
		check_command(check, "%s", command);
	} else if (rules->text) {
		check_pass(check, "%zu functions stay away from their native driver", rules->count);
	}
}

/* Without the key boot and without the file there is nothing to report. */
void check_boot_rules(struct check *check)
{
	CLEANUP(boot_rules_clear) struct boot_rules rules = { 0 };
	struct error err;

	/* A mistake in the registry is reported by check_registry(). */
	if (flow_boot_rules(check->paths, &rules, &err) == 0)
		report_boot_rules(check, &rules);
}
