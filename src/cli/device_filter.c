/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/device_filter.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Reads option @name, a number from 0; -1 when it is not given. Returns as device_filter_read(). */
static int read_number(const struct arguments *arguments, const char *name, const char *what, int *out)
{
	const char *text = arguments_option(arguments, name);
	char *end = NULL;
	long value;

	errno = 0;
	value = text ? strtol(text, &end, 10) : -1;
	*out = (int)value;
	if (!text || (isdigit((unsigned char)text[0]) && !*end && !errno && value <= INT_MAX))
		return EXIT_DONE;
	return report_usage_text("%s --%s: invalid number of %s '%.64s'; write one as pcitag list shows it",
				 arguments->verb->name, name, what, text);
}

int device_filter_read(const struct arguments *arguments, struct device_filter *out)
{
	int rc;

	*out = (struct device_filter){
		.type = arguments_option(arguments, "type"),
		.model = arguments_option(arguments, "model"),
		.is_free = arguments_option(arguments, "free"),
		.is_host_critical = arguments_option(arguments, "host-critical"),
	};
	rc = read_number(arguments, "group", "an IOMMU group", &out->group);
	if (rc == EXIT_DONE)
		rc = read_number(arguments, "numa", "a NUMA node", &out->numa_node);
	return rc;
}

int device_filter_check(struct device_filter *filter, const char *verb, const struct registry *registry,
			struct error *err)
{
	char known[ERROR_MSG_LEN];

	if ((filter->type || filter->model) && registry->count == 0)
		return error_set(err, 0,
				 "%s: the registry is empty; describe devices in " PCITAG_SYSCONFDIR
				 "/pcitag/registry.ini, pcitag probe proposes how",
				 verb);
	if (filter->type)
		filter->profile = registry_find_profile(registry, filter->type);
	if (filter->type && !filter->profile && registry_count_type(registry, filter->type) == 0)
		return error_set(err, 0, "%s --type: the registry has no type %.64s; its types are: %s", verb,
				 filter->type, registry_list_types(registry, known, sizeof(known)));
	if (filter->model && !registry_find(registry, filter->model))
		return error_set(err, 0, "%s --model: the registry has no model %.64s; its models are: %s",
				 verb, filter->model, registry_list_models(registry, known, sizeof(known)));
	return 0;
}

/* A device whose model forces or disables it may still be needed by the host. */
static bool is_host_critical(const struct pci_device *device, const struct verdict *verdict)
{
	struct verdict need;

	allocator_judge_need(device, &need);
	return verdict_rows[verdict->availability].is_host_need ||
	       verdict_rows[need.availability].is_host_need;
}

bool device_filter_admits_type(const struct device_filter *filter, const struct model *model)
{
	if (filter->profile)
		return profile_rank(filter->profile, model) != PROFILE_NO_RANK;
	return !filter->type || strcmp(model->type, filter->type) == 0;
}

bool device_filter_admits(const struct device_filter *filter, const struct model *model,
			  const struct pci_device *device, const struct verdict *verdict)
{
	if (!device_filter_admits_type(filter, model))
		return false;
	if (filter->model && strcmp(model->name, filter->model) != 0)
		return false;
	if (filter->is_free && !verdict_is_free(verdict))
		return false;
	if (filter->group >= 0 && device->group != filter->group)
		return false;
	if (filter->numa_node >= 0 && device->numa_node != filter->numa_node)
		return false;
	return !filter->is_host_critical || is_host_critical(device, verdict);
}
