/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/serial.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fileio.h"

/* Extended capabilities (7.6.3): where the first is, the header of each, and how many there is room for. */
#define FIRST_CAPABILITY 0x100
#define CONFIG_END 4096
#define CAPABILITIES_MAX ((CONFIG_END - FIRST_CAPABILITY) / 8)
#define SERIAL_NUMBER 0x0003

static bool read_word(const struct sysfs *sysfs, const char *path, unsigned offset, uint32_t *out)
{
	unsigned char bytes[4];
	size_t len = 0;

	if (sysfs_read_bytes_at(sysfs, path, (off_t)offset, bytes, sizeof(bytes), &len, NULL) != 0 ||
	    len != sizeof(bytes))
		return false;
	*out = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
	return true;
}

/* Returns the offset of the capability, or 0. */
static unsigned find_capability(const struct sysfs *sysfs, const char *path)
{
	unsigned offset = FIRST_CAPABILITY;

	for (unsigned i = 0; i < CAPABILITIES_MAX; i++) {
		uint32_t header;

		if (!read_word(sysfs, path, offset, &header) || header == 0 || header == UINT32_MAX)
			return 0;
		if ((header & 0xffff) == SERIAL_NUMBER)
			return offset;
		offset = header >> 20 & ~3U;
		if (offset < FIRST_CAPABILITY || offset > CONFIG_END - 12)
			return 0;
	}
	return 0;
}

/* All zeroes and all ones are what cards without a number say. */
static void read_dsn(const struct sysfs *sysfs, const struct pci_addr *addr, char out[static PCI_DSN_LEN])
{
	char path[SYSFS_PATH_LEN];
	uint32_t low, high;
	unsigned offset;

	sysfs_device_path(addr, "config", path);
	offset = find_capability(sysfs, path);
	if (!offset || !read_word(sysfs, path, offset + 4, &low) ||
	    !read_word(sysfs, path, offset + 8, &high) || (low == 0 && high == 0) ||
	    (low == UINT32_MAX && high == UINT32_MAX))
		return;
	snprintf(out, PCI_DSN_LEN, "%08" PRIx32 "%08" PRIx32, high, low);
}

static void read_nvme(const struct sysfs *sysfs, const struct pci_addr *addr,
		      char out[static PCI_NVME_SERIAL_LEN])
{
	char path[SYSFS_PATH_LEN], place[PATH_MAX], attribute[PATH_MAX];
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, sysfs_device_path(addr, "nvme", path), NULL);
	const struct dirent *entry;
	size_t len;

	while (dir && directory_next(dir, &entry, NULL) == 0 && entry) {
		if (strncmp(entry->d_name, "nvme", 4) != 0 ||
		    sysfs_join(place, path, entry->d_name, NULL) < 0 ||
		    sysfs_join(attribute, place, "serial", NULL) < 0 ||
		    sysfs_read(sysfs, attribute, out, PCI_NVME_SERIAL_LEN, NULL) != 0)
			continue;
		/* Padded with blanks (NVM Express Base Specification, Identify Controller). */
		for (len = strlen(out); len > 0 && out[len - 1] == ' '; len--)
			out[len - 1] = '\0';
		return;
	}
}

void pci_serial_read(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_serial *out)
{
	*out = (struct pci_serial){ .dsn = "" };
	read_dsn(sysfs, addr, out->dsn);
	read_nvme(sysfs, addr, out->nvme);
	if (!pci_serial_valid(out))
		out->nvme[0] = '\0';
}
