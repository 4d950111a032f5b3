/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the PCI devices from the definition of a libvirt network. */
#ifndef PCITAG_HOST_XML_NETWORK_H
#define PCITAG_HOST_XML_NETWORK_H

#include <stddef.h>

#include "base/error.h"
#include "model/pci/address.h"
#include "model/pci/topology.h"

/* 4 MiB, the limit of libvirt's remote protocol (libvirt: src/remote/remote_protocol.x). */
#define NETWORK_XML_MAX ((size_t)4 << 20)

/* Longest name of a network interface, plus NUL (kernel: include/uapi/linux/if.h, IFNAMSIZ). */
#define NETDEV_NAME_LEN 16

/* A network from which libvirt assigns PCI devices to domains. */
struct hostdev_network {
	char name[NETWORK_NAME_LEN];
	char pf[NETDEV_NAME_LEN]; /* interface whose virtual functions it uses, "" for none; safe in a path */
	struct pci_addr *devices; /* owned: those that it lists by address */
	size_t count;
};

void hostdev_network_clear(struct hostdev_network *network);

enum { NETWORK_XML_OTHER = 1 };

/*
 * @bytes, @len: the file: a <network>, as libvirt keeps it below /etc, or a <networkstatus> that contains
 *               one, as libvirt keeps it below /run while the network is active (libvirt:
 *               src/conf/virnetworkobj.c, virNetworkObjFormat). At most NETWORK_XML_MAX bytes; in other
 *               respects parsed as by xml_document_read()
 * @out:         overwritten; free it with hostdev_network_clear(), also after a failure
 *
 * Only <forward mode='hostdev'> has PCI devices. The other modes that accept a <pf> (passthrough and similar)
 * put macvtap on the interfaces of its virtual functions. A hostdev network lists <address type='pci'> or
 * names a <pf>. The status file of an active network has both: libvirt writes the virtual functions of the
 * <pf> as addresses (libvirt: src/conf/network_conf.c, virNetworkForwardDefParseXML;
 * src/network/bridge_driver.c, networkCreateInterfacePool).
 * Returns 0, NETWORK_XML_OTHER when the network has no PCI devices, or -1 with *err.
 */
int network_xml_parse(const char *bytes, size_t len, struct hostdev_network *out, struct error *err);

#endif
