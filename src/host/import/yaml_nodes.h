/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists of devices in YAML, as libyaml's trees of nodes. A tree is built only from a text that yaml_check()
 * has accepted: with aliases and deep nesting, a small text expands to a large tree.
 */
#ifndef PCITAG_HOST_IMPORT_YAML_NODES_H
#define PCITAG_HOST_IMPORT_YAML_NODES_H

#include <yaml.h>

#include "model/import/pci_devices.h"

struct yaml_reader {
	yaml_parser_t parser;
	yaml_document_t document; /* the current one */
	struct pci_devices *out;
};

/* What a text must be like. */
struct yaml_form {
	const char *const *keys; /* ended by NULL; at least one is at the top of a document */
	bool is_one_mapping; /* only the first document counts, and it is a mapping; otherwise all of them */
	unsigned depth;	     /* maximum nesting */
	const char *advice;  /* for a text that is deeper */
};

enum { YAML_OTHER = 1 };

/*
 * Passes over the events of the text, before a tree is built from it.
 * @line: receives the line where the text turns out to have another form
 * Returns 0; YAML_OTHER when the part of the text that is valid YAML has none of the keys, or is not a
 * mapping; or -1, with one line in *err, when it is no YAML, has an alias or is too deep. In a text of all
 * documents YAML_OTHER takes precedence.
 */
int yaml_check(const char *text, size_t len, const struct yaml_form *form, struct pci_devices *out,
	       unsigned *line);

/* Starts to read the text. After 0 the caller deletes r->parser. Fails only when there is no memory. */
int yaml_open(struct yaml_reader *r, const char *text, size_t len, struct pci_devices *out);

/* Sets *err to why the parser has stopped. Returns -1. */
int yaml_refuse(const yaml_parser_t *parser, const char *path, struct error *err);

#define mistake(r, ...) pci_devices_add_mistake((r)->out, __VA_ARGS__)

unsigned yaml_line(const yaml_node_t *node);

/* Returns whether the node is this text. */
bool yaml_is(const yaml_node_t *node, const char *text);

/* Returns whether the node stands for a missing value. */
bool yaml_is_null(const yaml_node_t *node);

/* Returns the i-th item of a sequence; NULL behind the last one, and when reading has failed. */
const yaml_node_t *yaml_item(struct yaml_reader *r, const yaml_node_t *sequence, size_t i);

/* Returns the i-th key of a mapping, and its value; NULL behind the last one, and when reading has failed. */
const yaml_node_t *yaml_key(struct yaml_reader *r, const yaml_node_t *mapping, size_t i,
			    const yaml_node_t **value);

/* Records that a mapping must not have this key. */
void yaml_refuse_key(struct yaml_reader *r, const yaml_node_t *key, const char *keys);

/* Copies the value of a key. Returns false, with a mistake recorded, when it is not a short text. */
bool yaml_copy(struct yaml_reader *r, const char *key, const yaml_node_t *value,
	       char out[static LISTED_TEXT_LEN]);

#endif
