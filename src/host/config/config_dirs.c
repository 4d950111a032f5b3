/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/config/config_dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "base/fileio.h"
#include "base/text.h"

#define CONFIG_FILE_MAX ((size_t)1 << 20)

struct reading {
	const char *const *dirs;
	const char *name;
	config_line_fn *tell;
	void *context;
};

/* Returns whether a directory before number @dir has a file of this name. A link to /dev/null counts, too. */
static bool is_masked(const struct reading *reading, size_t dir, const char *file)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < dir; i++) {
		int n = snprintf(path, sizeof(path), "%s/%s/%s", reading->dirs[i], reading->name, file);

		if (n > 0 && (size_t)n < sizeof(path) &&
		    faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

static int read_config(const struct reading *reading, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	unsigned number = 1;
	int rc = 0;

	if (read_file_at(AT_FDCWD, path, CONFIG_FILE_MAX, &text, NULL, err) < 0)
		return -1;
	for (const char *line = text; *line && rc == 0; line = next_line(line), number++) {
		char first = *word_at(line, 0);

		if (first != '#' && first != ';' && first != '\n' && first)
			rc = reading->tell(path, number, line, reading->context);
	}
	return rc;
}

static int read_directory(const struct reading *reading, size_t number, struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", reading->dirs[number], reading->name), rc;
	CLEANUP_DIR DIR *dir = n > 0 && (size_t)n < sizeof(path) ? opendir(path) : NULL;
	const struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot list %s", path);
	do {
		rc = directory_next(dir, &entry, err);
		if (rc < 0 || !entry || fnmatch("*.conf", entry->d_name, FNM_PERIOD) != 0 ||
		    is_masked(reading, number, entry->d_name))
			continue;
		(void)snprintf(path + n, sizeof(path) - (size_t)n, "/%s", entry->d_name);
		rc = read_config(reading, path, err);
	} while (rc == 0 && entry);
	return rc;
}

int config_dirs_read(const char *const *dirs, size_t count, const char *name, config_line_fn *tell,
		     void *context, struct error *err)
{
	const struct reading reading = { .dirs = dirs, .name = name, .tell = tell, .context = context };
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = read_directory(&reading, i, err);
	return rc;
}
