/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/reset.h"

#include <string.h>

#include "base/error.h"

#define BITS 4
#define MASK ((1U << BITS) - 1)

/* From the kernel, drivers/pci/pci.c, pci_reset_fn_methods; 0 is the end of a list there, too. */
static const char *const names[] = {
	NULL, "device_specific", "acpi", "flr", "af_flr", "pm", "bus", "cxl_bus"
};

static pci_resets number_of(const char *name, size_t len)
{
	for (pci_resets i = 1; i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0)
			return i;
	}
	return 0;
}

int pci_resets_parse(const char *text, pci_resets *out)
{
	pci_resets resets = 0, seen = 0;
	unsigned shift = 0;

	for (const char *c = text + strspn(text, ", \t"); *c; c += strspn(c, ", \t")) {
		size_t len = strcspn(c, ", \t");
		pci_resets number = number_of(c, len);

		if (!number || (seen & (1U << number)))
			return 1;
		seen |= 1U << number;
		resets |= number << shift;
		shift += BITS;
		c += len;
	}
	*out = resets;
	return 0;
}

char *pci_resets_format(pci_resets resets, char buf[static PCI_RESETS_LEN])
{
	buf[0] = '\0';
	for (; resets; resets >>= BITS) {
		if ((resets & MASK) < ARRAY_SIZE(names))
			text_append(buf, PCI_RESETS_LEN, "%s%s", buf[0] ? " " : "", names[resets & MASK]);
	}
	return buf;
}
