/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the devices that libvirt reserves for its networks with <forward mode='hostdev'>. libvirt assigns
 * them to domains with <interface type='network'> after the prepare hook, and they are not in the domain's
 * XML (libvirt: src/qemu/qemu_process.c, qemuProcessNetworkPrepareDevices). It would hang in the unbind of a
 * device that a guest with a lease has open.
 */
#ifndef PCITAG_HOST_LIBVIRT_HOSTDEV_NETWORKS_H
#define PCITAG_HOST_LIBVIRT_HOSTDEV_NETWORKS_H

#include <stddef.h>

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/pci/topology.h"

/*
 * Sets the network's name in each device of @topology that belongs to a network.
 * @libvirt_etc: "/etc/libvirt"; the persistent networks, active or not, are in qemu/networks/NAME.xml
 * @libvirt_run: "/run/libvirt"; the active networks, including transient ones, are in network/NAME.xml
 *               (libvirt: src/network/bridge_driver.c, networkStateInitialize; later bridge_driver_conf.c,
 *               virNetworkDriverConfigNew; virtnetworkd and libvirtd alike)
 * @sysfs:       virtual functions of a <pf dev='D'> are class/net/D/device/virtfnN (kernel:
 *               Documentation/ABI/testing/sysfs-bus-pci)
 * Files that cannot be read or parsed, and missing directories, are ignored: libvirt does not load such a
 * network, and no domain must wait for its repair. Only root can read the files of both directories; other
 * users do not see the networks.
 * Fails only when there is no memory.
 */
int hostdev_networks_mark(const char *libvirt_etc, const char *libvirt_run, const struct sysfs *sysfs,
			  struct topology *topology, struct error *err);

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
