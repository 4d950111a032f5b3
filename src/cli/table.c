/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* Out of memory while printing: nothing better can be done than say so and stop. */
static void *need(void *memory)
{
	if (!memory) {
		fprintf(stderr, "pcitag: out of memory\n");
		exit(1);
	}
	return memory;
}

void table_start(struct table *table, size_t columns, const char *const *titles)
{
	*table = (struct table){ .columns = columns };
	for (size_t i = 0; i < columns; i++)
		table_cell(table, "%s", titles[i]);
}

void table_cell(struct table *table, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	keep_one_line(need(text));
	table->cells = need(reallocarray(table->cells, table->count + 1, sizeof(char *)));
	table->cells[table->count++] = text;
}

static int width_of(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->count; i += table->columns) {
		size_t len = strlen(table->cells[i]);

		width = len > width ? len : width;
	}
	return (int)width;
}

/* A cell needs padding only when something stands to its right. */
static bool rest_is_empty(const struct table *table, size_t i)
{
	for (i++; i % table->columns != 0; i++) {
		if (table->cells[i][0])
			return false;
	}
	return true;
}

static void print_row(const struct table *table, size_t first)
{
	for (size_t i = first; i < first + table->columns; i++) {
		if (rest_is_empty(table, i)) {
			printf("%s\n", table->cells[i]);
			return;
		}
		printf("%-*s  ", width_of(table, i - first), table->cells[i]);
	}
}

void table_print(struct table *table)
{
	for (size_t first = 0; first < table->count; first += table->columns)
		print_row(table, first);
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
}
