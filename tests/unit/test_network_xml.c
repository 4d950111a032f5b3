/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/libvirt/hostdev_networks.c host/xml/document.c host/pci/sysfs.c model/pci/topology.c model/pci/address.c base/fileio.c base/error.c */
/* libs: libxml-2.0 */
#include "host/libvirt/hostdev_networks.h"
#include "test.h"

#define NETWORK(forward) "<network><name>vfs</name>" forward "</network>"
#define POOL(text) NETWORK("<forward mode='hostdev' managed='yes'>" text "</forward>")

static struct hostdev_network network;
static struct error err;

static int parse(const char *text)
{
	hostdev_network_clear(&network);
	err = (struct error){ 0 };
	return network_xml_parse(text, strlen(text), &network, &err);
}

/* Its devices, in the order of the file: "0000:02:10.0 0000:02:10.2 ". */
static const char *devices(void)
{
	static char text[256];
	char addr[PCI_ADDR_LEN];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < network.count; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s ",
					pci_addr_format(&network.devices[i], addr));
	return text;
}

/* As libvirt 9.0 writes it below /etc/libvirt/qemu/networks. */
static void test_a_persistent_network_lists_its_devices(void)
{
	CHECK(parse("<!--\n"
		    "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
		    "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
		    "  virsh net-edit vfs\n"
		    "or other application using the libvirt API.\n"
		    "-->\n\n"
		    "<network>\n"
		    "  <name>vfs</name>\n"
		    "  <uuid>ab245ede-7c82-4556-9b7b-6083b2a34014</uuid>\n"
		    "  <forward mode='hostdev' managed='yes'>\n"
		    "    <driver name='vfio'/>\n"
		    "    <address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x0'/>\n"
		    "    <address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x2'/>\n"
		    "  </forward>\n"
		    "</network>\n") == 0);
	CHECK_STR(network.name, "vfs");
	CHECK_STR(network.pf, "");
	CHECK_STR(devices(), "0000:02:10.0 0000:02:10.2 ");
}

/* As libvirt 9.0 writes it below /run/libvirt/network. */
static void test_an_active_network_has_its_physical_function_and_what_came_of_it(void)
{
	CHECK(parse("<networkstatus>\n"
		    "  <class_id bitmap='0-2'/>\n"
		    "  <floor sum='0'/>\n"
		    "  <network>\n"
		    "    <name>pfs</name>\n"
		    "    <uuid>bda8e4e0-2735-4dbc-83f3-42bf59d8b040</uuid>\n"
		    "    <forward mode='hostdev' managed='no'>\n"
		    "      <pf dev='eth1'/>\n"
		    "      <address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x4'/>\n"
		    "    </forward>\n"
		    "  </network>\n"
		    "</networkstatus>") == 0);
	CHECK_STR(network.name, "pfs");
	CHECK_STR(network.pf, "eth1");
	CHECK_STR(devices(), "0000:02:10.4 ");
}

static void test_a_network_may_have_no_device_yet(void)
{
	CHECK(parse(POOL("")) == 0);
	CHECK(network.count == 0);
	CHECK_STR(network.pf, "");
}

static void test_addresses_are_read_as_libvirt_does(void)
{
	CHECK(parse(POOL("<address type='pci' bus='175' slot='037' function='7'/>"
			 "<address type='pci' domain='0x10000' bus='0xE1'/>")) == 0);
	CHECK_STR(devices(), "0000:af:1f.7 10000:e1:00.0 ");
}

static void test_other_networks_have_no_pci_devices(void)
{
	CHECK(parse(NETWORK("<forward mode='nat'/><bridge name='virbr0'/>")) == NETWORK_XML_OTHER);
	CHECK(parse(NETWORK("<title>no hostdev</title>")) == NETWORK_XML_OTHER);
	CHECK(parse(NETWORK("<title>no hostdev</title><forward><pf dev='e'/></forward>")) ==
	      NETWORK_XML_OTHER);
	CHECK(parse(NETWORK("<title>no hostdev</title><forward mode='passthrough'><pf dev='eth1'/>"
			    "</forward>")) == NETWORK_XML_OTHER);
	CHECK(network.count == 0);
}

static void test_what_has_no_word_of_hostdev_is_not_parsed(void)
{
	CHECK(parse("") == NETWORK_XML_OTHER);
	CHECK(parse("<network") == NETWORK_XML_OTHER);
}

static void refused(const char *text, const char *message)
{
	CHECK(parse(text) == -1);
	CHECK_STR(err.msg, message);
}

static void test_broken_networks_are_refused(void)
{
	CHECK(parse("<network><forward mode='hostdev'>") == -1);
	refused("<!DOCTYPE network>" POOL(""),
		"the network XML has a DOCTYPE, which libvirt never writes: remove it");
	refused("<domain><hostdev/></domain>", "the XML is a <domain>, not a libvirt <network>");
	refused("<networkstatus>hostdev</networkstatus>",
		"the XML is a <networkstatus>, not a libvirt <network>");
	refused("<network><forward mode='hostdev'/></network>", "the XML of a network has no <name>");
	refused(POOL("<address type='pci' bus='0x100'/>"), "network 'vfs': line 1: no PCI address");
}

static void test_a_name_of_an_interface_never_becomes_another_path(void)
{
	static const char *const bad[] = {
		"<pf/>",	  "<pf dev=''/>",    "<pf dev='.'/>",
		"<pf dev='..'/>", "<pf dev='a/b'/>", "<pf dev='sixteen-letters-'/>"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), POOL("%s"), bad[i]);
		refused(text, "network 'vfs': line 1: <pf> names no network interface");
	}
	CHECK(parse(POOL("<pf dev='fifteen-letters'/>")) == 0);
}

static void test_a_long_name_is_cut_in_front_of_a_character(void)
{
	char text[512] = "<network><name>n";

	for (int i = 0; i < 70; i++)
		strcat(text, "\xc3\xbc");
	strcat(text, "</name><forward mode='hostdev'/></network>");
	CHECK(parse(text) == 0);
	CHECK(strlen(network.name) == NETWORK_NAME_LEN - 1);
	CHECK(strncmp(network.name, "n\xc3\xbc\xc3\xbc", 5) == 0);
}

int main(void)
{
	RUN(test_a_persistent_network_lists_its_devices);
	RUN(test_an_active_network_has_its_physical_function_and_what_came_of_it);
	RUN(test_a_network_may_have_no_device_yet);
	RUN(test_addresses_are_read_as_libvirt_does);
	RUN(test_other_networks_have_no_pci_devices);
	RUN(test_what_has_no_word_of_hostdev_is_not_parsed);
	RUN(test_broken_networks_are_refused);
	RUN(test_a_name_of_an_interface_never_becomes_another_path);
	RUN(test_a_long_name_is_cut_in_front_of_a_character);
	hostdev_network_clear(&network);
	return 0;
}
