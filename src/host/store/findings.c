/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/findings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/fileio.h"

#define FINDING_FILE_MAX 4096
#define SUFFIX ".json"
#define NAME_SIZE (PCI_ADDR_LEN + sizeof(SUFFIX))

#define STATE_DIR "/var/lib/pcitag"
#define UNWELL "unwell"

/* Opens the directory; @parent receives that above. Returns 0, FILE_ABSENT or -1. */
static int open_unwell(bool create, int *parent, int *out, struct error *err)
{
	int rc = directory_open_roots(AT_FDCWD, STATE_DIR, create, "the state of devices", parent, err);

	return rc == 0 ? directory_open_roots(*parent, UNWELL, create, "the state of devices", out, err) : rc;
}

static const char *file_name(const struct pci_addr *addr, char buf[static NAME_SIZE])
{
	char text[PCI_ADDR_LEN];

	snprintf(buf, NAME_SIZE, "%s" SUFFIX, pci_addr_format(addr, text));
	return buf;
}

static int save(const struct finding *finding, const char *text, struct error *err)
{
	CLEANUP_CLOSE int parent = -1, dir = -1;
	char name[NAME_SIZE];

	if (open_unwell(true, &parent, &dir, err) < 0)
		return -1;
	return atomic_file_write(dir, file_name(&finding->addr, name), text, strlen(text), 0644, err);
}

int findings_save(const struct finding *finding, struct error *err)
{
	CLEANUP_FREE char *text = finding_to_text(finding);
	char addr[PCI_ADDR_LEN];
	struct error why = { 0 };
	int rc = text ? save(finding, text, &why) : error_set(&why, ENOMEM, "no memory");

	/* Another process may have removed the directory with the last file. */
	if (rc < 0 && why.code == ENOENT)
		rc = save(finding, text, &why);
	if (rc == 0)
		return 0;
	(void)error_pass(err, &why);
	return error_prefix(err, "cannot note the state of %s", pci_addr_format(&finding->addr, addr));
}

int findings_remove(const struct pci_addr *addr, struct error *err)
{
	CLEANUP_CLOSE int parent = -1, dir = -1;
	char name[NAME_SIZE];
	int rc = open_unwell(false, &parent, &dir, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = atomic_file_remove(dir, file_name(addr, name), err);
	/* A start then has nothing to read. It stays while it has other files. */
	if (rc == 0)
		(void)unlinkat(parent, UNWELL, AT_REMOVEDIR);
	return rc;
}

/* The address in the name of a file; false for any other name. */
static bool is_about(const char *file, struct pci_addr *addr)
{
	char name[NAME_SIZE], text[PCI_ADDR_LEN];
	size_t len = strlen(file), suffix = strlen(SUFFIX);

	if (len <= suffix || len - suffix >= sizeof(text) || strcmp(file + len - suffix, SUFFIX) != 0)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)(len - suffix), file);
	return pci_addr_parse(text, addr) == 0 && strcmp(file_name(addr, name), file) == 0;
}

static int read_finding(int dir, const char *name, const struct pci_addr *addr, struct finding *out,
			struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	size_t len;

	if (read_file_at(dir, name, FINDING_FILE_MAX, &text, &len, err) < 0 ||
	    finding_from_text(text, len, out, err) < 0)
		return -1;
	return pci_addr_equal(&out->addr, addr) ? 0
						: error_set(err, 0, "it is not about the device in its name");
}

static int add_file(int dir, const char *name, const struct pci_addr *addr, struct finding_list *out,
		    struct error *err)
{
	struct finding finding;
	struct error why = { 0 };

	if (read_finding(dir, name, addr, &finding, &why) < 0) {
		/* It was removed meanwhile. */
		if (why.code == ENOENT)
			return 0;
		finding = (struct finding){ .addr = *addr, .is_of_any = true, .condition = PCI_OUT };
		snprintf(finding.evidence, sizeof(finding.evidence),
			 "its file " FINDINGS_DIR "/%s cannot be understood", name);
	}
	return finding_list_add(out, &finding, err);
}

static int add_files(int dir, struct finding_list *out, struct error *err)
{
	CLEANUP_DIR DIR *entries = opendir_at(dir, ".");
	const struct dirent *entry;
	struct pci_addr addr;
	int rc = entries ? 0 : error_set(err, errno, "cannot open it");

	while (rc == 0 && (rc = directory_next(entries, &entry, err)) == 0 && entry) {
		if (is_about(entry->d_name, &addr))
			rc = add_file(dir, entry->d_name, &addr, out, err);
	}
	return rc;
}

int findings_load(struct finding_list *out, struct error *err)
{
	CLEANUP_CLOSE int parent = -1, dir = -1;
	int rc;

	if (faccessat(AT_FDCWD, FINDINGS_DIR, F_OK, 0) < 0 && errno == ENOENT)
		return 0;
	rc = open_unwell(false, &parent, &dir, err);
	if (rc == 0)
		rc = add_files(dir, out, err);
	return rc < 0 ? error_prefix(err, "cannot list " FINDINGS_DIR) : 0;
}
