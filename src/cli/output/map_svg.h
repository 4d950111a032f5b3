/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A map of the host as SVG 1.1, which needs neither a style sheet nor a script. pcitag(8) has its classes. */
#ifndef PCITAG_CLI_OUTPUT_MAP_SVG_H
#define PCITAG_CLI_OUTPUT_MAP_SVG_H

#include <stddef.h>

#include "flow/view/host_map.h"

/* Returns the document, @len bytes, which the caller frees; NULL with *err when out of memory. */
char *map_svg(const struct host_map *map, size_t *len, struct error *err);

#endif
