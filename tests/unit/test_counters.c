/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/store/counters.c base/lock_file.c base/error.c */
#include <fcntl.h>
#include <stddef.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host/store/counters.h"
#include "test.h"

static char dir_path[] = "/tmp/pcitag-test-XXXXXX";
static char run[64];
static struct error err;

static struct counters now(void)
{
	struct counters counters;

	counters_read(run, &counters);
	return counters;
}

static void test_nothing_is_counted_yet(void)
{
	CHECK(now().starts[COUNTER_START_READY] == 0 && now().bind_ms == 0);
}

static void test_starts_and_releases_count_for_themselves(void)
{
	CHECK(counters_add_start(run, COUNTER_START_READY, -1, &err) == 0);
	CHECK(counters_add_start(run, COUNTER_START_REFUSED, 5, &err) == 0);
	CHECK(counters_add_release(run, COUNTER_RELEASE_FAILED, &err) == 0);
	CHECK(now().starts[COUNTER_START_READY] == 1 && now().starts[COUNTER_START_REFUSED] == 1);
	CHECK(now().starts[COUNTER_START_FAILED] == 0);
	CHECK(now().releases[COUNTER_RELEASE_FAILED] == 1 && now().releases[COUNTER_RELEASE_DONE] == 0);
	/* Nothing was bound, or not for good. */
	CHECK(now().bind_ms == 0);
}

static void test_a_time_counts_in_the_bucket_it_does_not_exceed(void)
{
	CHECK(counters_add_start(run, COUNTER_START_READY, 0, &err) == 0);
	CHECK(counters_add_start(run, COUNTER_START_READY, 50, &err) == 0);
	CHECK(counters_add_start(run, COUNTER_START_READY, 51, &err) == 0);
	CHECK(counters_add_start(run, COUNTER_START_READY, 30000, &err) == 0);
	CHECK(counters_add_start(run, COUNTER_START_READY, 30001, &err) == 0);
	CHECK(now().bind_buckets[0] == 2 && now().bind_buckets[1] == 1);
	CHECK(now().bind_buckets[8] == 1 && now().bind_buckets[9] == 1);
	CHECK(now().bind_ms == 50 + 51 + 30000 + 30001);
}

static void test_none_is_lost_when_many_count_at_once(void)
{
	uint64_t before = now().releases[COUNTER_RELEASE_DONE];
	int status;

	for (int i = 0; i < 8; i++) {
		if (fork() != 0)
			continue;
		for (int n = 0; n < 50; n++) {
			if (counters_add_release(run, COUNTER_RELEASE_DONE, &err) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < 8; i++)
		CHECK(wait(&status) > 0 && status == 0);
	CHECK(now().releases[COUNTER_RELEASE_DONE] == before + 400);
}

static void test_a_file_from_before_the_last_counter_is_read(void)
{
	struct counters before = now(), after;
	char path[80];

	snprintf(path, sizeof(path), "%s/counters", run);
	CHECK(counters_add_driverless(run, &err) == 0 && now().driverless == 1);
	CHECK(truncate(path, offsetof(struct counters, driverless)) == 0);
	after = now();
	CHECK(memcmp(&before, &after, sizeof(before)) == 0 && before.bind_ms != 0);
	CHECK(counters_add_driverless(run, &err) == 0);
	CHECK(now().driverless == 1 && now().bind_ms == before.bind_ms);
}

static void test_what_is_none_of_ours_counts_as_nothing(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/counters", run);
	CHECK(truncate(path, 20) == 0);
	CHECK(now().starts[COUNTER_START_READY] == 0);
	CHECK(counters_add_start(run, COUNTER_START_READY, 7, &err) == 0);
	CHECK(now().starts[COUNTER_START_READY] == 1 && now().bind_ms == 7);
	CHECK(unlink(path) == 0 && symlink("/etc/passwd", path) == 0);
	CHECK(counters_add_start(run, COUNTER_START_READY, 7, &err) < 0);
	CHECK(unlink(path) == 0);
}

/* Who may read a file may keep a lock on it, for as long as he likes. */
static void test_whoever_may_read_the_numbers_locks_nobody_out(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	char path[80];
	struct stat st;
	int fd;

	CHECK(counters_add_start(run, COUNTER_START_READY, 7, &err) == 0);
	snprintf(path, sizeof(path), "%s/counters", run);
	if (fork() == 0) {
		fd = open(path, O_RDONLY);
		_exit(fcntl(fd, F_SETLK, &lock) == 0 && pause() ? 0 : 1);
	}
	fd = open(path, O_RDWR);
	lock.l_type = F_WRLCK;
	while (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK)
		lock.l_type = F_WRLCK;
	CHECK(counters_add_start(run, COUNTER_START_READY, 7, &err) == 0);
	CHECK(now().starts[COUNTER_START_READY] == 2);
	CHECK(kill(lock.l_pid, SIGKILL) == 0 && wait(NULL) == lock.l_pid);
	CHECK(close(fd) == 0 && unlink(path) == 0);
	/* The lock itself is not for others to open. */
	snprintf(path, sizeof(path), "%s/counters.lock", run);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(unlink(path) == 0 && rmdir(run) == 0 && rmdir(dir_path) == 0);
}

int main(void)
{
	CHECK(mkdtemp(dir_path));
	/* It makes the directory, too. */
	snprintf(run, sizeof(run), "%s/run", dir_path);
	RUN(test_nothing_is_counted_yet);
	RUN(test_starts_and_releases_count_for_themselves);
	RUN(test_a_time_counts_in_the_bucket_it_does_not_exceed);
	RUN(test_none_is_lost_when_many_count_at_once);
	RUN(test_a_file_from_before_the_last_counter_is_read);
	RUN(test_what_is_none_of_ours_counts_as_nothing);
	RUN(test_whoever_may_read_the_numbers_locks_nobody_out);
	return 0;
}
