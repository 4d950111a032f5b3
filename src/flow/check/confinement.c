/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether a confined guest may run the wrapper. */
#include <limits.h>

#include "flow/check/parts.h"
#include "host/system/module_state.h"

#define SELINUX_TYPE "qemu_exec_t"

static void check_apparmor(struct check *check)
{
	static const char name[] = "apparmor";
	char wrapper[PATH_MAX], place[PATH_MAX];
	struct error err;
	int rc;

	if (!apparmor_is_on(&check->sysfs)) {
		check_pass(check, name, "off");
		return;
	}
	snprintf(wrapper, sizeof(wrapper), "%s/pcitag-qemu", check->at->bindir);
	rc = apparmor_has_rule(check->at->etc, wrapper, place, sizeof(place), &err);
	if (rc < 0) {
		check_unseen(check, name, &err);
	} else if (rc == APPARMOR_UNUSED) {
		check_pass(check, name, "on, but libvirt has no rules for guests here");
	} else if (rc == 0) {
		check_pass(check, name, "%s lets guests run the wrapper", place);
	} else {
		check_fail(check, name, "no rule for %s in %s: guests may not run the wrapper", wrapper,
			   place);
		check_command(check, "%s/post-install", check->at->datadir);
	}
}

/*
 * SELINUX_TYPE is the type through which libvirt's policy allows entering a guest's domain (selinux-policy:
 * policy/modules/contrib/virt.te, qemu.fc).
 */
static void check_selinux(struct check *check)
{
	static const char name[] = "selinux";
	const char *bindir = check->at->bindir;
	char wrapper[PATH_MAX];

	snprintf(wrapper, sizeof(wrapper), "%s/pcitag-qemu", bindir);
	if (!selinux_is_enforcing(&check->sysfs)) {
		check_pass(check, name, "off, or permissive");
	} else if (selinux_has_type(wrapper, SELINUX_TYPE)) {
		check_pass(check, name,
			   "enforcing; %s is " SELINUX_TYPE " (pcitag is not tested with SELinux)", wrapper);
	} else {
		check_warn(check, name, "enforcing, with which pcitag is not tested; %s is not " SELINUX_TYPE,
			   wrapper);
		check_command(check, "semanage fcontext -a -t " SELINUX_TYPE " '%s' && restorecon -v %s",
			      wrapper, wrapper);
	}
}

void check_confinement(struct check *check)
{
	check_apparmor(check);
	check_selinux(check);
}
