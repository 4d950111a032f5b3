/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map of this host: every PCI function with its state, and what one domain has or would get. */
#ifndef PCITAG_FLOW_VIEW_HOST_MAP_H
#define PCITAG_FLOW_VIEW_HOST_MAP_H

#include "flow/assign/host_state.h"
#include "flow/view/preview.h"
#include "model/map/map.h"

struct pci_names_source;

struct host_map_item {
	const struct model *model; /* the first one, in registry order, that matches, or NULL */
	struct verdict verdict;	   /* without a model: as if one matched that contains only the ids */
	struct verdict need;	   /* without a model: what the host would lose with this function */
};

struct host_map {
	struct host_state host;
	struct map_function *functions; /* owned, one for each device of the topology, in the same order */
	struct host_map_item *items;	/* owned, likewise */
	struct map map;
	struct pci_names_source *names;
	char domain[DOMAIN_NAME_LEN]; /* whose functions are marked, "" for none */
	bool is_planned;	      /* it would get them; otherwise it has them */
	int outcome;		      /* 0, or FLOW_REFUSED: it would not start, for the reason in refusal */
	struct error refusal;
};

struct host_map_query {
	const struct paths *paths;
	const char *domain; /* name or UUID of a domain to mark; NULL for none */
	const char *xml;    /* instead: the definition of one that would start; NULL for none */
	size_t xml_len;
};

/*
 * Reads it; changes nothing. Without root it cannot be read which groups are open, and what other users'
 * processes have open. A domain without a lease is marked as `pcitag plan` shows it, by the definition that
 * libvirt keeps in <libvirt_etc>/qemu/NAME.xml, which only root can read.
 * Returns 0 or -1. The caller frees @out with host_map_clear(), also after a failure.
 */
int host_map_read(const struct host_map_query *query, struct host_map *out, struct error *err);
void host_map_clear(struct host_map *map);

/* Enough for host_map_describe() and host_map_reason(), including the NUL. */
#define HOST_MAP_TEXT_LEN 400

/* Writes what the function is: "Edu (npu)", or the names of pci.ids. Not yet without control characters. */
char *host_map_describe(const struct host_map *map, size_t function, char buf[static HOST_MAP_TEXT_LEN]);

/* Returns the domain that has the function, "" for none. */
const char *host_map_holder(const struct host_map *map, size_t function);

/* Writes why a request cannot get the function, as a clause; "" when it is free. Returns @buf. */
char *host_map_reason(const struct host_map *map, size_t function, char buf[static VERDICT_LEN]);

#endif
