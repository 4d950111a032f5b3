/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of pcitag-vf-net, for both sides: host/vf/vf_program.h runs it, cli/vf_net.c answers. It
 *is the only program that links libmnl and that changes a network interface, and it runs only for leases with
 * settings of virtual functions, so that no other start pays for it.
 *
 *	pcitag-vf-net list
 *	pcitag-vf-net set ADDRESS IFINDEX VF SETTINGS
 *
 * Both print a line for each virtual function of each interface that has some: the interface's index, its
 * name, "up" or "down", the PCI address of its device ("-" when the kernel does not tell it), the number of
 * the function, and its settings in the form of vf_net_text(), all that the driver tells; separated by
 *blanks. `set` does so after it has set each of SETTINGS, in that order; ADDRESS is that of the function,
 *whose lock (host/bind/device_lock.h) it holds meanwhile: a driver can block it, and no signal ends it then.
 *Exit codes (base/program.h): EXIT_DONE; EXIT_FINDINGS when the kernel or the driver refuses a setting, and
 *the message says which; those before it are set, and those after it are not. EXIT_FAILED when it could not
 *be asked.
 */
#ifndef PCITAG_HOST_VF_VF_PROTOCOL_H
#define PCITAG_HOST_VF_VF_PROTOCOL_H

#define VF_NET_PROGRAM PCITAG_LIBEXECDIR "/pcitag-vf-net"

#define VF_NET_LIST "list"
#define VF_NET_SET "set"

/* Maximum length of an interface's name, including the NUL (linux/if.h, IFNAMSIZ). */
#define VF_INTERFACE_LEN 16

#endif
