/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pass over the events of a text, before a tree is built from it. */
#ifndef PCITAG_HOST_IMPORT_CLUSTER_YAML_CHECK_H
#define PCITAG_HOST_IMPORT_CLUSTER_YAML_CHECK_H

#include <stddef.h>
#include <yaml.h>

#include "base/error.h"

/*
 * Checks that the text has such objects, and neither aliases nor deep nesting, with which a small text
 * expands to a large tree. Returns 0, CLUSTER_YAML_OTHER or -1.
 */
int cluster_yaml_check(const char *text, size_t len, const char *path, struct error *err);

/* Sets *err to why @parser has stopped. Returns -1. */
int cluster_yaml_refuse(const yaml_parser_t *parser, const char *path, struct error *err);

#endif
