/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int take_seconds(const char *key, const char *value, int *out, struct error *err)
{
	size_t digits = strspn(value, "0123456789");
	long seconds = digits <= 5 ? strtol(value, NULL, 10) : 0;

	if (value[digits] != '\0' || seconds < 1 || seconds > SETTINGS_SECONDS_MAX)
		return error_set(err, 0, "%s = %.100s: write a number of seconds, 1 to %d", key, value,
				 SETTINGS_SECONDS_MAX);
	*out = (int)seconds;
	return 0;
}

int settings_set(struct settings *settings, const char *key, const char *value, struct error *err)
{
	const struct {
		const char *name, *example;
		bool *on;
		int *seconds;
	} keys[] = {
		{ "enabled", "enabled = yes or enabled = no", &settings->enabled, NULL },
		{ "bind_timeout", "bind_timeout = 60", NULL, &settings->bind_timeout },
		{ "release_timeout", "release_timeout = 10", NULL, &settings->release_timeout },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(key, keys[i].name) != 0)
			continue;
		if (settings->keys_set & (1U << i))
			return error_set(err, 0, "%s is given twice; delete one of the two", key);
		if (*value == '\0')
			return error_set(err, 0, "%s has no value; write %s", key, keys[i].example);
		settings->keys_set |= 1U << i;
		return keys[i].on ? switch_parse(key, value, keys[i].on, err)
				  : take_seconds(key, value, keys[i].seconds, err);
	}
	return error_set(
		err, 0,
		"unknown key %.100s; the keys of this file are enabled, bind_timeout and release_timeout",
		key);
}

int switch_parse(const char *key, const char *value, bool *out, struct error *err)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = {
		{ "yes", true }, { "true", true },   { "on", true },   { "1", true },
		{ "no", false }, { "false", false }, { "off", false }, { "0", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(value, words[i].word) == 0) {
			*out = words[i].on;
			return 0;
		}
	}
	return error_set(err, 0, "%s = %.100s is neither yes nor no; write %s = yes or %s = no", key, value,
			 key, key);
}
