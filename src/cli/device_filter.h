/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options that select the devices a verb shows, with the same names for all verbs. */
#ifndef PCITAG_CLI_DEVICE_FILTER_H
#define PCITAG_CLI_DEVICE_FILTER_H

#include <stdbool.h>

#include "cli/verb.h"
#include "model/allocate/allocator.h"

/* For the options of struct verb; each verb lists those it takes. */
#define FILTER_TYPE "type", "TYPE", "only devices of this type"
#define FILTER_MODEL "model", "MODEL", "only devices of this model"
#define FILTER_FREE "free", NULL, "only what is free"
#define FILTER_GROUP "group", "N", "only members of this IOMMU group"
#define FILTER_NUMA "numa", "N", "only devices of this NUMA node"

/* The requested selection; NULL, false and -1 select everything. The strings belong to argv. */
struct device_filter {
	const char *type;	       /* also the name of a profile */
	const struct profile *profile; /* it; set by device_filter_check(); points into the registry */
	const char *model;
	bool is_free;
	int group;
	int numa_node;
	bool is_host_critical;
};

/* Reads the options that the verb has. Returns EXIT_DONE, or EXIT_USAGE after reporting an invalid number. */
int device_filter_read(const struct arguments *arguments, struct device_filter *out);

/* Fails when the registry has no such type (or profile) or model; *err then lists those it has. */
int device_filter_check(struct device_filter *filter, const char *verb, const struct registry *registry,
			struct error *err);

/* Returns true when no type was requested, or the one of the model, or a profile that lists the model. */
bool device_filter_admits_type(const struct device_filter *filter, const struct model *model);

/* Returns true when the device, with the model that matches it, is to be shown. */
bool device_filter_admits(const struct device_filter *filter, const struct model *model,
			  const struct pci_device *device, const struct verdict *verdict);

#endif
