/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether libvirt's daemon runs, calls the hook exactly once, lets guests lock memory and run the wrapper. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/fileio.h"
#include "flow/check/parts.h"
#include "host/system/confinement.h"
#include "host/system/installed_file.h"
#include "model/system/host_text.h"

#define HOOK "hooks/qemu"
#define HOOK_DIR "hooks/qemu.d"
#define HOOK_BESIDE HOOK_DIR "/pcitag"
#define HOOK_ELSEWHERE HOOK_DIR "/pcitag-hook" /* where both are taken */
#define PROGRAM "pcitag-hook"

/* Where pcitag's hook is installed, and what is in the two places that are meant for it. */
struct hooks {
	char path[PATH_MAX]; /* of pcitag's hook, "" when it is not installed */
	struct installed_hook ours;
	unsigned count;		 /* how often pcitag's hook is installed */
	char second[PATH_MAX];	 /* pcitag's hook once more, "" when it is installed once */
	bool is_primary_foreign; /* hooks/qemu belongs to other software */
	bool is_beside_foreign;	 /* hooks/qemu.d/pcitag belongs to other software */
};

/* Advises to start the daemon's unit, if there is one: libvirtd, or virtqemud of the modular daemons. */
static void advise_start(struct check *check)
{
	static const char *const names[] = { "libvirtd", "virtqemud" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/systemd/system/%s.service", check->at->usr_lib, names[i]);
		if (access(path, F_OK) != 0)
			continue;
		check->daemon.name = names[i];
		check_command(check, "systemctl start %s", names[i]);
		return;
	}
	check_command(check, "apt-get install -y libvirt-daemon-system");
}

void check_daemon(struct check *check)
{
	struct error err;
	int rc = libvirt_daemon_find(check->at->run, check->paths->libvirt_run, check->paths->proc,
				     &check->daemon, &err);

	check->has_daemon = rc == 0;
	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc == LIBVIRT_DAEMON_ABSENT) {
		check_fail(check, "neither libvirtd nor virtqemud runs");
		advise_start(check);
	} else if (check->daemon.process.pid) {
		check_pass(check, "%s runs (process %d)", check->daemon.name, (int)check->daemon.process.pid);
	} else {
		check_pass(check, "%s is started when a client connects", check->daemon.name);
	}
}

/* @is_foreign: receives whether there is a file of other software */
static int look_at_hook(const struct check *check, const char *path, struct hooks *hooks, bool *is_foreign,
			struct error *err)
{
	struct installed_hook hook;
	char original[PATH_MAX];
	int rc;

	snprintf(original, sizeof(original), "%s/" PROGRAM, check->at->sbindir);
	rc = installed_hook_read(path, original, &hook, err);
	*is_foreign = rc == 0 && !hook.is_ours;
	if (rc != 0 || !hook.is_ours)
		return rc;
	/* Of a link and a copy, the link stays: a copy may become older than the engine. */
	if (hooks->count++ && !(hook.is_link && !hooks->ours.is_link)) {
		snprintf(hooks->second, sizeof(hooks->second), "%s", path);
	} else {
		snprintf(hooks->second, sizeof(hooks->second), "%s", hooks->path);
		snprintf(hooks->path, sizeof(hooks->path), "%s", path);
		hooks->ours = hook;
	}
	return 0;
}

/* libvirt runs every executable file in it, whatever its name (src/util/virhook.c, virHookCall). */
static int look_into_directory(const struct check *check, struct hooks *hooks, struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/" HOOK_DIR, check->paths->libvirt_etc), rc = 0;
	CLEANUP_DIR DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot list %s", path);
	while (rc >= 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		bool is_foreign;

		(void)snprintf(path + n, sizeof(path) - (size_t)n, "/%s", entry->d_name);
		rc = look_at_hook(check, path, hooks, &is_foreign, err);
		if (rc == 0 && is_foreign && strcmp(entry->d_name, "pcitag") == 0)
			hooks->is_beside_foreign = true;
	}
	return rc < 0 ? -1 : 0;
}

static int find_hooks(const struct check *check, struct hooks *hooks, struct error *err)
{
	char path[PATH_MAX];
	int rc;

	*hooks = (struct hooks){ .path = "" };
	snprintf(path, sizeof(path), "%s/" HOOK, check->paths->libvirt_etc);
	rc = look_at_hook(check, path, hooks, &hooks->is_primary_foreign, err);
	return rc < 0 ? -1 : look_into_directory(check, hooks, err);
}

