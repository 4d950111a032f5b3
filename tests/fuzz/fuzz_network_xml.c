/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/libvirt/hostdev_networks.c host/xml/document.c host/pci/sysfs.c model/pci/topology.c model/pci/address.c base/fileio.c base/error.c */
/* libs: libxml-2.0 */
/* A network XML: what is accepted has a name for people and an interface that stays one path component. */
#include <libxml/xmlstring.h>

#include "host/libvirt/hostdev_networks.h"
#include "fuzz.h"

static void check_network(const struct hostdev_network *network)
{
	REQUIRE(network->name[0] && strnlen(network->name, NETWORK_NAME_LEN) < NETWORK_NAME_LEN);
	REQUIRE(xmlCheckUTF8((const xmlChar *)network->name));
	REQUIRE(strnlen(network->pf, NETDEV_NAME_LEN) < NETDEV_NAME_LEN);
	REQUIRE(!strchr(network->pf, '/') && strcmp(network->pf, ".") != 0 && strcmp(network->pf, "..") != 0);
	for (size_t i = 0; i < network->count; i++)
		REQUIRE(network->devices[i].slot <= 0x1f && network->devices[i].function < PCI_FUNCTIONS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hostdev_network network;
	struct error err = { 0 };
	int rc = network_xml_parse((const char *)data, size, &network, &err);

	if (rc < 0)
		require_message(&err);
	else
		require_no_message(&err);
	if (rc == 0)
		check_network(&network);
	if (rc == NETWORK_XML_OTHER)
		REQUIRE(network.count == 0);
	hostdev_network_clear(&network);
	return 0;
}
