/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables for people: a title row, columns as wide as their widest cell. */
#ifndef PCITAG_CLI_TABLE_H
#define PCITAG_CLI_TABLE_H

#include <stddef.h>

#include "base/compiler.h"

struct table {
	size_t columns;
	char **cells; /* owned, row by row */
	size_t count;
};

/* Starts a table whose first row is @titles, @columns of them. */
void table_start(struct table *table, size_t columns, const char *const *titles);

/* Appends one cell, without control characters: domains may have any name. */
void table_cell(struct table *table, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Prints the table on standard output and frees it. */
void table_print(struct table *table);

#endif
