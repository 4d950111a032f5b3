/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/process/child.c base/error.c */
/* Other programs: what they say, how they end, and that they do end. */
#include "host/process/child.h"
#include "test.h"

static struct child child;
static struct error err;

/* A shell is what a test may use. */
static int run(const char *script, size_t limit, int timeout_ms)
{
	char *const argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script, NULL };

	child_clear(&child);
	return child_run(argv, limit, deadline_in(timeout_ms), &child, &err);
}

static void test_output_exit_code_and_the_first_line_of_complaint(void)
{
	CHECK(run("echo said; echo why >&2; echo more >&2; exit 3", 100, 10000) == 0);
	CHECK_STR(child.out, "said\n");
	CHECK(child.out_len == 5 && child.exit_code == 3);
	CHECK_STR(child.complaint, "why");
	CHECK(run("true", 100, 10000) == 0);
	CHECK(child.out == NULL && child.exit_code == 0);
	CHECK_STR(child.complaint, "");
}

static void test_nothing_to_read_and_no_environment(void)
{
	CHECK(run("cat; /usr/bin/env | /bin/grep -vE '^(PWD|SHLVL|_)='; exit 0", 1000, 10000) == 0);
	CHECK(child.out == NULL);
}

static void test_a_control_character_stays_in_its_line(void)
{
	CHECK(run("printf 'a\\033[2Jb\\n' >&2; exit 1", 100, 10000) == 0);
	CHECK_STR(child.complaint, "a?[2Jb");
}

static void test_more_than_the_limit_is_refused_but_heard_out(void)
{
	CHECK(run("head -c 100000 /dev/zero; echo end >&2", 99999, 10000) == -1);
	CHECK_STR(err.msg, "a program says more than 99999 bytes: File too large");
	CHECK_STR(child.complaint, "end");
	CHECK(run("head -c 100000 /dev/zero; head -c 100000 /dev/zero >&2", 100000, 10000) == 0);
	CHECK(child.out_len == 100000);
}

static void test_one_that_does_not_end_is_ended(void)
{
	int64_t start = clock_ms();

	CHECK(run("echo said; exec sleep 60", 100, 200) == CHILD_LATE);
	CHECK(clock_ms() - start < 10000);
	CHECK(run("exec >&- 2>&-; exec sleep 60", 100, 200) == CHILD_LATE);
	CHECK(clock_ms() - start < 10000);
	CHECK(run("exec >&- 2>&-; exec sleep 0.1", 100, 10000) == 0);
}

static void test_a_signal_is_told_as_a_shell_does(void)
{
	CHECK(run("kill -KILL $$", 100, 10000) == 0);
	CHECK(child.exit_code == 128 + 9);
}

static void test_a_program_that_is_not_there(void)
{
	char *const argv[] = { (char *)"/nowhere/program", NULL };

	child_clear(&child);
	CHECK(child_run(argv, 100, deadline_in(10000), &child, &err) == 0);
	CHECK(child.exit_code == 127);
	CHECK_STR(child.complaint, "cannot run /nowhere/program: No such file or directory");
}

int main(void)
{
	RUN(test_output_exit_code_and_the_first_line_of_complaint);
	RUN(test_nothing_to_read_and_no_environment);
	RUN(test_a_control_character_stays_in_its_line);
	RUN(test_more_than_the_limit_is_refused_but_heard_out);
	RUN(test_one_that_does_not_end_is_ended);
	RUN(test_a_signal_is_told_as_a_shell_does);
	RUN(test_a_program_that_is_not_there);
	child_clear(&child);
	return 0;
}
