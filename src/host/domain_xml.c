/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/domain_xml.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/compiler.h"

#define PARSE_OPTIONS \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC)

static void cleanup_xml_fn(xmlChar **text)
{
	if (*text)
		xmlFree(*text);
}

static void cleanup_doc_fn(xmlDocPtr *doc)
{
	if (*doc)
		xmlFreeDoc(*doc);
}

static void cleanup_ctxt_fn(xmlParserCtxtPtr *ctxt)
{
	if (*ctxt)
		xmlFreeParserCtxt(*ctxt);
}

#define CLEANUP_XML __attribute__((cleanup(cleanup_xml_fn)))
#define CLEANUP_DOC __attribute__((cleanup(cleanup_doc_fn)))
#define CLEANUP_CTXT __attribute__((cleanup(cleanup_ctxt_fn)))

/* ---- small readers over libxml2's tree ---------------------------------------------------------- */

/* libvirt compares local names as well, so a prefix must not hide an element from us. */
static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

/* The first child element of this name, or NULL: libvirt takes the first wherever it wants one. */
static xmlNode *child(const xmlNode *parent, const char *name)
{
	for (xmlNode *node = parent->children; node; node = node->next) {
		if (is_element(node, name))
			return node;
	}
	return NULL;
}

static xmlChar *attribute(const xmlNode *node, const char *name)
{
	return xmlGetNoNsProp(node, (const xmlChar *)name);
}

static bool attribute_is(const xmlNode *node, const char *name, const char *value)
{
	CLEANUP_XML xmlChar *text = attribute(node, name);

	return text && strcmp((const char *)text, value) == 0;
}

static bool attribute_is_or_absent(const xmlNode *node, const char *name, const char *value)
{
	CLEANUP_XML xmlChar *text = attribute(node, name);

	return !text || strcmp((const char *)text, value) == 0;
}

/* ---- the document ------------------------------------------------------------------------------ */

/* Called at "<!DOCTYPE name", before anything a document type declares is read. */
static void refuse_doctype(void *data, const xmlChar *name UNUSED, const xmlChar *external_id UNUSED,
			   const xmlChar *system_id UNUSED)
{
	xmlParserCtxtPtr ctxt = data;
	bool *seen = ctxt->_private;

	*seen = true;
	xmlStopParser(ctxt);
}

static void PRINTF_LIKE(2, 3) say_nothing(void *data UNUSED, const char *fmt UNUSED, ...)
{
}

static int explain_failure(const xmlParserCtxt *ctxt, bool doctype, struct error *err)
{
	const xmlError *why = xmlCtxtGetLastError((void *)(uintptr_t)ctxt);
	const char *text = why && why->message ? why->message : "unknown reason";

	if (doctype)
		return error_set(err, 0,
				 "the domain XML has a DOCTYPE, which libvirt never writes: remove it");
	return error_set(err, 0, "the domain XML is not a complete well-formed document: line %d: %.*s",
			 why ? why->line : 0, (int)strcspn(text, "\n"), text);
}

static xmlDocPtr read_document(const char *bytes, size_t len, struct error *err)
{
	/* Out of memory and encodings are reported without a context, on stderr unless told otherwise. */
	xmlGenericErrorFunc report = xmlGenericError;
	void *report_data = xmlGenericErrorContext;
	CLEANUP_CTXT xmlParserCtxtPtr ctxt = NULL;
	CLEANUP_DOC xmlDocPtr doc = NULL;
	bool doctype = false;

	xmlSetGenericErrorFunc(NULL, say_nothing);
	ctxt = xmlNewParserCtxt();
	if (!ctxt) {
		error_set(err, ENOMEM, "no memory to read the domain XML");
	} else {
		ctxt->_private = &doctype;
		ctxt->sax->internalSubset = refuse_doctype;
		doc = xmlCtxtReadMemory(ctxt, bytes, (int)len, NULL, "UTF-8", PARSE_OPTIONS);
		/* A parser that was stopped may hand out what it had until then. */
		if (!doc || doctype || !xmlDocGetRootElement(doc)) {
			explain_failure(ctxt, doctype, err);
			cleanup_doc_fn(&doc);
			doc = NULL;
		}
	}
	xmlSetGenericErrorFunc(report_data, report);
	return TAKE_PTR(doc);
}

