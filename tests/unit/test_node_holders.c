/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/in_use/node_holders.c host/process/progress.c model/pci/address.c base/fileio.c base/error.c */
#include "host/in_use/node_holders.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/dev/shm/pcitag-holders-XXXXXX";

/* A process called @command that has @path open, in this way, until finish(). */
static pid_t start_with(const char *command, const char *path, int flags)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, command);
		if (open(path, flags | O_CLOEXEC) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(1);
	}
	CHECK(close(ready[1]) == 0);
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(close(ready[0]) == 0);
	return pid;
}

static pid_t start(const char *command, const char *path)
{
	return start_with(command, path, O_RDONLY);
}

static void finish(pid_t pid)
{
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

static const char *make(const char *name, mode_t mode, dev_t number)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK(mknod(path, mode | 0600, number) == 0);
	return path;
}

static struct node describe(const char *path)
{
	struct error err = { 0 };
	struct node node;

	CHECK(node_at(path, &node, &err) == 0);
	return node;
}

static void test_the_process_that_has_a_node_open_is_named(void)
{
	const char *path = make("full", S_IFCHR, makedev(1, 7));
	struct node node = describe(path);
	struct node_holder holder;
	struct error err = { 0 };
	pid_t pid;

	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == NODE_HOLDERS_NONE);
	pid = start("qemu", path);
	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == 0);
	CHECK(holder.pid == pid);
	CHECK_STR(holder.command, "qemu");
	CHECK_STR(holder.node, path);
	finish(pid);
	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == NODE_HOLDERS_NONE);
	CHECK(unlink(path) == 0);
}

static void test_a_character_device_is_known_by_its_number_whatever_its_path(void)
{
	const char *path = make("copy", S_IFCHR, makedev(1, 7));
	struct node nodes[2];
	struct node_holder holder;
	struct error err = { 0 };
	pid_t pid = start("player", path);

	node_numbered("/dev/snd/none", S_IFCHR, makedev(116, 77), &nodes[0]);
	node_numbered("/dev/snd/pcm", S_IFCHR, makedev(1, 7), &nodes[1]);
	CHECK(node_holders_find("/proc", nodes, 1, &holder, &err) == NODE_HOLDERS_NONE);
	CHECK(node_holders_find("/proc", nodes, 2, &holder, &err) == 0);
	CHECK(holder.pid == pid);
	CHECK_STR(holder.node, "/dev/snd/pcm");
	finish(pid);
	CHECK(unlink(path) == 0);
}

/* A block device that works without a medium. */
#define LOOP7 makedev(7, 7)

static void test_a_block_device_is_no_character_device_of_the_same_number(void)
{
	const char *path = make("disk", S_IFBLK, LOOP7);
	struct node nodes[2];
	struct node_holder holder;
	struct error err = { 0 };
	pid_t pid = start("qemu", path);

	node_numbered("/dev/tty7", S_IFCHR, LOOP7, &nodes[0]);
	node_numbered("/dev/nvme0n1", S_IFBLK, LOOP7, &nodes[1]);
	CHECK(node_holders_find("/proc", nodes, 1, &holder, &err) == NODE_HOLDERS_NONE);
	CHECK(node_holders_find("/proc", nodes, 2, &holder, &err) == 0);
	CHECK(holder.pid == pid);
	CHECK_STR(holder.node, "/dev/nvme0n1");
	CHECK(node_holder_stays("/proc", &holder, &nodes[1]));
	CHECK(!node_holder_stays("/proc", &holder, &nodes[0]));
	finish(pid);
	CHECK(!node_holder_stays("/proc", &holder, &nodes[1]));
	CHECK(unlink(path) == 0);
}

static void test_a_descriptor_that_only_names_the_node_does_not_have_it_open(void)
{
	const char *path = make("named", S_IFCHR, makedev(1, 7));
	struct node node = describe(path);
	struct node_holder holder;
	struct error err = { 0 };
	pid_t pid = start_with("systemd", path, O_PATH);

	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == NODE_HOLDERS_NONE);
	finish(pid);
	CHECK(unlink(path) == 0);
}

