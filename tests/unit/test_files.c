/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: base/atomic_file.c base/lock_file.c base/fileio.c base/error.c */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/atomic_file.h"
#include "base/deadline.h"
#include "base/fileio.h"
#include "base/lock_file.h"
#include "test.h"

static char dir_path[] = "/tmp/pcitag-test-XXXXXX";
static int dir;

/* What becomes of a file, in order: stand in front of libc's own. */
static char steps[256];

static void add_step(const char *what)
{
	size_t len = strlen(steps);

	snprintf(steps + len, sizeof(steps) - len, "%s%s", len ? ", " : "", what);
}

int fsync(int fd)
{
	struct stat st;

	add_step(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? "sync directory" : "sync file");
	return 0;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	add_step("rename");
	return renameat2(from_dir, from, to_dir, to, 0);
}

static void test_a_file_is_on_disk_before_its_name_is_and_the_name_before_we_say_so(void)
{
	struct error err;

	steps[0] = '\0';
	CHECK(atomic_file_write(dir, "lease", "x", 1, 0644, &err) == 0);
	CHECK_STR(steps, "sync file, rename, sync directory");
	steps[0] = '\0';
	CHECK(atomic_file_remove(dir, "lease", &err) == 0);
	CHECK_STR(steps, "sync directory");
}

static size_t reads;

ssize_t read(int fd, void *buf, size_t count)
{
	reads++;
	return syscall(SYS_read, fd, buf, count);
}

/* Whatever the room of the buffer, the text is complete. */
static void test_a_file_of_any_size_is_read_whole(void)
{
	static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 8191, 10000 };
	CLEANUP_FREE char *data = calloc(1, 10000);
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		CLEANUP_FREE char *text = NULL;
		char start[4096];
		size_t len;

		CHECK(atomic_file_write(dir, "lease", memset(data, 'x', 10000), sizes[i], 0644, &err) == 0);
		CHECK(read_file_at(dir, "lease", 10000, &text, &len, &err) == 0);
		CHECK(len == sizes[i] && strlen(text) == len);
		if (len > 0)
			CHECK(read_file_at(dir, "lease", len - 1, &text, &len, &err) < 0 &&
			      err.code == EFBIG);
		len = sizes[i] < 4095 ? sizes[i] : 4095;
		reads = 0;
		CHECK(read_start_at(dir, "lease", start, sizeof(start)) == len && strlen(start) == len);
		CHECK(reads == 1);
	}
}

static void test_what_has_no_size_is_read_as_a_stream(void)
{
	CLEANUP_FREE char *text = NULL;
	struct error err;
	char start[16];
	size_t len = 1;

	CHECK(mkfifoat(dir, "pipe", 0600) == 0);
	CHECK(read_file_at(dir, "pipe", 100, &text, &len, &err) == 0 && len == 0);
	CHECK(read_start_at(dir, "pipe", start, sizeof(start)) == 0);
	CHECK(unlinkat(dir, "pipe", 0) == 0);
	CHECK(read_file_at(dir, ".", 100, &text, &len, &err) < 0 && err.code == EISDIR);
	CHECK(read_file_at(dir, "absent", 100, &text, &len, &err) < 0 && err.code == ENOENT);
}

static void test_a_file_is_replaced_whole(void)
{
	CLEANUP_FREE char *text = NULL;
	struct error err;
	struct stat st;
	size_t len;

	CHECK(atomic_file_write(dir, "lease", "a long first text", 17, 0644, &err) == 0);
	/* Whatever the umask takes away. */
	CHECK(atomic_file_write(dir, "lease", "short", 5, 0666, &err) == 0);
	CHECK(read_file_at(dir, "lease", 100, &text, &len, &err) == 0);
	CHECK_STR(text, "short");
	CHECK(fstatat(dir, "lease", &st, 0) == 0 && (st.st_mode & 0777) == 0666);
	CHECK(fstatat(dir, ".lease.tmp", &st, 0) < 0 && errno == ENOENT);
}

