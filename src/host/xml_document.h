/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XML that libvirt wrote: how it is parsed without trusting it, and small readers over libxml2's tree. */
#ifndef PCITAG_HOST_XML_DOCUMENT_H
#define PCITAG_HOST_XML_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/error.h"
#include "model/pci_addr.h"

static inline void cleanup_xml_fn(xmlChar **text)
{
	if (*text)
		xmlFree(*text);
}

static inline void cleanup_doc_fn(xmlDocPtr *doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
}

#define CLEANUP_XML __attribute__((cleanup(cleanup_xml_fn)))
#define CLEANUP_DOC __attribute__((cleanup(cleanup_doc_fn)))

/*
 * Parses a whole document. Nothing outside @bytes is ever opened, nothing is printed.
 * @bytes: UTF-8 whatever it declares, need not be terminated
 * @len:   bytes; more than @max is an error, none as well
 * @what:  its name in messages: "domain XML"
 * Returns the document, which has a root, for xmlFreeDoc(); or NULL with *err when it is not
 * complete and well-formed, has a DOCTYPE (so entities of its own), a NUL, more than 256 levels
 * (libxml2: xmlParserMaxDepth without XML_PARSE_HUGE), or more markup than can be read in bounded time
 * and memory.
 */
xmlDocPtr xml_document_read(const char *bytes, size_t len, size_t max, const char *what, struct error *err);

/* Says of a node that is complete, with all that stands above it, whether anybody will look at it. */
typedef bool xml_matters_fn(const xmlNode *node);

/* As xml_document_read(), with nothing in the document but what matters and what stands above that: a large
 * definition takes little more memory than its bytes, where the whole tree would take twenty times as much.
 */
xmlDocPtr xml_document_read_parts(const char *bytes, size_t len, size_t max, const char *what,
				  xml_matters_fn *matters, struct error *err);

/*
 * What can be read of a document that xml_document_read() refused: up to a NUL or @max, and as far as it
 * makes sense. Returns a document with a root for xmlFreeDoc(), or NULL when there is nothing of use, or
 * too much. Without the word of a whole document: for those who have to act on less.
 */
xmlDocPtr xml_document_salvage(const char *bytes, size_t len, size_t max);

/* libvirt compares local names as well, so a prefix must not hide an element from us. */
bool xml_is_element(const xmlNode *node, const char *name);

/* The first child element of this name, or NULL: libvirt takes the first wherever it wants one. */
xmlNode *xml_child(const xmlNode *parent, const char *name);

/* The value of an attribute, NULL when it is absent; for xmlFree(). */
xmlChar *xml_attribute(const xmlNode *node, const char *name);
bool xml_attribute_is(const xmlNode *node, const char *name, const char *value);
bool xml_attribute_is_or_absent(const xmlNode *node, const char *name, const char *value);

/* Writes @text to @out, cut to @size bytes with its NUL: in front of a character, not within one. */
void xml_copy_text(const xmlChar *text, char *out, size_t size);

/*
 * Reads <address domain= bus= slot= function=/>; numbers as libvirt takes them: any base C knows,
 * absent is 0 (libvirt: src/conf/device_conf.c, virPCIDeviceAddressParseXML). False when it is no
 * PCI address.
 */
bool xml_pci_address(const xmlNode *address, struct pci_addr *out);

#endif
