/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file of the registry, for those who change it as root: read, replaced at once, or removed. Whoever does
 * so has the registry to himself by a lock. Links are not followed, since a new file would take the link's
 * place, and directories in which others could put one are refused.
 */
#ifndef PCITAG_HOST_REGISTRY_FILE_H
#define PCITAG_HOST_REGISTRY_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"
#include "model/registry.h"

struct registry_file {
	char path[REGISTRY_PATH_LEN]; /* for messages */
	char name[NAME_MAX + 1];
	int dir;	/* descriptor of its directory */
	bool exists;	/* what follows is there */
	struct stat st; /* owner and mode, which a new text keeps */
	char *text;	/* owned; terminated, which @len does not count */
	size_t len;
};

/* One that is not open: closing it again does no harm. */
#define REGISTRY_FILE_CLOSED ((struct registry_file){ .dir = -1 })

/* Makes ETC_DIR and its registry.d (0755) where they are missing. */
int registry_file_make_directories(const char *etc_dir, struct error *err);

/*
 * Opens one, which may be missing.
 * @file: below @etc_dir: REGISTRY_FILE, or REGISTRY_DIR "/NAME.ini"
 * @out:  close it with registry_file_close(), also after a failure
 * Fails with one line that names the file or the directory.
 */
int registry_file_open(const char *etc_dir, const char *file, struct registry_file *out, struct error *err);
void registry_file_close(struct registry_file *file);

/*
 * Replaces its text durably: 0644 and root's when it is new, otherwise owner, group and mode stay. Fails when
 * it is not as it was opened: somebody with an editor, who knows no lock, has been faster.
 */
int registry_file_write(const struct registry_file *file, const char *text, size_t len, struct error *err);

/* Removes it durably; fails likewise. */
int registry_file_remove(const struct registry_file *file, struct error *err);

#endif
