/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes and reads the fields of a JSON object in a file of pcitag. Each failure names its field. */
#ifndef PCITAG_MODEL_JSON_FIELDS_H
#define PCITAG_MODEL_JSON_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/error.h"

/* An empty string (no driver, no note) is null, as in all JSON of pcitag; @value may be NULL. */
void fields_put_string(struct json_object *object, const char *key, const char *value);
void fields_put_number(struct json_object *object, const char *key, int64_t value);

/*
 * Reads a text that is one complete JSON object.
 * @len: its bytes, without a NUL
 * @out: the caller frees it with json_object_put()
 * Returns 0, or -1: out of memory, or the text is something else.
 */
int fields_parse(const char *text, size_t len, struct json_object **out, struct error *err);

/* Sets *err to: the field @key is missing or wrong. Always returns -1. */
int fields_wrong(const char *key, struct error *err);

/* Reads a string of less than @size bytes without a NUL in it; null is "". Returns 0 or -1. */
int fields_string(struct json_object *object, const char *key, char *buf, size_t size, struct error *err);

/* Reads a whole number from @min to @max. Returns 0 or -1. */
int fields_number(struct json_object *object, const char *key, int64_t min, int64_t max, int64_t *out,
		  struct error *err);

#endif
