/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an installation put into place: files as they are now. */
#ifndef PCITAG_HOST_INSTALLED_FILE_H
#define PCITAG_HOST_INSTALLED_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct installed_file {
	bool is_link;	    /* the path itself is a symbolic link */
	bool is_dangling;   /* and what it names is not there; all below is then unset */
	bool is_directory;  /* a directory; otherwise see is_executable */
	bool is_executable; /* a file that everybody may run */
	bool is_roots;	    /* belongs to root and nobody else may write to it */
	dev_t device;	    /* with inode: of the file itself, behind all links */
	ino_t inode;
	int64_t changed_ns; /* ctime, nanoseconds of the epoch: libvirt remembers an emulator by it (libvirt:
			       src/qemu/qemu_capabilities.c, virQEMUCapsIsValid) */
};

#define INSTALLED_FILE_ABSENT 1

/* Returns 0, INSTALLED_FILE_ABSENT when there is nothing at @path, not even a link, or -1. */
int installed_file_read(const char *path, struct installed_file *out, struct error *err);

static inline bool installed_file_same(const struct installed_file *a, const struct installed_file *b)
{
	return a->device == b->device && a->inode == b->inode;
}

/* Called for each entry; returns 0 to go on, anything else to stop. */
typedef int installed_name_fn(const char *name, void *context);

/*
 * Tells the names in directory @path, without those that begin with a dot; none when it is not there.
 * Returns 0, what @tell returned when that was not 0, or -1.
 */
int installed_names(const char *path, installed_name_fn *tell, void *context, struct error *err);

#endif
