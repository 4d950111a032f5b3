/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/xml_output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "base/error.h"

struct xml_output {
	xmlBufferPtr buffer;
	xmlTextWriterPtr writer;
	bool has_failed;
};

static void xml_output_free(struct xml_output *out)
{
	if (out->writer)
		xmlFreeTextWriter(out->writer);
	if (out->buffer)
		xmlBufferFree(out->buffer);
	free(out);
}

struct xml_output *xml_output_start(void)
{
	struct xml_output *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->buffer = xmlBufferCreate();
	out->writer = out->buffer ? xmlNewTextWriterMemory(out->buffer, 0) : NULL;
	if (!out->writer || xmlTextWriterSetIndent(out->writer, 1) < 0 ||
	    xmlTextWriterStartDocument(out->writer, NULL, "UTF-8", NULL) < 0) {
		xml_output_free(out);
		return NULL;
	}
	return out;
}

/* Result of a call of libxml2: negative when memory ran out. */
static void check(struct xml_output *out, int rc)
{
	out->has_failed = out->has_failed || rc < 0;
}

void xml_output_open(struct xml_output *out, const char *element)
{
	if (out)
		check(out, xmlTextWriterStartElement(out->writer, BAD_CAST element));
}

void xml_output_close(struct xml_output *out)
{
	if (out)
		check(out, xmlTextWriterEndElement(out->writer));
}

/* U+FFFE and U+FFFF are the only characters of UTF-8 text without control characters that are none of XML's
 * (XML 1.0, 2.2, Char). */
static void keep_xml(char *text)
{
	keep_one_line(text);
	for (char *at = strstr(text, "\xef\xbf"); at; at = strstr(at + 1, "\xef\xbf")) {
		if (at[2] == '\xbe' || at[2] == '\xbf')
			memset(at, '?', 3);
	}
}

static PRINTF_LIKE(2, 0) char *format(struct xml_output *out, const char *fmt, va_list args)
{
	char *text;

	if (!out || vasprintf(&text, fmt, args) < 0) {
		if (out)
			out->has_failed = true;
		return NULL;
	}
	keep_xml(text);
	return text;
}

void xml_output_attribute(struct xml_output *out, const char *name, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format(out, fmt, args);
	va_end(args);
	if (text)
		check(out, xmlTextWriterWriteAttribute(out->writer, BAD_CAST name, BAD_CAST text));
}

void xml_output_text(struct xml_output *out, const char *fmt, ...)
{
	CLEANUP_FREE char *text = NULL;
	va_list args;

	va_start(args, fmt);
	text = format(out, fmt, args);
	va_end(args);
	if (text)
		check(out, xmlTextWriterWriteString(out->writer, BAD_CAST text));
}

void xml_output_text_element(struct xml_output *out, const char *element, const char *text)
{
	xml_output_open(out, element);
	xml_output_text(out, "%s", text);
	xml_output_close(out);
}

char *xml_output_end(struct xml_output *out, size_t *len)
{
	char *text = NULL;

	if (!out)
		return NULL;
	check(out, xmlTextWriterEndDocument(out->writer));
	if (!out->has_failed) {
		*len = (size_t)xmlBufferLength(out->buffer);
		text = strndup((const char *)xmlBufferContent(out->buffer), *len);
	}
	xml_output_free(out);
	return text;
}
