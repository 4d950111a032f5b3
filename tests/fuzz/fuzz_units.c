/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/systemd/session.c host/process/process.c model/units/unit_name.c base/fileio.c base/text.c base/error.c */
/* Names of units, the path of a control group, and logind's file of a session: what is accepted is safe to
 * use. */
#include "host/systemd/session.h"
#include "directory.h"

static void check_name(const char *text)
{
	enum unit_name_kind kind = unit_name_kind(text);
	char name[UNIT_NAME_LEN];

	if (kind == UNIT_NAME_INVALID)
		return;
	REQUIRE(strlen(text) < UNIT_NAME_LEN && !strpbrk(text, "/ \n*?[]'\"") && text[0] != '@');
	if (!unit_name_instantiate(text, "0000:01:00.0", name)) {
		REQUIRE(kind == UNIT_NAME_TEMPLATE && name[0] == '\0');
		return;
	}
	/* It can be run as it is. */
	REQUIRE(unit_name_kind(name) == (kind == UNIT_NAME_TEMPLATE ? UNIT_NAME_INSTANCE : kind));
}

static void check_cgroup(const char *text)
{
	char unit[UNIT_NAME_LEN];
	bool is_there = unit_name_of_cgroup(text, unit);
	const char *end;

	REQUIRE(is_there == (unit[0] != '\0'));
	REQUIRE(strlen(unit) < UNIT_NAME_LEN && !strchr(unit, '/'));
	/* All in front of it are slices. */
	end = is_there ? strstr(text, unit) : NULL;
	REQUIRE(!is_there || end);
}

static void check_session(const uint8_t *data, size_t size)
{
	struct session session = { .leader = -1 };
	char path[PATH_MAX + 8];
	int fd;

	snprintf(path, sizeof(path), "%s/c1", fuzz_directory());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0);
	fuzz_fill(fd, data, size);
	REQUIRE(close(fd) == 0);
	if (session_read(fuzz_directory(), "c1", &session))
		REQUIRE(session.leader >= 0);
	else
		REQUIRE(session.leader == -1);
	(void)session_find_graphical(fuzz_directory(), NULL, &session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_name(text);
	check_cgroup(text);
	check_session(data, size);
	free(text);
	return 0;
}
