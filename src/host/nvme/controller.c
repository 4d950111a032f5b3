/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/nvme/controller.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fileio.h"

/* Opcodes (figure 139), and the log page of sanitize. */
enum { GET_LOG_PAGE = 0x02, IDENTIFY = 0x06, FORMAT_NVM = 0x80, SANITIZE = 0x84, SANITIZE_LOG = 0x81 };

/* Of a question, and of a format, which may take days: who runs this program has the limit. */
#define ANSWER_MS 30000U
#define FORMAT_MS (8U * 24 * 3600 * 1000)

#define SUBSYSTEMS "class/nvme-subsystem"

/* "nvme", digits, and nothing else. */
static bool is_controller(const char *name)
{
	size_t digits = strncmp(name, "nvme", 4) == 0 ? strspn(name + 4, "0123456789") : 0;

	return digits > 0 && name[4 + digits] == '\0' && strlen(name) < NVME_NAME_LEN;
}

/* Finds the first controller in a directory of sysfs, and counts them. */
static int find_controllers(const struct sysfs *sysfs, const char *path, char name[static NVME_NAME_LEN],
			    size_t *count, struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, path, err);
	const struct dirent *entry;
	int rc = dir ? 0 : -1;

	*count = 0;
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (is_controller(entry->d_name) && (*count)++ == 0)
			snprintf(name, NVME_NAME_LEN, "%s", entry->d_name);
	}
	return rc;
}

/* The node of that name, if it is the one that the kernel means. */
static int open_node(const struct sysfs *sysfs, const char *path, struct nvme_controller *out,
		     struct error *err)
{
	char node[NVME_NAME_LEN + 8], place[SYSFS_PATH_LEN + NVME_NAME_LEN];
	struct stat found;
	dev_t expected;

	snprintf(node, sizeof(node), "/dev/%s", out->name);
	snprintf(place, sizeof(place), "%s/%s", path, out->name);
	if (sysfs_read_device_number(sysfs, place, &expected, err) != 0)
		return error_set(err, 0, "cannot tell which node %s has", out->name);
	out->fd = open(node, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (out->fd < 0 || fstat(out->fd, &found) < 0)
		return error_set(err, errno, "cannot open %s", node);
	if (!S_ISCHR(found.st_mode) || found.st_rdev != expected)
		return error_set(err, 0, "%s is not the node of this controller", node);
	return 0;
}

int nvme_controller_open(const struct sysfs *sysfs, const struct pci_addr *addr, struct nvme_controller *out,
			 struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	size_t count;

	*out = (struct nvme_controller){ .fd = -1 };
	sysfs_device_path(addr, "nvme", path);
	if (find_controllers(sysfs, path, out->name, &count, NULL) < 0 || count != 1)
		return error_set(err, 0, "%s is no NVMe controller that the kernel's driver, nvme, has",
				 pci_addr_format(addr, text));
	return open_node(sysfs, path, out, err);
}

void nvme_controller_close(struct nvme_controller *controller)
{
	if (controller->fd >= 0)
		(void)close(controller->fd);
	controller->fd = -1;
}

/* A subsystem has a link to each of its controllers (kernel: drivers/nvme/host/core.c, nvme_init_subsystem).
 */
int nvme_controller_is_alone(const struct sysfs *sysfs, const struct nvme_controller *controller, bool *out,
			     struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SUBSYSTEMS, err);
	char path[PATH_MAX], link[PATH_MAX], first[NVME_NAME_LEN];
	const struct dirent *entry;
	int rc = dir ? 0 : -1;

	*out = false;
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		size_t count;

		if (entry->d_name[0] == '.')
			continue;
		if (sysfs_join(path, SUBSYSTEMS, entry->d_name, err) < 0 ||
		    sysfs_join(link, path, controller->name, err) < 0)
			return -1;
		if (sysfs_find(sysfs, link, NULL) != 0)
			continue;
		rc = find_controllers(sysfs, path, first, &count, err);
		*out = count == 1;
		return rc;
	}
	return rc;
}

/* ---- commands ---------------------------------------------------------------------------------------- */

static int run(const struct nvme_controller *controller, struct nvme_admin_cmd *command, const char *what,
	       struct error *err)
{
	int status;

	if (!command->timeout_ms)
		command->timeout_ms = ANSWER_MS;
	do {
		status = ioctl(controller->fd, NVME_IOCTL_ADMIN_CMD, command);
	} while (status < 0 && errno == EINTR);
	if (status < 0)
		return error_set(err, errno, "%s does not execute %s", controller->name, what);
	if (status > 0)
		return error_set(err, 0, "%s refuses the command %s: status 0x%x", controller->name, what,
				 (unsigned)status);
	return 0;
}

int nvme_identify(const struct nvme_controller *controller, enum nvme_identify_kind kind,
		  uint32_t namespace_id, uint8_t out[static NVME_IDENTIFY_LEN], struct error *err)
{
	struct nvme_admin_cmd command = { .opcode = IDENTIFY,
					  .nsid = namespace_id,
					  .addr = (uint64_t)(uintptr_t)out,
					  .data_len = NVME_IDENTIFY_LEN,
					  .cdw10 = kind };

	memset(out, 0, NVME_IDENTIFY_LEN);
	return run(controller, &command, "Identify", err);
}

int nvme_read_sanitize_log(const struct nvme_controller *controller, struct nvme_sanitize_log *out,
			   struct error *err)
{
	uint8_t page[NVME_SANITIZE_LOG_LEN] = { 0 };
	struct nvme_admin_cmd command = { .opcode = GET_LOG_PAGE,
					  .nsid = NVME_ALL_NAMESPACES,
					  .addr = (uint64_t)(uintptr_t)page,
					  .data_len = sizeof(page),
					  .cdw10 = SANITIZE_LOG | (sizeof(page) / 4 - 1) << 16 };

	if (run(controller, &command, "Get Log Page (sanitize status)", err) < 0)
		return -1;
	nvme_sanitize_log_read(page, out);
	return 0;
}

int nvme_begin_sanitize(const struct nvme_controller *controller, uint32_t command, struct error *err)
{
	struct nvme_admin_cmd sanitize = { .opcode = SANITIZE, .cdw10 = command };

	return run(controller, &sanitize, "Sanitize", err);
}

int nvme_format(const struct nvme_controller *controller, uint32_t namespace_id, uint32_t command,
		struct error *err)
{
	struct nvme_admin_cmd format = {
		.opcode = FORMAT_NVM, .nsid = namespace_id, .cdw10 = command, .timeout_ms = FORMAT_MS
	};

	return run(controller, &format, "Format NVM", err);
}
