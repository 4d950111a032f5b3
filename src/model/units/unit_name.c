/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/units/unit_name.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

#define VALID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\"

static bool has_suffix(const char *dot)
{
	static const char *const suffixes[] = { ".service",   ".socket", ".target", ".mount",
						".automount", ".swap",	 ".timer",  ".path" };

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	}
	return false;
}

enum unit_name_kind unit_name_kind(const char *name)
{
	const char *dot = strrchr(name, '.'), *at = strchr(name, '@');

	if (!dot || dot == name || at == name || strlen(name) >= UNIT_NAME_LEN || !has_suffix(dot))
		return UNIT_NAME_INVALID;
	if (strspn(name, VALID_CHARACTERS "@") != strlen(name))
		return UNIT_NAME_INVALID;
	if (!at)
		return UNIT_NAME_PLAIN;
	return at + 1 == dot ? UNIT_NAME_TEMPLATE : UNIT_NAME_INSTANCE;
}

bool unit_name_instantiate(const char *name, const char *instance, char out[static UNIT_NAME_LEN])
{
	const char *dot = strrchr(name, '.');
	bool is_template = unit_name_kind(name) == UNIT_NAME_TEMPLATE;
	int before = is_template ? (int)(dot - name) : (int)strlen(name);
	int len = snprintf(out, UNIT_NAME_LEN, "%.*s%s%s", before, name, is_template ? instance : "",
			   is_template ? dot : "");

	if (len >= 0 && len < UNIT_NAME_LEN)
		return true;
	out[0] = '\0';
	return false;
}

static bool is_slice(const char *component, size_t len)
{
	static const char suffix[] = ".slice";

	return len > strlen(suffix) && memcmp(component + len - strlen(suffix), suffix, strlen(suffix)) == 0;
}

bool unit_name_of_cgroup(const char *path, char out[static UNIT_NAME_LEN])
{
	size_t len;

	out[0] = '\0';
	for (; *path == '/'; path += len) {
		path++;
		len = strcspn(path, "/");
		if (is_slice(path, len))
			continue;
		/* systemd puts this in front of a name that the kernel might use for itself (cg_escape). */
		if (*path == '_') {
			path++;
			len--;
		}
		if (len == 0 || len >= UNIT_NAME_LEN)
			return false;
		memcpy(out, path, len);
		out[len] = '\0';
		return true;
	}
	return false;
}

const char *unit_name_between(const char *unit, const char *prefix, const char *suffix, size_t *len)
{
	size_t before = strlen(prefix), behind = strlen(suffix), all = strlen(unit);

	if (all <= before + behind || strncmp(unit, prefix, before) != 0 ||
	    strcmp(unit + all - behind, suffix) != 0)
		return NULL;
	*len = all - before - behind;
	return unit + before;
}

bool unit_name_is_session(const char *unit)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len;
	const char *id = unit_name_between(unit, "session-", ".scope", &len);

	return id && len > 0 && strlen(unit) < UNIT_NAME_LEN && strspn(id, characters) == len;
}
