/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/exposition.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

struct json_object *exposition_family(struct json_object *families, const char *name, const char *type,
				      const char *help)
{
	struct json_object *family = json_object_new_object();

	json_object_object_add(family, "name", json_object_new_string(name));
	json_object_object_add(family, "type", json_object_new_string(type));
	json_object_object_add(family, "help", json_object_new_string(help));
	json_object_object_add(family, "samples", json_object_new_array());
	json_object_array_add(families, family);
	return family;
}

void exposition_sample(struct json_object *family, const char *suffix, const char *const *labels,
		       double value)
{
	struct json_object *sample = json_object_new_object(), *pairs = json_object_new_object();
	char name[128];

	snprintf(name, sizeof(name), "%s%s", json_object_get_string(json_object_object_get(family, "name")),
		 suffix);
	for (size_t i = 0; labels && labels[i]; i += 2)
		json_object_object_add(pairs, labels[i], json_object_new_string(labels[i + 1]));
	json_object_object_add(sample, "name", json_object_new_string(name));
	json_object_object_add(sample, "labels", pairs);
	json_object_object_add(sample, "value", json_object_new_double(value));
	json_object_array_add(json_object_object_get(family, "samples"), sample);
}

/* A label value may contain any UTF-8 character, but these three must be escaped in the text format. */
static void write_value(FILE *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '\n')
			fputs("\\n", out);
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
}

static void write_sample(FILE *out, struct json_object *sample)
{
	struct json_object *labels = json_object_object_get(sample, "labels");
	const char *before = "{";

	fputs(json_object_get_string(json_object_object_get(sample, "name")), out);
	json_object_object_foreach(labels, name, value)
	{
		fprintf(out, "%s%s=\"", before, name);
		write_value(out, json_object_get_string(value));
		fputc('"', out);
		before = ",";
	}
	/* 15 digits: the precision with which a double keeps any integer that is counted here. */
	fprintf(out, "%s %.15g\n", before[0] == ',' ? "}" : "",
		json_object_get_double(json_object_object_get(sample, "value")));
}

static void write_family(FILE *out, struct json_object *family)
{
	const char *name = json_object_get_string(json_object_object_get(family, "name"));
	struct json_object *samples = json_object_object_get(family, "samples");

	fprintf(out, "# HELP %s %s\n", name, json_object_get_string(json_object_object_get(family, "help")));
	fprintf(out, "# TYPE %s %s\n", name, json_object_get_string(json_object_object_get(family, "type")));
	for (size_t i = 0; i < json_object_array_length(samples); i++)
		write_sample(out, json_object_array_get_idx(samples, i));
}

char *exposition_text(struct json_object *families, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (!out)
		return NULL;
	for (size_t i = 0; i < json_object_array_length(families); i++)
		write_family(out, json_object_array_get_idx(families, i));
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
