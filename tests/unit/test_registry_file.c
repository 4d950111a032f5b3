/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/config/registry_file.c base/atomic_file.c base/fileio.c base/error.c */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "host/config/registry_file.h"
#include "test.h"

static char etc[] = "/tmp/pcitag-test-XXXXXX";

static const char *path_of(const char *file)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", etc, file);
	return path;
}

static void put(const char *file, const char *text)
{
	struct error err = { 0 };
	int fd = open(path_of(file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write_all(fd, text, strlen(text), &err) == 0 && close(fd) == 0);
}

static void holds(const char *file, const char *text)
{
	CLEANUP_FREE char *found = NULL;
	struct error err = { 0 };

	CHECK(read_file_at(AT_FDCWD, path_of(file), 1000, &found, NULL, &err) == 0);
	CHECK_STR(found, text);
}

static void test_directories_are_made(void)
{
	struct error err = { 0 };
	struct stat st;

	(void)umask(022);
	CHECK(rmdir(etc) == 0);
	CHECK(registry_file_make_directories(etc, &err) == 0);
	CHECK(registry_file_make_directories(etc, &err) == 0);
	CHECK(stat(path_of("registry.d"), &st) == 0 && (st.st_mode & 07777) == 0755);
}

static void test_a_new_file_and_a_new_text(void)
{
	struct registry_file file;
	struct error err = { 0 };
	struct stat st;

	CHECK(registry_file_open(etc, "registry.d/a.ini", &file, &err) == 0 && !file.exists);
	CHECK(registry_file_write(&file, "first", 5, &err) == 0);
	registry_file_close(&file);
	holds("registry.d/a.ini", "first");
	CHECK(stat(path_of("registry.d/a.ini"), &st) == 0 && (st.st_mode & 07777) == 0644);
	CHECK(chmod(path_of("registry.d/a.ini"), 0640) == 0);
	CHECK(registry_file_open(etc, "registry.d/a.ini", &file, &err) == 0 && file.exists);
	CHECK_STR(file.text, "first");
	CHECK(registry_file_write(&file, "second", 6, &err) == 0);
	registry_file_close(&file);
	registry_file_close(&file);
	holds("registry.d/a.ini", "second");
	CHECK(stat(path_of("registry.d/a.ini"), &st) == 0 && (st.st_mode & 07777) == 0640);
}

static void test_what_an_editor_wrote_meanwhile_is_not_lost(void)
{
	struct registry_file file;
	struct error err = { 0 };
	char expected[300];

	snprintf(expected, sizeof(expected), "%s was changed meanwhile; try again", path_of("registry.ini"));
	CHECK(registry_file_open(etc, "registry.ini", &file, &err) == 0);
	put("registry.ini", "new");
	CHECK(registry_file_write(&file, "mine", 4, &err) == -1);
	CHECK_STR(err.msg, expected);
	registry_file_close(&file);
	CHECK(registry_file_open(etc, "registry.ini", &file, &err) == 0);
	put("registry.ini", "newer");
	CHECK(registry_file_write(&file, "mine", 4, &err) == -1);
	CHECK(registry_file_remove(&file, &err) == -1);
	CHECK_STR(err.msg, expected);
	registry_file_close(&file);
	holds("registry.ini", "newer");
	CHECK(registry_file_open(etc, "registry.ini", &file, &err) == 0);
	CHECK(registry_file_remove(&file, &err) == 0);
	registry_file_close(&file);
	CHECK(access(path_of("registry.ini"), F_OK) != 0);
}

static void test_what_is_not_opened(void)
{
	struct registry_file file;
	struct error err = { 0 };

	CHECK(symlink("registry.d/a.ini", path_of("registry.ini")) == 0);
	CHECK(registry_file_open(etc, "registry.ini", &file, &err) == -1);
	CHECK(strstr(err.msg, "registry.ini is a link, and a file would take its place"));
	registry_file_close(&file);
	CHECK(unlink(path_of("registry.ini")) == 0 && mkfifo(path_of("registry.ini"), 0600) == 0);
	CHECK(registry_file_open(etc, "registry.ini", &file, &err) == -1);
	CHECK(strstr(err.msg, "registry.ini is not a regular file"));
	registry_file_close(&file);
	CHECK(unlink(path_of("registry.ini")) == 0);
	CHECK(chmod(path_of("registry.d"), 0777) == 0);
	CHECK(registry_file_open(etc, "registry.d/a.ini", &file, &err) == -1);
	CHECK(strstr(err.msg, "registry.d must be owned by root and writable by root only"));
	registry_file_close(&file);
}

int main(void)
{
	CHECK(mkdtemp(etc));
	RUN(test_directories_are_made);
	RUN(test_a_new_file_and_a_new_text);
	RUN(test_what_an_editor_wrote_meanwhile_is_not_lost);
	RUN(test_what_is_not_opened);
	CHECK(unlink(path_of("registry.d/a.ini")) == 0 && rmdir(path_of("registry.d")) == 0 &&
	      rmdir(etc) == 0);
	return 0;
}
