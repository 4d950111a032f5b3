/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For readers of files: a directory of this process, below TMPDIR, which tests/fuzz/run puts in memory. */
#ifndef PCITAG_FUZZ_DIRECTORY_H
#define PCITAG_FUZZ_DIRECTORY_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

static char fuzz_directory_path[PATH_MAX];

static int fuzz_remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
			   struct FTW *at UNUSED)
{
	return remove(path);
}

static void fuzz_directory_remove(void)
{
	(void)nftw(fuzz_directory_path, fuzz_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Its path; made by the first call and removed when the process ends by itself. */
static inline const char *fuzz_directory(void)
{
	const char *parent = getenv("TMPDIR");

	if (fuzz_directory_path[0])
		return fuzz_directory_path;
	snprintf(fuzz_directory_path, sizeof(fuzz_directory_path), "%s/pcitag-fuzz-XXXXXX",
		 parent ? parent : "/tmp");
	REQUIRE(mkdtemp(fuzz_directory_path));
	REQUIRE(atexit(fuzz_directory_remove) == 0);
	return fuzz_directory_path;
}

/* Gives a file, once opened with O_RDWR, these bytes and no others. */
static inline void fuzz_fill(int fd, const void *bytes, size_t len)
{
	REQUIRE(ftruncate(fd, 0) == 0);
	REQUIRE(len == 0 || pwrite(fd, bytes, len, 0) == (ssize_t)len);
}

#endif
