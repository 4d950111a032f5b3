/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/libvirt/hostdev_networks.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/xml/document.h"

void hostdev_network_clear(struct hostdev_network *network)
{
	free(network->devices);
	*network = (struct hostdev_network){ 0 };
}

static int read_address(const xmlNode *address, struct hostdev_network *network, struct error *err)
{
	struct pci_addr addr;

	if (!xml_attribute_is(address, "type", "pci"))
		return 0;
	if (!xml_pci_address(address, &addr))
		return error_set(err, 0, "network '%s': line %ld: no PCI address", network->name,
				 xmlGetLineNo(address));
	if (!ARRAY_APPEND(network->devices, network->count, addr))
		return error_set(err, ENOMEM, "no memory for the devices of network '%s'", network->name);
	return 0;
}

/* It becomes part of a path, so it must be an interface name (kernel: net/core/dev.c, dev_valid_name). */
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
	/* libvirt writes these files itself and always spells the mode like this. Most hosts need no parser.
	 */
	if (!memmem(bytes, len, word, strlen(word)))
		return NETWORK_XML_OTHER;
	doc = xml_document_read(bytes, len, NETWORK_XML_MAX, "network XML", NULL, err);
	return doc ? read_network(xmlDocGetRootElement(doc), out, err) : -1;
}

/* Context for reading networks. */
struct marking {
	const struct sysfs *sysfs;
	struct topology *topology;
};

/* A missing physical function has no virtual functions: libvirt cannot start such a network. */
static void mark_virtual_functions(const struct marking *marking, const struct hostdev_network *network)
{
	char path[SYSFS_PATH_LEN];
	const struct dirent *entry;
	struct pci_addr addr;
	CLEANUP_DIR DIR *dir = NULL;

	snprintf(path, sizeof(path), "class/net/%s/device", network->pf);
	dir = sysfs_opendir(marking->sysfs, path, NULL);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		char link[sizeof(path) + sizeof(entry->d_name)], name[PCI_ADDR_LEN];

		if (strncmp(entry->d_name, "virtfn", strlen("virtfn")) != 0)
			continue;
		snprintf(link, sizeof(link), "%s/%s", path, entry->d_name);
		if (sysfs_read_link_name(marking->sysfs, link, name, sizeof(name), NULL) == 0 &&
		    pci_addr_parse(name, &addr) == 0)
			topology_set_network(marking->topology, &addr, network->name);
	}
}

static int mark_file(const struct marking *marking, int dirfd, const char *name, struct error *err)
{
	CLEANUP_FREE char *bytes = NULL;
	struct hostdev_network network;
	struct error why = { 0 };
	size_t len = 0;
	int rc = read_file_at(dirfd, name, NETWORK_XML_MAX, &bytes, &len, &why);

	if (rc == 0) {
		rc = network_xml_parse(bytes, len, &network, &why);
		for (size_t i = 0; rc == 0 && i < network.count; i++)
			topology_set_network(marking->topology, &network.devices[i], network.name);
		if (rc == 0 && network.pf[0])
			mark_virtual_functions(marking, &network);
		hostdev_network_clear(&network);
	}
	return rc < 0 && why.code == ENOMEM ? error_set(err, ENOMEM, "cannot read libvirt's networks") : 0;
}

/*
 * Marks the devices of each NAME.xml (libvirt: src/conf/virnetworkobj.c, virNetworkObjLoadAllConfigs). A
 * file that libvirt has not finished ends in ".new".
 */
static int mark_directory(const struct marking *marking, const char *parent, const char *directory,
			  struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", parent, directory);
	CLEANUP_DIR DIR *dir = n >= 0 && (size_t)n < sizeof(path) ? opendir(path) : NULL;
	const struct dirent *entry;
	int rc = 0;

	if (!dir)
		return 0;
	while (rc == 0 && (entry = readdir(dir))) {
		if (fnmatch("?*.xml", entry->d_name, 0) == 0)
			rc = mark_file(marking, dirfd(dir), entry->d_name, err);
	}
	return rc;
}

int hostdev_networks_mark(const char *libvirt_etc, const char *libvirt_run, const struct sysfs *sysfs,
			  struct topology *topology, struct error *err)
{
	const struct marking marking = { .sysfs = sysfs, .topology = topology };
	int rc = mark_directory(&marking, libvirt_etc, "qemu/networks", err);

	return rc == 0 ? mark_directory(&marking, libvirt_run, "network", err) : rc;
}
