/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether pcitag's own files are installed where they belong, and are writable by root only. */
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/deadline.h"
#include "flow/check/parts.h"
#include "host/process/child.h"
#include "host/system/emulator_file.h"
#include "host/system/installed_file.h"

#define INSTALL_AGAIN "install pcitag again"
#define WRAPPER "pcitag-qemu"
#define SYSTEM "qemu-system-"

#define VERSION_SECONDS 10

/* A half-finished upgrade leaves programs of two versions, which need not agree on the format of a lease. */
static void check_version(struct check *check, const char *path)
{
	char *const argv[] = { (char *)path, (char[]){ "--version" }, NULL };
	struct child child;
	struct error err;
	int rc = child_run(argv, LINE_MAX, deadline_in(VERSION_SECONDS * 1000), &child, &err);

	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc > 0 || child.exit_code != 0) {
		check_fail(check, "%s, which the hook runs, cannot run: %s", path,
			   rc > 0 ? "timed out" : child.complaint);
		check_advice(check, INSTALL_AGAIN);
	} else if (strcmp(child.out, "pcitag-engine " PCITAG_VERSION "\n") != 0) {
		check_fail(check,
			   "%s, which the hook runs, is not of version " PCITAG_VERSION
			   ", which this program has",
			   path);
		check_advice(check, INSTALL_AGAIN);
	} else {
		check_pass(check, "%s, version " PCITAG_VERSION, path);
	}
	child_clear(&child);
}

/* Reports a program of pcitag that is missing, or that not every user may run, and then returns false. */
static bool can_run(struct check *check, const char *path, const char *absent, const char *unusable,
		    struct installed_file *program)
{
	struct error err;
	int rc = installed_file_read(path, program, &err);

	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc > 0 || program->is_dangling) {
		check_fail(check, "%s%s", path, absent);
		check_advice(check, INSTALL_AGAIN);
	} else if (!program->is_executable) {
		check_fail(check, "%s%s", path, unusable);
		check_command(check, "chmod 755 %s", path);
	} else {
		return true;
	}
	return false;
}

/* Checks the program that the hook runs. The hook uses only this path (hooks/qemu.c). */
void check_engine(struct check *check)
{
	struct installed_file program;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/pcitag-engine", check->at->sbindir);
	if (can_run(check, path, ", which the hook runs, is not there",
		    ", which the hook runs, is not executable", &program))
		check_version(check, path);
}

/* True for the host's architecture, whose guests need no emulation. Other names are always native. */
static bool is_native(const char *emulator)
{
	struct utsname system;

	if (strncmp(emulator, SYSTEM, strlen(SYSTEM)) != 0)
		return true;
	return uname(&system) == 0 && strcmp(emulator + strlen(SYSTEM), system.machine) == 0;
}

struct wrappers {
	struct check *check;
	struct emulator_places places;
	const char *dir;	       /* being scanned */
	struct installed_file wrapper; /* pcitag-qemu, with all links resolved */
	char path[PATH_MAX];	       /* of it */
	unsigned emulators;
	unsigned newer; /* emulators that changed after the wrapper */
	char newest[NAME_MAX + 1];
};

static void check_link(struct wrappers *wrappers, const char *emulator, const char *link)
{
	struct check *check = wrappers->check;
	struct installed_file file;
	struct error err;
	int rc = installed_file_read(link, &file, &err);

	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc == 0 && !file.is_dangling && installed_file_same(&file, &wrappers->wrapper)) {
		check_pass(check, "%s is pcitag's, for %s", link, emulator);
	} else {
		check_add(check, is_native(emulator) ? CHECK_FAIL : CHECK_WARN,
			  "%s %s: no domain with devices can use %s", link,
			  rc == 0 ? "is not pcitag's" : "is not there", emulator);
		check_command(check, "ln -sfn " WRAPPER " %s", link);
	}
}

/* Returns true for an emulator for which a wrapper is installed. */
static bool can_have_devices(const char *emulator)
{
	const char *known;

	for (size_t i = 0; (known = qemu_emulator_known(i)); i++) {
		if (strcmp(known, emulator) == 0)
			return true;
	}
	return false;
}

/* /usr/bin/kvm may be a link to qemu-system-x86_64, which is checked anyway. */
static bool is_alias(const struct wrappers *wrappers, const char *emulator, const struct installed_file *file)
{
	struct installed_file other;
	char path[PATH_MAX];
	const char *known;

	if (strncmp(emulator, SYSTEM, strlen(SYSTEM)) == 0)
		return false;
	for (size_t i = 0; (known = qemu_emulator_known(i)) && strcmp(known, emulator) != 0; i++) {
		snprintf(path, sizeof(path), "%s/%s", wrappers->dir, known);
		if (installed_file_read(path, &other, NULL) == 0 && !other.is_dangling &&
		    installed_file_same(&other, file))
			return true;
	}
	return false;
}

static int look_at_emulator(const char *emulator, void *context)
{
	struct wrappers *wrappers = context;
	char path[PATH_MAX], runs[QEMU_EMULATOR_LEN];
	struct installed_file file;

	snprintf(path, sizeof(path), "%s/%s", wrappers->dir, emulator);
	if (!can_have_devices(emulator) || !emulator_file_find(&wrappers->places, emulator, runs) ||
	    strcmp(runs, path) != 0 || installed_file_read(path, &file, NULL) != 0 || file.is_dangling ||
	    is_alias(wrappers, emulator, &file))
		return 0;
	wrappers->emulators++;
	snprintf(path, sizeof(path), "%s/pcitag-%s", wrappers->places.bindir, emulator);
	check_link(wrappers, emulator, path);
	if (file.changed_ns > wrappers->wrapper.changed_ns) {
		wrappers->newer++;
		snprintf(wrappers->newest, sizeof(wrappers->newest), "%s", emulator);
	}
	return 0;
}

