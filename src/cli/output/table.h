/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables: a title row, columns as wide as their widest cell. On a terminal the last column is wrapped between
 * words to fit (libsmartcols, which lsblk uses, cuts words); in a file each row is one line.
 */
#ifndef PCITAG_CLI_OUTPUT_TABLE_H
#define PCITAG_CLI_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* Used on a terminal only, and not when NO_COLOR is set (no-color.org). */
enum colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_WARNING, COLOUR_BAD, COLOUR_FAINT };

struct table_cell {
	char *text; /* owned */
	enum colour colour;
};

struct table {
	size_t columns;
	struct table_cell *cells; /* owned, row by row */
	size_t count;
};

/* Starts a table. Its first row consists of the titles of its columns. */
#define table_start(table, ...) table_start_titles(table, (const char *const[]){ __VA_ARGS__, NULL })
void table_start_titles(struct table *table, const char *const *titles);

/* Appends a cell, with control characters removed, because domain names may contain any character. */
void table_coloured_cell(struct table *table, enum colour colour, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define table_cell(table, ...) table_coloured_cell(table, COLOUR_NONE, __VA_ARGS__)

/* Prints the table on standard output and frees it. */
void table_print(struct table *table);

/* The same, but prints nothing when there is no row below the titles; returns whether there is one. */
bool table_print_rows(struct table *table);

/* Prints a line on standard output, with control characters removed. */
void print_line(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Returns the width of the terminal on standard output, in columns; 0 when it is not a terminal. */
size_t terminal_width(void);

/* Return the sequences that switch @colour on and off; "" when standard output is not to be coloured. */
const char *colour_on(enum colour colour);
const char *colour_off(enum colour colour);

#endif
