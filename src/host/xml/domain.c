/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "host/xml/document.h"
#include "host/xml/domain_boot.h"
#include "host/xml/domain_note.h"
#include "host/xml/domain_pinning.h"
#include "host/xml/domain_wishes.h"

/* ---- identity ---------------------------------------------------------------------------------- */

/* Copies it in lower case, so that there is one spelling. */
static bool copy_uuid(const char *text, char out[static UUID_LEN])
{
	char uuid[UUID_LEN];

	if (strlen(text) != UUID_LEN - 1)
		return false;
	for (size_t i = 0; i < UUID_LEN; i++)
		uuid[i] = (char)tolower((unsigned char)text[i]);
	if (!uuid_valid(uuid))
		return false;
	memcpy(out, uuid, sizeof(uuid));
	return true;
}

static int read_identity(const xmlNode *root, struct domain *domain, struct error *err)
{
	CLEANUP_XML xmlChar *name = xml_child_text(root, "name");
	CLEANUP_XML xmlChar *uuid = xml_child_text(root, "uuid");

	if (name)
		xml_copy_text(name, domain->name, sizeof(domain->name));
	if (uuid && !copy_uuid((const char *)uuid, domain->uuid))
		return error_set(err, 0,
				 "the XML of domain '%s' has the uuid '%.64s': write it as `virsh domuuid` "
				 "prints it",
				 domain->name, (const char *)uuid);
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

/* Returns the <source> of an <input type='passthrough'>, or NULL when @input is another element. */
static xmlNode *passthrough_source(const xmlNode *input)
{
	if (!xml_is_element(input, "input") || !xml_attribute_is(input, "type", "passthrough") ||
	    !xml_attribute_is_or_absent(input, "bus", "virtio"))
		return NULL;
	return xml_child(input, "source");
}

/*
 * Returns what to write instead of settings with which libvirt formats no plain virtio-input-host-pci, or
 * adds properties that vfio-pci does not have (libvirt: src/qemu/qemu_command.c, qemuBuildInputVirtioDev).
 */
static const char *odd_input(const xmlNode *input)
{
	const xmlNode *address = xml_child(input, "address");

	if (!xml_attribute_is_or_absent(input, "model", "virtio"))
		return "remove the attribute 'model' of <input>";
	if (xml_child(input, "driver"))
		return "remove the element <driver> of <input>";
	if (address && !xml_attribute_is(address, "type", "pci"))
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
		CLEANUP_XML xmlChar *path = xml_attribute(source, "evdev");

		if (path && placeholder_path((const char *)path))
			return read_placeholder(input, (const char *)path, domain, err);
		return 0;
	}
	source = xml_child(input, "source");
	if (source && xml_attribute_is(input, "type", "evdev") &&
	    xml_attribute_is(source, "dev", VFIO_CONTAINER_PATH))
		domain->has_container = true;
	return 0;
}

/* ---- native host devices ----------------------------------------------------------------------- */

static int read_address(const xmlNode *source, struct domain *domain, struct error *err)
{
	const xmlNode *address = source ? xml_child(source, "address") : NULL;
	struct pci_addr addr;

	if (!address || !xml_attribute_is_or_absent(address, "type", "pci"))
		return 0;
	if (!xml_pci_address(address, &addr))
		return error_set(err, 0,
				 "domain '%s': line %ld: invalid PCI address in <%s>: write "
				 "<address domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>",
				 domain->name, xmlGetLineNo(address), (const char *)source->parent->name);
	return domain_add_hostdev(domain, &addr, err);
}

enum { HAS_PCI_SOURCE = 1 };

/*
 * Reads the sources of a disk, which has a chain of backing stores and may have a mirror, each with its own
 * <source>.
 * @domain: NULL returns HAS_PCI_SOURCE when there is one to read
 */
static int read_disk(const xmlNode *node, struct domain *domain, struct error *err)
{
	int rc = 0;

	for (const xmlNode *n = node->children; rc == 0 && n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (xml_is_element(n, "source") && xml_attribute_is(n, "type", "pci"))
			rc = domain ? read_address(n, domain, err) : HAS_PCI_SOURCE;
		if (rc == 0)
			rc = read_disk(n, domain, err);
	}
	return rc;
}

/* Returns whether @device is a host device that is named by its address. */
static bool is_native(const xmlNode *device)
{
	return (xml_is_element(device, "hostdev") && xml_attribute_is(device, "type", "pci")) ||
	       (xml_is_element(device, "interface") && xml_attribute_is(device, "type", "hostdev"));
}

static int read_device(const xmlNode *device, struct domain *domain, struct error *err)
{
	if (xml_is_element(device, "emulator"))
		return read_emulator(device, domain, err);
	if (xml_is_element(device, "input"))
		return read_input(device, domain, err);
	if (xml_is_element(device, "disk"))
		return read_disk(device, domain, err);
	if (is_native(device))
		return read_address(xml_child(device, "source"), domain, err);
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
	/* QEMU's syntax has paths within a value: "virtio-input-host-pci,evdev=/dev/...". */
	return node->ns && strstr(value, "/dev/pcitag/");
}

/* Returns whether read_input() handles this attribute. */
static bool is_placeholder(const xmlAttr *attr)
{
	const xmlNode *source = attr->parent;
	const xmlNode *input = source->parent;
	const xmlNode *devices = input->parent;

	return strcmp((const char *)attr->name, "evdev") == 0 && !attr->ns &&
	       input->type == XML_ELEMENT_NODE && passthrough_source(input) == source &&
	       xml_is_element(devices, "devices") && xml_is_element(devices->parent, "domain") &&
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

/* Recursion is bounded by the parser: 256 elements. */
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
	return xml_is_element(node, "name") || xml_is_element(node, "title") ||
	       xml_is_element(node, "description") || xml_is_element(node, "metadata");
}

