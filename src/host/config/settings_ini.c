/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/config/settings_ini.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "host/config/ini_file.h"

struct loader {
	struct settings settings;
	unsigned section_line; /* 0 before the section */
	const char *path;
};

static int on_section(void *user, const char *name, unsigned line, struct error *err)
{
	struct loader *load = user;

	if (strcmp(name, SETTINGS_SECTION) != 0)
		return error_set(err, 0,
				 "%s:%u: unknown section [%.100s]; the only one of this file is "
				 "[" SETTINGS_SECTION "], models belong to registry.ini",
				 load->path, line, name);
	if (load->section_line)
		return error_set(err, 0, "%s:%u: [%s] is already at %s:%u; merge the two", load->path, line,
				 name, load->path, load->section_line);
	load->section_line = line;
	return 0;
}

static int on_key(void *user, const char *key, const char *value, struct error *err)
{
	struct loader *load = user;

	return settings_set(&load->settings, key, value, err);
}

int settings_load(const char *etc_dir, struct settings *out, struct error *err)
{
	struct loader load = { .settings = SETTINGS_DEFAULT };
	const struct ini_sink sink = { .section = on_section, .key = on_key, .user = &load };
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", etc_dir, SETTINGS_FILE);

	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, 0, "%s: the path is too long; choose a shorter one", etc_dir);
	load.path = path;
	if (ini_file_read(AT_FDCWD, path, path, &sink, err) < 0)
		return -1;
	*out = load.settings;
	return 0;
}
