/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/rom_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int rom_file_check(const char *name, struct error *err)
{
	char path[ROM_PATH_LEN];
	struct stat st;

	snprintf(path, sizeof(path), ROM_DIR "%s", name);
	if (lstat(path, &st) < 0)
		return error_refuse(err, ROM_FILE_UNFIT,
				    "the ROM file %s is not there (%s): pcitag rom add %s FILE", path,
				    strerror(errno), name);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) ||
	    !(st.st_mode & S_IROTH))
		return error_refuse(
			err, ROM_FILE_UNFIT,
			"the ROM file %s is not a file of root's with mode 0644: pcitag rom add %s FILE",
			path, name);
	return 0;
}
