/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/confinement.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/fileio.h"
#include "base/text.h"
#include "host/system/module_state.h"
#include "model/system/host_text.h"

#define RULES_MAX ((size_t)1 << 20)
#define ABSTRACTION "apparmor.d/abstractions/libvirt-qemu"
#define RULES_DIRECTORY ABSTRACTION ".d/pcitag"
#define RULES_LOCAL "apparmor.d/local/abstractions/libvirt-qemu"

bool apparmor_is_on(const struct sysfs *sysfs)
{
	return module_parameter_is_on(sysfs, "apparmor", "enabled");
}

/* Returns whether a line that is not a comment contains @text. Include directives begin with '#' as well. */
static bool has_line(const char *rules, const char *text)
{
	for (const char *line = rules; *line; line = next_line(line)) {
		const char *first = word_at(line, 0);
		const char *found = strstr(line, text);

		if (found && found < next_line(line) &&
		    (first[0] != '#' || strncmp(first, "#include", 8) == 0))
			return true;
	}
	return false;
}

/* Searches the rules of this file for a line with @text. Returns 0, FILE_ABSENT or -1. */
static int look_for(const char *path, const char *text, bool *found, struct error *err)
{
	CLEANUP_FREE char *rules = NULL;
	int rc = read_file_if_any(path, RULES_MAX, &rules, err);

	*found = rc == 0 && has_line(rules, text);
	return rc;
}

int apparmor_has_rule(const char *etc, const char *wrapper, char *place, size_t size, struct error *err)
{
	bool found;
	int rc;

	snprintf(place, size, "%s/" ABSTRACTION, etc);
	rc = look_for(place, "abstractions/libvirt-qemu.d", &found, err);
	if (rc != 0)
		return rc == FILE_ABSENT ? APPARMOR_UNUSED : -1;
	snprintf(place, size, "%s/%s", etc, found ? RULES_DIRECTORY : RULES_LOCAL);
	if (look_for(place, wrapper, &found, err) < 0)
		return -1;
	return found ? 0 : APPARMOR_NO_RULE;
}

bool selinux_is_enforcing(const struct sysfs *sysfs)
{
	char text[8];

	return sysfs_read(sysfs, "fs/selinux/enforce", text, sizeof(text), NULL) == 0 && text[0] == '1';
}

bool selinux_has_type(const char *path, const char *type)
{
	char context[256];
	ssize_t n = getxattr(path, "security.selinux", context, sizeof(context) - 1);
	const char *field;

	if (n < 0)
		return false;
	context[n] = '\0';
	field = strchr(context, ':');
	field = field ? strchr(field + 1, ':') : NULL;
	return field && strncmp(field + 1, type, strlen(type)) == 0 &&
	       (field[1 + strlen(type)] == ':' || !field[1 + strlen(type)]);
}

bool selinux_has_package(const char *etc)
{
	char path[PATH_MAX];
	bool found;

	snprintf(path, sizeof(path), "%s/os-release", etc);
	return look_for(path, "fedora", &found, NULL) == 0 && found;
}
