/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells from its classic BPF program what a packet socket listens for. DHCP clients and LLDP daemons listen
 * on every cable, for all protocols (ISC dhclient, dhcpcd, lldpd), and leave the selection to their filter.
 */
#ifndef PCITAG_MODEL_SYSTEM_PACKET_FILTER_H
#define PCITAG_MODEL_SYSTEM_PACKET_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* True for a protocol (ETH_P_...; linux/if_ether.h) that is normal on an idle cable: ARP, LLDP, EAPOL. */
bool packet_protocol_is_idle(unsigned int protocol);

/*
 * True when the program accepts nothing but DHCP (UDP over IPv4, port 67 or 68), ARP, EAPOL, and the
 * announcements of neighbours (LLDP, CDP, EDP, FDP, SONMP). Each of its paths to an acceptance must have
 * compared for one of these. False for a program that is too large to follow.
 * @protocol: of the socket; with ETH_P_IP the socket sees only IPv4
 */
bool packet_filter_is_idle(const struct sock_filter *program, size_t count, unsigned int protocol);

#endif
