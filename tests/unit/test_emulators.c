/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/process/emulators.c host/xml/domain_status.c host/process/process.c host/xml/document.c */
/* links: model/lease/name.c model/pci/address.c base/fileio.c base/text.c base/error.c */
/* libs: libxml-2.0 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/process/emulators.h"
#include "host/process/process.h"
#include "test.h"

#define UUID "aaaaaaaa-1111-2222-3333-444444444444"
#define OTHER "aaaaaaaa-1111-2222-3333-444444444445"

static char run[] = "/tmp/pcitag-test-XXXXXX";

/* A file of this name in libvirt's directory. */
static void write_file(const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/qemu/%s", run, name);
	file = fopen(path, "we");
	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void remove_file(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/qemu/%s", run, name);
	CHECK(unlink(path) == 0);
}

static void write_status(const char *name, const char *uuid, pid_t pid)
{
	char text[1000];

	snprintf(text, sizeof(text),
		 "<domstatus state='running' pid='%d'><domain><uuid>%s</uuid>"
		 "<devices><input><source evdev='/dev/pcitag/own/npu.1'/></input></devices>"
		 "<seclabel model='dac'><label>+%u:+0</label></seclabel></domain></domstatus>",
		 (int)pid, uuid, getuid());
	write_file(name, text);
}

/* The emulator of a domain, 0 for none, -1 when that cannot be known. */
static pid_t find(const char *uuid, const char *domain)
{
	struct emulator_list list;
	struct error err;
	pid_t pid;
	int rc;

	CHECK(emulators_list(run, &list, &err) == 0);
	rc = emulators_find(&list, uuid, domain, &pid, &err);
	emulators_clear(&list);
	return rc == 0 ? pid : -1;
}

static pid_t find_request(const char *owner, const char *text)
{
	struct request request = { .index = -1 };
	struct emulator_list list;
	struct error err;
	pid_t pid;

	strcpy(request.owner, owner);
	strcpy(request.text, text);
	CHECK(emulators_list(run, &list, &err) == 0);
	CHECK(emulators_find_request(&list, &request, &pid, &err) == 0);
	emulators_clear(&list);
	return pid;
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	CHECK(pid > 0);
	return pid;
}

static void end(pid_t pid)
{
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

static void test_no_directory_no_emulators(void)
{
	struct emulator_list list;
	struct error err;

	CHECK(emulators_list("/nowhere", &list, &err) == 0 && list.count == 0);
}

static void test_the_uuid_decides_where_there_is_a_status(void)
{
	pid_t pid = sleeper();

	write_status("vm.xml", UUID, pid);
	CHECK(find(UUID, "vm") == pid && find(UUID, "renamed") == pid && find(UUID, NULL) == pid);
	CHECK(find(OTHER, "vm") == 0 && find(OTHER, NULL) == 0);
	end(pid);
	CHECK(find(UUID, "vm") == 0);
	remove_file("vm.xml");
}

static void test_the_name_where_there_is_a_pid_file_alone(void)
{
	pid_t pid = sleeper();
	char digits[20];

	snprintf(digits, sizeof(digits), "%d", (int)pid);
	write_file("R&amp;D &apos;x&apos;.pid", digits);
	write_file("driver.pid", digits);
	CHECK(find(UUID, "R&D 'x'") == pid);
	CHECK(find(UUID, "vm") == 0 && find(UUID, "driver") == 0);
	CHECK(find(UUID, NULL) == pid);
	write_status("R&D 'x'.xml", OTHER, pid);
	CHECK(find(UUID, "R&D 'x'") == 0 && find(OTHER, "R&D 'x'") == pid);
	end(pid);
	remove_file("R&amp;D &apos;x&apos;.pid");
	remove_file("R&D 'x'.xml");
	remove_file("driver.pid");
}

static void test_what_cannot_be_understood_may_run(void)
{
	write_file("vm.xml", "<domstatus");
	CHECK(find(UUID, "vm") == -1 && find(UUID, NULL) == -1 && find(UUID, "other") == 0);
	remove_file("vm.xml");
	write_file("vm.pid", "");
	CHECK(find(UUID, "vm") == -1 && find(UUID, "other") == 0);
	remove_file("vm.pid");
	write_file("vm.xml.new", "<domstatus");
	CHECK(find(UUID, "vm") == 0);
	remove_file("vm.xml.new");
}

static void test_the_request_of_a_lost_lease(void)
{
	pid_t pid = sleeper();

	write_status("vm.xml", UUID, pid);
	CHECK(find_request("own", "npu.1") == pid && find_request(UUID, "nic") == pid);
	CHECK(find_request("own", "npu") == 0 && find_request("ow", "n/npu.1") == 0);
	end(pid);
	CHECK(find_request("own", "npu.1") == 0);
	remove_file("vm.xml");
}

/* Waits until a child executes /bin/sleep: half way there, its memory is neither that of its parent nor its
 * own. */
static void wait_for_sleep(pid_t pid)
{
	char path[64], target[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	while (!strstr(target, "sleep")) {
		ssize_t len = readlink(path, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
	}
}

static void test_a_fork_has_its_parents_memory(void)
{
	struct process_id self, other;
	struct error err;
	pid_t found, child = sleeper(), program = fork();

	if (program == 0) {
		(void)execl("/bin/sleep", "/bin/sleep", "600", (char *)NULL);
		_exit(1);
	}
	wait_for_sleep(program);
	CHECK(process_identify(getpid(), &self, &err) == 0);
	CHECK(emulators_find_fork(&self, &found, &err) == 0 && found == child);
	end(child);
	CHECK(emulators_find_fork(&self, &found, &err) == 0 && found == 0);
	CHECK(process_identify(program, &other, &err) == 0);
	CHECK(emulators_find_fork(&other, &found, &err) == 0);
	end(program);
	CHECK(emulators_find_fork(&self, &found, &err) == 0 && found == 0);
	self.start_time++;
	CHECK(emulators_find_fork(&self, &found, &err) == 0 && found == 0);
}

int main(void)
{
	char path[100];

	CHECK(mkdtemp(run) != NULL);
	snprintf(path, sizeof(path), "%s/qemu", run);
	CHECK(mkdir(path, 0700) == 0);
	RUN(test_no_directory_no_emulators);
	RUN(test_the_uuid_decides_where_there_is_a_status);
	RUN(test_the_name_where_there_is_a_pid_file_alone);
	RUN(test_what_cannot_be_understood_may_run);
	RUN(test_the_request_of_a_lost_lease);
	RUN(test_a_fork_has_its_parents_memory);
	CHECK(rmdir(path) == 0 && rmdir(run) == 0);
	return 0;
}
