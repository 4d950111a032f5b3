/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Are pcitag's own parts where they belong, and nobody else's to change? */
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#include "flow/check_parts.h"
#include "host/installed_file.h"
#include "model/qemu_emulator.h"

#define INSTALL_AGAIN "install pcitag again"
#define WRAPPER "pcitag-qemu"

/* What the hook runs: it knows no other place (hooks/qemu.c). */
static void check_program(struct check *check)
{
	static const char name[] = "pcitag";
	struct installed_file program, self;
	char path[PATH_MAX];
	struct error err;
	int rc;

	snprintf(path, sizeof(path), "%s/pcitag", check->at->sbindir);
	rc = installed_file_read(path, &program, &err);
	if (rc < 0) {
		check_unseen(check, name, &err);
	} else if (rc > 0 || program.is_dangling) {
		check_fail(check, name, "%s, which the hook runs, is not there", path);
		check_advice(check, INSTALL_AGAIN);
	} else if (!program.is_executable) {
		check_fail(check, name, "%s, which the hook runs, is not executable", path);
		check_command(check, "chmod 755 %s", path);
	} else if (installed_file_read("/proc/self/exe", &self, &err) == 0 && !self.is_dangling &&
		   !installed_file_same(&program, &self)) {
		check_warn(check, name, "this program is not %s, which the hook runs", path);
		check_command(check, "%s check", path);
	} else {
		check_pass(check, name, "%s, version " PCITAG_VERSION, path);
	}
}

/* Is this the architecture of the host, whose guests need no emulation? */
static bool is_native(const char *emulator)
{
	struct utsname system;

	return uname(&system) == 0 && strcmp(emulator + strlen("qemu-system-"), system.machine) == 0;
}

struct wrappers {
	struct check *check;
	struct installed_file wrapper; /* pcitag-qemu, behind all links */
	char path[PATH_MAX];	       /* of it */
	unsigned emulators;
	unsigned newer; /* emulators that changed since */
	char newest[NAME_MAX + 1];
};

static void check_link(struct wrappers *wrappers, const char *emulator, const char *link)
{
	static const char name[] = "wrapper";
	struct check *check = wrappers->check;
	struct installed_file file;
	struct error err;
	int rc = installed_file_read(link, &file, &err);

	if (rc < 0) {
		check_unseen(check, name, &err);
	} else if (rc == 0 && !file.is_dangling && installed_file_same(&file, &wrappers->wrapper)) {
		check_pass(check, name, "%s is pcitag's, for %s", link, emulator);
	} else {
		(is_native(emulator) ? check_fail : check_warn)(
			check, name, "%s %s: no domain with devices can use %s", link,
			rc == 0 ? "is not pcitag's" : "is not there", emulator);
		check_command(check, "ln -sfn " WRAPPER " %s", link);
	}
}

/* Emulators of the architectures that Linux has VFIO on. */
static bool can_have_devices(const char *emulator)
{
	static const char *const arches[] = { "aarch64", "i386",  "loongarch64", "ppc64",
					      "riscv64", "s390x", "x86_64" };

	if (strncmp(emulator, "qemu-system-", strlen("qemu-system-")) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++) {
		if (strcmp(emulator + strlen("qemu-system-"), arches[i]) == 0)
			return true;
	}
	return false;
}

static int look_at_emulator(const char *emulator, void *context)
{
	struct wrappers *wrappers = context;
	const char *bindir = wrappers->check->at->bindir;
	struct installed_file file;
	char path[PATH_MAX];

	if (!can_have_devices(emulator))
		return 0;
	wrappers->emulators++;
	snprintf(path, sizeof(path), "%s/pcitag-%s", bindir, emulator);
	check_link(wrappers, emulator, path);
	snprintf(path, sizeof(path), "%s/%s", bindir, emulator);
	if (installed_file_read(path, &file, NULL) == 0 && !file.is_dangling &&
	    file.changed_ns > wrappers->wrapper.changed_ns) {
		wrappers->newer++;
		snprintf(wrappers->newest, sizeof(wrappers->newest), "%s", emulator);
	}
	return 0;
}

static void check_emulators(struct wrappers *wrappers)
{
	struct check *check = wrappers->check;
	const char *bindir = check->at->bindir;
	struct error err;

	if (installed_names(bindir, look_at_emulator, wrappers, &err) < 0) {
		check_unseen(check, "wrapper", &err);
	} else if (!wrappers->emulators) {
		check_fail(check, "wrapper", "%s has no qemu-system-ARCH", bindir);
		check_command(check, "apt-get install -y qemu-system");
	} else if (wrappers->newer) {
		check_warn(check, "capabilities",
			   "%s changed after %s: libvirt may believe the old one's abilities",
			   wrappers->newest, wrappers->path);
		check_command(check, "touch %s", wrappers->path);
	} else {
		check_pass(check, "capabilities", "no emulator changed after %s", wrappers->path);
	}
}

