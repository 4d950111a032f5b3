/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* The functions from the root bus to the one in question. */
struct chain {
	struct pci_addr at[PCI_BRIDGES_MAX + 1];
	size_t count;
	bool has_root;
	bool is_too_long;
};

/* Parses "pci0000:00". */
static bool read_root(const char *name, struct pci_place *out)
{
	unsigned long domain, bus;
	char *end;

	if (strncmp(name, "pci", 3) != 0 || strspn(name + 3, "0123456789abcdef") < 4)
		return false;
	domain = strtoul(name + 3, &end, 16);
	if (*end != ':' || strspn(end + 1, "0123456789abcdef") != 2 || end[3] != '\0' || domain > UINT32_MAX)
		return false;
	bus = strtoul(end + 1, NULL, 16);
	out->root_domain = (uint32_t)domain;
	out->root_bus = (uint8_t)bus;
	return true;
}

/*
 * Adds one directory of the path. Below a volume management device, a root bus of its own begins (kernel:
 * drivers/pci/controller/vmd.c); below a platform device, the first one.
 */
static void take(const char *name, struct chain *chain, struct pci_place *out)
{
	struct pci_addr addr;

	if (read_root(name, out)) {
		chain->has_root = true;
		chain->count = 0;
	} else if (pci_addr_parse(name, &addr) == 0 && chain->has_root) {
		if (chain->count < ARRAY_SIZE(chain->at))
			chain->at[chain->count++] = addr;
		else
			chain->is_too_long = true;
	}
}

static void read_path(const char *target, struct chain *chain, struct pci_place *out)
{
	while (*target) {
		size_t len = strcspn(target, "/");
		char name[32];

		if (len < sizeof(name)) {
			memcpy(name, target, len);
			name[len] = '\0';
			take(name, chain, out);
		}
		target += len;
		target += strspn(target, "/");
	}
}

static void write_path(const struct chain *chain, struct pci_place *out)
{
	snprintf(out->path, sizeof(out->path), "%04x:%02x", out->root_domain, out->root_bus);
	for (size_t i = 0; i < chain->count; i++)
		text_append(out->path, sizeof(out->path), "/%02x.%x", chain->at[i].slot,
			    chain->at[i].function);
}

void pci_place_parse(const char *target, const struct pci_addr *addr, const struct pci_addr *physfn,
		     struct pci_place *out)
{
	struct chain chain = { .count = 0 };
	struct pci_place read = { .card = physfn ? *physfn : *addr };

	read.card.function = 0;
	*out = read;
	read_path(target, &chain, &read);
	if (chain.is_too_long || chain.count == 0 || !pci_addr_equal(&chain.at[chain.count - 1], addr))
		return;
	read.is_known = true;
	/* The root port, the upstream port, a downstream port, the function. */
	read.has_switch = chain.count >= 4;
	if (read.has_switch)
		read.switch_port = chain.at[1];
	write_path(&chain, &read);
	*out = read;
}

static uint64_t id_of(const struct pci_addr *addr)
{
	return 1 + ((uint64_t)addr->domain << 16 | (uint64_t)addr->bus << 8 | (uint64_t)addr->slot << 3 |
		    addr->function);
}

uint64_t pci_place_id(const struct pci_place *place, enum pci_level level)
{
	const struct pci_addr root = { .domain = place->root_domain, .bus = place->root_bus };

	if (level == PCI_LEVEL_NUMA)
		return place->has_node ? 1 + (uint64_t)place->node : 0;
	if (!place->is_known)
		return 0;
	if (level == PCI_LEVEL_ROOT)
		return id_of(&root);
	return id_of(level == PCI_LEVEL_SWITCH && place->has_switch ? &place->switch_port : &place->card);
}

static bool is_shared(const struct pci_place *a, const struct pci_place *b, enum pci_level level)
{
	uint64_t id = pci_place_id(a, level);

	return id && id == pci_place_id(b, level);
}

enum pci_distance pci_place_distance(const struct pci_place *a, const struct pci_place *b)
{
	static const enum pci_distance distances[PCI_LEVELS] = { PCI_SAME_CARD, PCI_SAME_SWITCH,
								 PCI_SAME_ROOT, PCI_SAME_NODE };

	for (unsigned level = 0; level < PCI_LEVELS; level++) {
		if (is_shared(a, b, (enum pci_level)level))
			return distances[level];
	}
	return a->has_node && b->has_node ? PCI_OTHER_NODE : PCI_DISTANCE_UNKNOWN;
}

const char *pci_distance_name(enum pci_distance distance)
{
	static const char *const names[] = {
		[PCI_SAME_CARD] = "same card",	 [PCI_SAME_SWITCH] = "same switch",
		[PCI_SAME_ROOT] = "same root",	 [PCI_SAME_NODE] = "same node",
		[PCI_OTHER_NODE] = "other node", [PCI_DISTANCE_UNKNOWN] = "unknown",
	};

	return names[distance];
}
