/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the devices that libvirt reserves for its networks with <forward mode='hostdev'>. libvirt assigns
 * them to domains with <interface type='network'> after the prepare hook, and they are not in the domain's
 * XML (libvirt: src/qemu/qemu_process.c, qemuProcessNetworkPrepareDevices). It would hang in the unbind of a
 * device that a guest with a lease has open.
 */
#ifndef PCITAG_HOST_LIBVIRT_HOSTDEV_NETWORKS_H
#define PCITAG_HOST_LIBVIRT_HOSTDEV_NETWORKS_H

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

#endif