/* ---- who it is --------------------------------------------------------------------------------- */

/* Cuts in front of a character, not within one: the name goes into messages and JSON. */
static void copy_name(const char *name, char out[static DOMAIN_NAME_LEN])
{
	size_t len = strlen(name);

	if (len >= DOMAIN_NAME_LEN) {
		len = DOMAIN_NAME_LEN - 1;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, name, len);
	out[len] = '\0';
}

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" and nothing else: it becomes a file name. */
static bool copy_uuid(const char *text, char out[static UUID_LEN])
{
	char uuid[UUID_LEN];

	if (strlen(text) != UUID_LEN - 1)
		return false;
	for (size_t i = 0; i < UUID_LEN - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
		uuid[i] = (char)tolower((unsigned char)text[i]);
	}
	uuid[UUID_LEN - 1] = '\0';
	memcpy(out, uuid, sizeof(uuid));
	return true;
}

static int read_identity(const xmlNode *root, struct domain *domain, struct error *err)
{
	const xmlNode *name = child(root, "name");
	const xmlNode *uuid = child(root, "uuid");
	CLEANUP_XML xmlChar *name_text = name ? xmlNodeGetContent(name) : NULL;
	CLEANUP_XML xmlChar *uuid_text = uuid ? xmlNodeGetContent(uuid) : NULL;

	if (name_text)
		copy_name((const char *)name_text, domain->name);
	if (uuid_text && !copy_uuid((const char *)uuid_text, domain->uuid))
		return error_set(err, 0,
				 "the XML of domain '%s' has the uuid '%.64s': write it as `virsh domuuid` "
				 "prints it",
				 domain->name, (const char *)uuid_text);
	if (domain->name[0] == '\0')
		return error_set(err, 0, "the XML of a domain has no <name>: write one");
	return 0;
}

static int read_emulator(const xmlNode *emulator, struct domain *domain, struct error *err)
{
	CLEANUP_XML xmlChar *text = xmlNodeGetContent(emulator);
	size_t len = text ? strlen((const char *)text) : 0;

	if (domain->emulator[0] != '\0' || !text)
		return 0;
	if (len >= sizeof(domain->emulator))
		return error_set(err, 0,
				 "domain '%s': line %ld: the emulator's path is longer than %zu bytes: use a "
				 "shorter one",
				 domain->name, xmlGetLineNo(emulator), sizeof(domain->emulator) - 1);
	memcpy(domain->emulator, text, len + 1);
	return 0;
}

/* ---- placeholders ------------------------------------------------------------------------------ */

/* The <source> of an <input type='passthrough'>, or NULL when @input is something else. */
static xmlNode *passthrough_source(const xmlNode *input)
{
	if (!is_element(input, "input") || !attribute_is(input, "type", "passthrough") ||
	    !attribute_is_or_absent(input, "bus", "virtio"))
		return NULL;
	return child(input, "source");
}

/*
 * What would make libvirt format something else than a plain virtio-input-host-pci, or give
 * it properties that vfio-pci does not have (libvirt: src/qemu/qemu_command.c,
 * qemuBuildInputVirtioDev). Returns what to write instead, or NULL.
 */
static const char *odd_input(const xmlNode *input)
{
	const xmlNode *address = child(input, "address");

	if (!attribute_is_or_absent(input, "model", "virtio"))
		return "remove the attribute 'model' of <input>";
	if (child(input, "driver"))
		return "remove the element <driver> of <input>";
	if (address && !attribute_is(address, "type", "pci"))
		return "remove the <address> of <input>, or give it type='pci'";
	return NULL;
}

