/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/json.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

struct json_object *json_output_start(void)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "version", json_object_new_int(JSON_OUTPUT_VERSION));
	return object;
}

const char *json_output_text(struct json_object *object)
{
	return json_object_to_json_string_ext(object,
					      JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/*
 * Prints JSON with @indent behind each line break: json-c breaks lines between elements alone. Characters
 * outside ASCII are in strings alone, where those that must not reach a terminal are escaped (RFC 8259,
 * section 7); all are below U+10000. json-c has escaped what JSON requires.
 */
static void print_escaped(const char *json, const char *indent)
{
	uint32_t code;
	size_t len;

	for (; *json; json += len) {
		if (*json == '\n') {
			printf("\n%s", indent);
			len = 1;
		} else if (text_is_hidden(json, &len, &code)) {
			printf("\\u%04x", (unsigned)code);
		} else {
			fwrite(json, 1, len, stdout);
		}
	}
}

void json_output_print(struct json_object *object)
{
	print_escaped(json_output_text(object), "");
	putchar('\n');
	json_object_put(object);
}

static const char *line_of(struct json_object *object)
{
	return json_object_to_json_string_ext(object,
					      JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

void json_output_print_line(struct json_object *object)
{
	print_escaped(line_of(object), "");
	putchar('\n');
	json_object_put(object);
}

size_t json_output_line_length(struct json_object *object)
{
	size_t len, sum = 1;
	uint32_t code;

	/* As print_escaped() writes it. */
	for (const char *at = line_of(object); *at; at += len)
		sum += text_is_hidden(at, &len, &code) ? sizeof("\\u0000") - 1 : len;
	return sum;
}

/* The line breaks are those of json-c, whose JSON_C_TO_STRING_PRETTY indents by two. */
static void print_elements(json_next_element *next, void *context)
{
	struct json_object *element = next(context);

	printf(element ? "[" : "[]");
	for (const char *separator = ""; element; separator = ",") {
		printf("%s\n    ", separator);
		print_escaped(json_output_text(element), "    ");
		json_object_put(element);
		element = next(context);
		if (!element)
			printf("\n  ]");
	}
}

void json_output_print_array(struct json_object *object, const char *array, json_next_element *next,
			     void *context)
{
	const char *separator = "{";

	json_object_object_foreach(object, key, value)
	{
		printf("%s\n  \"%s\":", separator, key);
		if (strcmp(key, array) == 0)
			print_elements(next, context);
		else
			print_escaped(json_output_text(value), "  ");
		separator = ",";
	}
	printf("\n}\n");
	json_object_put(object);
}

void json_put_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value && value[0] ? json_object_new_string(value) : NULL);
}

void json_put_bool(struct json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_put_int(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

void json_put_address(struct json_object *object, const char *key, const struct pci_addr *addr)
{
	char text[PCI_ADDR_LEN];

	json_put_string(object, key, pci_addr_format(addr, text));
}

void json_put_hex(struct json_object *object, const char *key, int digits, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", digits, value);
	json_put_string(object, key, text);
}

struct json_object *json_put_array(struct json_object *object, const char *key)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(object, key, array);
	return array;
}

void json_add_address(struct json_object *array, const struct pci_addr *addr)
{
	char text[PCI_ADDR_LEN];

	json_object_array_add(array, json_object_new_string(pci_addr_format(addr, text)));
}

struct json_object *json_add_object(struct json_object *array)
{
	struct json_object *element = json_object_new_object();

	json_object_array_add(array, element);
	return element;
}
