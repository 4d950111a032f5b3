/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that say which devices a verb is to show: the same words for all of them. */
#ifndef PCITAG_CLI_DEVICE_FILTER_H
#define PCITAG_CLI_DEVICE_FILTER_H

#include <stdbool.h>

#include "cli/verb.h"
#include "model/allocator.h"

/* For struct verb; each verb lists those it takes. */
#define FILTER_TYPE                                         \
	{                                                   \
		"type", "TYPE", "only devices of this type" \
	}
#define FILTER_MODEL                                           \
	{                                                      \
		"model", "MODEL", "only devices of this model" \
	}
#define FILTER_FREE                               \
	{                                         \
		"free", NULL, "only what is free" \
	}
#define FILTER_GROUP                                             \
	{                                                        \
		"group", "N", "only members of this IOMMU group" \
	}
#define FILTER_NUMA                                           \
	{                                                     \
		"numa", "N", "only devices of this NUMA node" \
	}

/* What was asked for; NULL and false let everything pass. The texts are argv's own. */
struct device_filter {
	const char *type;
	const char *model;
	bool is_free;
	bool has_group;
	int group;
	bool has_numa;
	int numa_node;
	bool is_host_critical;
};

/* Reads the options that the verb has; returns EXIT_DONE, or EXIT_USAGE after saying which number is none. */
int device_filter_read(const struct arguments *arguments, struct device_filter *out);

/* Fails when the registry has no such type or model, and names those it has. */
int device_filter_check(const struct device_filter *filter, const char *verb, const struct registry *registry,
			struct error *err);

/* Is the device, of the model that matches it, to be shown? */
bool device_filter_admits(const struct device_filter *filter, const struct model *model,
			  const struct pci_device *device, const struct verdict *verdict);

#endif