/* Links the hook to where libvirt runs it once; a copy could become older than the engine. */
static void advise_install(struct check *check, const struct hooks *hooks)
{
	const char *place = !hooks->is_primary_foreign	? HOOK
			    : !hooks->is_beside_foreign ? HOOK_BESIDE
							: HOOK_ELSEWHERE;
	const char *etc = check->paths->libvirt_etc;

	check_command(check, "mkdir -p %s/%s && ln -sfn %s/" PROGRAM " %s/%s", etc,
		      hooks->is_primary_foreign ? HOOK_DIR : "hooks", check->at->sbindir, etc, place);
}

/* libvirt passes over a hook that was not executable when its daemon started. */
static void advise_executable(struct check *check, const char *quoted)
{
	if (check->has_daemon && check->daemon.process.pid)
		check_command(check, "chmod 755 %s && systemctl restart %s", quoted, check->daemon.name);
	else
		check_command(check, "chmod 755 %s", quoted);
}

/* Reports that the program, which is to be linked there, is not installed, and then returns false. */
static bool has_program(struct check *check)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" PROGRAM, check->at->sbindir);
	if (access(path, F_OK) == 0)
		return true;
	check_fail(check, "%s, which libvirt is to run, is not there: no domain gets a device", path);
	check_advice(check, "install pcitag again");
	return false;
}

/* libvirt runs hooks/qemu first, and then the files of hooks/qemu.d in the order of their names. */
static void pass_hook(struct check *check, const struct hooks *hooks)
{
	if (hooks->is_primary_foreign)
		check_pass(check, "%s, which libvirt runs after %s/%s, another program's", hooks->path,
			   check->paths->libvirt_etc, HOOK);
	else
		check_pass(check, "%s", hooks->path);
}

static void judge_hooks(struct check *check, const struct hooks *hooks)
{
	char quoted[CHECK_QUOTED_LEN];

	if (!has_program(check))
		return;
	if (!hooks->count) {
		check_fail(check, "%s/%s is %s, and pcitag's hook is not in %s: no domain gets a device",
			   check->paths->libvirt_etc, HOOK,
			   hooks->is_primary_foreign ? "another program's" : "not there", HOOK_DIR);
		advise_install(check, hooks);
	} else if (hooks->count > 1) {
		check_fail(check, "installed %u times, each is run: %s, %s", hooks->count, hooks->path,
			   hooks->second);
		check_command(check, "rm %s", check_quote(hooks->second, quoted));
	} else if (!hooks->ours.is_executable) {
		check_fail(check, "%s is not executable: libvirt passes over it", hooks->path);
		advise_executable(check, check_quote(hooks->path, quoted));
	} else if (!hooks->ours.is_current) {
		check_warn(check, "%s is a copy that is not of this version of pcitag (%s/" PROGRAM ")",
			   hooks->path, check->at->sbindir);
		check_command(check, "ln -sfn %s/" PROGRAM " %s", check->at->sbindir,
			      check_quote(hooks->path, quoted));
	} else {
		pass_hook(check, hooks);
	}
}

/* A lease made by this daemon's hook proves that the daemon calls the hook, however new the file is. */
static bool has_called_hook(const struct check *check)
{
	const struct process_id *daemon = &check->daemon.process;

	for (size_t i = 0; i < check->leases.count; i++) {
		const struct process_id *maker = &check->leases.leases[i]->daemon;

		if (maker->pid == daemon->pid && maker->start_time == daemon->start_time)
			return true;
	}
	return false;
}

/*
 * libvirt searches for hooks when its daemon starts and when it is reloaded (libvirt: src/util/virhook.c,
 * virHookInitialize). A reload leaves no trace; a restart does, and guests keep running.
 */
static void check_seen(struct check *check, const struct hooks *hooks)
{
	check->name = "hook-seen";
	if (!hooks->count || !check->has_daemon)
		return;
	if (!check->daemon.process.pid) {
		check_pass(check, "%s will look for hooks when it starts", check->daemon.name);
	} else if (check->daemon.started_ms >= hooks->ours.changed_ms) {
		check_pass(check, "%s was started after the hook was installed", check->daemon.name);
	} else if (has_called_hook(check)) {
		check_pass(check, "%s has called it for a domain that runs", check->daemon.name);
	} else {
		check_fail(check,
			   "the hook is newer than the start of %s (process %d), which may not call it",
			   check->daemon.name, (int)check->daemon.process.pid);
		check_command(check, "systemctl restart %s", check->daemon.name);
	}
}

