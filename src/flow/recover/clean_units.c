/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/recover/clean_units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/deadline.h"
#include "base/log.h"
#include "host/config/registry_ini.h"
#include "host/systemd/unit_program.h"
#include "model/registry/registry.h"

void clean_units_clear(struct clean_units *units)
{
	free(units->items);
	*units = (struct clean_units){ 0 };
}

static bool has_unit(const struct clean_units *units, const char *name)
{
	for (size_t i = 0; i < units->count; i++) {
		if (strcmp(units->items[i].name, name) == 0)
			return true;
	}
	return false;
}

/* A unit that is no template is for all devices of the group. */
static int add_units(const struct model *model, const struct lease_grant *grant, size_t index,
		     struct clean_units *out, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&grant->addr, addr);
	for (size_t i = 0; i < model->clean_units.count; i++) {
		struct clean_unit unit = { .grant = index, .timeout = model->clean_timeout };

		if (!unit_name_instantiate(model->clean_units.items[i], addr, unit.name))
			return error_set(err, 0, "the instance of %.100s for %s has too long a name",
					 model->clean_units.items[i], addr);
		if (!has_unit(out, unit.name) && !ARRAY_APPEND(out->items, out->count, unit))
			return error_set(err, ENOMEM, "cannot list %zu units", out->count + 1);
	}
	return 0;
}

static int choose(const struct registry *registry, const struct lease *used, struct clean_units *out,
		  struct error *err)
{
	char addr[PCI_ADDR_LEN];

	for (size_t i = 0; i < used->grant_count; i++) {
		const struct lease_grant *grant = &used->grants[i];
		const struct model *model = registry_find(registry, grant->model);

		if (grant->after_use == AFTER_RETURN)
			continue;
		if (!model || !model->clean_units.count)
			return error_refuse(err, FLOW_REFUSED,
					    "%s was used by domain %s, and its model %s %s; clean it, then "
					    "free it with pcitag clean --as-is",
					    pci_addr_format(&grant->addr, addr), used->domain, grant->model,
					    model ? "has no clean_units" : "is not in the registry");
		if (add_units(model, grant, i, out, err) < 0)
			return -1;
	}
	return 0;
}

int clean_units_choose(const struct paths *paths, const struct lease *used, struct clean_units *out,
		       struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };

	return registry_load(paths->etc, &registry, err) == 0 ? choose(&registry, used, out, err) : -1;
}

int clean_units_run(struct clean_units *units, const char *addr, struct error *err)
{
	struct deadline deadline = { 0 };

	/* Nothing has shown then that it is clean. */
	if (units->count == 0)
		return error_set(err, 0, "no unit cleans it");
	for (size_t i = 0; i < units->count; i++) {
		const struct clean_unit *unit = &units->items[i];

		if (i == 0 || unit->grant != units->items[i - 1].grant)
			deadline = deadline_in(unit->timeout * 1000);
		log_info("%s: %s cleans it", addr, unit->name);
		if (unit_program_run(unit->name, deadline, err) == 0)
			continue;
		units->failed = unit->name;
		return -1;
	}
	return 0;
}
