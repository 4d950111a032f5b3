/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing the registry as text: what is not changed stays byte for byte. The text is read as host/ini_file.c
 * reads it, with what base/ini_line.h says of a line; text that it would refuse is left as it is. Pure.
 *
 * Of the comments, those right above a section, without an empty line between, go with it; but not when they
 * begin the file, nor when a section that was commented out stands among them. So do those right below its
 * last line, unless the next section follows at once: then they are that one's.
 */
#ifndef PCITAG_MODEL_REGISTRY_TEXT_H
#define PCITAG_MODEL_REGISTRY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/registry.h"

/* A text that grows. The owner frees @at; {0} is an empty one. It is terminated, which @len does not count.
 */
struct registry_text {
	char *at;
	size_t len;
};

#define REGISTRY_TEXT_ABSENT 1

/* How many sections @text has. */
size_t registry_text_sections(const char *text, size_t len);

/* Does @text hold anything worth keeping: a section, one that was commented out, a line that is none? */
bool registry_text_says_something(const char *text, size_t len);

/*
 * Copies @text without the section [@model] and the comments that go with it. The empty lines below go as
 * well, or, at the end of the file, those above.
 * @out: empty ({0}); receives the new text
 * Returns 0, REGISTRY_TEXT_ABSENT when there is no such section, or -1 for want of memory.
 */
int registry_text_cut(const char *text, size_t len, const char *model, struct registry_text *out,
		      struct error *err);

/*
 * Copies @text with "@key = @value" in the section [@model]: only the value is replaced where the key stands
 * already; otherwise a line is added behind the last one of the section, indented and aligned like that one.
 * Returns as registry_text_cut().
 */
int registry_text_set(const char *text, size_t len, const char *model, const char *key, const char *value,
		      struct registry_text *out, struct error *err);

/* Appends text as printf(3) does; fails for want of memory. */
int registry_text_add(struct registry_text *out, struct error *err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Appends the section of @model: every key whose value is not the default, one a line.
 * Fails for want of memory, and with one line that begins with model_place() when a line would be longer than
 * the reader takes.
 * @line_max: longest line that it takes
 */
int registry_text_add_model(struct registry_text *out, const struct model *model, size_t line_max,
			    struct error *err);

#endif
