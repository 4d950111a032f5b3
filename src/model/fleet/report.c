/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fleet/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static void entry_clear(struct fleet_entry *entry)
{
	fleet_counts_clear(&entry->names);
}

void fleet_report_clear(struct fleet_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		entry_clear(&report->items[i]);
	free(report->items);
	*report = (struct fleet_report){ 0 };
}

const struct model *fleet_model_of(const struct registry *registry, const char *name,
				   const struct pci_device *device)
{
	const struct profile *profile = registry_find_profile(registry, name);
	const struct model *found = NULL;

	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		if (!registry_answers(registry, model, name) || !model_matches(model, device))
			continue;
		if (!profile)
			return model;
		if (!found || profile_rank(profile, model) < profile_rank(profile, found))
			found = model;
	}
	return found;
}

/* Adds @name if a request by it gets the device by @model. */
static int add_name(const struct registry *registry, const struct model *model,
		    const struct pci_device *device, const char *name, struct fleet_counts *out,
		    struct error *err)
{
	if (fleet_model_of(registry, name, device) != model)
		return 0;
	return fleet_counts_add(out, name, 0, err);
}

static int add_names(const struct registry *registry, const struct model *model,
		     const struct pci_device *device, struct fleet_counts *out, struct error *err)
{
	if (add_name(registry, model, device, model->name, out, err) < 0 ||
	    add_name(registry, model, device, model->type, out, err) < 0)
		return -1;
	for (size_t i = 0; i < registry->profile_count; i++) {
		if (add_name(registry, model, device, registry->profiles[i].name, out, err) < 0)
			return -1;
	}
	return 0;
}

static int add_entry(const struct allocation_input *in, const struct model *model,
		     const struct pci_device *device, struct fleet_report *out, struct error *err)
{
	struct fleet_entry *entry = ARRAY_ADD(out->items, out->count);

	if (!entry)
		return error_set(err, ENOMEM, "cannot list %zu devices", out->count + 1);
	entry->addr = device->addr;
	entry->count = 1;
	if (add_names(in->registry, model, device, &entry->names, err) < 0)
		return -1;
	allocator_judge(in, model, device, &entry->verdict);
	return 0;
}

int fleet_report_make(const struct allocation_input *in, struct fleet_report *out, struct error *err)
{
	for (size_t i = 0; i < in->topology->count; i++) {
		const struct pci_device *device = &in->topology->devices[i];

		for (size_t k = 0; k < in->registry->count; k++) {
			const struct model *model = &in->registry->models[k];

			if (model_matches(model, device) && add_entry(in, model, device, out, err) < 0)
				return -1;
		}
	}
	return 0;
}

static bool is_like(const struct fleet_entry *a, const struct fleet_entry *b)
{
	if (a->verdict.availability != b->verdict.availability || a->names.count != b->names.count)
		return false;
	for (size_t i = 0; i < a->names.count; i++) {
		if (strcmp(a->names.items[i].name, b->names.items[i].name) != 0)
			return false;
	}
	return true;
}

void fleet_report_shorten(struct fleet_report *report)
{
	size_t kept = 0;

	for (size_t i = 0; i < report->count; i++) {
		struct fleet_entry *entry = &report->items[i];
		size_t k = 0;

		while (k < kept && !is_like(&report->items[k], entry))
			k++;
		if (k < kept) {
			report->items[k].count += entry->count;
			entry_clear(entry);
		} else {
			report->items[kept++] = *entry;
		}
	}
	report->count = kept;
}
