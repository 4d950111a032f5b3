/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/settings.h"

#include <string.h>

#include "model/switch.h"

int settings_set(struct settings *settings, const char *key, const char *value, struct error *err)
{
	if (strcmp(key, "enabled") != 0)
		return error_set(err, 0, "unknown key %.100s; the only key of this file is enabled", key);
	if (settings->enabled_set)
		return error_set(err, 0, "enabled is given twice; delete one of the two");
	if (*value == '\0')
		return error_set(err, 0, "enabled has no value; write enabled = yes or enabled = no");
	settings->enabled_set = true;
	return switch_parse(key, value, &settings->enabled, err);
}
