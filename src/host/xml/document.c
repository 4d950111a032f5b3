/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/document.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * A definition has some hundreds of elements, each with a few attributes. 16 MiB of the smallest elements
 * would take 900 MiB as a tree. libxml2 2.9 compares every attribute of an element with every other
 * (parser.c, xmlParseStartTag2), which takes a quarter of an hour for a million attributes.
 */
#define MARKUP_MAX (1 << 19)
#define ATTRIBUTES_MAX 4096

#define PARSE_OPTIONS \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC)

static void cleanup_ctxt_fn(xmlParserCtxtPtr *ctxt)
{
	xmlFreeParserCtxt(*ctxt);
}

/* The context of the parser's callbacks. */
struct reading {
	bool has_doctype;
	xml_matters_fn *matters;	  /* NULL: every node is needed */
	xml_matters_fn *is_enough;	  /* NULL: to the end */
	endElementNsSAX2Func end_element; /* libxml2's own callback, which builds the tree */
};

/* Called at "<!DOCTYPE name", before any declaration of the document type is read. */
static void refuse_doctype(void *data, const xmlChar *name UNUSED, const xmlChar *external_id UNUSED,
			   const xmlChar *system_id UNUSED)
{
	xmlParserCtxtPtr ctxt = data;
	struct reading *reading = ctxt->_private;

	reading->has_doctype = true;
	xmlStopParser(ctxt);
}

static void drop_content(xmlNode *node)
{
	xmlFreeNodeList(node->children);
	node->children = node->last = NULL;
	xmlFreePropList(node->properties);
	node->properties = NULL;
}

static bool stays(const xmlNode *before, const struct reading *reading)
{
	return before->type == XML_ELEMENT_NODE ? before->_private != NULL : reading->matters(before);
}

/* At the end of each element, which stays: the parser appends to the last node. Those before may go. */
static void end_element(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr ctxt = data;
	const struct reading *reading = ctxt->_private;
	xmlNode *node = ctxt->node;

	reading->end_element(data, name, prefix, uri);
	if (node && reading->is_enough && reading->is_enough(node))
		xmlStopParser(ctxt);
	if (!node || !reading->matters)
		return;
	if (reading->matters(node))
		node->_private = ctxt; /* keep; cached, because the check may take long */
	else
		drop_content(node);
	while (node->prev && !stays(node->prev, reading))
		xml_drop(node->prev);
}

static void PRINTF_LIKE(2, 3) say_nothing(void *data UNUSED, const char *fmt UNUSED, ...)
{
}

static int explain_failure(const xmlParserCtxt *ctxt, bool doctype, const char *what, struct error *err)
{
	const xmlError *why = xmlCtxtGetLastError((void *)(uintptr_t)ctxt);
	const char *text = why && why->message ? why->message : "unknown reason";

	if (doctype)
		return error_set(err, 0, "the %s has a DOCTYPE, which libvirt never writes: remove it", what);
	return error_set(err, 0, "the %s is not a complete well-formed document: line %d: %.*s", what,
			 why ? why->line : 0, (int)strcspn(text, "\n"), text);
}

/* Each element has a "<", each attribute a "=" before the next one: an upper bound without parsing. */
static bool has_too_much_markup(const char *bytes, size_t len)
{
	size_t all = 0, attributes = 0;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '<')
			attributes = 0;
		else if (bytes[i] == '=')
			attributes++;
		else
			continue;
		if (++all > MARKUP_MAX || attributes > ATTRIBUTES_MAX)
			return true;
	}
	return false;
}

static xmlDocPtr parse(const char *bytes, size_t len, const char *what, int options, struct reading reading,
		       struct error *err)
{
	/* libxml2 reports memory and encoding errors without a context, on stderr by default. */
	xmlGenericErrorFunc report = xmlGenericError;
	void *report_data = xmlGenericErrorContext;
	CLEANUP(cleanup_ctxt_fn) xmlParserCtxtPtr ctxt = NULL;
	CLEANUP_DOC xmlDocPtr doc = NULL;

