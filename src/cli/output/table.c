/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"

#define GAP 2
/* When the last column has less room than this, wrapping is left to the terminal. */
#define LAST_COLUMN_MIN 16

size_t terminal_width(void)
{
	struct winsize size;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool is_coloured(enum colour colour)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return colour != COLOUR_NONE && !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0 &&
	       isatty(STDOUT_FILENO);
}

const char *colour_on(enum colour colour)
{
	/* ECMA-48, 8.3.117 */
	static const char *const sequences[] = {
		[COLOUR_NONE] = "",	     [COLOUR_GOOD] = "\033[32m", [COLOUR_WARNING] = "\033[33m",
		[COLOUR_BAD] = "\033[1;31m", [COLOUR_FAINT] = "\033[2m",
	};

	return is_coloured(colour) ? sequences[colour] : "";
}

const char *colour_off(enum colour colour)
{
	return is_coloured(colour) ? "\033[0m" : "";
}

/* When memory runs out while printing, the program can only report it and exit. */
static void *need(void *memory)
{
	if (!memory) {
		fprintf(stderr, "pcitag: out of memory\n");
		exit(1);
	}
	return memory;
}

void table_start_titles(struct table *table, const char *const *titles)
{
	*table = (struct table){ 0 };
	for (; titles[table->columns]; table->columns++)
		table_cell(table, "%s", titles[table->columns]);
}

/* Returns the text without control characters, which the caller frees. */
static PRINTF_LIKE(1, 0) char *format_line(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	keep_one_line(need(text));
	return text;
}

void table_coloured_cell(struct table *table, enum colour colour, const char *fmt, ...)
{
	struct table_cell *cell = need(ARRAY_ADD(table->cells, table->count));
	va_list args;

	cell->colour = colour;
	va_start(args, fmt);
	cell->text = format_line(fmt, args);
	va_end(args);
}

void print_line(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format_line(fmt, args);
	va_end(args);
	printf("%s\n", text);
	free(text);
}

/* Returns the width in characters of UTF-8 text; bytes of invalid UTF-8 are counted by the same rule. */
static size_t text_width(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

static size_t width_of(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns) {
		const char *text = table->cells[i].text;
		size_t len = text_width(text, strlen(text));

		width = len > width ? len : width;
	}
	return width;
}

/* A cell needs padding only when a cell to its right is not empty. */
static bool rest_is_empty(const struct table *table, size_t i)
{
	for (i++; i % table->columns != 0; i++) {
		if (table->cells[i].text[0])
			return false;
	}
	return true;
}

/* Returns how many bytes of @text fit into @room characters, ending between words if possible. */
static size_t fitting(const char *text, size_t room)
{
	size_t fits = 0, len = strlen(text);

	if (text_width(text, len) <= room)
		return len;
	for (size_t i = 0; i <= len && text_width(text, i) <= room; i++) {
		if (text[i] == ' ')
			fits = i;
	}
	return fits ? fits : strcspn(text, " ");
}

/* Prints the last cell of a row, which starts in column @indent, in as many lines as necessary. */
static void print_wrapped(const struct table_cell *cell, size_t indent, size_t room)
{
	const char *text = cell->text;

	for (;;) {
		size_t len = room ? fitting(text, room) : strlen(text);

		printf("%s%.*s%s\n", colour_on(cell->colour), (int)len, text, colour_off(cell->colour));
		text += len + strspn(text + len, " ");
		if (!text[0])
			return;
		printf("%*s", (int)indent, "");
	}
}

static void print_row(const struct table *table, size_t first, const size_t *widths, size_t room,
		      size_t indent)
{
	for (size_t i = first; i < first + table->columns; i++) {
		const struct table_cell *cell = &table->cells[i];
		size_t len = strlen(cell->text), width = widths[i - first];

		if (i + 1 == first + table->columns) {
			print_wrapped(cell, indent, room);
			return;
		}
		printf("%s%s%s", colour_on(cell->colour), cell->text, colour_off(cell->colour));
		if (rest_is_empty(table, i)) {
			printf("\n");
			return;
		}
		printf("%*s", (int)(width - text_width(cell->text, len) + GAP), "");
	}
}

static void clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i].text);
	free(table->cells);
}

void table_print(struct table *table)
{
	size_t *widths = need(calloc(table->columns, sizeof(*widths)));
	size_t indent = 0, terminal = terminal_width(), room;

	for (size_t i = 0; i < table->columns; i++)
		widths[i] = width_of(table, i);
	for (size_t i = 0; i + 1 < table->columns; i++)
		indent += widths[i] + GAP;
	room = terminal >= indent + LAST_COLUMN_MIN ? terminal - indent : 0;
	for (size_t first = 0; first < table->count; first += table->columns)
		print_row(table, first, widths, room, indent);
	free(widths);
	clear(table);
}

bool table_print_rows(struct table *table)
{
	bool has_rows = table->count > table->columns;

	(has_rows ? table_print : clear)(table);
	return has_rows;
}