/* Scans each of the directories that may contain emulators; a missing directory contains none. */
static int look_at_directories(struct wrappers *wrappers, struct error *err)
{
	const char *dirs = wrappers->places.dirs;

	while (*dirs) {
		char dir[PATH_MAX];

		snprintf(dir, sizeof(dir), "%.*s", (int)strcspn(dirs, ":"), dirs);
		wrappers->dir = dir;
		if (installed_names(dir, look_at_emulator, wrappers, err) < 0)
			return -1;
		dirs += strcspn(dirs, ":");
		dirs += *dirs == ':';
	}
	return 0;
}

static void check_emulators(struct wrappers *wrappers)
{
	struct check *check = wrappers->check;
	struct error err;

	if (look_at_directories(wrappers, &err) < 0) {
		check_unseen(check, &err);
		return;
	}
	if (!wrappers->emulators) {
		check_fail(check, "there is no qemu-system-ARCH, qemu-kvm or kvm in %s",
			   wrappers->places.dirs);
		check_advice(check,
			     "install QEMU there, or build pcitag with its directory in EMULATOR_DIRS");
		return;
	}
	check->name = "capabilities";
	if (wrappers->newer) {
		check_warn(check, "%s changed after %s: libvirt may believe the old one's abilities",
			   wrappers->newest, wrappers->path);
		check_command(check, "touch %s", wrappers->path);
	} else {
		check_pass(check, "no emulator changed after %s", wrappers->path);
	}
}

void check_wrappers(struct check *check)
{
	struct wrappers wrappers = {
		.check = check, .places = { .bindir = check->at->bindir, .dirs = check->at->emulator_dirs }
	};

	snprintf(wrappers.path, sizeof(wrappers.path), "%s/" WRAPPER, check->at->bindir);
	if (can_run(check, wrappers.path, " is not there: no domain with devices starts",
		    " is not world-executable, and guests run as another user", &wrappers.wrapper))
		check_emulators(&wrappers);
}

#define NOT_RETURNED "devices are not returned after a crash"

void check_unit(struct check *check, const char *unit, const char *target, const char *without)
{
	struct installed_file file;
	char path[PATH_MAX];
	struct error err;
	int rc;

	snprintf(path, sizeof(path), "%s/systemd/system/%s", check->at->usr_lib, unit);
	rc = installed_file_read(path, &file, &err);
	if (rc > 0) {
		check_warn(check, "%s is missing: %s", path, without);
		check_advice(check, INSTALL_AGAIN);
		return;
	}
	snprintf(path, sizeof(path), "%s/systemd/system/%s.wants/%s", check->at->etc, target, unit);
	if (rc == 0)
		rc = installed_file_read(path, &file, &err);
	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc == 0) {
		check_pass(check, "%s is enabled", unit);
	} else {
		check_warn(check, "%s is not enabled: %s", unit, without);
		check_command(check, "systemctl enable --now %s", unit);
	}
}

void check_timer(struct check *check)
{
	check_unit(check, "pcitag-reconcile.timer", "timers.target", NOT_RETURNED);
}

void check_service(struct check *check)
{
	check_unit(check, "pcitag-reconcile.service", "multi-user.target", NOT_RETURNED);
}

struct owned {
	struct check *check;
	const char *dir;
	unsigned wrong;
};

static void look_at_owner(struct owned *owned, const char *path)
{
	struct check *check = owned->check;
	char quoted[CHECK_QUOTED_LEN];
	struct installed_file file;
	struct error err;
	int rc = installed_file_read(path, &file, &err);

	if (rc > 0 || (rc == 0 && (file.is_dangling || file.is_roots)))
		return;
	owned->wrong++;
	if (rc < 0) {
		check_unseen(check, &err);
		return;
	}
	check_fail(check, "%s must be owned by root and writable by root only", path);
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

/* Who can write there controls what guests get, or makes a program of root trust forged leases. */
void check_permissions(struct check *check)
{
	char registry[PATH_MAX], leases[PATH_MAX];
	const char *const dirs[] = { check->paths->etc, registry, check->paths->run, leases };
	struct owned owned = { .check = check };
	struct error err;

	snprintf(registry, sizeof(registry), "%s/registry.d", check->paths->etc);
	snprintf(leases, sizeof(leases), "%s/leases", check->paths->run);
	look_at_owner(&owned, check->paths->etc);
	look_at_owner(&owned, check->paths->run);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		owned.dir = dirs[i];
		if (installed_names(dirs[i], look_at_entry, &owned, &err) < 0) {
			check_unseen(check, &err);
			owned.wrong++;
		}
	}
	if (!owned.wrong)
		check_pass(check, "%s and %s are root's alone to write", check->paths->etc,
			   check->paths->run);
}

void check_leases(struct check *check)
{
	const struct lease_list *list = &check->leases;
	size_t quarantined = 0;

	if (check->leases_read < 0) {
		check_unseen(check, &check->leases_error);
	} else if (check->leases_read > 0) {
		check_warn(check, "%s", check->leases_error.msg);
		check_command(check, "pcitag reconcile");
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->leases[i]->state != LEASE_QUARANTINED)
			continue;
		quarantined++;
		check_warn(check, "that of domain %s is quarantined: %s", list->leases[i]->domain,
			   list->leases[i]->note ? list->leases[i]->note : "no reason is noted");
		check_command(check, "pcitag reconcile");
	}
	if (!check->leases_read && !quarantined)
		check_pass(check, "%zu, none of them quarantined", list->count);
}