static int read_placeholder(const xmlNode *input, const char *path, struct domain *domain, struct error *err)
{
	const char *odd = odd_input(input);
	struct request request;

	if (placeholder_parse(path, &request, err) < 0)
		return error_prefix(err, "domain '%s': line %ld", domain->name, xmlGetLineNo(input));
	if (odd)
		return error_set(err, 0,
				 "domain '%s': line %ld: the input of placeholder '%s' must become a plain "
				 "PCI device: %s",
				 domain->name, xmlGetLineNo(input), path, odd);
	return domain_add_request(domain, &request, err);
}

static int read_input(const xmlNode *input, struct domain *domain, struct error *err)
{
	const xmlNode *source = passthrough_source(input);

	if (source) {
		CLEANUP_XML xmlChar *path = attribute(source, "evdev");

		if (path && placeholder_path((const char *)path))
			return read_placeholder(input, (const char *)path, domain, err);
		return 0;
	}
	source = child(input, "source");
	if (source && attribute_is(input, "type", "evdev") &&
	    attribute_is(source, "dev", VFIO_CONTAINER_PATH))
		domain->has_container = true;
	return 0;
}

/* ---- native host devices ----------------------------------------------------------------------- */

/* Numbers as libvirt takes them: any base C knows, absent is 0. */
static bool read_number(const xmlNode *node, const char *name, unsigned long max, unsigned long *value)
{
	CLEANUP_XML xmlChar *text = attribute(node, name);
	char *end;

	*value = 0;
	if (!text)
		return true;
	if (!isdigit(text[0]))
		return false;
	errno = 0;
	*value = strtoul((const char *)text, &end, 0);
	return errno == 0 && *end == '\0' && *value <= max;
}

static int read_address(const xmlNode *source, struct domain *domain, struct error *err)
{
	const xmlNode *address = source ? child(source, "address") : NULL;
	unsigned long pci_domain, bus, slot, function;
	struct pci_addr addr;

	if (!address || !attribute_is_or_absent(address, "type", "pci"))
		return 0;
	if (!read_number(address, "domain", UINT32_MAX, &pci_domain) ||
	    !read_number(address, "bus", UINT8_MAX, &bus) || !read_number(address, "slot", 0x1f, &slot) ||
	    !read_number(address, "function", PCI_FUNCTIONS - 1, &function))
		return error_set(err, 0,
				 "domain '%s': line %ld: the host address of <%s> is no PCI address: write "
				 "<address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>",
				 domain->name, xmlGetLineNo(address), (const char *)source->parent->name);
	addr = (struct pci_addr){ .domain = (uint32_t)pci_domain,
				  .bus = (uint8_t)bus,
				  .slot = (uint8_t)slot,
				  .function = (uint8_t)function };
	return domain_add_hostdev(domain, &addr, err);
}

/* A disk has a chain of backing stores and may have a mirror, each with a <source> of its own. */
static int read_disk(const xmlNode *node, struct domain *domain, struct error *err)
{
	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (is_element(n, "source") && attribute_is(n, "type", "pci") &&
		    read_address(n, domain, err) < 0)
			return -1;
		if (read_disk(n, domain, err) < 0)
			return -1;
	}
	return 0;
}

static int read_device(const xmlNode *device, struct domain *domain, struct error *err)
{
	if (is_element(device, "emulator"))
		return read_emulator(device, domain, err);
	if (is_element(device, "input"))
		return read_input(device, domain, err);
	if (is_element(device, "disk"))
		return read_disk(device, domain, err);
	if ((is_element(device, "hostdev") && attribute_is(device, "type", "pci")) ||
	    (is_element(device, "interface") && attribute_is(device, "type", "hostdev")))
		return read_address(child(device, "source"), domain, err);
	return 0;
}

/* ---- placeholder paths where they must not be --------------------------------------------------- */

static int refuse_stray(const struct domain *domain, const xmlNode *node, const char *value,
			struct error *err)
{
	return error_set(err, 0,
			 "domain '%s': line %ld: '%.256s' in <%s> is not where a placeholder can be: write "
			 "<input type='passthrough' bus='virtio'><source evdev='" PLACEHOLDER_DIR
			 "OWNER/REQUEST'/></input> in <devices>",
			 domain->name, xmlGetLineNo(node), value, (const char *)node->name);
}