/* Opens the node, tells so, and stays. */
static void *hold(void *arg)
{
	const char *path = arg;

	if (unshare(CLONE_FILES) < 0 || open(path, O_RDONLY | O_CLOEXEC) < 0 || write(1, "x", 1) != 1)
		_exit(1);
	pause();
	return NULL;
}

/* @ends: whether the first thread does, once the other one has the node open. */
static pid_t start_thread(const char *path, bool ends)
{
	int ready[2];
	char byte;
	pthread_t thread;
	pid_t pid;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (dup2(ready[1], 1) < 0 || pthread_create(&thread, NULL, hold, (void *)path) != 0)
			_exit(1);
		if (ends)
			pthread_exit(NULL);
		pause();
		_exit(1);
	}
	CHECK(close(ready[1]) == 0);
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(close(ready[0]) == 0);
	return pid;
}

static void test_threads_that_have_descriptors_of_their_own(void)
{
	const char *path = make("thread", S_IFCHR, makedev(1, 7));
	struct node node = describe(path);
	struct node_holder holder;
	struct error err = { 0 };

	for (int ends = 0; ends <= 1; ends++) {
		pid_t pid = start_thread(path, ends);

		CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == 0);
		CHECK(holder.pid == pid);
		CHECK(node_holder_stays("/proc", &holder, &node));
		finish(pid);
	}
	CHECK(unlink(path) == 0);
}

static void test_a_file_is_known_by_its_inode(void)
{
	struct node node, other;
	struct node_holder holder;
	struct error err = { 0 };
	pid_t pid;

	other = describe(make("8", S_IFREG, 0));
	node = describe(make("7", S_IFREG, 0));
	pid = start("qemu", node.path);
	CHECK(node_holders_find("/proc", &other, 1, &holder, &err) == NODE_HOLDERS_NONE);
	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == 0);
	CHECK(holder.pid == pid);
	finish(pid);
	CHECK(unlink(node.path) == 0 && unlink(other.path) == 0);
}

static void test_we_are_no_holder(void)
{
	const char *path = make("own", S_IFREG, 0);
	struct node node = describe(path);
	struct node_holder holder;
	struct error err = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == NODE_HOLDERS_NONE);
	CHECK(close(fd) == 0 && unlink(path) == 0);
}

static void test_a_name_cannot_forge_a_line(void)
{
	const char *path = make("evil", S_IFREG, 0);
	struct node node = describe(path);
	struct node_holder holder;
	struct error err = { 0 };
	pid_t pid = start("a\x1b[2J\xff z", path);

	CHECK(node_holders_find("/proc", &node, 1, &holder, &err) == 0);
	CHECK_STR(holder.command, "a?[2J? z");
	finish(pid);
	CHECK(unlink(path) == 0);
}

static void test_no_node_and_no_proc(void)
{
	struct node_holder holder;
	struct node node;
	struct error err = { 0 };

	CHECK(node_at("/dev/pcitag-has-no-such", &node, &err) == NODE_ABSENT);
	node_numbered("/dev/vfio/14", S_IFCHR, makedev(240, 14), &node);
	CHECK(node_holders_find("/nowhere", &node, 0, &holder, &err) == NODE_HOLDERS_NONE);
	CHECK(node_holders_find("/nowhere", &node, 1, &holder, &err) < 0);
	CHECK_STR(err.msg, "cannot open /nowhere: No such file or directory");
}

int main(void)
{
	CHECK(mkdtemp(dir));
	RUN(test_the_process_that_has_a_node_open_is_named);
	RUN(test_a_character_device_is_known_by_its_number_whatever_its_path);
	RUN(test_a_block_device_is_no_character_device_of_the_same_number);
	RUN(test_a_descriptor_that_only_names_the_node_does_not_have_it_open);
	RUN(test_threads_that_have_descriptors_of_their_own);
	RUN(test_a_file_is_known_by_its_inode);
	RUN(test_we_are_no_holder);
	RUN(test_a_name_cannot_forge_a_line);
	RUN(test_no_node_and_no_proc);
	CHECK(rmdir(dir) == 0);
	return 0;
}
