/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether this host has the units of systemd that a model names. */
#include <string.h>

#include "flow/check/parts.h"
#include "host/systemd/unit_program.h"

/* Time for systemd to tell the states of a model's units. */
#define STATES_MS 5000

/* An instance of a template exists for every address, or for none. */
#define ANY_ADDRESS "0000:00:00.0"

struct named_units {
	struct unit_state units[3 * REGISTRY_UNITS_MAX];
	const char *keys[3 * REGISTRY_UNITS_MAX];
	const char *listed[3 * REGISTRY_UNITS_MAX];
	size_t count;
};

static void list_units(const struct pattern_list *list, const char *key, struct named_units *out)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!unit_name_instantiate(list->items[i], ANY_ADDRESS, out->units[out->count].name))
			continue;
		out->keys[out->count] = key;
		out->listed[out->count++] = list->items[i];
	}
}

static void report_unit(struct check *check, const struct model *model, const struct named_units *named,
			size_t i)
{
	const struct unit_state *unit = &named->units[i];

	if (strcmp(unit->load, "not-found") == 0) {
		check_warn(check, "%s: %s names %s, which this host does not have", model->name,
			   named->keys[i], named->listed[i]);
		check_advice(check, "correct the name at %s:%u, or install what has this unit", model->file,
			     model->line);
	} else if (strcmp(unit->load, "loaded") != 0) {
		check_warn(check, "%s: %s names %s, which systemd cannot run: it is %s", model->name,
			   named->keys[i], named->listed[i], unit->load);
		check_advice(check, "systemctl status %s says why", unit->name);
	}
}

void check_units(struct check *check, const struct model *model)
{
	struct named_units named = { .count = 0 };
	struct error err;

	list_units(&model->stop_units, "stop_units", &named);
	list_units(&model->start_units, "start_units", &named);
	list_units(&model->clean_units, "clean_units", &named);
	if (named.count == 0)
		return;
	if (unit_program_read(named.units, named.count, deadline_in(STATES_MS), &err) < 0) {
		check_warn(check, "%s: the units that it names cannot be looked up: %s", model->name,
			   err.msg);
		check_advice(check, "pcitag stops and starts units through systemd, on the system bus");
		return;
	}
	for (size_t i = 0; i < named.count; i++)
		report_unit(check, model, &named, i);
}
