/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/json/fields.h"

#include <errno.h>
#include <string.h>

void fields_put_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value && value[0] ? json_object_new_string(value) : NULL);
}

void fields_put_number(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

int fields_parse(const char *text, size_t len, struct json_object **out, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new();

	*out = NULL;
	if (!tokener || len > INT32_MAX) {
		if (tokener)
			json_tokener_free(tokener);
		return error_set(err, ENOMEM, "cannot read JSON");
	}
	*out = json_tokener_parse_ex(tokener, text, (int)len);
	json_tokener_free(tokener);
	if (*out && json_object_is_type(*out, json_type_object))
		return 0;
	json_object_put(*out);
	*out = NULL;
	return error_set(err, 0, "it is not a complete JSON object");
}

int fields_wrong(const char *key, struct error *err)
{
	return error_set(err, 0, "field \"%s\" is missing or wrong", key);
}

int fields_string(struct json_object *object, const char *key, char *buf, size_t size, struct error *err)
{
	struct json_object *value;
	const char *text;

	if (!json_object_object_get_ex(object, key, &value))
		return fields_wrong(key, err);
	if (!value) {
		buf[0] = '\0';
		return 0;
	}
	if (!json_object_is_type(value, json_type_string))
		return fields_wrong(key, err);
	text = json_object_get_string(value);
	if (strlen(text) >= size || strlen(text) != (size_t)json_object_get_string_len(value))
		return fields_wrong(key, err);
	strcpy(buf, text);
	return 0;
}

int fields_number(struct json_object *object, const char *key, int64_t min, int64_t max, int64_t *out,
		  struct error *err)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_int))
		return fields_wrong(key, err);
	*out = json_object_get_int64(value);
	return *out < min || *out > max ? fields_wrong(key, err) : 0;
}
