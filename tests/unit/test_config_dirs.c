/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/config/config_dirs.c base/fileio.c base/text.c base/error.c */
#include "host/config/config_dirs.h"
#include "fake_tree.h"

/* What was told, each line as "FILE:NUMBER FIRST-CHARACTERS;". */
static char told[512];

static int note(const char *path, unsigned number, const char *line, void *context)
{
	size_t used = strlen(told);

	(void)context;
	snprintf(told + used, sizeof(told) - used, "%s:%u %.*s;", path + strlen(tree) + 1, number,
		 (int)strcspn(line, "\n"), line);
	return strncmp(line, "stop", 4) == 0 ? 7 : 0;
}

static int read_all(struct error *err)
{
	char etc[64], lib[64];
	const char *const dirs[] = { etc, lib };

	snprintf(etc, sizeof(etc), "%s/etc", tree);
	snprintf(lib, sizeof(lib), "%s/lib", tree);
	told[0] = '\0';
	return config_dirs_read(dirs, ARRAY_SIZE(dirs), "x.d", note, NULL, err);
}

static void test_lines_come_with_their_place_and_without_comments(void)
{
	tree_start();
	tree_file("lib/x.d/a.conf", "# comment\n\n  ; another\n one two\nlast");
	tree_file("lib/x.d/a.txt", "no\n");
	tree_file("lib/x.d/.b.conf", "no\n");
	CHECK(read_all(NULL) == 0);
	CHECK_STR(told, "lib/x.d/a.conf:4  one two;lib/x.d/a.conf:5 last;");
	tree_remove();
}

static void test_a_namesake_in_an_earlier_directory_counts_alone(void)
{
	tree_start();
	tree_file("etc/x.d/a.conf", "mine\n");
	tree_file("lib/x.d/a.conf", "theirs\n");
	tree_link("etc/x.d/b.conf", "/dev/null");
	tree_file("lib/x.d/b.conf", "theirs\n");
	CHECK(read_all(NULL) == 0);
	CHECK_STR(told, "etc/x.d/a.conf:1 mine;");
	tree_remove();
}

static void test_who_has_heard_enough_ends_it(void)
{
	tree_start();
	tree_directory("etc/x.d");
	tree_file("etc/x.d/a.conf", "stop\nmore\n");
	tree_file("lib/x.d/c.conf", "more\n");
	CHECK(read_all(NULL) == 7);
	CHECK_STR(told, "etc/x.d/a.conf:1 stop;");
	tree_remove();
}

static void test_what_is_not_there_says_nothing(void)
{
	struct error err;

	tree_start();
	CHECK(read_all(&err) == 0);
	CHECK_STR(told, "");
	tree_file("lib/x.d", "a file\n");
	CHECK(read_all(&err) == -1);
	CHECK(strstr(err.msg, "cannot list "));
	tree_remove();
}

int main(void)
{
	RUN(test_lines_come_with_their_place_and_without_comments);
	RUN(test_a_namesake_in_an_earlier_directory_counts_alone);
	RUN(test_who_has_heard_enough_ends_it);
	RUN(test_what_is_not_there_says_nothing);
	return 0;
}
