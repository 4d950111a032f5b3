/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI addresses (domain:bus:slot.function) and the patterns that the registry matches them with. Pure. */
#ifndef PCITAG_MODEL_PCI_ADDRESS_H
#define PCITAG_MODEL_PCI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "ffffffff:ff:1f.7" and its NUL: Intel VMD creates domains above ffff (10000:00:02.0). */
#define PCI_ADDR_LEN 17
#define PCI_FUNCTIONS 8

struct pci_addr {
	uint32_t domain;
	uint8_t bus;
	uint8_t slot;	  /* 0..0x1f */
	uint8_t function; /* 0..7 */
};

/*
 * Parses "dddd:bb:ss.f" (4 to 8 domain digits, or none: "bb:ss.f" means domain 0), in any case, without text
 * before or after it. Returns 0, or 1 when @text is not an address (@out untouched).
 */
int pci_addr_parse(const char *text, struct pci_addr *out);

/* Writes the format of sysfs: lower case, at least 4 domain digits. Returns @buf. */
char *pci_addr_format(const struct pci_addr *addr, char buf[static PCI_ADDR_LEN]);

/* "pci_ffffffff_ff_1f_7" and its NUL. */
#define PCI_NODEDEV_LEN 21

/*
 * Like pci_addr_parse(), but also accepts libvirt's name of the device, as `virsh nodedev-list` prints it,
 * such as "pci_0000_02_00_0" (libvirt: src/node_device/node_device_udev.c, udevGenerateDeviceName: the
 * kernel's name with "_" for each character other than a letter or digit).
 */
int pci_addr_parse_any(const char *text, struct pci_addr *out);

/* Writes libvirt's name of the device. Returns @buf. */
char *pci_addr_nodedev(const struct pci_addr *addr, char buf[static PCI_NODEDEV_LEN]);

/* Orders by domain, bus, slot and function. Returns <0, 0 or >0 like strcmp(). */
int pci_addr_compare(const struct pci_addr *a, const struct pci_addr *b);

static inline bool pci_addr_equal(const struct pci_addr *a, const struct pci_addr *b)
{
	return pci_addr_compare(a, b) == 0;
}

/* True when @list, of @count addresses, has @addr. */
bool pci_addr_in(const struct pci_addr *list, size_t count, const struct pci_addr *addr);

/* True for the same domain, bus and slot: functions of one physical device. */
bool pci_addr_same_slot(const struct pci_addr *a, const struct pci_addr *b);

/*
 * An address pattern is an address in which "*" may replace the whole domain, bus, slot or function:
 * "0000:3b:00.*", "*:*:*.0". Is it valid; does @addr match it (no address matches an invalid one)?
 */
bool pci_addr_pattern_valid(const char *pattern);
bool pci_addr_pattern_match(const char *pattern, const struct pci_addr *addr);

/* True when some address matches both; when @wide matches every address that @narrow does. */
bool pci_addr_patterns_meet(const char *a, const char *b);
bool pci_addr_pattern_covers(const char *wide, const char *narrow);

#endif
