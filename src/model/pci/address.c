/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/address.h"

#include <stdio.h>
#include <string.h>

#define ANY UINT32_MAX

/* A pattern has four fields, each a number or ANY; an address is a pattern without ANY. */
struct fields {
	uint64_t domain; /* 64 bits: ffffffff is a valid domain and must differ from ANY_DOMAIN */
	uint32_t bus, slot, function;
};

#define ANY_DOMAIN UINT64_MAX

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads @min to @max hex digits, or "*", from *text and moves *text past them. False for neither. */
static bool take_field(const char **text, int min, int max, uint64_t any, uint64_t *value)
{
	int digits = 0;

	if (**text == '*') {
		(*text)++;
		*value = any;
		return true;
	}
	*value = 0;
	while (digits < max && hex_value(**text) >= 0) {
		*value = *value * 16 + (uint64_t)hex_value(**text);
		(*text)++;
		digits++;
	}
	return digits >= min;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

static bool has_domain(const char *text)
{
	const char *colon = strchr(text, ':');

	return colon && strchr(colon + 1, ':');
}

static bool parse_fields(const char *text, struct fields *out)
{
	uint64_t bus, slot, function;

	out->domain = 0;
	if (has_domain(text) &&
	    (!take_field(&text, 4, 8, ANY_DOMAIN, &out->domain) || !take_char(&text, ':')))
		return false;
	if (!take_field(&text, 2, 2, ANY, &bus) || !take_char(&text, ':'))
		return false;
	if (!take_field(&text, 2, 2, ANY, &slot) || !take_char(&text, '.'))
		return false;
	if (!take_field(&text, 1, 1, ANY, &function) || *text != '\0')
		return false;
	if ((slot != ANY && slot > 0x1f) || (function != ANY && function >= PCI_FUNCTIONS))
		return false;
	out->bus = (uint32_t)bus;
	out->slot = (uint32_t)slot;
	out->function = (uint32_t)function;
	return true;
}

int pci_addr_parse(const char *text, struct pci_addr *out)
{
	struct fields f;

	if (!parse_fields(text, &f) || strchr(text, '*'))
		return 1;
	out->domain = (uint32_t)f.domain;
	out->bus = (uint8_t)f.bus;
	out->slot = (uint8_t)f.slot;
	out->function = (uint8_t)f.function;
	return 0;
}

int pci_addr_parse_any(const char *text, struct pci_addr *out)
{
	static const char prefix[] = "pci_";
	char address[PCI_NODEDEV_LEN];
	size_t len = strlen(text), n = sizeof(prefix) - 1;

	if (strncmp(text, prefix, n) != 0)
		return pci_addr_parse(text, out);
	/* Three underscores stand for ":", ":" and "."; only the first field has no fixed length. */
	if (len >= sizeof(address) || len < n + sizeof("0000_00_00_0") - 1 || strpbrk(text, ":."))
		return 1;
	memcpy(address, text + n, len - n + 1);
	len -= n;
	if (address[len - 2] != '_' || address[len - 5] != '_' || address[len - 8] != '_')
		return 1;
	address[len - 2] = '.';
	address[len - 5] = address[len - 8] = ':';
	return pci_addr_parse(address, out);
}

char *pci_addr_nodedev(const struct pci_addr *addr, char buf[static PCI_NODEDEV_LEN])
{
	snprintf(buf, PCI_NODEDEV_LEN, "pci_%04x_%02x_%02x_%x", addr->domain, (unsigned)addr->bus,
		 addr->slot & 0x1fU, addr->function & 7U);
	return buf;
}

static char *put_hex(char *to, uint32_t value, unsigned digits)
{
	while (digits-- > 0)
		*to++ = "0123456789abcdef"[value >> 4 * digits & 0xf];
	return to;
}

/* A scan formats several addresses per function: snprintf(3) would take four fifths of its instructions. */
char *pci_addr_format(const struct pci_addr *addr, char buf[static PCI_ADDR_LEN])
{
	unsigned digits = 4;
	char *to;

	while (digits < 8 && addr->domain >> 4 * digits)
		digits++;
	to = put_hex(buf, addr->domain, digits);
	*to++ = ':';
	to = put_hex(to, addr->bus, 2);
	*to++ = ':';
	to = put_hex(to, addr->slot & 0x1fU, 2);
	*to++ = '.';
	to = put_hex(to, addr->function & 7U, 1);
	*to = '\0';
	return buf;
}

int pci_addr_compare(const struct pci_addr *a, const struct pci_addr *b)
{
	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if (a->bus != b->bus)
		return a->bus < b->bus ? -1 : 1;
	if (a->slot != b->slot)
		return a->slot < b->slot ? -1 : 1;
	return (int)a->function - (int)b->function;
}

bool pci_addr_in(const struct pci_addr *list, size_t count, const struct pci_addr *addr)
{
	for (size_t i = 0; i < count; i++) {
		if (pci_addr_equal(&list[i], addr))
			return true;
	}
	return false;
}

bool pci_addr_same_slot(const struct pci_addr *a, const struct pci_addr *b)
{
	return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot;
}

bool pci_addr_pattern_valid(const char *pattern)
{
	struct fields f;

	return parse_fields(pattern, &f);
}

bool pci_addr_pattern_match(const char *pattern, const struct pci_addr *addr)
{
	struct fields f;

	return parse_fields(pattern, &f) && (f.domain == ANY_DOMAIN || f.domain == addr->domain) &&
	       (f.bus == ANY || f.bus == addr->bus) && (f.slot == ANY || f.slot == addr->slot) &&
	       (f.function == ANY || f.function == addr->function);
}

bool pci_addr_patterns_meet(const char *a, const char *b)
{
	struct fields f, g;

	return parse_fields(a, &f) && parse_fields(b, &g) &&
	       (f.domain == ANY_DOMAIN || g.domain == ANY_DOMAIN || f.domain == g.domain) &&
	       (f.bus == ANY || g.bus == ANY || f.bus == g.bus) &&
	       (f.slot == ANY || g.slot == ANY || f.slot == g.slot) &&
	       (f.function == ANY || g.function == ANY || f.function == g.function);
}

bool pci_addr_pattern_covers(const char *wide, const char *narrow)
{
	struct fields f, g;

	return parse_fields(wide, &f) && parse_fields(narrow, &g) &&
	       (f.domain == ANY_DOMAIN || f.domain == g.domain) && (f.bus == ANY || f.bus == g.bus) &&
	       (f.slot == ANY || f.slot == g.slot) && (f.function == ANY || f.function == g.function);
}
