/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/journal_json.h"

#include <json-c/json.h>
#include <string.h>
#include <syslog.h>

/* Text that is not UTF-8 or has control characters is an array of bytes; a field that is too long is null. */
static bool copy_text(struct json_object *value, char *buf, size_t size)
{
	size_t len;

	if (json_object_is_type(value, json_type_string)) {
		snprintf(buf, size, "%s", json_object_get_string(value));
		return true;
	}
	if (!json_object_is_type(value, json_type_array))
		return false;
	len = json_object_array_length(value);
	if (len > size - 1)
		len = size - 1;
	for (size_t i = 0; i < len; i++) {
		int byte = json_object_get_int(json_object_array_get_idx(value, i));

		buf[i] = byte > 0 && byte < 256 ? (char)byte : '?';
	}
	buf[len] = '\0';
	return true;
}

/* All fields are strings, including numbers. */
static int64_t number(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *value;
	const char *text;
	char *end;
	long long n;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string))
		return otherwise;
	text = json_object_get_string(value);
	n = strtoll(text, &end, 10);
	return end == text || *end || n < 0 ? otherwise : n;
}

/* Moves the domain from the start of the message to its own field, when there is one. */
static void split(struct journal_entry *entry)
{
	static const char *const subjects[] = { "domain '", "owner '" };

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		size_t start = strlen(subjects[i]);
		const char *name = entry->message + start, *end;

		if (strncmp(entry->message, subjects[i], start) != 0)
			continue;
		end = strstr(name, "': ");
		if (!end || (size_t)(end - name) >= sizeof(entry->domain))
			continue;
		memcpy(entry->domain, name, (size_t)(end - name));
		entry->domain[end - name] = '\0';
		memmove(entry->message, end + 3, strlen(end + 3) + 1);
		return;
	}
}

static int read_entry(struct json_object *object, struct journal_entry *out)
{
	struct json_object *message;
	int64_t priority = number(object, "PRIORITY", LOG_INFO);

	*out = (struct journal_entry){ .usec = number(object, "__REALTIME_TIMESTAMP", -1) };
	if (out->usec < 0 || !json_object_object_get_ex(object, "MESSAGE", &message) ||
	    !copy_text(message, out->message, sizeof(out->message)))
		return JOURNAL_JSON_NONE;
	out->priority = priority <= LOG_DEBUG ? (int)priority : LOG_DEBUG;
	keep_one_line(out->message);
	split(out);
	return 0;
}

int journal_entry_parse(const char *text, size_t len, struct journal_entry *out)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = NULL;
	int rc = JOURNAL_JSON_NONE;

	if (tokener && len <= INT32_MAX)
		object = json_tokener_parse_ex(tokener, text, (int)len);
	if (object && json_object_is_type(object, json_type_object))
		rc = read_entry(object, out);
	json_object_put(object);
	if (tokener)
		json_tokener_free(tokener);
	return rc;
}
