/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/placeholder.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

_Static_assert(GRANT_LINK_LEN <= NAME_MAX + 1, "a link's name would be too long");

/* Without the options. Returns the end. */
static char *format_functions(const struct pci_addr *addr, uint8_t functions, char *buf)
{
	char *end;

	pci_addr_format(addr, buf);
	end = buf + strlen(buf);
	for (unsigned f = 0; f < PCI_FUNCTIONS; f++) {
		if (f != addr->function && (functions & (1U << f)))
			end += sprintf(end, "+%u", f);
	}
	return end;
}

char *grant_link_format(const struct pci_addr *addr, uint8_t functions, const struct device_options *options,
			char buf[static GRANT_LINK_LEN])
{
	char *end = format_functions(addr, functions, buf);

	if (options && options->text[0])
		sprintf(end, ",%s", options->text);
	return buf;
}

/* @len: of the part of @text without the options */
static bool parse_functions(const char *text, size_t len, struct pci_addr *addr, uint8_t *functions)
{
	char canonical[GRANT_LINK_LEN];
	char first[PCI_ADDR_LEN];
	size_t address = strcspn(text, "+,");

	if (address >= sizeof(first))
		return false;
	memcpy(first, text, address);
	first[address] = '\0';
	if (pci_addr_parse(first, addr) != 0)
		return false;
	*functions = (uint8_t)(1U << addr->function);
	for (const char *c = text + address; *c == '+'; c += 2) {
		if (c[1] < '0' || c[1] > '7')
			return false;
		*functions |= (uint8_t)(1U << (c[1] - '0'));
	}
	/* Formatting the result again detects wrong order, repetitions, upper case and trailing text. */
	return (size_t)(format_functions(addr, *functions, canonical) - canonical) == len &&
	       memcmp(canonical, text, len) == 0;
}

int grant_link_parse(const char *text, struct pci_addr *addr, uint8_t *functions,
		     struct device_options *options)
{
	const char *comma = strchr(text, ',');
	const char *more = comma ? comma + 1 : "";
	struct pci_addr parsed;
	uint8_t mask;

	if (!parse_functions(text, comma ? (size_t)(comma - text) : strlen(text), &parsed, &mask))
		return 1;
	if (comma && (!options || *more == '\0' || !device_options_valid(more)))
		return 1;
	if (options)
		strcpy(options->text, more);
	*addr = parsed;
	*functions = mask;
	return 0;
}
