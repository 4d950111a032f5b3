/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The definition of a domain in a file, for hosts where it is transient: a cluster runs `virsh create FILE`.
 * Read, and replaced as a whole.
 */
#ifndef PCITAG_HOST_SYSTEM_DOMAIN_FILE_H
#define PCITAG_HOST_SYSTEM_DOMAIN_FILE_H

#include <sys/stat.h>

#include "base/error.h"

struct domain_file {
	const char *path; /* as given */
	const char *name; /* its last part */
	int dir;	  /* owned; locked: only one process at a time changes files of this directory so */
	struct stat like; /* owner, group and mode of the file */
};

#define DOMAIN_FILE_CLOSED ((struct domain_file){ .dir = -1 })

/*
 * Opens it. No part of the path may be a symbolic link: who owns its directory could have root write to
 * another file. It must be a regular file.
 * @path: must outlive @out; a relative one begins in the working directory
 * Fails also when another process is just changing a file of that directory. The caller closes @out.
 */
int domain_file_open(const char *path, struct domain_file *out, struct error *err);
void domain_file_close(struct domain_file *file);

/* Returns its text, which the caller frees, or NULL with *err. */
char *domain_file_read(struct domain_file *file, struct error *err);

/* Replaces it atomically; owner, group and mode stay. */
int domain_file_write(const struct domain_file *file, const char *text, struct error *err);

#endif
