/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files in a PCI device's directory: which ones there are and what they say
 * (drivers/pci/pci-sysfs.c, iov.c; Documentation/ABI/testing/sysfs-bus-pci).
 */
#include "pretend/nodes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const attr_names[ATTR_COUNT] = {
	[ATTR_VENDOR] = "vendor",
	[ATTR_DEVICE] = "device",
	[ATTR_SUBVENDOR] = "subsystem_vendor",
	[ATTR_SUBDEVICE] = "subsystem_device",
	[ATTR_CLASS] = "class",
	[ATTR_REVISION] = "revision",
	[ATTR_OVERRIDE] = "driver_override",
	[ATTR_NUMA] = "numa_node",
	[ATTR_ENABLE] = "enable",
	[ATTR_POWER] = "power_state",
	[ATTR_NUMVFS] = "sriov_numvfs",
	[ATTR_TOTALVFS] = "sriov_totalvfs",
	[ATTR_VF_OFFSET] = "sriov_offset",
	[ATTR_VF_STRIDE] = "sriov_stride",
	[ATTR_VF_DEVICE] = "sriov_vf_device",
	[ATTR_AUTOPROBE] = "sriov_drivers_autoprobe",
	[ATTR_BOOT_VGA] = "boot_vga",
	[ATTR_MODALIAS] = "modalias",
	[ATTR_RESET_METHOD] = "reset_method",
	[ATTR_LINK_SPEED] = "current_link_speed",
	[ATTR_LINK_WIDTH] = "current_link_width",
	[ATTR_MAX_LINK_SPEED] = "max_link_speed",
	[ATTR_MAX_LINK_WIDTH] = "max_link_width",
	[ATTR_AER_FATAL] = "aer_dev_fatal",
	[ATTR_AER_NONFATAL] = "aer_dev_nonfatal",
	[ATTR_AER_PORT_FATAL] = "aer_rootport_total_err_fatal",
	[ATTR_RESET] = "reset",
	[ATTR_REMOVE] = "remove",
	[ATTR_RESCAN] = "rescan",
	[ATTR_UEVENT] = "uevent",
	[ATTR_IRQ] = "irq",
	[ATTR_RESOURCE] = "resource",
	[ATTR_CONFIG] = "config",
};

/* Permissions of a file, 0 when this device has no such file. */
mode_t attr_mode(const struct device *dev, enum attr attr)
{
	switch (attr) {
	case ATTR_OVERRIDE:
	case ATTR_NUMA:
	case ATTR_ENABLE:
	case ATTR_UEVENT:
	case ATTR_CONFIG:
		return S_IFREG | 0644;
	case ATTR_NUMVFS:
	case ATTR_AUTOPROBE:
		return dev->totalvfs > 0 ? S_IFREG | 0644 : 0;
	case ATTR_TOTALVFS:
	case ATTR_VF_OFFSET:
	case ATTR_VF_STRIDE:
	case ATTR_VF_DEVICE:
		return dev->totalvfs > 0 ? S_IFREG | 0444 : 0;
	case ATTR_BOOT_VGA:
		return dev->boot_vga >= 0 ? S_IFREG | 0444 : 0;
	case ATTR_RESET_METHOD:
		return dev->reset_method[0] || dev->resets_supported[0] ? S_IFREG | 0644 : 0;
	case ATTR_RESET:
		return dev->reset_method[0] ? S_IFREG | 0200 : 0;
	case ATTR_LINK_SPEED:
	case ATTR_LINK_WIDTH:
	case ATTR_MAX_LINK_SPEED:
	case ATTR_MAX_LINK_WIDTH:
		return dev->link[0] ? S_IFREG | 0444 : 0; /* pcie_dev_attrs_are_visible() */
	case ATTR_AER_FATAL:
	case ATTR_AER_NONFATAL:
		return dev->aer[0] ? S_IFREG | 0444 : 0; /* aer_stats_attrs_are_visible() */
	case ATTR_AER_PORT_FATAL:
		return dev->aer[0] && dev->class >> 8 == 0x0604 ? S_IFREG | 0444 : 0;
	case ATTR_REMOVE:
	case ATTR_RESCAN:
		return S_IFREG | 0220;
	case ATTR_VENDOR:
	case ATTR_DEVICE:
	case ATTR_SUBVENDOR:
	case ATTR_SUBDEVICE:
	case ATTR_CLASS:
	case ATTR_REVISION:
	case ATTR_POWER:
	case ATTR_MODALIAS:
	case ATTR_IRQ:
	case ATTR_RESOURCE:
		return S_IFREG | 0444;
	case ATTR_COUNT:
		break;
	}
	return 0;
}

