/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu/option.h"

#include <errno.h>
#include <string.h>

const char *qemu_option_value(char *const argv[], size_t at, const char *name)
{
	const char *word = argv[at];

	if (word[0] != '-')
		return NULL;
	word += word[1] == '-' ? 2 : 1;
	if (strcmp(word, name) != 0 || !argv[at + 1] || argv[at + 1][0] == '-')
		return NULL;
	return argv[at + 1];
}

/* @flags: of json_tokener_set_flags() */
static int parse_json(const char *text, int flags, struct json_object **out, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error why;
	size_t len = strlen(text);
	size_t end;

	if (!tokener)
		return error_set(err, ENOMEM, "no memory to read it");
	json_tokener_set_flags(tokener, flags);
	*out = json_tokener_parse_ex(tokener, text, (int)len);
	why = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (why == json_tokener_continue)
		return error_set(err, 0, "its JSON ends too early");
	if (why != json_tokener_success)
		return error_set(err, 0, "it is not JSON: %s", json_tokener_error_desc(why));
	if (end != len || !json_object_is_type(*out, json_type_object))
		return error_set(err, 0, "it is not one JSON object");
	return 0;
}

/* Checks the syntax of the text with a letter in the place of each byte above 127. */
static int check_syntax(const char *text, struct error *err)
{
	struct json_object *checked = NULL;
	char *letters = strdup(text);
	int rc;

	if (!letters)
		return error_set(err, ENOMEM, "no memory to read it");
	for (char *at = letters; *at; at++)
		*at = (unsigned char)*at > 127 ? 'x' : *at;
	rc = parse_json(letters, JSON_TOKENER_STRICT, &checked, err);
	json_object_put(checked);
	free(letters);
	return rc;
}

/*
 * Unless it is strict, json-c accepts text that QEMU refuses, such as comments and trailing text. If it is,
 * json-c 0.18 refuses each byte above 127 in a string, as if it were a control character (json-c's issue
 * 892).
 */
static int read_json(const char *text, struct qemu_option *out, struct error *err)
{
	bool is_ascii = true;

	for (const char *at = text; *at; at++)
		is_ascii = is_ascii && (unsigned char)*at <= 127;
	if (is_ascii)
		return parse_json(text, JSON_TOKENER_STRICT, &out->props, err);
	if (check_syntax(text, err) < 0)
		return -1;
	return parse_json(text, JSON_TOKENER_VALIDATE_UTF8, &out->props, err);
}

/* @key, @value: either may be NULL, which means out of memory */
static int add_pair(struct json_object *props, const char *key, const char *value, struct error *err)
{
	struct json_object *item;

	if (key && json_object_object_get_ex(props, key, NULL))
		return error_set(err, 0, "it names '%s' twice", key);
	item = key && value ? json_object_new_string(value) : NULL;
	if (item && json_object_object_add(props, key, item) == 0)
		return 0;
	json_object_put(item);
	return error_set(err, ENOMEM, "no memory to read it");
}

/* Copies from *text up to a comma that is not doubled, and moves *text to that comma or the end. */
static char *take_value(const char **text)
{
	char *value = malloc(strlen(*text) + 1);
	size_t len = 0;

	if (!value)
		return NULL;
	for (; **text; (*text)++) {
		if (**text == ',' && *++*text != ',') {
			(*text)--;
			break;
		}
		value[len++] = **text;
	}
	value[len] = '\0';
	return value;
}

/* Follows the rules of get_opt_name_value() in QEMU's util/qemu-option.c. */
static int read_legacy(const char *text, struct qemu_option *out, struct error *err)
{
	const char *implied = out->implied;

	out->props = json_object_new_object();
	if (!out->props)
		return error_set(err, ENOMEM, "no memory to read it");
	while (*text) {
		size_t len = strcspn(text, "=,");
		char *key, *value;
		int r;

		if (text[len] == '=') {
			key = strndup(text, len);
			text += len + 1;
			value = take_value(&text);
		} else if (implied) {
			key = strdup(implied);
			value = take_value(&text);
		} else {
			/* A flag: "multifunction" means on, "nomultifunction" means off. */
			bool off = strncmp(text, "no", 2) == 0;

			key = off ? strndup(text + 2, len - 2) : strndup(text, len);
			value = strdup(off ? "off" : "on");
			text += len;
		}
		r = add_pair(out->props, key, value, err);
		free(key);
		free(value);
		if (r < 0)
			return -1;
		implied = NULL;
		text += *text == ',';
	}
	return 0;
}

int qemu_option_parse(const char *text, const char *implied, struct qemu_option *out, struct error *err)
{
	*out = (struct qemu_option){ .json = text[0] == '{', .implied = implied };
	if (strnlen(text, QEMU_OPTION_MAX + 1) > QEMU_OPTION_MAX)
		return error_set(err, 0, "it is longer than %d bytes", QEMU_OPTION_MAX);
	return (out->json ? read_json : read_legacy)(text, out, err);
}

void qemu_option_clear(struct qemu_option *option)
{
	json_object_put(option->props);
	option->props = NULL;
}

const char *qemu_option_string(const struct qemu_option *option, const char *key)
{
	struct json_object *item;
	const char *text;

	if (!json_object_object_get_ex(option->props, key, &item) ||
	    !json_object_is_type(item, json_type_string))
		return NULL;
	text = json_object_get_string(item);
	return text && strlen(text) == (size_t)json_object_get_string_len(item) ? text : NULL;
}

/* True when @value, written first and without its key, is parsed as the same value again. */
static bool needs_no_key(const char *value)
{
	return value[0] != '\0' && value[0] != '{' && !strchr(value, '=');
}

/* Keys contain no commas; commas in values are doubled. */
static char *append(char *to, const char *text)
{
	for (; *text; text++) {
		*to++ = *text;
		if (*text == ',')
			*to++ = ',';
	}
	return to;
}

static char *format_legacy(const struct qemu_option *option)
{
	size_t size = 1;
	bool first = true;
	char *text, *end;

	json_object_object_foreach(option->props, key, val) size +=
		strlen(key) + 2 * strlen(json_object_get_string(val)) + 2;
	text = malloc(size);
	if (!text)
		return NULL;
	end = text;
	json_object_object_foreach(option->props, name, item)
	{
		const char *value = json_object_get_string(item);
		bool bare =
			first && option->implied && strcmp(name, option->implied) == 0 && needs_no_key(value);

		if (!first)
			*end++ = ',';
		if (!bare) {
			end = append(end, name);
			*end++ = '=';
		}
		end = append(end, value);
		first = false;
	}
	*end = '\0';
	return text;
}

char *qemu_option_format(const struct qemu_option *option)
{
	const char *text;

	if (!option->json)
		return format_legacy(option);
	text = json_object_to_json_string_ext(option->props,
					      JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	return text ? strdup(text) : NULL;
}