static void check_wrappers(struct check *check)
{
	static const char name[] = "wrapper";
	struct wrappers wrappers = { .check = check };
	struct error err;
	int rc;

	snprintf(wrappers.path, sizeof(wrappers.path), "%s/" WRAPPER, check->at->bindir);
	rc = installed_file_read(wrappers.path, &wrappers.wrapper, &err);
	if (rc < 0) {
		check_unseen(check, name, &err);
	} else if (rc > 0 || wrappers.wrapper.is_dangling) {
		check_fail(check, name, "%s is not there: no domain with devices starts", wrappers.path);
		check_advice(check, INSTALL_AGAIN);
	} else if (!wrappers.wrapper.is_executable) {
		check_fail(check, name, "%s is not for everybody to run, and guests run as somebody else",
			   wrappers.path);
		check_command(check, "chmod 755 %s", wrappers.path);
	} else {
		check_emulators(&wrappers);
	}
}

static void check_unit(struct check *check, const char *name, const char *unit, const char *target)
{
	struct installed_file file;
	char path[PATH_MAX];
	struct error err;
	int rc;

	snprintf(path, sizeof(path), "%s/systemd/system/%s", check->at->usr_lib, unit);
	rc = installed_file_read(path, &file, &err);
	if (rc > 0) {
		check_warn(check, name, "%s is not there: what a crash leaves behind is not given back",
			   path);
		check_advice(check, INSTALL_AGAIN);
		return;
	}
	snprintf(path, sizeof(path), "%s/systemd/system/%s.wants/%s", check->at->etc, target, unit);
	if (rc == 0)
		rc = installed_file_read(path, &file, &err);
	if (rc < 0) {
		check_unseen(check, name, &err);
	} else if (rc == 0) {
		check_pass(check, name, "%s is enabled", unit);
	} else {
		check_warn(check, name, "%s is not enabled: what a crash leaves behind is not given back",
			   unit);
		check_command(check, "systemctl enable --now %s", unit);
	}
}

struct owned {
	struct check *check;
	const char *dir;
	unsigned wrong;
};

static void look_at_owner(struct owned *owned, const char *path)
{
	static const char name[] = "permissions";
	struct check *check = owned->check;
	char quoted[CHECK_QUOTED_LEN];
	struct installed_file file;
	struct error err;
	int rc = installed_file_read(path, &file, &err);

	if (rc > 0 || (rc == 0 && (file.is_dangling || file.is_roots)))
		return;
	owned->wrong++;
	if (rc < 0) {
		check_unseen(check, name, &err);
		return;
	}
	check_fail(check, name, "%s must belong to root and be writable by nobody else", path);
	check_quote(path, quoted);
	check_command(check, "chown root:root %s && chmod go-w %s", quoted, quoted);
}

static int look_at_entry(const char *name, void *context)
{
	struct owned *owned = context;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", owned->dir, name);
	look_at_owner(owned, path);
	return 0;
}

/* Who can write there says what guests get, or makes root's program believe in leases. */
static void check_permissions(struct check *check)
{
	static const char name[] = "permissions";
	char registry[PATH_MAX], leases[PATH_MAX];
	const char *const dirs[] = { check->flow->etc, registry, check->flow->run, leases };
	struct owned owned = { .check = check };
	struct error err;

	snprintf(registry, sizeof(registry), "%s/registry.d", check->flow->etc);
	snprintf(leases, sizeof(leases), "%s/leases", check->flow->run);
	look_at_owner(&owned, check->flow->etc);
	look_at_owner(&owned, check->flow->run);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		owned.dir = dirs[i];
		if (installed_names(dirs[i], look_at_entry, &owned, &err) < 0) {
			check_unseen(check, name, &err);
			owned.wrong++;
		}
	}
	if (!owned.wrong)
		check_pass(check, name, "%s and %s are root's alone to write", check->flow->etc,
			   check->flow->run);
}

void check_leases(struct check *check)
{
	static const char name[] = "leases";
	const struct lease_list *list = &check->leases;
	size_t quarantined = 0;

	if (check->leases_read < 0) {
		check_unseen(check, name, &check->leases_error);
	} else if (check->leases_read > 0) {
		check_warn(check, name, "%s", check->leases_error.msg);
		check_command(check, "pcitag reconcile");
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->leases[i].state != LEASE_QUARANTINED)
			continue;
		quarantined++;
		check_warn(check, name, "that of domain %s is quarantined: %s", list->leases[i].domain,
			   list->leases[i].note);
		check_command(check, "pcitag reconcile");
	}
	if (!check->leases_read && !quarantined)
		check_pass(check, name, "%zu, none of them quarantined", list->count);
}

void check_installation(struct check *check)
{
	check_program(check);
	check_wrappers(check);
	check_unit(check, "reconcile-timer", "pcitag-reconcile.timer", "timers.target");
	check_unit(check, "reconcile-service", "pcitag-reconcile.service", "multi-user.target");
	check_permissions(check);
}
