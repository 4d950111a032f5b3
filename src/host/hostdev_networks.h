/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which devices libvirt keeps for its networks with <forward mode='hostdev'>. It hands one of them to
 * any domain with <interface type='network'>, after the prepare hook and without a word in that
 * domain's XML (libvirt: src/qemu/qemu_process.c, qemuProcessNetworkPrepareDevices), and would hang in
 * the unbind of one that a guest of ours has.
 */
#ifndef PCITAG_HOST_HOSTDEV_NETWORKS_H
#define PCITAG_HOST_HOSTDEV_NETWORKS_H

#include "base/error.h"
#include "host/sysfs.h"
#include "model/topology.h"

/*
 * Writes to each device of @topology the name of the network it belongs to.
 * @libvirt_etc: "/etc/libvirt"; qemu/networks/NAME.xml there are the persistent networks, active or not
 * @libvirt_run: "/run/libvirt"; network/NAME.xml there are the active ones, transient ones included
 *               (libvirt: src/network/bridge_driver.c, networkStateInitialize; later
 *               bridge_driver_conf.c, virNetworkDriverConfigNew; virtnetworkd and libvirtd alike)
 * @sysfs:       virtual functions of a <pf dev='D'> are class/net/D/device/virtfnN (kernel:
 *               Documentation/ABI/testing/sysfs-bus-pci)
 * Files that cannot be read or understood say nothing about devices, and a directory that is not there
 * neither: libvirt does not load such a network, and no domain must wait for its repair. Both
 * directories' files are for root alone; others do not see the networks.
 * Fails only for want of memory.
 */
int hostdev_networks_mark(const char *libvirt_etc, const char *libvirt_run, const struct sysfs *sysfs,
			  struct topology *topology, struct error *err);

#endif
