/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/iommu.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/fileio.h"
#include "model/system/host_text.h"

/* A row for each interrupt and a column for each processor: several hundred KiB on the largest hosts. */
#define INTERRUPTS_MAX ((size_t)16 << 20)
#define INTEL_ECAP_IR (1ULL << 3)
#define IOMMU_CLASS "class/iommu"

int iommu_count_groups(const struct sysfs *sysfs, unsigned most, unsigned *count, struct error *err)
{
	struct error cause;
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, "kernel/iommu_groups", &cause);
	const struct dirent *entry;
	int rc;

	*count = 0;
	if (!dir && cause.code == ENOENT)
		return 0; /* a kernel without IOMMU support */
	if (!dir) {
		*err = cause;
		return -1;
	}
	do {
		rc = directory_next(dir, &entry, err);
		*count += rc == 0 && entry && entry->d_name[0] != '.';
	} while (rc == 0 && entry && *count < most);
	return rc;
}

bool iommu_is_present(const struct sysfs *sysfs)
{
	struct error unread;
	unsigned count;

	(void)iommu_count_groups(sysfs, 1, &count, &unread);
	return count > 0;
}

static bool is_bridge(const struct sysfs *sysfs, const struct pci_addr *addr)
{
	char path[SYSFS_PATH_LEN];
	long class_code;

	return sysfs_read_number(sysfs, sysfs_device_path(addr, "class", path), &class_code, NULL) != 0 ||
	       class_code >> 16 == 0x06;
}

/* Whether the function has this file; on a root bus it has no "../vendor" (host/describe/facts.c). */
static bool has(const struct sysfs *sysfs, const struct pci_addr *addr, const char *file)
{
	char path[SYSFS_PATH_LEN];

	return sysfs_find(sysfs, sysfs_device_path(addr, file, path), NULL) == 0;
}

int iommu_count_covered(const struct sysfs *sysfs, struct iommu_coverage *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, "bus/pci/devices", err);
	struct iommu_coverage all = { 0 }, slots = { 0 };
	const struct dirent *entry;
	int rc;

	if (!dir)
		return -1;
	do {
		struct pci_addr addr;
		unsigned covered;

		rc = directory_next(dir, &entry, err);
		if (rc < 0 || !entry || pci_addr_parse(entry->d_name, &addr) < 0 || is_bridge(sysfs, &addr))
			continue;
		covered = has(sysfs, &addr, "iommu_group");
		all.functions++;
		all.covered += covered;
		if (has(sysfs, &addr, "../vendor")) {
			slots.functions++;
			slots.covered += covered;
		}
	} while (rc == 0 && entry);
	*out = slots.functions ? slots : all;
	return rc;
}

const char *iommu_advice_here(bool has_groups)
{
	struct utsname system;

	return iommu_advice(uname(&system) == 0 ? system.machine : "", has_groups);
}

int iommu_remapping(const char *proc, enum interrupt_remapping *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/interrupts", proc);
	if (read_file_at(AT_FDCWD, path, INTERRUPTS_MAX, &text, NULL, err) < 0)
		return -1;
	*out = interrupts_remapping(text);
	return 0;
}

int iommu_intel_can_remap(const struct sysfs *sysfs, bool *found, bool *can, struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, IOMMU_CLASS, NULL);
	const struct dirent *entry;
	int rc;

	*found = false;
	*can = true;
	if (!dir)
		return 0;
	do {
		char path[SYSFS_PATH_LEN], text[32];

		rc = directory_next(dir, &entry, err);
		if (rc < 0 || !entry || strncmp(entry->d_name, "dmar", 4) != 0)
			continue;
		snprintf(path, sizeof(path), IOMMU_CLASS "/%.64s/intel-iommu/ecap", entry->d_name);
		rc = sysfs_read(sysfs, path, text, sizeof(text), err);
		if (rc == 0) {
			*found = true;
			*can &= (strtoull(text, NULL, 16) & INTEL_ECAP_IR) != 0;
		}
	} while (rc >= 0 && entry);
	return rc < 0 ? -1 : 0;
}
