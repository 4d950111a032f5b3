/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/rom_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/atomic_file.h"
#include "base/fileio.h"
#include "host/system/rom_file.h"
#include "model/pci/rom.h"

/* The directory above is made by the package, or here. */
#define STATE_DIR "/var/lib/pcitag"

int rom_store_read(const char *name, char **bytes, size_t *len, struct error *err)
{
	char path[ROM_PATH_LEN];

	snprintf(path, sizeof(path), ROM_DIR "%s", name);
	if (rom_file_check(name, err) != 0)
		return -1;
	return read_file_at(AT_FDCWD, path, ROM_SIZE_MAX, bytes, len, err);
}

/* A mask of the caller's does not count: a guest's QEMU has to get through. */
static int make_directory(const char *path, struct error *err)
{
	if (mkdir(path, 0755) == 0 ? chmod(path, 0755) < 0 : errno != EEXIST)
		return error_set(err, errno, "cannot create %s", path);
	return 0;
}

static int open_directory(int *fd, struct error *err)
{
	*fd = open(ROM_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? error_set(err, errno, "cannot open " ROM_DIR) : 0;
}

int rom_store_write(const char *name, const char *bytes, size_t len, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;

	if (make_directory(STATE_DIR, err) < 0 || make_directory(ROM_DIR, err) < 0 ||
	    open_directory(&dir, err) < 0)
		return -1;
	return atomic_file_write(dir, name, bytes, len, 0644, err);
}

int rom_store_remove(const char *name, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	char path[ROM_PATH_LEN];

	snprintf(path, sizeof(path), ROM_DIR "%s", name);
	if (access(path, F_OK) < 0)
		return error_set(err, errno, "cannot remove the ROM file %s", path);
	return open_directory(&dir, err) < 0 ? -1 : atomic_file_remove(dir, name, err);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

int rom_store_list(struct rom_names *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir(ROM_DIR);
	const struct dirent *entry;
	int rc = 0;

	*out = (struct rom_names){ 0 };
	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot list " ROM_DIR);
	do {
		struct rom_name name = { "" };

		rc = directory_next(dir, &entry, err);
		if (rc < 0 || !entry || !rom_name_valid(entry->d_name))
			continue;
		strcpy(name.text, entry->d_name);
		if (!ARRAY_APPEND(out->items, out->count, name))
			rc = error_set(err, ENOMEM, "cannot list %zu ROM files", out->count + 1);
	} while (rc == 0 && entry);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_names);
	return rc;
}