	xmlSetGenericErrorFunc(NULL, say_nothing);
	ctxt = xmlNewParserCtxt();
	if (!ctxt) {
		error_set(err, ENOMEM, "no memory to read the %s", what);
	} else {
		ctxt->_private = &reading;
		ctxt->sax->internalSubset = refuse_doctype;
		reading.end_element = ctxt->sax->endElementNs;
		ctxt->sax->endElementNs = end_element;
		doc = xmlCtxtReadMemory(ctxt, bytes, (int)len, NULL, "UTF-8", PARSE_OPTIONS | options);
		/* A stopped parser may return what it has read so far. */
		if (!doc || reading.has_doctype || !xmlDocGetRootElement(doc)) {
			explain_failure(ctxt, reading.has_doctype, what, err);
			cleanup_doc_fn(&doc);
			doc = NULL;
		}
	}
	xmlSetGenericErrorFunc(report_data, report);
	return TAKE_PTR(doc);
}

xmlDocPtr xml_document_read(const char *bytes, size_t len, size_t max, const char *what,
			    xml_matters_fn *matters, struct error *err)
{
	if (len > max)
		error_set(err, 0, "the %s is longer than %zu bytes", what, max);
	else if (len == 0)
		error_set(err, 0, "the %s is empty", what);
	/* libxml2 takes a NUL as the end and would ignore the rest. */
	else if (memchr(bytes, '\0', len))
		error_set(err, 0, "the %s has a NUL byte in it", what);
	else if (has_too_much_markup(bytes, len))
		error_set(
			err, 0,
			"the %s has more than %d elements and attributes, or more than %d attributes in one "
			"element: remove what libvirt does not need",
			what, MARKUP_MAX, ATTRIBUTES_MAX);
	else
		return parse(bytes, len, what, 0, (struct reading){ .matters = matters }, err);
	return NULL;
}

xmlDocPtr xml_document_salvage(const char *bytes, size_t len, size_t max, xml_matters_fn *is_enough)
{
	size_t whole = strnlen(bytes, len < max ? len : max);

	if (whole == 0 || has_too_much_markup(bytes, whole))
		return NULL;
	return parse(bytes, whole, "", XML_PARSE_RECOVER, (struct reading){ .is_enough = is_enough }, NULL);
}

bool xml_is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	for (xmlNode *node = parent->children; node; node = node->next) {
		if (xml_is_element(node, name))
			return node;
	}
	return NULL;
}

xmlChar *xml_child_text(const xmlNode *parent, const char *name)
{
	const xmlNode *child = xml_child(parent, name);

	return child ? xmlNodeGetContent(child) : NULL;
}

void xml_drop(xmlNode *node)
{
	xmlUnlinkNode(node);
	xmlFreeNode(node);
}

xmlChar *xml_attribute(const xmlNode *node, const char *name)
{
	return xmlGetNoNsProp(node, (const xmlChar *)name);
}

bool xml_attribute_is(const xmlNode *node, const char *name, const char *value)
{
	CLEANUP_XML xmlChar *text = xml_attribute(node, name);

	return text && strcmp((const char *)text, value) == 0;
}

bool xml_attribute_is_or_absent(const xmlNode *node, const char *name, const char *value)
{
	CLEANUP_XML xmlChar *text = xml_attribute(node, name);

	return !text || strcmp((const char *)text, value) == 0;
}

void xml_copy_text(const xmlChar *text, char *out, size_t size)
{
	size_t len = strlen((const char *)text);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && (text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

bool xml_number(const xmlNode *node, const char *name, int base, unsigned long max, unsigned long *value)
{
	CLEANUP_XML xmlChar *text = xml_attribute(node, name);
	char *end;

	if (!text)
		return true;
	if (!isdigit(text[0]))
		return false;
	errno = 0;
	*value = strtoul((const char *)text, &end, base);
	return errno == 0 && *end == '\0' && *value <= max;
}

bool xml_pci_address(const xmlNode *address, struct pci_addr *out)
{
	unsigned long pci_domain = 0, bus = 0, slot = 0, function = 0;

	if (!xml_number(address, "domain", 0, UINT32_MAX, &pci_domain) ||
	    !xml_number(address, "bus", 0, UINT8_MAX, &bus) || !xml_number(address, "slot", 0, 0x1f, &slot) ||
	    !xml_number(address, "function", 0, PCI_FUNCTIONS - 1, &function))
		return false;
	*out = (struct pci_addr){ .domain = (uint32_t)pci_domain,
				  .bus = (uint8_t)bus,
				  .slot = (uint8_t)slot,
				  .function = (uint8_t)function };
	return true;
}
