/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory below /tmp that a test fills with what sysfs or proc would show. */
#ifndef PCITAG_FAKE_TREE_H
#define PCITAG_FAKE_TREE_H

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[] = "/tmp/pcitag-tree-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void tree_remove(void)
{
	CHECK(nftw(tree, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0);
}

static void tree_start(void)
{
	strcpy(tree + sizeof(tree) - 7, "XXXXXX");
	CHECK(mkdtemp(tree));
}

/* Makes the directories on the way to @path, relative to the tree. */
static void tree_parents(const char *path)
{
	char part[512];

	for (size_t i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%s/%.*s", tree, (int)i, path);
		(void)mkdir(part, 0755);
	}
}

static void tree_file(const char *path, const char *text)
{
	char whole[512];
	int fd;

	tree_parents(path);
	snprintf(whole, sizeof(whole), "%s/%s", tree, path);
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	CHECK(fd >= 0);
	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(close(fd) == 0);
}

static inline void tree_link(const char *path, const char *target)
{
	char whole[512];

	tree_parents(path);
	snprintf(whole, sizeof(whole), "%s/%s", tree, path);
	CHECK(symlink(target, whole) == 0);
}

static inline void tree_directory(const char *path)
{
	char whole[512];

	tree_parents(path);
	snprintf(whole, sizeof(whole), "%s/%s", tree, path);
	CHECK(mkdir(whole, 0755) == 0);
}

#endif