static bool is_stray(const xmlNode *node, const char *value)
{
	if (placeholder_path(value + strspn(value, " \t\r\n")))
		return true;
	/* QEMU's own syntax has paths in the middle: "virtio-input-host-pci,evdev=/dev/...". */
	return node->ns && strstr(value, "/dev/pcitag/");
}

/* Has read_input() seen this attribute? */
static bool is_placeholder(const xmlAttr *attr)
{
	const xmlNode *source = attr->parent;
	const xmlNode *input = source->parent;
	const xmlNode *devices = input->parent;

	return strcmp((const char *)attr->name, "evdev") == 0 && !attr->ns &&
	       input->type == XML_ELEMENT_NODE && passthrough_source(input) == source &&
	       is_element(devices, "devices") && is_element(devices->parent, "domain") &&
	       devices->parent->parent->type == XML_DOCUMENT_NODE;
}

static int check_attributes(const struct domain *domain, const xmlNode *node, struct error *err)
{
	for (xmlAttr *attr = node->properties; attr; attr = attr->next) {
		CLEANUP_XML xmlChar *value = xmlNodeGetContent((const xmlNode *)attr);

		if (value && is_stray(node, (const char *)value) && !is_placeholder(attr))
			return refuse_stray(domain, node, (const char *)value, err);
	}
	return 0;
}

/* Recursion is bounded by the parser: 256 elements (libxml2: xmlParserMaxDepth without XML_PARSE_HUGE). */
static int check_strays(const struct domain *domain, const xmlNode *node, struct error *err)
{
	if (check_attributes(domain, node, err) < 0)
		return -1;
	for (const xmlNode *n = node->children; n; n = n->next) {
		if (n->type == XML_ELEMENT_NODE && check_strays(domain, n, err) < 0)
			return -1;
		if (n->type == XML_TEXT_NODE && n->content && is_stray(node, (const char *)n->content))
			return refuse_stray(domain, node, (const char *)n->content, err);
	}
	return 0;
}

static bool is_prose(const xmlNode *node)
{
	return is_element(node, "name") || is_element(node, "title") || is_element(node, "description") ||
	       is_element(node, "metadata");
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static int read_domain(const xmlNode *root, struct domain *domain, struct error *err)
{
	if (!is_element(root, "domain"))
		return error_set(err, 0, "the XML is a <%s>, not a libvirt <domain>",
				 (const char *)root->name);
	if (read_identity(root, domain, err) < 0)
		return -1;
	for (const xmlNode *n = root->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE || is_prose(n))
			continue;
		if (check_strays(domain, n, err) < 0)
			return -1;
		if (!is_element(n, "devices"))
			continue;
		for (const xmlNode *device = n->children; device; device = device->next) {
			if (device->type == XML_ELEMENT_NODE && read_device(device, domain, err) < 0)
				return -1;
		}
	}
	return 0;
}

static void forget_devices(struct domain *domain)
{
	struct domain who = *domain;

	domain_clear(domain);
	memcpy(domain->name, who.name, sizeof(who.name));
	memcpy(domain->uuid, who.uuid, sizeof(who.uuid));
}

int domain_xml_parse(const char *bytes, size_t len, struct domain *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc = NULL;

	*out = (struct domain){ 0 };
	if (len > DOMAIN_XML_MAX)
		return error_set(err, 0, "the domain XML is longer than %zu bytes", DOMAIN_XML_MAX);
	if (len == 0)
		return error_set(err, 0, "the domain XML is empty");
	/* libxml2 takes a NUL for the end and would ignore what follows. */
	if (memchr(bytes, '\0', len))
		return error_set(err, 0, "the domain XML has a NUL byte in it");
	doc = read_document(bytes, len, err);
	if (!doc)
		return -1;
	if (read_domain(xmlDocGetRootElement(doc), out, err) < 0) {
		forget_devices(out);
		return -1;
	}
	return 0;
}
