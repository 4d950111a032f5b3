/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes the registry as text; unchanged parts stay byte for byte. The text is parsed like in
 * host/config/ini_file.c, with the line rules of base/ini_line.h. Text that the reader would refuse
 * stays unchanged. Pure.
 *
 * Comments directly above a section, without an empty line between, belong to the section, unless they begin
 * the file or contain a section that was commented out. Comments directly below its last line also belong to
 * it, unless the next section follows immediately: then they belong to the next section.
 */
#ifndef PCITAG_MODEL_REGISTRY_TEXT_H
#define PCITAG_MODEL_REGISTRY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/registry/registry.h"

/* A text that grows, with a NUL that @len excludes; {0} is an empty one. The owner frees @at. */
struct registry_text {
	char *at;
	size_t len;
	bool failed; /* memory has run out; nothing more is added */
};

enum { REGISTRY_TEXT_ABSENT = 1 };

/* Returns the number of sections in @text. */
size_t registry_text_sections(const char *text, size_t len);

/* True when @text has something to keep: a section, also a commented one, or text that is no comment. */
bool registry_text_says_something(const char *text, size_t len);

/*
 * Copies @text without the section [@model] and the comments that belong to it. It also removes the empty
 * lines below the section or, at the end of the file, those above.
 * @out: empty ({0}); receives the new text
 * Returns 0, REGISTRY_TEXT_ABSENT when there is no such section, or -1 when out of memory.
 */
int registry_text_cut(const char *text, size_t len, const char *model, struct registry_text *out,
		      struct error *err);

/*
 * Copies @text with "@key = @value" in the section [@model]: in place of the value, or in a new line after
 * the last one of the section, indented and aligned as that. Returns like registry_text_cut().
 */
int registry_text_set(const char *text, size_t len, const char *model, const char *key, const char *value,
		      struct registry_text *out, struct error *err);

/* Appends text like printf(3). Fails when out of memory, and then each time. */
int registry_text_add(struct registry_text *out, struct error *err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Appends the section of @model: a line for each key whose value is not the default. Fails when out of
 * memory, and with a line that begins with model_place() when a line would be longer than @line_max, the
 * reader's limit.
 */
int registry_text_add_model(struct registry_text *out, const struct model *model, size_t line_max,
			    struct error *err);

#endif
