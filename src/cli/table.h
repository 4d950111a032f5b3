/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tables for people: a title row, columns as wide as their widest cell. On a terminal the last column is
 * wrapped between words to fit (libsmartcols, which lsblk uses, cuts words); anywhere else a row is a line.
 */
#ifndef PCITAG_CLI_TABLE_H
#define PCITAG_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Shown on a terminal only, and not when NO_COLOR is set (no-color.org). */
enum colour {
	COLOUR_NONE,
	COLOUR_GOOD,
	COLOUR_WARNING,
	COLOUR_BAD,
	COLOUR_FAINT,
};

struct table_cell {
	char *text; /* owned */
	enum colour colour;
};

struct table {
	size_t columns;
	struct table_cell *cells; /* owned, row by row */
	size_t count;
};

/* Starts a table whose first row is @titles, @columns of them. */
void table_start(struct table *table, size_t columns, const char *const *titles);

/* Appends one cell, without control characters: domains may have any name. */
void table_cell(struct table *table, const char *fmt, ...) PRINTF_LIKE(2, 3);
void table_coloured_cell(struct table *table, enum colour colour, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Prints the table on standard output and frees it. */
void table_print(struct table *table);

/* Prints one line on standard output, without control characters. */
void print_line(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The columns of the terminal that standard output is; 0 when it is none. */
size_t terminal_width(void);

/* What switches @colour on, and off: "" when standard output is not to be coloured. */
const char *colour_on(enum colour colour);
const char *colour_off(enum colour colour);

#endif
