/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A map of the host as a tree of text, with the words of hwloc's lstopo, and for --json. */
#ifndef PCITAG_CLI_OUTPUT_MAP_TEXT_H
#define PCITAG_CLI_OUTPUT_MAP_TEXT_H

#include <stdbool.h>

#include "flow/view/host_map.h"

/* Prints the tree on standard output. @is_ascii: without the lines of Unicode */
void map_text_print(const struct host_map *map, bool is_ascii);

/* Prints all functions, merged or not: fields in pcitag(8), "JSON of map". */
void map_json_print(const struct host_map *map);

#endif
