/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One file of the registry, for changes by root: read, replaced atomically, or removed. The caller holds a
 * lock that gives it exclusive access to the registry. Links are not followed, since a new file would replace
 * the link. A directory that other users can write to is refused.
 */
#ifndef PCITAG_HOST_CONFIG_REGISTRY_FILE_H
#define PCITAG_HOST_CONFIG_REGISTRY_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"
#include "model/registry/registry.h"

struct registry_file {
	char path[REGISTRY_PATH_LEN]; /* for messages */
	char name[NAME_MAX + 1];
	int dir;	/* descriptor of its directory */
	bool exists;	/* the file exists, and the fields below are set */
	struct stat st; /* owner and mode, which a new text keeps */
	char *text;	/* owned; terminated by a NUL that @len does not count */
	size_t len;
};

/* A file that is not open. Closing it is harmless. */
#define REGISTRY_FILE_CLOSED ((struct registry_file){ .dir = -1 })

/* Creates ETC_DIR and its registry.d (mode 0755) when they do not exist. */
int registry_file_make_directories(const char *etc_dir, struct error *err);

/*
 * Opens a file, which may be missing.
 * @file: below @etc_dir: REGISTRY_FILE, or REGISTRY_DIR "/NAME.ini"
 * @out:  close it with registry_file_close(), also after a failure
 * Fails with one line that names the file or the directory.
 */
int registry_file_open(const char *etc_dir, const char *file, struct registry_file *out, struct error *err);
void registry_file_close(struct registry_file *file);

/*
 * Replaces the text durably. A new file gets mode 0644 and belongs to root; otherwise owner, group and mode
 * stay. Fails when the file has changed since it was opened: editors do not use the lock.
 */
int registry_file_write(const struct registry_file *file, const char *text, size_t len, struct error *err);

/* Removes the file durably. Fails under the same conditions. */
int registry_file_remove(const struct registry_file *file, struct error *err);

#endif
