/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/import/cluster_yaml_check.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "host/import/cluster_yaml.h"

/* Top-level keys of these objects, which a list of libvirt-provider does not have. */
static bool is_our_key(const char *key)
{
	static const char *const keys[] = {
		"kind",		  "apiVersion",	     "items",	     "spec", "permittedHostDevices",
		"pciHostDevices", "mediatedDevices", "configuration"
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

/* State of a pass over the events of the whole text, before a tree is built from it. */
struct first_look {
	unsigned depth;
	size_t nodes_at_top; /* of the document's mapping: keys and values alternate */
	bool is_mapping, is_ours, is_done;
};

/* Processes one event. Returns false, with one line in *err, when the text is refused. */
static bool look_at(struct first_look *look, const yaml_event_t *event, const char *path, struct error *err)
{
	unsigned line = (unsigned)event->start_mark.line + 1;
	bool is_start = event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
	bool is_end = event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT;

	if (event->type == YAML_ALIAS_EVENT)
		return error_set(err, 0, "%s:%u: an alias, *%.64s; write what it stands for", path, line,
				 (const char *)event->data.alias.anchor) == 0;
	if (event->type == YAML_DOCUMENT_START_EVENT) {
		look->is_mapping = false;
		look->nodes_at_top = 0;
	}
	look->is_done = event->type == YAML_STREAM_END_EVENT;
	if (look->depth == 0 && event->type == YAML_MAPPING_START_EVENT)
		look->is_mapping = true;
	if (look->depth == 1 && look->is_mapping && (is_start || event->type == YAML_SCALAR_EVENT)) {
		if (look->nodes_at_top++ % 2 == 0 && event->type == YAML_SCALAR_EVENT)
			look->is_ours = look->is_ours || is_our_key((const char *)event->data.scalar.value);
	}
	look->depth += is_start;
	look->depth -= is_end;
	if (look->depth > CLUSTER_YAML_DEPTH)
		return error_set(err, 0, "%s:%u: more than %d levels; save the objects alone", path, line,
				 CLUSTER_YAML_DEPTH) == 0;
	return true;
}

int cluster_yaml_refuse(const yaml_parser_t *parser, const char *path, struct error *err)
{
	const char *problem = parser->problem ? parser->problem : "it cannot be read";

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set(err, ENOMEM, "cannot read %s", path);
	return error_set(err, 0, "%s:%u: invalid YAML: %s; save the list as plain text in UTF-8", path,
			 (unsigned)parser->problem_mark.line + 1, problem);
}

int cluster_yaml_check(const char *text, size_t len, const char *path, struct error *err)
{
	struct first_look look = { 0 };
	struct error why = { 0 };
	yaml_parser_t parser;
	yaml_event_t event;
	int rc = 0;

	if (!yaml_parser_initialize(&parser))
		return error_set(err, ENOMEM, "cannot read %s", path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (rc == 0 && !look.is_done) {
		if (!yaml_parser_parse(&parser, &event)) {
			rc = cluster_yaml_refuse(&parser, path, &why);
		} else {
			rc = look_at(&look, &event, path, &why) ? 0 : -1;
			yaml_event_delete(&event);
		}
	}
	yaml_parser_delete(&parser);
	if (!look.is_ours)
		return CLUSTER_YAML_OTHER;
	return rc < 0 ? error_set(err, 0, "%s", why.msg) : 0;
}
