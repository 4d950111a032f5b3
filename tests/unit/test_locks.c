/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/store/named_locks.c host/bind/device_lock.c model/pci/address.c base/lock_file.c base/error.c */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/deadline.h"
#include "host/bind/device_lock.h"
#include "host/store/named_locks.h"
#include "test.h"

#define FIRST "11111111-1111-1111-8000-0000000000aa"
#define SECOND "11111111-1111-1111-8000-0000000000ab"

static char dir_path[] = "/tmp/pcitag-test-XXXXXX";

static struct named_locks open_locks(void)
{
	struct named_locks locks = NAMED_LOCKS_NONE;

	locks.dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(locks.dir >= 0);
	return locks;
}

/* Takes a lock in another process, which ends then: returns its answer, and who has the lock already. */
static int take_elsewhere(const char *name, pid_t *holder)
{
	int answer[2], ends[2];
	pid_t pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		struct named_locks locks = open_locks();
		struct error err;
		pid_t has = 0;

		answer[0] = named_locks_take(&locks, name, 50, &has, &err);
		answer[1] = (int)has;
		named_locks_clear(&locks);
		_exit(write(ends[1], answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
	}
	CHECK(read(ends[0], answer, sizeof(answer)) == sizeof(answer));
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(ends[0]);
	close(ends[1]);
	*holder = answer[1];
	return answer[0];
}

static bool is_there(const struct named_locks *locks, const char *name)
{
	return faccessat(locks->dir, name, F_OK, 0) == 0;
}

static void test_names_that_differ_in_one_digit_are_two_locks(void)
{
	struct named_locks locks = open_locks();
	struct error err;
	pid_t holder;

	CHECK(named_locks_take(&locks, FIRST, 0, &holder, &err) == 0);
	CHECK(take_elsewhere(FIRST, &holder) == LOCK_FILE_BUSY && holder == getpid());
	CHECK(take_elsewhere(SECOND, &holder) == 0);
	CHECK(named_locks_take(&locks, SECOND, 0, &holder, &err) == 0);
	named_locks_drop(&locks, SECOND);
	CHECK(take_elsewhere(FIRST, &holder) == LOCK_FILE_BUSY && holder == getpid());
	named_locks_clear(&locks);
	CHECK(take_elsewhere(FIRST, &holder) == 0);
}

static void test_what_a_process_has_it_does_not_get_again(void)
{
	struct named_locks locks = open_locks();
	struct error err;
	pid_t holder;

	CHECK(named_locks_take(&locks, FIRST, 0, &holder, &err) == 0);
	CHECK(named_locks_take(&locks, FIRST, 0, &holder, &err) == LOCK_FILE_BUSY && holder == getpid());
	CHECK(take_elsewhere(FIRST, &holder) == LOCK_FILE_BUSY);
	named_locks_clear(&locks);
}

static void test_a_file_is_there_as_long_as_the_lock_is_held(void)
{
	struct named_locks locks = open_locks();
	struct error err;
	struct stat st;
	pid_t holder;

	CHECK(named_locks_take(&locks, FIRST, 0, &holder, &err) == 0);
	CHECK(fstatat(locks.dir, FIRST, &st, 0) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(take_elsewhere(FIRST, &holder) == LOCK_FILE_BUSY);
	CHECK(is_there(&locks, FIRST));
	named_locks_drop(&locks, FIRST);
	named_locks_drop(&locks, FIRST);
	CHECK(!is_there(&locks, FIRST));
	named_locks_clear(&locks);
}

/* Many take the same lock in turns, each removing the file that others wait at: two are never inside. */
static void test_a_removed_file_is_no_lock(void)
{
	enum { PROCESSES = 8, ROUNDS = 100 };

	for (int i = 0; i < PROCESSES; i++) {
		if (fork() == 0) {
			struct named_locks locks = open_locks();

			for (int n = 0; n < ROUNDS; n++) {
				struct error err;
				pid_t holder;
				int fd;

				if (named_locks_take(&locks, FIRST, 60000, &holder, &err) != 0)
					_exit(1);
				fd = openat(locks.dir, "inside", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
					    0600);
				if (fd < 0 || close(fd) < 0 || unlinkat(locks.dir, "inside", 0) < 0)
					_exit(2);
				named_locks_drop(&locks, FIRST);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK(status == 0);
	}
}

static void test_a_lock_of_a_process_that_was_killed_is_free_and_swept(void)
{
	struct named_locks locks = open_locks();
	struct error err;
	int ends[2];
	char done;
	pid_t pid, holder;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK(named_locks_take(&locks, SECOND, 0, &holder, &err) == 0);
		CHECK(write(ends[1], "", 1) == 1);
		pause();
	}
	CHECK(read(ends[0], &done, 1) == 1);
	CHECK(named_locks_take(&locks, FIRST, 0, &holder, &err) == 0);
	CHECK(named_locks_sweep(&locks, &err) == 0);
	CHECK(is_there(&locks, FIRST) && is_there(&locks, SECOND));
	CHECK(take_elsewhere(FIRST, &holder) == LOCK_FILE_BUSY && holder == getpid());
	CHECK(take_elsewhere(SECOND, &holder) == LOCK_FILE_BUSY && holder == pid);

	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK(is_there(&locks, SECOND));
	CHECK(named_locks_sweep(&locks, &err) == 0);
	CHECK(is_there(&locks, FIRST) && !is_there(&locks, SECOND));
	named_locks_clear(&locks);
	close(ends[0]);
	close(ends[1]);
}

/* A child takes the locks of these functions, and lives until the descriptor that is returned is closed. */
static pid_t hold_functions(const char *path, const struct pci_addr *addrs, size_t count, int *until)
{
	int ready[2], end[2];
	pid_t pid;
	char done;

	CHECK(pipe2(ready, O_CLOEXEC) == 0 && pipe2(end, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		int fd = open(path, O_RDWR | O_CLOEXEC);
		struct error err;

		close(end[1]);
		for (size_t i = 0; i < count; i++)
			CHECK(device_lock_take(fd, &addrs[i], &err) == 0);
		CHECK(write(ready[1], "", 1) == 1);
		_exit(read(end[0], &done, 1) == 0 ? 0 : 1);
	}
	CHECK(read(ready[0], &done, 1) == 1);
	close(ready[0]);
	close(ready[1]);
	close(end[0]);
	*until = end[1];
	return pid;
}

static void test_each_function_has_a_lock_of_its_own(void)
{
	static const struct pci_addr held[] = {
		{ 0, 0, 0, 0 }, { 0xffff, 0xff, 0x1f, 7 }, { 0x10000, 0, 0, 0 }, { 0x7fffffff, 0x12, 0x0a, 5 }
	};
	char path[64];
	int fd, until;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/lock", dir_path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	pid = hold_functions(path, held, ARRAY_SIZE(held), &until);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		CHECK(device_lock_holder(fd, &held[i]) == pid);
		/* One bit of the address differs: domain, bus, slot, function. */
		for (int bit = 0; bit < 47; bit++) {
			struct pci_addr other = held[i];

			if (bit < 31)
				other.domain ^= (__typeof__(other.domain))(1U << bit);
			else if (bit < 39)
				other.bus ^= (uint8_t)(1U << (bit - 31));
			else if (bit < 44)
				other.slot ^= (uint8_t)(1U << (bit - 39));
			else
				other.function ^= (uint8_t)(1U << (bit - 44));
			if (pci_addr_equal(&other, &held[0]) || pci_addr_equal(&other, &held[2]))
				continue;
			CHECK(device_lock_holder(fd, &other) == 0);
		}
	}
	close(until);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK(device_lock_holder(fd, &held[0]) == 0);
	close(fd);
	CHECK(unlink(path) == 0);
}

static void test_others_see_what_the_holder_is_at(void)
{
	static const struct pci_addr addr = { 0, 7, 0, 1 }, other = { 0, 7, 0, 0 };
	char path[64], done;
	int fd, ready[2], end[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/lock", dir_path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && pipe2(ready, O_CLOEXEC) == 0 && pipe2(end, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		struct error err;

		CHECK(device_lock_take(fd, &addr, &err) == 0);
		CHECK(write(ready[1], "", 1) == 1 && read(end[0], &done, 1) == 1);
		device_lock_set_binding(fd, &addr, true);
		CHECK(write(ready[1], "", 1) == 1 && read(end[0], &done, 1) == 1);
		device_lock_set_binding(fd, &addr, false);
		CHECK(write(ready[1], "", 1) == 1 && read(end[0], &done, 1) == 1);
		_exit(0);
	}
	for (int turn = 0; turn < 3; turn++) {
		CHECK(read(ready[0], &done, 1) == 1);
		CHECK(device_lock_is_binding(fd, &addr) == (turn == 1));
		CHECK(!device_lock_is_binding(fd, &other) && device_lock_holder(fd, &other) == 0);
		CHECK(device_lock_holder(fd, &addr) == pid);
		CHECK(write(end[1], "", 1) == 1);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(fd);
	CHECK(unlink(path) == 0);
}

static void test_the_store_and_a_function_do_not_share_a_lock(void)
{
	static const struct pci_addr first = { 0, 0, 0, 0 };
	char path[64];
	int fd, until;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/lock", dir_path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	pid = hold_functions(path, &first, 1, &until);
	CHECK(lock_file_holder(fd, 0) == 0);
	CHECK(device_lock_holder(-1, &first) == 0);
	close(until);
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(fd);
	CHECK(unlink(path) == 0);
}

int main(void)
{
	CHECK(mkdtemp(dir_path) != NULL);
	RUN(test_names_that_differ_in_one_digit_are_two_locks);
	RUN(test_what_a_process_has_it_does_not_get_again);
	RUN(test_a_file_is_there_as_long_as_the_lock_is_held);
	RUN(test_a_removed_file_is_no_lock);
	RUN(test_a_lock_of_a_process_that_was_killed_is_free_and_swept);
	RUN(test_each_function_has_a_lock_of_its_own);
	RUN(test_others_see_what_the_holder_is_at);
	RUN(test_the_store_and_a_function_do_not_share_a_lock);
	CHECK(rmdir(dir_path) == 0);
	return 0;
}
