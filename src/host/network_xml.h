/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the definition of a libvirt network, as far as it is about PCI devices. */
#ifndef PCITAG_HOST_NETWORK_XML_H
#define PCITAG_HOST_NETWORK_XML_H

#include <stddef.h>

#include "base/error.h"
#include "model/pci_addr.h"
#include "model/topology.h"

/* 4 MiB, what libvirt's own remote protocol stops at (libvirt: src/remote/remote_protocol.x). */
#define NETWORK_XML_MAX ((size_t)4 << 20)

/* Longest name of a network interface plus NUL (kernel: include/uapi/linux/if.h, IFNAMSIZ). */
#define NETDEV_NAME_LEN 16

/* A network out of which libvirt hands PCI devices to domains. */
struct hostdev_network {
	char name[NETWORK_NAME_LEN];
	char pf[NETDEV_NAME_LEN]; /* interface whose virtual functions it has, "" for none; safe in a path */
	struct pci_addr *devices; /* owned: those it lists by address */
	size_t count;
};

void hostdev_network_clear(struct hostdev_network *network);

#define NETWORK_XML_OTHER 1

/*
 * @bytes, @len: the file: a <network> as libvirt keeps it below /etc, or the <networkstatus> around
 *               one that it keeps below /run while the network is active (libvirt:
 *               src/conf/virnetworkobj.c, virNetworkObjFormat). At most NETWORK_XML_MAX bytes, else
 *               parsed as xml_document_read() does
 * @out:         overwritten; free it with hostdev_network_clear(), also after a failure
 *
 * PCI devices belong to <forward mode='hostdev'> alone: the other modes that take a <pf> (passthrough
 * and its like) put macvtap on the interfaces of its virtual functions. A hostdev network lists
 * <address type='pci'>, or names a <pf>; the status file of an active one has both, the second
 * written out as addresses (libvirt: src/conf/network_conf.c, virNetworkForwardDefParseXML;
 * src/network/bridge_driver.c, networkCreateInterfacePool).
 * Returns 0, NETWORK_XML_OTHER when it has no PCI devices, or -1 with *err.
 */
int network_xml_parse(const char *bytes, size_t len, struct hostdev_network *out, struct error *err);

#endif
