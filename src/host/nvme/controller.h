/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Admin commands to an NVMe controller through the node of the kernel's driver (kernel:
 * include/uapi/linux/nvme_ioctl.h, NVME_IOCTL_ADMIN_CMD; NVM Express Base Specification 1.4, chapter 5). They
 * need CAP_SYS_ADMIN.
 */
#ifndef PCITAG_HOST_NVME_CONTROLLER_H
#define PCITAG_HOST_NVME_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/nvme/erase.h"
#include "model/pci/address.h"

/* "nvme0", with its NUL. */
#define NVME_NAME_LEN 32

/* Instead of a namespace: all. */
#define NVME_ALL_NAMESPACES UINT32_MAX

struct nvme_controller {
	int fd; /* of its node, -1 when closed */
	char name[NVME_NAME_LEN];
};

/*
 * Opens the controller of the function at @addr. Fails when the kernel's driver does not have it. The caller
 * closes it with nvme_controller_close(), also after a failure.
 */
int nvme_controller_open(const struct sysfs *sysfs, const struct pci_addr *addr, struct nvme_controller *out,
			 struct error *err);
void nvme_controller_close(struct nvme_controller *controller);

/* Reads whether the kernel knows no other controller of its NVM subsystem. */
int nvme_controller_is_alone(const struct sysfs *sysfs, const struct nvme_controller *controller, bool *out,
			     struct error *err);

/* What Identify tells of (CNS, 5.15). */
enum nvme_identify_kind {
	NVME_OF_NAMESPACE = 0x00,
	NVME_OF_CONTROLLER = 0x01,
	NVME_ACTIVE_NAMESPACES = 0x02,
	NVME_ALLOCATED_NAMESPACES = 0x10,
};

int nvme_identify(const struct nvme_controller *controller, enum nvme_identify_kind kind,
		  uint32_t namespace_id, uint8_t out[static NVME_IDENTIFY_LEN], struct error *err);

int nvme_read_sanitize_log(const struct nvme_controller *controller, struct nvme_sanitize_log *out,
			   struct error *err);

/* Begins a sanitize; the log page tells how far it is. @command: nvme_sanitize_command() */
int nvme_begin_sanitize(const struct nvme_controller *controller, uint32_t command, struct error *err);

/* Formats a namespace, or all, and waits for it. @command: nvme_format_command() */
int nvme_format(const struct nvme_controller *controller, uint32_t namespace_id, uint32_t command,
		struct error *err);

#endif
