/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Metrics in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats), and as JSON: the
 * same tree is printed either way.
 */
#ifndef PCITAG_CLI_EXPOSITION_H
#define PCITAG_CLI_EXPOSITION_H

#include <stddef.h>

struct json_object;

/* An array of families; json_object_put() frees it. */
struct json_object *exposition_start(void);

/*
 * Adds a family without samples, and returns it.
 * @type: "gauge", "counter" or "histogram"
 */
struct json_object *exposition_family(struct json_object *families, const char *name, const char *type,
				      const char *help);

/*
 * Adds a sample.
 * @suffix: behind the family's name: "_bucket", "_sum" and "_count" of a histogram, otherwise ""
 * @labels: name, value, name, value, ..., NULL; NULL for none. Values may be any text.
 */
void exposition_sample(struct json_object *family, const char *suffix, const char *const *labels,
		       double value);

/* All of it as text; the caller frees it. NULL for want of memory. @len: without the NUL. */
char *exposition_text(struct json_object *families, size_t *len);

#endif