static int show_modalias(const struct device *dev, char *buf, size_t size)
{
	return snprintf(buf, size, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X\n", dev->vendor, dev->device,
			dev->subvendor, dev->subdevice, (dev->class >> 16) & 0xff, (dev->class >> 8) & 0xff,
			dev->class & 0xff);
}

static int show_uevent(const struct device *dev, char *buf, size_t size)
{
	int n = 0;

	if (dev->driver && dev->link_shown)
		n = snprintf(buf, size, "DRIVER=%s\n", dev->driver->name);
	n += snprintf(buf + n, size - (size_t)n,
		      "PCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:%04X\n"
		      "PCI_SLOT_NAME=%s\nMODALIAS=",
		      dev->class, dev->vendor, dev->device, dev->subvendor, dev->subdevice, dev->addr);
	return n + show_modalias(dev, buf + n, size - (size_t)n);
}

/*
 * Without a power management capability the kernel does not know the state until a driver
 * switched the device on (drivers/pci/pci.c: pci_update_current_state()); seen with QEMU's
 * edu. `power=` says something else.
 */
static const char *power_state(const struct device *dev)
{
	if (dev->power[0])
		return dev->power;
	return dev->native || dev->driver || dev->header != 0 ? "D0" : "unknown";
}

/* A statement's words end at blanks, so its methods are written with commas. */
static int show_reset_method(const struct device *dev, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s\n", dev->reset_method);

	for (char *c = buf; (c = strchr(c, ',')) != NULL;)
		*c = ' ';
	return n;
}

/* Of "2.5x1/8.0x4", now and at most, the second when @at_most and it is there. */
static const char *link_of(const struct device *dev, bool at_most)
{
	const char *slash = strchr(dev->link, '/');

	return at_most && slash ? slash + 1 : dev->link;
}

/* drivers/pci/probe.c, pci_speed_string(); 0x0: a function that has the registers and no link */
static int show_link_speed(const char *link, char *buf, size_t size)
{
	int len = (int)strcspn(link, "x");

	if (strncmp(link, "0x", 2) == 0)
		return snprintf(buf, size, "Unknown\n");
	return snprintf(buf, size, "%.*s GT/s PCIe\n", len, link);
}

static int show_link_width(const char *link, char *buf, size_t size)
{
	const char *width = strchr(link, 'x');

	return snprintf(buf, size, "%d\n", width ? atoi(width + 1) : 0);
}

/*
 * drivers/pci/pcie/aer.c, aer_stats_dev_attr(): a line for each kind of error, then the sum. Which kinds
 * there are does not matter here: all errors are of one.
 */
static int show_aer(const struct device *dev, bool is_fatal, char *buf, size_t size)
{
	const char *colon = strchr(dev->aer, ':');
	long count = is_fatal ? atol(dev->aer) : colon ? atol(colon + 1) : 0;

	return snprintf(buf, size, "Undefined 0\nDLP %ld\nSDES 0\nTLP 0\nTOTAL_ERR_%s %ld\n", count,
			is_fatal ? "FATAL" : "NONFATAL", count);
}

static int show_resource(char *buf, size_t size)
{
	int n = 0;

	for (int i = 0; i < 13; i++)
		n += snprintf(buf + n, size - (size_t)n, "0x%016x 0x%016x 0x%016x\n", 0, 0, 0);
	return n;
}

