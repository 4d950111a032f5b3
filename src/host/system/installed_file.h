/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the present state of installed files, and of those in libvirt's hook directory. */
#ifndef PCITAG_HOST_SYSTEM_INSTALLED_FILE_H
#define PCITAG_HOST_SYSTEM_INSTALLED_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct installed_file {
	bool is_link;	    /* the path itself is a symbolic link */
	bool is_dangling;   /* and its target is missing; all fields below are then unset */
	bool is_directory;  /* a directory; otherwise see is_executable */
	bool is_executable; /* a file that every user may execute */
	bool is_roots;	    /* owned by root, and writable by no other user */
	dev_t device;	    /* with inode: of the file itself, after all links */
	ino_t inode;
	int64_t changed_ns; /* ctime, ns since the epoch; libvirt identifies an emulator by it (libvirt:
			       src/qemu/qemu_capabilities.c, virQEMUCapsIsValid) */
};

enum { INSTALLED_FILE_ABSENT = 1 };

/* Returns 0, INSTALLED_FILE_ABSENT when there is nothing at @path, not even a link, or -1. */
int installed_file_read(const char *path, struct installed_file *out, struct error *err);

static inline bool installed_file_same(const struct installed_file *a, const struct installed_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* Called for each entry. Returns 0 to continue; any other value stops. */
typedef int installed_name_fn(const char *name, void *context);

/*
 * Calls @tell for each name in directory @path, if it exists, except those that begin with a dot.
 * Returns 0, the value of @tell when that was not 0, or -1.
 */
int installed_names(const char *path, installed_name_fn *tell, void *context, struct error *err);

struct installed_hook {
	bool is_ours;	    /* it contains a text that only pcitag's hook has, as in mk/install.mk */
	bool is_link;	    /* @path is a symbolic link, not a copy of the program */
	bool is_executable; /* libvirt ignores other files (src/util/virhook.c, virHookCheck) */
	bool is_current;    /* it is identical to @original */
	int64_t changed_ms; /* since when it is there, in milliseconds since the epoch: the ctime of @path, of
			       a link its own, because a new version of the program is run as it is */
};

/*
 * @original: the hook of this version, for comparison
 * Returns 0, INSTALLED_FILE_ABSENT when there is no file at @path, or -1.
 */
int installed_hook_read(const char *path, const char *original, struct installed_hook *out,
			struct error *err);

#endif