void check_hooks(struct check *check)
{
	struct hooks hooks;
	struct error err;

	if (find_hooks(check, &hooks, &err) < 0) {
		check_unseen(check, &err);
		return;
	}
	judge_hooks(check, &hooks);
	check_seen(check, &hooks);
}

/* Searches the drop-in where `make install` or an administrator puts it. */
static bool has_drop_in(const struct check *check)
{
	const char *const dirs[] = { check->at->etc, check->at->usr_lib };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/systemd/system/%s.service.d/pcitag.conf", dirs[i],
			 check->daemon.name);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Advises to install the missing drop-in, and then to restart the daemon with it. */
static void advise_limit(struct check *check, bool has_file)
{
	const char *daemon = check->daemon.name, *etc = check->at->etc;

	if (has_file)
		check_command(check, "systemctl daemon-reload && systemctl restart %s", daemon);
	else
		check_command(check,
			      "mkdir -p %s/systemd/system/%s.service.d && printf "
			      "'[Service]\\nLimitMEMLOCK=64M:infinity\\n' "
			      ">%s/systemd/system/%s.service.d/pcitag.conf && systemctl daemon-reload && "
			      "systemctl restart %s",
			      etc, daemon, etc, daemon, daemon);
}

/* When no daemon runs, the drop-in file is checked instead. */
void check_memlock(struct check *check)
{
	bool has_file = has_drop_in(check), runs = check->has_daemon && check->daemon.process.pid;
	struct error err;
	uint64_t hard;

	if (!runs && has_file) {
		check_pass(check, "%s.service.d/pcitag.conf is there for the next start", check->daemon.name);
	} else if (!runs) {
		check_fail(check, "%s.service.d/pcitag.conf is not there: guests cannot lock their memory",
			   check->daemon.name);
		advise_limit(check, false);
	} else if (libvirt_daemon_memlock(&check->daemon, check->paths->proc, &hard, &err) < 0) {
		check_unseen(check, &err);
	} else if (hard == MEMLOCK_UNLIMITED) {
		check_pass(check, "the hard limit of %s is unlimited", check->daemon.name);
	} else {
		check_fail(check,
			   "the hard limit of %s (process %d) is %llu MiB: a guest cannot lock more memory",
			   check->daemon.name, (int)check->daemon.process.pid,
			   (unsigned long long)(hard >> 20));
		advise_limit(check, has_file);
	}
}

/* libvirt's policy enters guests' domains by it (selinux-policy: policy/modules/contrib/virt.te, qemu.fc). */
#define SELINUX_TYPE "qemu_exec_t"

void check_apparmor(struct check *check)
{
	char wrapper[PATH_MAX], place[PATH_MAX];
	struct error err;
	int rc;

	if (!apparmor_is_on(&check->sysfs)) {
		check_pass(check, "off");
		return;
	}
	snprintf(wrapper, sizeof(wrapper), "%s/pcitag-qemu", check->at->bindir);
	rc = apparmor_has_rule(check->at->etc, wrapper, place, sizeof(place), &err);
	if (rc < 0) {
		check_unseen(check, &err);
	} else if (rc == APPARMOR_UNUSED) {
		check_pass(check, "on, but libvirt has no rules for guests here");
	} else if (rc == 0) {
		check_pass(check, "%s lets guests run the wrapper", place);
	} else {
		check_fail(check, "no rule for %s in %s: guests may not run the wrapper", wrapper, place);
		check_command(check, "%s/post-install", check->at->datadir);
	}
}

void check_selinux(struct check *check)
{
	char wrapper[PATH_MAX];

	snprintf(wrapper, sizeof(wrapper), "%s/pcitag-qemu", check->at->bindir);
	if (!selinux_is_enforcing(&check->sysfs)) {
		check_pass(check, "off, or permissive");
	} else if (selinux_has_type(wrapper, SELINUX_TYPE)) {
		check_pass(check, "enforcing; %s is " SELINUX_TYPE " (pcitag is not tested with SELinux)",
			   wrapper);
	} else {
		bool is_fedora = selinux_has_package(check->at->etc);

		check_warn(check, "enforcing, with which pcitag is not tested; %s is not " SELINUX_TYPE "%s",
			   wrapper,
			   is_fedora ? "; pcitag-selinux, which make rpm builds beside pcitag, labels it"
				     : "");
		check_command(check,
			      is_fedora ? "dnf install pcitag-selinux && restorecon -v %1$s"
					: "semanage fcontext -a -t " SELINUX_TYPE
					  " '%1$s' && restorecon -v %1$s",
			      wrapper);
	}
}
