/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/directory.h"

#include <errno.h>

int directory_next(DIR *dir, const struct dirent **entry, struct error *err)
{
	errno = 0;
	*entry = readdir(dir);
	if (!*entry && errno)
		return error_set(err, errno, "cannot read on in a directory");
	return 0;
}
