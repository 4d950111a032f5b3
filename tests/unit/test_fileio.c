/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: base/fileio.c base/error.c */
#include "base/fileio.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/pcitag-fileio-XXXXXX";
static int dirfd_of_test;

static void put(const char *name, const char *text, size_t len)
{
	struct error err = { 0 };
	int fd = openat(dirfd_of_test, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write_all(fd, text, len, &err) == 0);
	CHECK(close(fd) == 0);
}

static void test_a_file_is_read_whole_and_terminated(void)
{
	struct error err = { 0 };
	char *text = NULL;
	size_t len = 0;

	put("f", "a\0b", 3);
	CHECK(read_file_at(dirfd_of_test, "f", 3, &text, &len, &err) == 0);
	CHECK(len == 3 && memcmp(text, "a\0b", 4) == 0);
	free(text);
}

static void test_an_empty_file_is_an_empty_string(void)
{
	struct error err = { 0 };
	char *text = NULL;

	put("f", "", 0);
	CHECK(read_file_at(dirfd_of_test, "f", 0, &text, NULL, &err) == 0);
	CHECK_STR(text, "");
	free(text);
}

static void test_a_table_that_is_missing_is_no_failure(void)
{
	struct error err = { 0 };
	char *text = (char *)"";

	put("f", "a b\n", 4);
	CHECK(read_table(dir, "f", 4, &text, &err) == 0);
	CHECK_STR(text, "a b\n");
	free(text);
	CHECK(read_table(dir, "absent", 4, &text, &err) == 0 && !text);
	CHECK(read_table(dir, "f", 3, &text, &err) == -1 && !text && err.code == EFBIG);
	CHECK(read_table(dir, "f", 3, &text, NULL) == -1);
}

static void test_the_start_of_a_file_fits_its_buffer(void)
{
	char start[4] = "xxx";

	put("f", "abcdef", 6);
	CHECK(read_start_at(dirfd_of_test, "f", start, sizeof(start)) == 3);
	CHECK_STR(start, "abc");
	CHECK(read_start_at(dirfd_of_test, "absent", start, sizeof(start)) == 0);
	CHECK_STR(start, "");
}

static void test_exactly_the_limit_fits_and_one_more_does_not(void)
{
	static const size_t sizes[] = { 1, 4094, 4095, 4096, 4097, 8191, 8192, 100000 };
	static char big[100001];
	struct error err = { 0 };
	char *text = NULL;
	size_t len;

	memset(big, 'x', sizeof(big));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put("f", big, sizes[i]);
		CHECK(read_file_at(dirfd_of_test, "f", sizes[i], &text, &len, &err) == 0);
		CHECK(len == sizes[i] && strlen(text) == len);
		free(text);
		text = NULL;
		CHECK(read_file_at(dirfd_of_test, "f", sizes[i] - 1, &text, &len, &err) < 0);
		CHECK(err.code == EFBIG && !text && len == sizes[i]);
	}
	put("f", "12345", 5);
	CHECK(read_file_at(dirfd_of_test, "f", 4, &text, &len, &err) < 0);
	CHECK_STR(err.msg, "cannot read f: more than 4 bytes: File too large");
}

static void test_a_missing_file_is_told_apart_by_its_code(void)
{
	struct error err = { 0 };
	char *text = NULL;

	CHECK(read_file_at(dirfd_of_test, "none", 10, &text, NULL, &err) < 0);
	CHECK(err.code == ENOENT && !text);
	CHECK_STR(err.msg, "cannot read none: No such file or directory");
}

static void test_a_directory_is_refused(void)
{
	struct error err = { 0 };
	char *text = NULL;

	CHECK(read_file_at(AT_FDCWD, "/", 10, &text, NULL, &err) < 0);
	CHECK(err.code == EISDIR);
	CHECK_STR(err.msg, "cannot read /: read failed: Is a directory");
}

static void test_a_fifo_without_a_writer_does_not_block(void)
{
	struct error err = { 0 };
	char *text = NULL;

	CHECK(mkfifoat(dirfd_of_test, "fifo", 0600) == 0);
	CHECK(read_file_at(dirfd_of_test, "fifo", 10, &text, NULL, &err) == 0);
	CHECK_STR(text, "");
	free(text);
}

static void test_a_pipe_is_read_to_its_end_over_many_writes(void)
{
	struct error err = { 0 };
	char *text = NULL;
	size_t len = 0;
	int ends[2];

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	CHECK(write_all(ends[1], "one ", 4, &err) == 0);
	CHECK(write_all(ends[1], "two", 3, &err) == 0);
	CHECK(close(ends[1]) == 0);
	CHECK(read_fd_all(ends[0], 100, &text, &len, &err) == 0);
	CHECK_STR(text, "one two");
	CHECK(len == 7);
	CHECK(close(ends[0]) == 0);
	free(text);
}

static void test_a_failed_write_says_so(void)
{
	struct error err = { 0 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(write_all(fd, "x", 1, &err) < 0);
	CHECK(err.code == ENOSPC);
	CHECK_STR(err.msg, "write failed: No space left on device");
	CHECK(close(fd) == 0);
}

int main(void)
{
	CHECK(mkdtemp(dir));
	dirfd_of_test = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(dirfd_of_test >= 0);
	RUN(test_a_file_is_read_whole_and_terminated);
	RUN(test_an_empty_file_is_an_empty_string);
	RUN(test_a_table_that_is_missing_is_no_failure);
	RUN(test_the_start_of_a_file_fits_its_buffer);
	RUN(test_exactly_the_limit_fits_and_one_more_does_not);
	RUN(test_a_missing_file_is_told_apart_by_its_code);
	RUN(test_a_directory_is_refused);
	RUN(test_a_fifo_without_a_writer_does_not_block);
	RUN(test_a_pipe_is_read_to_its_end_over_many_writes);
	RUN(test_a_failed_write_says_so);
	CHECK(unlinkat(dirfd_of_test, "f", 0) == 0 && unlinkat(dirfd_of_test, "fifo", 0) == 0);
	CHECK(close(dirfd_of_test) == 0 && rmdir(dir) == 0);
	return 0;
}
