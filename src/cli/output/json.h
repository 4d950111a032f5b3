/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of --json: one object with a "version" that changes when a field changes its meaning. */
#ifndef PCITAG_CLI_OUTPUT_JSON_H
#define PCITAG_CLI_OUTPUT_JSON_H

#include <stdbool.h>

#include <json-c/json.h>

#include "model/pci/address.h"

#define JSON_OUTPUT_VERSION 1

/* Returns a new object that contains "version"; json_output_print() frees it. */
struct json_object *json_output_start(void);
void json_output_print(struct json_object *object);

/* Returns the next element, which the caller frees, or NULL when there are no more. */
typedef struct json_object *json_next_element(void *context);

/* Prints it in one line without blanks, and frees it; returns the bytes of that line, with its end. */
void json_output_print_line(struct json_object *object);
size_t json_output_line_length(struct json_object *object);

/*
 * Prints and frees @object as json_output_print() does, byte for byte as if its member @array contained what
 * @next returns. Each element is made when it is printed: the JSON of a host with ten thousand functions is
 * not in memory at once.
 * @array: the key of a member that is an empty array
 */
void json_output_print_array(struct json_object *object, const char *array, json_next_element *next,
			     void *context);

/* Returns the same as text, which is valid as long as the object. */
const char *json_output_text(struct json_object *object);

/* Add a field to @object. An empty string is added as null, so that programs need to test for null only. */
void json_put_string(struct json_object *object, const char *key, const char *value);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_put_int(struct json_object *object, const char *key, int64_t value);
void json_put_address(struct json_object *object, const char *key, const struct pci_addr *addr);

/* Adds @value as a string of at least @digits hex digits. */
void json_put_hex(struct json_object *object, const char *key, int digits, unsigned value);

/* Adds an empty array, and returns it. */
struct json_object *json_put_array(struct json_object *object, const char *key);

/* Append to @array: an address; an empty object, which is returned. */
void json_add_address(struct json_object *array, const struct pci_addr *addr);
struct json_object *json_add_object(struct json_object *array);

#endif
