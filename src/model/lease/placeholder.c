/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/placeholder.h"

#include <stdio.h>
#include <string.h>

char *grant_link_format(const struct pci_addr *addr, uint8_t functions, char buf[static GRANT_LINK_LEN])
{
	char *end;

	pci_addr_format(addr, buf);
	end = buf + strlen(buf);
	for (unsigned f = 0; f < PCI_FUNCTIONS; f++) {
		if (f != addr->function && (functions & (1U << f)))
			end += sprintf(end, "+%u", f);
	}
	return buf;
}

int grant_link_parse(const char *text, struct pci_addr *addr, uint8_t *functions)
{
	char canonical[GRANT_LINK_LEN];
	char first[PCI_ADDR_LEN];
	size_t len = strcspn(text, "+");
	struct pci_addr parsed;
	uint8_t mask;

	if (len >= sizeof(first))
		return 1;
	memcpy(first, text, len);
	first[len] = '\0';
	if (pci_addr_parse(first, &parsed) != 0)
		return 1;
	mask = (uint8_t)(1U << parsed.function);
	for (const char *c = text + len; *c == '+'; c += 2) {
		if (c[1] < '0' || c[1] > '7')
			return 1;
		mask |= (uint8_t)(1U << (c[1] - '0'));
	}
	/* Formatting the result again detects wrong order, repetitions, upper case and trailing text. */
	if (strcmp(grant_link_format(&parsed, mask, canonical), text) != 0)
		return 1;
	*addr = parsed;
	*functions = mask;
	return 0;
}
