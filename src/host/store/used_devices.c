/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/used_devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/atomic_file.h"
#include "base/fileio.h"
#include "host/store/lease_store.h"
#include "model/lease/lease_json.h"

#define USED_FILE_MAX (1024 * 1024)
#define USED_SUFFIX ".json"
#define USED_NAME_LEN (PCI_ADDR_LEN + sizeof(USED_SUFFIX))

#define STATE_DIR "/var/lib/pcitag"
#define MARKER "/run/pcitag/leases/" LEASE_STORE_USED

/* Opens the directory. Returns 0, FILE_ABSENT or -1. */
static int open_used(bool create, int *out, struct error *err)
{
	CLEANUP_CLOSE int parent = -1;
	int rc = directory_open_roots(AT_FDCWD, STATE_DIR, create, "used devices", &parent, err);

	return rc == 0 ? directory_open_roots(parent, "used", create, "used devices", out, err) : rc;
}

static const char *file_name(const struct lease *used, char buf[static USED_NAME_LEN])
{
	char addr[PCI_ADDR_LEN];

	snprintf(buf, USED_NAME_LEN, "%s" USED_SUFFIX, pci_addr_format(&used->grants[0].addr, addr));
	return buf;
}

static int make_marker(struct error *err)
{
	CLEANUP_CLOSE int fd = open(MARKER, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

	return fd < 0 ? error_set(err, errno, "cannot make " MARKER) : 0;
}

static int is_used_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name), suffix = strlen(USED_SUFFIX);

	return entry->d_name[0] != '.' && len > suffix &&
	       strcmp(entry->d_name + len - suffix, USED_SUFFIX) == 0;
}

static void free_entries(struct dirent **entries, int count)
{
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

static bool has_any(int dir)
{
	struct dirent **entries = NULL;
	int count = scandirat(dir, ".", &entries, is_used_file, NULL);

	free_entries(entries, count);
	return count != 0; /* also when it cannot be told */
}

/* Another process may note a device meanwhile: it makes the marker after its file. */
static void drop_marker(int dir)
{
	if (has_any(dir))
		return;
	(void)unlink(MARKER);
	if (has_any(dir))
		(void)make_marker(NULL);
}

int used_devices_announce(struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	int rc = open_used(false, &dir, err);

	return rc == 0 && has_any(dir) ? make_marker(err) : rc < 0 ? -1 : 0;
}

int used_devices_save(const struct lease *used, struct error *err)
{
	CLEANUP_FREE char *text = lease_to_text(used);
	CLEANUP_CLOSE int dir = -1;
	char name[USED_NAME_LEN];

	if (!text)
		return error_set(err, ENOMEM, "cannot note what domain %s has used", used->domain);
	if (open_used(true, &dir, err) < 0 ||
	    atomic_file_write(dir, file_name(used, name), text, strlen(text), 0644, err) < 0 ||
	    make_marker(err) < 0)
		return error_prefix(err, "cannot note what domain %s has used", used->domain);
	return 0;
}

int used_devices_remove(const struct lease *used, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	char name[USED_NAME_LEN];
	int rc = open_used(false, &dir, err);

	if (rc == 0)
		rc = atomic_file_remove(dir, file_name(used, name), err);
	if (rc == 0)
		drop_marker(dir);
	return rc < 0 ? -1 : 0;
}

static int add_file(int dir, const char *name, struct lease_list *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct lease lease = { 0 }, *shared;
	char expected[USED_NAME_LEN];
	size_t len;
	int rc;

	if (read_file_at(dir, name, USED_FILE_MAX, &text, &len, err) < 0)
		return error_prefix(err, USED_DEVICES_DIR);
	rc = lease_from_json(text, len, &lease, err);
	if (rc == 0 && (lease.state != LEASE_HELD || lease.grant_count == 0 ||
			strcmp(file_name(&lease, expected), name) != 0))
		rc = error_set(err, 0, "it is not about the device in its name");
	if (rc != 0) {
		lease_clear(&lease);
		return error_set(err, 0,
				 USED_DEVICES_DIR
				 "/%s cannot be understood (%s); remove it when that device may be "
				 "given to a guest again",
				 name, err ? err->msg : "");
	}
	shared = lease_share(&lease, err);
	rc = shared ? lease_list_add(out, shared, err) : -1;
	lease_unref(shared);
	return rc;
}

int used_devices_load(struct lease_list *out, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;
	struct dirent **entries = NULL;
	int count, rc = open_used(false, &dir, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	count = scandirat(dir, ".", &entries, is_used_file, alphasort);
	if (count < 0)
		return error_set(err, errno, "cannot list " USED_DEVICES_DIR);
	for (int i = 0; i < count && rc == 0; i++)
		rc = add_file(dir, entries[i]->d_name, out, err);
	free_entries(entries, count);
	return rc;
}
