/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an administrator's command line does with the files of host/system/rom_file.h. */
#ifndef PCITAG_HOST_SYSTEM_ROM_STORE_H
#define PCITAG_HOST_SYSTEM_ROM_STORE_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/options.h"

/* Reads a file, which the caller frees. Fails when it is not as rom_file_check() wants it, or too long. */
int rom_store_read(const char *name, char **bytes, size_t *len, struct error *err);

/* Writes a file with mode 0644, as a whole or not at all, and makes the directory when there is none. */
int rom_store_write(const char *name, const char *bytes, size_t len, struct error *err);

/* Removes a file. Fails also when there is none. */
int rom_store_remove(const char *name, struct error *err);

struct rom_name {
	char text[ROM_NAME_LEN];
};

struct rom_names {
	struct rom_name *items; /* owned: the caller frees it; in alphabetical order */
	size_t count;
};

/* Lists the names of all files that can be ROM files by their names. None is no failure. */
int rom_store_list(struct rom_names *out, struct error *err);

#endif
