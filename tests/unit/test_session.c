/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/systemd/session.c host/process/process.c model/units/unit_name.c base/fileio.c base/text.c base/error.c */
#include "host/systemd/session.h"
#include "fake_tree.h"

#include <signal.h>
#include <sys/wait.h>

static char sessions[64];

static void session_file(const char *id, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "sessions/%s", id);
	tree_file(path, text);
	snprintf(sessions, sizeof(sessions), "%s/sessions", tree);
}

static void cgroup_of(pid_t pid, const char *cgroup)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%d/cgroup", (int)pid);
	snprintf(text, sizeof(text), "0::%s\n", cgroup);
	tree_file(path, text);
}

static void test_a_session_is_read_as_logind_writes_it(void)
{
	struct session session;

	tree_start();
	session_file("c2", "# This is private data. Do not parse.\nUID=1000\nUSER=ann\nACTIVE=1\n"
			   "TYPE=wayland\nCLASS=user\nLEADER=2113\nSEAT=seat0\n");
	session_file("4", "UID=0\nTYPE=tty\nLEADER=77");
	CHECK(session_read(sessions, "c2", &session));
	CHECK(session.uid == 1000 && session.leader == 2113 && session.is_graphical);
	CHECK(session_read(sessions, "4", &session));
	CHECK(session.uid == 0 && session.leader == 77 && !session.is_graphical);
	tree_remove();
}

static void test_what_is_no_session_is_refused(void)
{
	struct session session;

	tree_start();
	session_file("1", "UID=1000\nTYPE=x11\n");
	session_file("2", "UID=-1\nLEADER=7\n");
	session_file("3", "UID=1000\nLEADER=7x\n");
	session_file("4", "UID=1000\nLEADER=99999999999\n");
	session_file("c5.ref", "UID=1000\nLEADER=7\n");
	for (const char *id = "1234"; *id; id++)
		CHECK(!session_read(sessions, (const char[]){ *id, '\0' }, &session));
	CHECK(!session_read(sessions, "6", &session));
	CHECK(!session_read(sessions, "", &session));
	CHECK(!session_read(sessions, "c5.ref", &session));
	CHECK(!session_read(sessions, "../sessions/1", &session));
	CHECK(!session_find_graphical(sessions, NULL, &session));
	CHECK(!session_find_graphical("/nowhere", NULL, &session));
	tree_remove();
}

static void test_a_users_graphical_session_is_found(void)
{
	const uid_t ann = 1000, bob = 1001;
	struct session session;

	tree_start();
	session_file("1", "UID=1000\nTYPE=tty\nLEADER=11\n");
	session_file("2", "UID=1000\nTYPE=x11\nLEADER=12\n");
	session_file("3", "UID=1001\nTYPE=tty\nLEADER=13\n");
	CHECK(session_find_graphical(sessions, &ann, &session) && session.leader == 12);
	CHECK(!session_find_graphical(sessions, &bob, &session));
	CHECK(session_find_graphical(sessions, NULL, &session) && session.leader == 12);
	tree_remove();
}

/* A display manager and its child, the leader of a session, until end(). */
static pid_t manager, leader;

static void begin(void)
{
	int ready[2];

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	manager = fork();
	if (manager == 0) {
		leader = fork();
		if (leader > 0 && write(ready[1], &leader, sizeof(leader)) != sizeof(leader))
			_exit(1);
		for (;;)
			pause();
	}
	CHECK(manager > 0 && read(ready[0], &leader, sizeof(leader)) == sizeof(leader));
	CHECK(close(ready[0]) == 0 && close(ready[1]) == 0);
}

static void end(void)
{
	CHECK(kill(leader, SIGKILL) == 0 && kill(manager, SIGKILL) == 0);
	CHECK(waitpid(manager, NULL, 0) == manager);
}

static void test_the_unit_of_the_leaders_parent_began_it(void)
{
	struct session session = { 0 };
	char unit[UNIT_NAME_LEN];

	tree_start();
	begin();
	session.leader = leader;
	cgroup_of(leader, "/user.slice/user-1000.slice/session-2.scope");
	cgroup_of(manager, "/system.slice/gdm.service");
	CHECK(session_starter(tree, &session, unit));
	CHECK_STR(unit, "gdm.service");
	/* A leader that was left in its unit. */
	cgroup_of(leader, "/system.slice/greetd.service");
	CHECK(session_starter(tree, &session, unit));
	CHECK_STR(unit, "greetd.service");
	end();
	tree_remove();
}

static void test_a_leader_that_cannot_be_told_has_no_starter(void)
{
	struct session session = { .leader = getpid() };
	char unit[UNIT_NAME_LEN];

	tree_start();
	CHECK(!session_starter(tree, &session, unit));
	CHECK_STR(unit, "");
	cgroup_of(getpid(), "/user.slice/user-1000.slice/session-2.scope");
	CHECK(!session_starter(tree, &session, unit));
	CHECK_STR(unit, "");
	session.leader = 1;
	CHECK(!session_starter(tree, &session, unit));
	tree_remove();
}

int main(void)
{
	RUN(test_a_session_is_read_as_logind_writes_it);
	RUN(test_what_is_no_session_is_refused);
	RUN(test_a_users_graphical_session_is_found);
	RUN(test_the_unit_of_the_leaders_parent_began_it);
	RUN(test_a_leader_that_cannot_be_told_has_no_starter);
	return 0;
}
