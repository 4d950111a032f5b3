/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/systemd/session.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fileio.h"
#include "base/text.h"
#include "host/process/process.h"

#define SESSION_FILE_MAX 4096
#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ID_LEN 64

/* A leader is a child of its display manager, or a grandchild. */
#define ANCESTORS_MAX 8

/* Returns the value of a key, which ends at the line's end, or NULL. */
static const char *find_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line = next_line(line)) {
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			return line + len + 1;
	}
	return NULL;
}

static bool value_is(const char *value, const char *word)
{
	size_t len = strlen(word);

	return value && strncmp(value, word, len) == 0 && (value[len] == '\n' || value[len] == '\0');
}

static bool take_number(const char *value, long max, long *out)
{
	char *end;

	if (!value || *value < '0' || *value > '9')
		return false;
	*out = strtol(value, &end, 10);
	return (*end == '\n' || *end == '\0') && *out <= max;
}

bool session_read(const char *dir, const char *id, struct session *out)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];
	const char *type;
	long uid, leader;

	if (!*id || strlen(id) >= ID_LEN || id[strspn(id, ID_CHARACTERS)] != '\0')
		return false;
	snprintf(path, sizeof(path), "%s/%s", dir, id);
	if (read_file_at(AT_FDCWD, path, SESSION_FILE_MAX, &text, NULL, NULL) < 0 ||
	    !take_number(find_value(text, "UID"), UINT32_MAX, &uid) ||
	    !take_number(find_value(text, "LEADER"), INT_MAX, &leader))
		return false;
	type = find_value(text, "TYPE");
	*out = (struct session){ .uid = (uid_t)uid,
				 .leader = (pid_t)leader,
				 .is_graphical = value_is(type, "x11") || value_is(type, "wayland") ||
						 value_is(type, "mir") };
	snprintf(out->scope, sizeof(out->scope), "session-%s.scope", id);
	return true;
}

bool session_find_graphical(const char *dir, const uid_t *uid, struct session *out)
{
	CLEANUP_DIR DIR *sessions = opendir(dir);
	const struct dirent *entry;

	if (!sessions)
		return false;
	while (directory_next(sessions, &entry, NULL) == 0 && entry) {
		if (session_read(dir, entry->d_name, out) && out->is_graphical && (!uid || *uid == out->uid))
			return true;
	}
	return false;
}

bool session_starter(const char *proc, const struct session *session, char out[static UNIT_NAME_LEN])
{
	char cgroup[PROCESS_CGROUP_LEN];
	pid_t pid = session->leader;

	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++) {
		if (!process_cgroup(proc, pid, cgroup) || !unit_name_of_cgroup(cgroup, out))
			break;
		if (!unit_name_is_session(out))
			return true;
		if (process_parent(pid, &pid, NULL) < 0)
			break;
	}
	out[0] = '\0';
	return false;
}
