/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/last_devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/fileio.h"
#include "model/lease/lease_json.h"

#define LAST_FILE_MAX (1024 * 1024)
#define SUFFIX ".json"
#define NAME_SIZE (UUID_LEN + sizeof(SUFFIX))

#define STATE_DIR "/var/lib/pcitag"
#define LAST "last"
#define LAST_DIR STATE_DIR "/" LAST

/* Opens the directory. Returns 0, FILE_ABSENT or -1. */
static int open_last(bool create, int *out, struct error *err)
{
	CLEANUP_CLOSE int parent = -1;
	int rc = directory_open_roots(AT_FDCWD, STATE_DIR, create, "what domains had", &parent, err);

	return rc == 0 ? directory_open_roots(parent, LAST, create, "what domains had", out, err) : rc;
}

static const char *file_name(const char *uuid, char buf[static NAME_SIZE])
{
	snprintf(buf, NAME_SIZE, "%s" SUFFIX, uuid);
	return buf;
}

/* Leaves room for one more file: domains that are gone leave theirs behind. */
static void make_room(int dir)
{
	CLEANUP_DIR DIR *entries = opendir_at(dir, ".");
	const struct dirent *entry;
	char oldest[NAME_SIZE] = "";
	time_t when = 0;
	size_t count = 0;
	struct stat st;

	while (entries && directory_next(entries, &entry, NULL) == 0 && entry) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(oldest) ||
		    fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		count++;
		if (oldest[0] && st.st_mtim.tv_sec >= when)
			continue;
		when = st.st_mtim.tv_sec;
		strcpy(oldest, entry->d_name);
	}
	if (count >= LAST_DEVICES_MAX)
		(void)unlinkat(dir, oldest, 0);
}

int last_devices_save(const struct lease *lease, struct error *err)
{
	CLEANUP_FREE char *text = lease_to_text(lease);
	CLEANUP_CLOSE int dir = -1;
	char name[NAME_SIZE];

	if (!text)
		return error_set(err, ENOMEM, "cannot note what domain '%s' had", lease->domain);
	(void)file_name(lease->uuid, name);
	if (open_last(true, &dir, err) < 0)
		return error_prefix(err, "cannot note what domain '%s' had", lease->domain);
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		make_room(dir);
	if (atomic_file_write(dir, name, text, strlen(text), 0644, err) < 0)
		return error_prefix(err, "cannot note what domain '%s' had", lease->domain);
	return 0;
}

int last_devices_load(const char *uuid, struct lease *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	CLEANUP_CLOSE int dir = -1;
	struct error why = { 0 };
	char name[NAME_SIZE];
	size_t len;
	int rc = open_last(false, &dir, err);

	if (rc != 0)
		return rc < 0 ? -1 : LAST_DEVICES_ABSENT;
	if (read_file_at(dir, file_name(uuid, name), LAST_FILE_MAX, &text, &len, &why) < 0)
		return why.code == ENOENT ? LAST_DEVICES_ABSENT : error_pass(err, &why);
	rc = lease_from_json(text, len, out, &why);
	if (rc == 0 && strcmp(out->uuid, uuid) != 0)
		rc = error_set(&why, 0, "it is not about the domain in its name");
	if (rc == 0)
		return 0;
	return error_set(err, 0, LAST_DIR "/%s cannot be understood (%s)", name, why.msg);
}
