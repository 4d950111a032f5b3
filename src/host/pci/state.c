/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/pci/state.h"

#include <errno.h>
#include <string.h>

/* The kernel's lists have about thirty lines of a name and a number. */
#define COUNTS_LEN 2048

/* Reads the sum of one list. Returns 0, SYSFS_ABSENT, or -1. */
static int read_count(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute,
		      uint32_t *out, struct error *err)
{
	char path[SYSFS_PATH_LEN], text[COUNTS_LEN];
	int rc = sysfs_read(sysfs, sysfs_device_path(addr, attribute, path), text, sizeof(text), err);

	if (rc == 0 && pci_errors_parse(text, out) != 0)
		return error_set(err, 0, "%s has no sum", path);
	return rc;
}

/*
 * A fatal error of an endpoint is counted at its port alone: the kernel does not read the endpoint's
 * registers when its link cannot be trusted (drivers/pci/pcie/aer.c, aer_get_device_error_info). The port
 * counts what newer kernels find out about the endpoint as well.
 */
static int read_fatal(const struct sysfs *sysfs, const struct pci_addr *addr, uint32_t *out,
		      struct error *err)
{
	char path[SYSFS_PATH_LEN];
	long count;
	int rc;

	sysfs_device_path(addr, "../aer_rootport_total_err_fatal", path);
	rc = sysfs_read_number(sysfs, path, &count, err);
	if (rc != 0)
		return rc == SYSFS_ABSENT ? read_count(sysfs, addr, "aer_dev_fatal", out, err) : -1;
	*out = count < 0 || count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
	return 0;
}

/* One list is there with the other (drivers/pci/pcie/aer.c, aer_stats_attrs_are_visible). */
int pci_state_read_errors(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_errors *out,
			  struct error *err)
{
	int rc;

	*out = (struct pci_errors){ 0 };
	rc = read_count(sysfs, addr, "aer_dev_nonfatal", &out->nonfatal, err);
	if (rc == 0)
		rc = read_fatal(sysfs, addr, &out->fatal, err);
	return rc < 0 ? -1 : 0;
}

/* 0: there is none, or it is unknown (include/linux/pci.h, PCIE_LNK_WIDTH_UNKNOWN is 255). */
static uint8_t read_width(const struct sysfs *sysfs, const struct pci_addr *addr, const char *attribute)
{
	char path[SYSFS_PATH_LEN];
	long width;

	if (sysfs_read_number(sysfs, sysfs_device_path(addr, attribute, path), &width, NULL) != 0 ||
	    width < 0 || width >= UINT8_MAX)
		return 0;
	return (uint8_t)width;
}

/* For users whom the kernel does not let read the registers of the link. */
static void read_link(const struct sysfs *sysfs, const struct pci_addr *addr, struct pci_state *out)
{
	out->width = read_width(sysfs, addr, "current_link_width");
	out->width_most = out->width ? read_width(sysfs, addr, "max_link_width") : 0;
	if (!out->width_most)
		out->width = 0;
}

/* Without a port, or when its width is unknown, nobody can tell how many lanes there could be. */
static void limit_to_port(const struct sysfs *sysfs, const struct pci_device *device, struct pci_state *out)
{
	uint8_t port = device->has_parent ? read_width(sysfs, &device->parent, "max_link_width") : 0;

	if (!port)
		out->width_most = out->width;
	else if (port < out->width_most)
		out->width_most = port > out->width ? port : out->width;
}

/* Whether the kernel wants it awake (kernel: Documentation/ABI/testing/sysfs-devices-power). */
static bool is_active(const struct sysfs *sysfs, const struct pci_addr *addr)
{
	char path[SYSFS_PATH_LEN], text[32];

	return sysfs_read(sysfs, sysfs_device_path(addr, "power/runtime_status", path), text, sizeof(text),
			  NULL) == 0 &&
	       strcmp(text, "active") == 0;
}

static int read_config(const struct sysfs *sysfs, struct pci_device *device, struct error *err)
{
	unsigned char config[PCI_CONFIG_LEN];
	char path[SYSFS_PATH_LEN];
	size_t len = 0;
	int rc = sysfs_read_bytes(sysfs, sysfs_device_path(&device->addr, "config", path), config,
				  sizeof(config), &len, err);

	if (rc == 0)
		pci_state_from_config(config, len, &device->state);
	if (rc == 0 && !device->state.is_read)
		return error_set(err, EIO, "short read of /sys/%s", path);
	return rc;
}

int pci_state_read(const struct sysfs *sysfs, struct pci_device *device, struct error *err)
{
	struct pci_state *state = &device->state;
	int rc = state->is_read ? 0 : read_config(sysfs, device, err);

	if (rc != 0 || state->is_mute)
		return rc;
	if (state->is_header)
		read_link(sysfs, &device->addr, state);
	if (state->width < state->width_most)
		limit_to_port(sysfs, device, state);
	/* Before Linux 5.19 vfio-pci lets idle functions sleep without saying so. */
	state->is_tired = state->power && !device->is_vfio && is_active(sysfs, &device->addr);
	return 0;
}
