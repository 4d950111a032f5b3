/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/address.c model/lease/placeholder.c base/error.c model/lease/name.c model/lease/options.c */
/* PCI addresses, their patterns, and the names of grants: text that is one survives being written again. */
#include <limits.h>

#include "model/lease/placeholder.h"
#include "model/pci/address.h"
#include "fuzz.h"

static void check_address(const char *text)
{
	char written[PCI_ADDR_LEN], again[PCI_ADDR_LEN];
	struct pci_addr addr, back;

	if (pci_addr_parse(text, &addr) != 0)
		return;
	REQUIRE(addr.slot <= 0x1f && addr.function < PCI_FUNCTIONS);
	REQUIRE(pci_addr_pattern_valid(text) && pci_addr_pattern_match(text, &addr));
	REQUIRE(pci_addr_format(&addr, written) == written && strlen(written) < sizeof(written));
	REQUIRE(pci_addr_parse(written, &back) == 0 && pci_addr_equal(&addr, &back));
	REQUIRE(strcmp(pci_addr_format(&back, again), written) == 0);
	REQUIRE(pci_addr_same_slot(&addr, &back));
}

/* What libvirt calls a device is another way to write its address, and no more than that. */
static void check_nodedev(const char *text)
{
	char name[PCI_NODEDEV_LEN];
	struct pci_addr addr, back;

	if (pci_addr_parse_any(text, &addr) != 0)
		return;
	REQUIRE(addr.slot <= 0x1f && addr.function < PCI_FUNCTIONS);
	REQUIRE(pci_addr_nodedev(&addr, name) == name && strlen(name) < sizeof(name));
	REQUIRE(pci_addr_parse_any(name, &back) == 0 && pci_addr_equal(&addr, &back));
}

static void check_pattern(const char *text)
{
	static const struct pci_addr some = { .domain = 0, .bus = 0x3b, .slot = 0x1f, .function = 7 };
	struct pci_addr addr;

	if (!pci_addr_pattern_valid(text))
		REQUIRE(!pci_addr_pattern_match(text, &some));
	else if (!strchr(text, '*'))
		REQUIRE(pci_addr_parse(text, &addr) == 0);
}

/* It becomes the name of a link below /dev: there is one spelling of each, and no slash in it. */
static void check_grant(const char *text)
{
	char written[GRANT_LINK_LEN];
	struct device_options options;
	struct pci_addr addr;
	uint8_t functions;

	if (grant_link_parse(text, &addr, &functions, &options) != 0)
		return;
	REQUIRE(strlen(text) <= NAME_MAX && device_options_valid(options.text));
	REQUIRE((grant_link_parse(text, &addr, &functions, NULL) == 0) == (options.text[0] == '\0'));
	REQUIRE(functions & (1U << addr.function));
	REQUIRE(!strchr(text, '/') && text[0] != '.');
	REQUIRE(strcmp(grant_link_format(&addr, functions, &options, written), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_address(text);
	check_nodedev(text);
	check_pattern(text);
	check_grant(text);
	free(text);
	return 0;
}