/* ---- parts to keep in the document --------------------------------------------------------------- */

/* Returns whether read_device() reads anything in it. */
static bool is_read(const xmlNode *device)
{
	if (xml_is_element(device, "disk"))
		return read_disk(device, NULL, NULL) == HAS_PCI_SOURCE;
	return xml_is_element(device, "emulator") || xml_is_element(device, "input") || is_native(device);
}

/* Returns whether check_strays() refuses it. */
static bool has_stray(const xmlNode *node)
{
	static const struct domain none;

	if (node->type == XML_TEXT_NODE)
		return node->content && is_stray(node->parent, (const char *)node->content);
	return node->type == XML_ELEMENT_NODE && check_strays(&none, node, NULL) < 0;
}

/* Returns the child of the root that is or contains @node; NULL for the root. */
static const xmlNode *part_of(const xmlNode *node)
{
	if (!node->parent || node->parent->type == XML_DOCUMENT_NODE)
		return NULL;
	while (node->parent->parent->type != XML_DOCUMENT_NODE)
		node = node->parent;
	return node;
}

static bool matters(const xmlNode *node)
{
	const xmlNode *part = part_of(node);

	if (!part || xml_is_element(part, "name") || xml_is_element(part, "uuid"))
		return true;
	if (is_prose(part))
		return xml_is_element(part, "metadata") &&
		       (node == part ? domain_note_find(node) != NULL : domain_note_has(node));
	if (!xml_is_element(part, "devices"))
		return has_stray(node) || domain_pinning_is_part(part);
	/* A device is judged as a whole. */
	return node == part || node->parent != part || is_read(node) || has_stray(node);
}

/* ---- what pcitag add noted ------------------------------------------------------------------------ */

static int read_options(const xmlNode *metadata, struct domain *domain, struct error *err)
{
	for (const xmlNode *entry = domain_note_first(metadata); entry; entry = domain_note_next(entry)) {
		CLEANUP_XML xmlChar *request = xml_attribute(entry, NOTE_REQUEST);
		CLEANUP_XML xmlChar *options = xml_attribute(entry, NOTE_OPTIONS);

		if (request && options &&
		    domain_add_options(domain, (const char *)request, (const char *)options, err) < 0)
			return error_prefix(err, "domain '%s': line %ld: <metadata>", domain->name,
					    xmlGetLineNo(entry));
	}
	return 0;
}

/* ---- the whole document ------------------------------------------------------------------------- */

static int read_domain(const xmlNode *root, struct domain *domain, struct error *err)
{
	if (!xml_is_element(root, "domain"))
		return error_set(err, 0, "the XML is a <%s>, not a libvirt <domain>",
				 (const char *)root->name);
	if (read_identity(root, domain, err) < 0)
		return -1;
	for (const xmlNode *n = root->children; n; n = n->next) {
		if (n->type != XML_ELEMENT_NODE)
			continue;
		if (is_prose(n)) {
			if (xml_is_element(n, "metadata") &&
			    (read_options(n, domain, err) < 0 || domain_wishes_read(n, domain, err) < 0))
				return -1;
			continue;
		}
		if (check_strays(domain, n, err) < 0 ||
		    (domain_pinning_is_part(n) && domain_pinning_read(n, domain, err) < 0))
			return -1;
		if (!xml_is_element(n, "devices"))
			continue;
		for (const xmlNode *device = n->children; device; device = device->next) {
			if (device->type == XML_ELEMENT_NODE && read_device(device, domain, err) < 0)
				return -1;
		}
	}
	/* What needs the whole of it. */
	domain_resolve_wishes(domain);
	domain_pinning_count(root, domain);
	return 0;
}

static void forget_devices(struct domain *domain)
{
	struct domain who = *domain;

	domain_clear(domain);
	memcpy(domain->name, who.name, sizeof(who.name));
	memcpy(domain->uuid, who.uuid, sizeof(who.uuid));
}

/* Returns true when the domain's name and uuid have been read; libvirt writes them first. */
static bool is_identity(const xmlNode *node)
{
	const xmlNode *root = node->parent;

	return (xml_is_element(node, "uuid") || xml_is_element(node, "name")) && root && root->parent &&
	       root->parent->type == XML_DOCUMENT_NODE && xml_child(root, "name") && xml_child(root, "uuid");
}

/* Reads the identity only, from a document that need not be valid. */
static void salvage_identity(const char *bytes, size_t len, struct domain *out)
{
	CLEANUP_DOC xmlDocPtr doc = xml_document_salvage(bytes, len, DOMAIN_XML_MAX, is_identity);
	const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

	if (root && xml_is_element(root, "domain"))
		(void)read_identity(root, out, NULL);
	/* libxml2 copies invalid bytes unchanged; the name is written to messages. */
	if (!xmlCheckUTF8((const xmlChar *)out->name))
		out->name[0] = '\0';
}

int domain_xml_identify(const char *bytes, size_t len, struct domain *out, struct error *err)
{
	*out = (struct domain){ 0 };
	salvage_identity(bytes, len, out);
	return out->uuid[0] ? 0 : domain_xml_parse(bytes, len, out, err);
}

int domain_xml_parse(const char *bytes, size_t len, struct domain *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc = NULL;

	*out = (struct domain){ 0 };
	doc = xml_document_read(bytes, len, DOMAIN_XML_MAX, "domain XML", matters, err);
	if (!doc) {
		salvage_identity(bytes, len, out);
		return -1;
	}
	if (read_domain(xmlDocGetRootElement(doc), out, err) < 0 ||
	    (out->option_count && domain_boot_read(bytes, len, out, err) < 0)) {
		forget_devices(out);
		return -1;
	}
	return 0;
}
