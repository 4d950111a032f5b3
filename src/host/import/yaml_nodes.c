/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/import/yaml_nodes.h"

#include <errno.h>
#include <string.h>

/* For bytes that are not UTF-8, libyaml gives an offset instead of a mark. */
static unsigned line_of_problem(const yaml_parser_t *parser)
{
	const unsigned char *text = parser->input.string.start;
	unsigned line = 1;

	if (parser->error != YAML_READER_ERROR)
		return (unsigned)parser->problem_mark.line + 1;
	for (size_t i = 0; i < parser->problem_offset && text + i < parser->input.string.end; i++)
		line += text[i] == '\n';
	return line;
}

int yaml_refuse(const yaml_parser_t *parser, const char *path, struct error *err)
{
	const char *problem = parser->problem ? parser->problem : "it cannot be read";

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set(err, ENOMEM, "cannot read %s", path);
	return error_set(err, 0, "%s:%u: invalid YAML: %s; save the list as plain text in UTF-8", path,
			 line_of_problem(parser), problem);
}

int yaml_open(struct yaml_reader *r, const char *text, size_t len, struct pci_devices *out)
{
	*r = (struct yaml_reader){ .out = out };
	if (!yaml_parser_initialize(&r->parser))
		return error_set(out->err, ENOMEM, "cannot read %s", out->path);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, len);
	return 0;
}

int yaml_nesting(const yaml_event_t *event)
{
	if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
		return 1;
	return event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT ? -1 : 0;
}

int yaml_refuse_alias(const yaml_event_t *event, const char *path, struct error *err)
{
	return error_set(err, 0, "%s:%u: an alias, *%.64s; write what it stands for", path,
			 (unsigned)event->start_mark.line + 1, (const char *)event->data.alias.anchor);
}

/* State of a pass over the events of a text. */
struct first_look {
	const char *const *keys;
	int max_depth, depth;
	size_t nodes_at_top; /* of the document's mapping: keys and values alternate */
	bool is_mapping, is_ours, is_done;
};

static bool is_top_key(const struct first_look *look, const yaml_event_t *event)
{
	const char *const *key = look->keys;

	while (*key && strcmp((const char *)event->data.scalar.value, *key) != 0)
		key++;
	return *key != NULL;
}

/* Processes one event. Returns 0, or -1 with one line in *err. */
static int look_at(struct first_look *look, const yaml_event_t *event, const char *path, struct error *err)
{
	bool is_scalar = event->type == YAML_SCALAR_EVENT, is_node = is_scalar || yaml_nesting(event) > 0;

	if (event->type == YAML_ALIAS_EVENT)
		return yaml_refuse_alias(event, path, err);
	if (event->type == YAML_DOCUMENT_START_EVENT) {
		look->is_mapping = false;
		look->nodes_at_top = 0;
	}
	look->is_done = event->type == YAML_STREAM_END_EVENT;
	if (look->depth == 0 && event->type == YAML_MAPPING_START_EVENT)
		look->is_mapping = true;
	if (look->depth == 1 && look->is_mapping && is_node && look->nodes_at_top++ % 2 == 0 && is_scalar)
		look->is_ours = look->is_ours || is_top_key(look, event);
	look->depth += yaml_nesting(event);
	if (look->depth > look->max_depth)
		return error_set(err, 0, "%s:%u: more than %d levels; save the objects alone", path,
				 (unsigned)event->start_mark.line + 1, look->max_depth);
	return 0;
}

int yaml_check(const char *text, size_t len, const char *const *keys, int depth, struct pci_devices *out)
{
	struct first_look look = { .keys = keys, .max_depth = depth };
	struct error why = { 0 };
	struct yaml_reader r;
	yaml_event_t event;
	int rc = 0;

	if (yaml_open(&r, text, len, out) < 0)
		return -1;
	while (rc == 0 && !look.is_done) {
		if (!yaml_parser_parse(&r.parser, &event)) {
			rc = yaml_refuse(&r.parser, out->path, &why);
		} else {
			rc = look_at(&look, &event, out->path, &why);
			yaml_event_delete(&event);
		}
	}
	yaml_parser_delete(&r.parser);
	if (!look.is_ours)
		return YAML_OTHER;
	return rc < 0 ? error_set(out->err, 0, "%s", why.msg) : 0;
}

unsigned yaml_line(const yaml_node_t *node)
{
	return (unsigned)node->start_mark.line + 1;
}

bool yaml_is(const yaml_node_t *node, const char *text)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(text) &&
	       memcmp(node->data.scalar.value, text, strlen(text)) == 0;
}

bool yaml_is_null(const yaml_node_t *node)
{
	return yaml_is(node, "") || yaml_is(node, "null") || yaml_is(node, "~");
}

const yaml_node_t *yaml_item(struct yaml_reader *r, const yaml_node_t *sequence, size_t i)
{
	const yaml_node_item_t *first = sequence->data.sequence.items.start;

	if (r->out->rc < 0 || i >= (size_t)(sequence->data.sequence.items.top - first))
		return NULL;
	return yaml_document_get_node(&r->document, first[i]);
}

const yaml_node_t *yaml_key(struct yaml_reader *r, const yaml_node_t *mapping, size_t i,
			    const yaml_node_t **value)
{
	const yaml_node_pair_t *first = mapping->data.mapping.pairs.start;

	if (r->out->rc < 0 || i >= (size_t)(mapping->data.mapping.pairs.top - first))
		return NULL;
	*value = yaml_document_get_node(&r->document, first[i].value);
	return yaml_document_get_node(&r->document, first[i].key);
}

bool yaml_copy(struct pci_devices *out, const char *key, unsigned line, const char *text,
	       char copy[static LISTED_TEXT_LEN])
{
	if (!text)
		pci_devices_add_mistake(out, line, "%s is not a string; write %s: VALUE", key, key);
	else if (!*text || strlen(text) >= LISTED_TEXT_LEN)
		pci_devices_add_mistake(out, line,
					"%s is empty, longer than %d bytes or has a NUL; write a short text",
					key, LISTED_TEXT_LEN - 1);
	else
		strcpy(copy, text);
	return text && *text && strlen(text) < LISTED_TEXT_LEN;
}
