/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes an XML document into memory, by libxml2. Whatever the texts contain, the document is well-formed. */
#ifndef PCITAG_CLI_OUTPUT_XML_OUTPUT_H
#define PCITAG_CLI_OUTPUT_XML_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct xml_output;

/* Starts a document in UTF-8. Returns NULL when out of memory; all others then have no effect. */
struct xml_output *xml_output_start(void);

void xml_output_open(struct xml_output *out, const char *element);
void xml_output_close(struct xml_output *out);

/* Adds an attribute to the element that was opened last; before its text and its elements. */
void xml_output_attribute(struct xml_output *out, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Adds text. What XML cannot have, and what must not reach a terminal (base/error.h), becomes '?'. */
void xml_output_text(struct xml_output *out, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* An element with nothing but text. */
void xml_output_text_element(struct xml_output *out, const char *element, const char *text);

/* Ends the document. Returns it, @len bytes, which the caller frees; NULL when memory ran out. */
char *xml_output_end(struct xml_output *out, size_t *len);

#endif
