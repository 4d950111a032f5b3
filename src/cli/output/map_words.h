/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a map says about its nodes, the same as a tree and as a picture. */
#ifndef PCITAG_CLI_OUTPUT_MAP_WORDS_H
#define PCITAG_CLI_OUTPUT_MAP_WORDS_H

#include "flow/view/host_map.h"

/* Enough for each of these texts, including the NUL. None has control characters or invalid UTF-8. */
#define MAP_WORDS_LEN 2048

/* What a node is: "HostBridge 0000:00", "PCI 0000:01:00.0", "8 virtual functions of 0000:01:00.0". */
char *map_words_name(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN]);

/* What its functions are: "Edu (npu)"; "" for a root or a bridge. */
char *map_words_kind(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN]);

/* Their state: "free", "leased: win11", "60 free, 4 leased"; "" for a root or a bridge. */
char *map_words_state(const struct host_map *map, const struct map_node *node,
		      char buf[static MAP_WORDS_LEN]);

/* All that is known, in one line: name, kind, state and its reason, group, driver, place. */
char *map_words_all(const struct host_map *map, const struct map_node *node, char buf[static MAP_WORDS_LEN]);

/* A NUMA node: "NUMANode P#0", or "no NUMA node". */
char *map_words_area(int node, char buf[static MAP_WORDS_LEN]);

/* What was merged and left out, as a sentence; "" for nothing. */
char *map_words_notes(const struct host_map *map, char buf[static MAP_WORDS_LEN]);

/* What a mark means: "win11 has it", "win11 would get it"; "" when nothing is marked. */
char *map_words_mark(const struct host_map *map, char buf[static MAP_WORDS_LEN]);

/* Returns the state that stands for a node's colour. */
enum map_state map_words_main_state(const struct host_map *map, const struct map_node *node);

#endif
