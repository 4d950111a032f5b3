/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/network.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "host/xml/document.h"

void hostdev_network_clear(struct hostdev_network *network)
{
	free(network->devices);
	*network = (struct hostdev_network){ 0 };
}

static int add_device(struct hostdev_network *network, const struct pci_addr *addr, struct error *err)
{
	if (!ARRAY_APPEND(network->devices, network->count, *addr))
		return error_set(err, ENOMEM, "no memory for the devices of network '%s'", network->name);
	return 0;
}

static int read_address(const xmlNode *address, struct hostdev_network *network, struct error *err)
{
	struct pci_addr addr;

	if (!xml_attribute_is(address, "type", "pci"))
		return 0;
	if (!xml_pci_address(address, &addr))
		return error_set(err, 0, "network '%s': line %ld: no PCI address", network->name,
				 xmlGetLineNo(address));
	return add_device(network, &addr, err);
}

/*
 * The name becomes part of a path, so it must be valid as an interface name (kernel: net/core/dev.c,
 * dev_valid_name).
 */
static int read_pf(const xmlNode *pf, struct hostdev_network *network, struct error *err)
{
	CLEANUP_XML xmlChar *text = xml_attribute(pf, "dev");
	const char *dev = text ? (const char *)text : "";
	size_t len = strlen(dev);

	if (len == 0 || len >= sizeof(network->pf) || strchr(dev, '/') || strcmp(dev, ".") == 0 ||
	    strcmp(dev, "..") == 0)
		return error_set(err, 0, "network '%s': line %ld: <pf> names no network interface",
				 network->name, xmlGetLineNo(pf));
	memcpy(network->pf, dev, len + 1);
	return 0;
}

static int read_forward(const xmlNode *forward, struct hostdev_network *network, struct error *err)
{
	for (const xmlNode *n = forward->children; n; n = n->next) {
		if (xml_is_element(n, "address") && read_address(n, network, err) < 0)
			return -1;
		if (xml_is_element(n, "pf") && read_pf(n, network, err) < 0)
			return -1;
	}
	return 0;
}

static int read_network(const xmlNode *root, struct hostdev_network *network, struct error *err)
{
	const xmlNode *definition = xml_is_element(root, "networkstatus") ? xml_child(root, "network") : root;
	CLEANUP_XML xmlChar *name = NULL;
	const xmlNode *forward;

	if (!definition || !xml_is_element(definition, "network"))
		return error_set(err, 0, "the XML is a <%s>, not a libvirt <network>",
				 (const char *)root->name);
	name = xml_child_text(definition, "name");
	forward = xml_child(definition, "forward");
	if (name)
		xml_copy_text(name, network->name, sizeof(network->name));
	if (network->name[0] == '\0')
		return error_set(err, 0, "the XML of a network has no <name>");
	if (!forward || !xml_attribute_is(forward, "mode", "hostdev"))
		return NETWORK_XML_OTHER;
	return read_forward(forward, network, err);
}

int network_xml_parse(const char *bytes, size_t len, struct hostdev_network *out, struct error *err)
{
	static const char word[] = "hostdev";
	CLEANUP_DOC xmlDocPtr doc = NULL;

	*out = (struct hostdev_network){ 0 };
	/*
	 * libvirt writes these files itself and always spells the mode like this. Most hosts need no parser.
	 */
	if (!memmem(bytes, len, word, strlen(word)))
		return NETWORK_XML_OTHER;
	doc = xml_document_read(bytes, len, NETWORK_XML_MAX, "network XML", NULL, err);
	return doc ? read_network(xmlDocGetRootElement(doc), out, err) : -1;
}