/* What a read gives: number of bytes or a negative errno. driver_override is not here: it needs the lock. */
/* The only extended capability, right behind the first 256 bytes. */
static int with_serial(const struct device *dev, unsigned char *buf, int len)
{
	static const unsigned char header[] = { 0x03, 0x00, 0x01, 0x00 };
	uint64_t serial = strtoull(dev->dsn, NULL, 16);

	if (!dev->dsn[0] || dev->dead)
		return len;
	memset(buf + len, 0, 0x110 - (size_t)len);
	memcpy(buf + 0x100, header, sizeof(header));
	for (int i = 0; i < 8; i++)
		buf[0x104 + i] = (unsigned char)(serial >> 8 * i);
	return 0x110;
}

int attr_text(const struct model *m, const struct device *dev, enum attr attr, char buf[static PAGE_LEN])
{
	switch (attr) {
	case ATTR_VENDOR:
		return snprintf(buf, PAGE_LEN, "0x%04x\n", dev->vendor);
	case ATTR_DEVICE:
		return snprintf(buf, PAGE_LEN, "0x%04x\n", dev->device);
	case ATTR_SUBVENDOR:
		return snprintf(buf, PAGE_LEN, "0x%04x\n", dev->subvendor);
	case ATTR_SUBDEVICE:
		return snprintf(buf, PAGE_LEN, "0x%04x\n", dev->subdevice);
	case ATTR_CLASS:
		return snprintf(buf, PAGE_LEN, "0x%06x\n", dev->class);
	case ATTR_REVISION:
		return snprintf(buf, PAGE_LEN, "0x%02x\n", dev->revision);
	case ATTR_NUMA:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->numa);
	case ATTR_ENABLE:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->driver && !dev->driver->vfio);
	case ATTR_POWER:
		return snprintf(buf, PAGE_LEN, "%s\n", power_state(dev));
	case ATTR_NUMVFS:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->numvfs);
	case ATTR_TOTALVFS:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->totalvfs);
	case ATTR_VF_OFFSET:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->vf_offset);
	case ATTR_VF_STRIDE:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->vf_stride);
	case ATTR_VF_DEVICE: /* without 0x: drivers/pci/iov.c, sriov_vf_device_show() */
		return snprintf(buf, PAGE_LEN, "%x\n", dev->vf_device);
	case ATTR_AUTOPROBE:
		return snprintf(buf, PAGE_LEN, "%d\n", !dev->autoprobe_off);
	case ATTR_BOOT_VGA:
		return snprintf(buf, PAGE_LEN, "%d\n", dev->boot_vga);
	case ATTR_MODALIAS:
		return show_modalias(dev, buf, PAGE_LEN);
	case ATTR_RESET_METHOD:
		return show_reset_method(dev, buf, PAGE_LEN);
	case ATTR_LINK_SPEED:
	case ATTR_MAX_LINK_SPEED:
		return show_link_speed(link_of(dev, attr == ATTR_MAX_LINK_SPEED), buf, PAGE_LEN);
	case ATTR_LINK_WIDTH:
	case ATTR_MAX_LINK_WIDTH:
		return show_link_width(link_of(dev, attr == ATTR_MAX_LINK_WIDTH), buf, PAGE_LEN);
	case ATTR_AER_FATAL:
	case ATTR_AER_NONFATAL:
		return show_aer(dev, attr == ATTR_AER_FATAL, buf, PAGE_LEN);
	case ATTR_AER_PORT_FATAL:
		return snprintf(buf, PAGE_LEN, "%ld\n", atol(dev->aer));
	case ATTR_UEVENT:
		return show_uevent(dev, buf, PAGE_LEN);
	case ATTR_IRQ:
		return snprintf(buf, PAGE_LEN, "0\n");
	case ATTR_RESOURCE:
		return show_resource(buf, PAGE_LEN);
	case ATTR_CONFIG:
		return with_serial(dev, (unsigned char *)buf,
				   (int)device_config(m, dev, (unsigned char *)buf));
	case ATTR_OVERRIDE:
	case ATTR_RESET:
	case ATTR_REMOVE:
	case ATTR_RESCAN:
	case ATTR_COUNT:
		break;
	}
	return -EIO;
}
