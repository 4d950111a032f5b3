/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/cgroup.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fileio.h"
#include "base/text.h"

/* One line for each hierarchy. Each line contains one path. */
#define TABLE_MAX (64 << 10)

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Finds "0::/PATH" of cgroup v2, or "N:name=systemd:/PATH" of v1, which takes precedence. */
static const char *find_path(const char *table)
{
	static const char unified[] = "0::", systemd[] = "name=systemd:";
	const char *found = NULL;

	for (const char *line = table; *line; line = next_line(line)) {
		const char *rest = strchr(line, ':');

		if (rest && starts_with(rest + 1, systemd))
			return rest + 1 + strlen(systemd);
		if (starts_with(line, unified))
			found = line + strlen(unified);
	}
	return found;
}

bool process_cgroup(const char *proc, pid_t pid, char out[static PROCESS_CGROUP_LEN])
{
	CLEANUP_FREE char *table = NULL;
	char path[PATH_MAX];
	const char *found;
	size_t len;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%s/%d/cgroup", proc, (int)pid);
	if (read_file_at(AT_FDCWD, path, TABLE_MAX, &table, NULL, NULL) < 0)
		return false;
	found = find_path(table);
	len = found ? strcspn(found, "\n") : 0;
	if (len == 0 || len >= PROCESS_CGROUP_LEN)
		return false;
	memcpy(out, found, len);
	out[len] = '\0';
	return true;
}

bool process_is_guest(const char *proc, pid_t pid)
{
	char cgroup[PROCESS_CGROUP_LEN];

	return process_cgroup(proc, pid, cgroup) &&
	       (starts_with(cgroup, "/machine.slice/") || starts_with(cgroup, "/machine/"));
}

bool process_is_seat(const char *proc, pid_t pid)
{
	static const char *const units[] = {
		"/system.slice/systemd-logind.service",
		"/system.slice/display-manager.service",
		"/system.slice/gdm.service",
		"/system.slice/gdm3.service",
		"/system.slice/sddm.service",
		"/system.slice/lightdm.service",
	};
	char cgroup[PROCESS_CGROUP_LEN];

	if (!process_cgroup(proc, pid, cgroup))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(cgroup, units[i]) == 0)
			return true;
	}
	return starts_with(cgroup, "/user.slice/") && strstr(cgroup, "/session-");
}
