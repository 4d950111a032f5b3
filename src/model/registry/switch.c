/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/switch.h"

#include <strings.h>

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
