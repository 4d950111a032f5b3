/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * YAML, for the readers of lists of devices. A tree of nodes is built only from a text that yaml_check() has
 * accepted: with aliases and deep nesting, a small text expands to a large tree.
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

enum { YAML_OTHER = 1 };

/*
 * Passes over the events of the text, before a tree is built from it.
 * @keys:  ended by NULL; at least one is at the top of a document
 * @depth: maximum nesting
 * Returns 0; YAML_OTHER when the part of the text that is valid YAML has none of the keys; or -1, with one
 * line in out->err, when it is not YAML, has an alias or is too deep.
 */
int yaml_check(const char *text, size_t len, const char *const *keys, int depth, struct pci_devices *out);

/* Returns 1 at the start of a mapping or a sequence, -1 at its end, otherwise 0. */
int yaml_nesting(const yaml_event_t *event);

/* Sets *err: an alias is not read. Returns -1. */
int yaml_refuse_alias(const yaml_event_t *event, const char *path, struct error *err);

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

/* The mistake of a key that a mapping must not have: the key, and the ones that it may have. */
#define YAML_UNKNOWN_KEY "unknown key %.64s; the keys are %s"

/*
 * Copies the value of a key. Returns false, with a mistake recorded, when it is not a short text.
 * @text: "" when it has a NUL, NULL when it is not a text
 */
bool yaml_copy(struct pci_devices *out, const char *key, unsigned line, const char *text,
	       char copy[static LISTED_TEXT_LEN]);

#endif
