/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: base/atomic_file.c base/lock_file.c base/fileio.c base/error.c */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/atomic_file.h"
#include "base/deadline.h"
#include "base/fileio.h"
#include "base/lock_file.h"
#include "test.h"

static char dir_path[] = "/tmp/pcitag-test-XXXXXX";
static int dir;

static void test_a_file_is_replaced_whole(void)
{
	CLEANUP_FREE char *text = NULL;
	struct error err;
	struct stat st;
	size_t len;

	CHECK(atomic_file_write(dir, "lease", "a long first text", 17, 0644, &err) == 0);
	CHECK(atomic_file_write(dir, "lease", "short", 5, 0644, &err) == 0);
	CHECK(read_file_at(dir, "lease", 100, &text, &len, &err) == 0);
	CHECK_STR(text, "short");
	CHECK(fstatat(dir, "lease", &st, 0) == 0 && (st.st_mode & 0777) == 0644);
	CHECK(fstatat(dir, ".lease.tmp", &st, 0) < 0 && errno == ENOENT);
}

static void test_a_longer_temporary_file_left_by_a_crash_leaves_no_trace(void)
{
	CLEANUP_FREE char *text = NULL;
	int fd = openat(dir, ".lease.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct error err;
	size_t len;

	CHECK(fd >= 0 && write(fd, "left behind by a crash", 22) == 22);
	close(fd);
	CHECK(atomic_file_write(dir, "lease", "new", 3, 0644, &err) == 0);
	CHECK(read_file_at(dir, "lease", 100, &text, &len, &err) == 0);
	CHECK_STR(text, "new");
}

static void test_a_link_in_place_of_the_temporary_file_is_not_followed(void)
{
	struct error err;

	CHECK(symlinkat("victim", dir, ".other.tmp") == 0);
	CHECK(atomic_file_write(dir, "other", "x", 1, 0644, &err) == -1);
	CHECK(faccessat(dir, "victim", F_OK, 0) < 0);
}

static void test_removing_what_is_not_there_is_no_failure(void)
{
	struct error err;

	CHECK(atomic_file_remove(dir, "lease", &err) == 0);
	CHECK(atomic_file_remove(dir, "lease", &err) == 0);
}

static void test_a_lock_is_held_by_one_and_names_its_holder(void)
{
	struct error err = { 0 };
	char expected[200];
	int first = -1, second = -1;
	int64_t start;

	CHECK(lock_file_take(dir, "lock", 100, &first, &err) == 0);
	start = clock_ms();
	CHECK(lock_file_take(dir, "lock", 100, &second, &err) == -1);
	CHECK(clock_ms() - start >= 100);
	snprintf(expected, sizeof(expected),
		 "waited 100 ms for the lock file lock, held by process %d: Connection timed out",
		 (int)getpid());
	CHECK_STR(err.msg, expected);
	close(first);
	CHECK(lock_file_take(dir, "lock", 100, &second, &err) == 0);
	close(second);
}

static void test_the_lock_of_a_process_that_died_is_free(void)
{
	struct error err;
	int fd = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(lock_file_take(dir, "lock", 100, &fd, &err) == 0 ? 0 : 1);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(lock_file_take(dir, "lock", 100, &fd, &err) == 0);
	close(fd);
}

int main(void)
{
	CHECK(mkdtemp(dir_path) != NULL);
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(test_a_file_is_replaced_whole);
	RUN(test_a_longer_temporary_file_left_by_a_crash_leaves_no_trace);
	RUN(test_a_link_in_place_of_the_temporary_file_is_not_followed);
	RUN(test_removing_what_is_not_there_is_no_failure);
	RUN(test_a_lock_is_held_by_one_and_names_its_holder);
	RUN(test_the_lock_of_a_process_that_died_is_free);
	(void)unlinkat(dir, "lock", 0);
	(void)unlinkat(dir, ".other.tmp", 0);
	(void)rmdir(dir_path);
	return 0;
}
