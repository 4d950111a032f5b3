/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: ../hooks/emulator_limit.c */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../hooks/emulator_limit.h"
#include "test.h"

#define EMULATOR 4711

/* The kernel's part: one process, and its limit. */
static struct rlimit emulator;
static int writes;
static char dir[] = "/tmp/pcitag-test.XXXXXX";

int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *in, struct rlimit *out)
{
	if (resource != RLIMIT_MEMLOCK || pid != EMULATOR) {
		errno = ESRCH;
		return -1;
	}
	if (out)
		*out = emulator;
	if (in) {
		emulator = *in;
		writes++;
	}
	return 0;
}

/* Runs for a domain whose file says @text; NULL: there is no file. */
static void close_limit(const char *text, rlim_t soft, rlim_t hard)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/vm.pid", dir);
	(void)unlink(path);
	if (text) {
		FILE *file = fopen(path, "w");

		CHECK(file);
		fputs(text, file);
		fclose(file);
	}
	emulator = (struct rlimit){ .rlim_cur = soft, .rlim_max = hard };
	writes = 0;
	emulator_limit_close(dir, "vm");
}

static void test_an_open_hard_limit_becomes_the_soft_one(void)
{
	close_limit("4711", 64 << 20, RLIM_INFINITY);
	CHECK(emulator.rlim_cur == 64 << 20 && emulator.rlim_max == 64 << 20);
	close_limit("4711\n", 64 << 20, RLIM_INFINITY);
	CHECK(emulator.rlim_max == 64 << 20);
}

static void test_what_libvirt_or_the_wrapper_set_stays(void)
{
	close_limit("4711", 64 << 20, 1 << 30);
	CHECK(emulator.rlim_max == 1 << 30 && writes == 0);
	/* <locked/> */
	close_limit("4711", RLIM_INFINITY, RLIM_INFINITY);
	CHECK(emulator.rlim_cur == RLIM_INFINITY && writes == 0);
}

static void test_a_file_that_names_no_process_changes_nothing(void)
{
	static const char *const texts[] = {
		NULL, "", "\n", "0", "1", "-4711", "4711x", "x4711", "99999999999999", "4712"
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		close_limit(texts[i], 64 << 20, RLIM_INFINITY);
		CHECK(writes == 0);
	}
}

static void test_a_name_that_is_a_path_is_not_followed(void)
{
	char name[64];

	close_limit("4711", 64 << 20, RLIM_INFINITY);
	CHECK(writes == 1);
	snprintf(name, sizeof(name), "../%s/vm", strrchr(dir, '/') + 1);
	writes = 0;
	emulator_limit_close(dir, name);
	CHECK(writes == 0);
}

int main(void)
{
	CHECK(mkdtemp(dir));
	RUN(test_an_open_hard_limit_becomes_the_soft_one);
	RUN(test_what_libvirt_or_the_wrapper_set_stays);
	RUN(test_a_file_that_names_no_process_changes_nothing);
	RUN(test_a_name_that_is_a_path_is_not_followed);
	close_limit(NULL, 0, 0);
	CHECK(rmdir(dir) == 0);
	return 0;
}
