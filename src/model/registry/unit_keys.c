/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/unit_keys.h"

#include <stdlib.h>
#include <string.h>

/* For stop_units, start_units and clean_units. A template has no instance that could hold a device. */
int unit_keys_set_units(struct model *model, const char *key, const char *value, struct error *err)
{
	bool is_stop = strcmp(key, "stop_units") == 0;
	struct pattern_list *list = is_stop			      ? &model->stop_units
				    : strcmp(key, "start_units") == 0 ? &model->start_units
								      : &model->clean_units;

	if (pattern_list_split(key, value, REGISTRY_UNITS_MAX, "units; let one of them require the others",
			       list, err) != 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		enum unit_name_kind kind = unit_name_kind(list->items[i]);

		if (kind == UNIT_NAME_INVALID)
			return error_set(err, 0,
					 "%s: %.100s is not the name of a unit that can be stopped and "
					 "started; write it as systemctl list-units shows it, such as "
					 "display-manager.service",
					 key, list->items[i]);
		if (kind == UNIT_NAME_TEMPLATE && is_stop)
			return error_set(err, 0,
					 "%s: %.100s is a template; write the name of its instance, with "
					 "what follows the @",
					 key, list->items[i]);
	}
	return 0;
}

int unit_keys_set_after_use(struct model *model, const char *key, const char *value, struct error *err)
{
	if (after_use_parse(value, &model->after_use) == 0)
		return 0;
	return error_set(err, 0,
			 "%s = %.100s is neither return nor hold nor clean; write return for a device that "
			 "goes back to the host, hold for one that is kept until pcitag clean frees it, "
			 "clean for one that is kept until its clean_units have succeeded",
			 key, value);
}

int unit_keys_set_clean_timeout(struct model *model, const char *key, const char *value, struct error *err)
{
	size_t digits = strspn(value, "0123456789");
	long seconds = digits <= 6 ? strtol(value, NULL, 10) : 0;

	if (value[digits] != '\0' || seconds < 1 || seconds > REGISTRY_CLEAN_TIMEOUT_MAX)
		return error_set(err, 0, "%s = %.100s: write a number of seconds, 1 to %d", key, value,
				 REGISTRY_CLEAN_TIMEOUT_MAX);
	model->clean_timeout = (int)seconds;
	return 0;
}

int unit_keys_check(const struct model *model, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	if (model->after_use == AFTER_CLEAN && !model->clean_units.count)
		return error_set(err, 0,
				 "%s: [%s] has after_use = clean and no clean_units; write the units of "
				 "systemd that clean its devices, or after_use = hold",
				 model_place(model, place), model->name);
	if (model->after_use == AFTER_RETURN && model->clean_units.count)
		return error_set(err, 0,
				 "%s: [%s] has clean_units, which would never run; write after_use = clean, "
				 "or after_use = hold and run pcitag clean yourself",
				 model_place(model, place), model->name);
	return 0;
}
