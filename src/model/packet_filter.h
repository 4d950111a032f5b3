/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a packet socket listens for, told by its classic BPF program: DHCP clients and LLDP daemons listen on
 * every cable, for all protocols (ISC dhclient, dhcpcd, lldpd), and leave the choice to their filter.
 */
#ifndef PCITAG_MODEL_PACKET_FILTER_H
#define PCITAG_MODEL_PACKET_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Does a protocol (ETH_P_...; linux/if_ether.h) by itself say that its listener belongs to an idle cable:
 * ARP, LLDP, EAPOL?
 */
bool packet_protocol_is_idle(unsigned int protocol);

/*
 * Does the program accept nothing but DHCP (UDP over IPv4, port 67 or 68), ARP, EAPOL, and what neighbours
 * say of themselves (LLDP, CDP, EDP, FDP, SONMP)? Each of its paths to an acceptance must have compared for
 * one of these; what is too large to be followed does not count.
 * @protocol: of the socket; ETH_P_IP says that all it sees is IPv4
 */
bool packet_filter_is_idle(const struct sock_filter *program, size_t count, unsigned int protocol);

#endif
