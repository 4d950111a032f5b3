/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Metrics as JSON and in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). */
#ifndef PCITAG_CLI_OUTPUT_EXPOSITION_H
#define PCITAG_CLI_OUTPUT_EXPOSITION_H

#include <stddef.h>

struct json_object;

/* Adds a family without samples to the array @families, and returns it. @type: "gauge", "counter",
 * "histogram" */
struct json_object *exposition_family(struct json_object *families, const char *name, const char *type,
				      const char *help);

/*
 * Adds a sample.
 * @suffix: appended to the family's name: "_bucket", "_sum" and "_count" of a histogram, otherwise ""
 * @labels: name, value, name, value, ..., NULL; NULL for none. Values may be any text.
 */
void exposition_sample(struct json_object *family, const char *suffix, const char *const *labels,
		       double value);

/* Returns all families as text, which the caller frees, or NULL when out of memory. @len: without the NUL */
char *exposition_text(struct json_object *families, size_t *len);

#endif