static void test_a_file_that_is_written_anew_keeps_owner_and_mode(void)
{
	CLEANUP_FREE char *text = NULL;
	struct stat old, new;
	struct error err;

	CHECK(atomic_file_write(dir, "registry", "first", 5, 0664, &err) == 0);
	CHECK(fstatat(dir, "registry", &old, 0) == 0);
	if (geteuid() == 0)
		CHECK(fchownat(dir, "registry", 4711, 4712, 0) == 0 &&
		      fstatat(dir, "registry", &old, 0) == 0);
	CHECK(atomic_file_rewrite(dir, "registry", "second", 6, &old, &err) == 0);
	CHECK(fstatat(dir, "registry", &new, 0) == 0 && new.st_ino != old.st_ino);
	CHECK(new.st_mode == old.st_mode &&new.st_uid == old.st_uid &&new.st_gid == old.st_gid);
	CHECK(read_file_at(dir, "registry", 100, &text, NULL, &err) == 0);
	CHECK_STR(text, "second");
	CHECK(atomic_file_remove(dir, "registry", &err) == 0);
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
	struct stat st;

	CHECK(symlinkat("victim", dir, ".other.tmp") == 0);
	CHECK(atomic_file_write(dir, "other", "x", 1, 0644, &err) == 0);
	CHECK(faccessat(dir, "victim", F_OK, 0) < 0);
	CHECK(fstatat(dir, "other", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size == 1);
	CHECK(unlinkat(dir, "other", 0) == 0);
}

static void test_removing_what_is_not_there_is_no_failure(void)
{
	struct error err;

	CHECK(atomic_file_remove(dir, "lease", &err) == 0);
	CHECK(atomic_file_remove(dir, "lease", &err) == 0);
}

static void test_removing_takes_along_what_a_crash_left(void)
{
	int fd = openat(dir, ".lease.tmp", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct error err;

	CHECK(fd >= 0);
	close(fd);
	CHECK(atomic_file_remove(dir, "lease", &err) == 0);
	CHECK(faccessat(dir, ".lease.tmp", F_OK, 0) < 0);
}

/* Takes @byte in another process, which ends then, and returns its answer. */
static int take_elsewhere(off_t byte, pid_t *holder)
{
	struct error err;
	int ends[2], fd, rc;
	pid_t answer[2], pid;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		rc = lock_file_open(dir, "lock", &fd, &err);
		answer[1] = 0;
		answer[0] = rc == 0 ? lock_file_take(fd, byte, 100, &answer[1], &err) : rc;
		_exit(write(ends[1], answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
	}
	CHECK(read(ends[0], answer, sizeof(answer)) == sizeof(answer));
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(ends[0]);
	close(ends[1]);
	*holder = answer[1];
	return answer[0];
}

static void test_a_lock_is_held_by_one_and_the_kernel_names_its_holder(void)
{
	struct error err;
	int64_t start = clock_ms();
	pid_t holder;
	int fd = -1;

	CHECK(lock_file_open(dir, "lock", &fd, &err) == 0);
	CHECK(lock_file_take(fd, 7, 100, &holder, &err) == 0);
	CHECK(take_elsewhere(7, &holder) == LOCK_FILE_BUSY);
	CHECK(clock_ms() - start >= 100);
	CHECK(holder == getpid());
	CHECK(take_elsewhere(8, &holder) == 0); /* each byte is a lock of its own */
	lock_file_drop(fd, 7);
	CHECK(take_elsewhere(7, &holder) == 0);
	close(fd);
}

static void test_the_lock_of_a_process_that_died_is_free(void)
{
	struct error err;
	pid_t holder;
	int fd = -1;

	CHECK(take_elsewhere(7, &holder) == 0);
	CHECK(lock_file_open(dir, "lock", &fd, &err) == 0);
	CHECK(lock_file_take(fd, 7, 100, &holder, &err) == 0);
	close(fd);
}

static void test_a_child_that_hangs_keeps_no_lock(void)
{
	struct error err;
	pid_t holder, parent, child = 0;
	int ends[2], fd = -1;

	CHECK(pipe2(ends, O_CLOEXEC) == 0);
	parent = fork();
	if (parent == 0) {
		CHECK(lock_file_open(dir, "lock", &fd, &err) == 0);
		CHECK(lock_file_take(fd, 7, 100, &holder, &err) == 0);
		child = fork();
		if (child == 0)
			pause();
		_exit(write(ends[1], &child, sizeof(child)) == sizeof(child) ? 0 : 1);
	}
	CHECK(read(ends[0], &child, sizeof(child)) == sizeof(child));
	CHECK(waitpid(parent, NULL, 0) == parent);
	CHECK(kill(child, 0) == 0);
	CHECK(take_elsewhere(7, &holder) == 0);
	CHECK(kill(child, SIGKILL) == 0);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	CHECK(mkdtemp(dir_path) != NULL);
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(test_a_file_is_on_disk_before_its_name_is_and_the_name_before_we_say_so);
	RUN(test_a_file_of_any_size_is_read_whole);
	RUN(test_what_has_no_size_is_read_as_a_stream);
	RUN(test_a_file_is_replaced_whole);
	RUN(test_a_file_that_is_written_anew_keeps_owner_and_mode);
	RUN(test_a_longer_temporary_file_left_by_a_crash_leaves_no_trace);
	RUN(test_a_link_in_place_of_the_temporary_file_is_not_followed);
	RUN(test_removing_what_is_not_there_is_no_failure);
	RUN(test_removing_takes_along_what_a_crash_left);
	RUN(test_a_lock_is_held_by_one_and_the_kernel_names_its_holder);
	RUN(test_the_lock_of_a_process_that_died_is_free);
	RUN(test_a_child_that_hangs_keeps_no_lock);
	(void)unlinkat(dir, "lock", 0);
	(void)unlinkat(dir, ".other.tmp", 0);
	(void)rmdir(dir_path);
	return 0;
}
