/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parsing of XML that libvirt wrote, without trusting it, and helper functions for libxml2's tree. */
#ifndef PCITAG_HOST_XML_DOCUMENT_H
#define PCITAG_HOST_XML_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/error.h"
#include "model/pci/address.h"

static inline void cleanup_xml_fn(xmlChar **text)
{
	if (*text)
		xmlFree(*text);
}

static inline void cleanup_doc_fn(xmlDocPtr *doc)
{
	xmlFreeDoc(*doc);
}

#define CLEANUP_XML __attribute__((cleanup(cleanup_xml_fn)))
#define CLEANUP_DOC __attribute__((cleanup(cleanup_doc_fn)))

/* Returns true when a node is needed. The node is complete, and so is the path of elements above it. */
typedef bool xml_matters_fn(const xmlNode *node);

/*
 * Parses a whole document. Opens no other file and prints no message.
 * @bytes:   UTF-8, whatever encoding it declares; need not be terminated
 * @len:     bytes; 0 or more than @max is an error
 * @what:    its name in messages: "domain XML"
 * @matters: the document contains only the nodes that this accepts and their ancestors: a large definition
 *           then needs little more memory than its bytes, while the whole tree would need twenty times as
 *           much. NULL: all nodes
 * Returns the document, which has a root; the caller frees it with xmlFreeDoc(). Returns NULL with *err when
 * the document is not complete and well-formed, has a DOCTYPE (and so its own entities), contains a NUL, has
 * more than 256 levels (libxml2: xmlParserMaxDepth without XML_PARSE_HUGE), or has more markup than can be
 * read in bounded time and memory.
 */
xmlDocPtr xml_document_read(const char *bytes, size_t len, size_t max, const char *what,
			    xml_matters_fn *matters, struct error *err);

/*
 * Reads the usable part of a document that xml_document_read() refuses: up to a NUL or @max, as far as it can
 * be parsed, and no further than the first element that @is_enough accepts. Returns a document with a root,
 * which the caller frees with xmlFreeDoc(), or NULL when no part is usable or the markup is too much. The
 * result may be incomplete. It is only for callers that must act on partial data.
 */
xmlDocPtr xml_document_salvage(const char *bytes, size_t len, size_t max, xml_matters_fn *is_enough);

/* Compares the local name, as libvirt does, so that a prefix cannot hide an element from pcitag. */
bool xml_is_element(const xmlNode *node, const char *name);

/* Returns the first child element of this name, or NULL; libvirt also uses the first where it expects one. */
xmlNode *xml_child(const xmlNode *parent, const char *name);

/* Returns the text of that child, or NULL. The caller frees it with xmlFree(). */
xmlChar *xml_child_text(const xmlNode *parent, const char *name);

/* Unlinks and frees a node; NULL is allowed. */
void xml_drop(xmlNode *node);

/* Returns the value of an attribute, or NULL when it is absent. The caller frees it with xmlFree(). */
xmlChar *xml_attribute(const xmlNode *node, const char *name);
bool xml_attribute_is(const xmlNode *node, const char *name, const char *value);
bool xml_attribute_is_or_absent(const xmlNode *node, const char *name, const char *value);

/*
 * Reads an attribute that is a number of at most @max, in @base as for strtoul(3). An absent one leaves
 * *value unchanged. Returns false when it is not such a number.
 */
bool xml_number(const xmlNode *node, const char *name, int base, unsigned long max, unsigned long *value);

/* Copies @text to @out, truncated to @size bytes including the NUL, but not within a character. */
void xml_copy_text(const xmlChar *text, char *out, size_t size);

/*
 * Reads <address domain= bus= slot= function=/>, numbers in any base of C, an absent one 0, as in libvirt
 * (src/conf/device_conf.c, virPCIDeviceAddressParseXML). Returns false when it is not a PCI address.
 */
bool xml_pci_address(const xmlNode *address, struct pci_addr *out);

#endif
