/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/system/packet_filter.c */
#include "model/system/packet_filter.h"
#include "test.h"

#include <linux/if_ether.h>
#include <string.h>

#define COUNT(program) (sizeof(program) / sizeof((program)[0]))
#define IS_IDLE(program, protocol) packet_filter_is_idle(program, COUNT(program), protocol)

/* ISC dhclient: common/lpf.c, with port 68 patched in. */
static struct sock_filter dhclient[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, (unsigned int)-1),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* systemd-networkd: src/libsystemd-network/dhcp-network.c; its socket sees IPv4 alone, from its header on. */
static struct sock_filter networkd[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 268, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 22),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, 65535),
};

/* lldpd: src/daemon/lldpd.h, LLDPD_FILTER_F. */
static struct sock_filter lldpd[] = {
	{ 0x30, 0, 0, 0x00000000 }, { 0x54, 0, 0, 0x00000001 },	  { 0x15, 0, 16, 0x00000001 },
	{ 0x28, 0, 0, 0x0000000c }, { 0x15, 0, 6, 0x000088cc },	  { 0x20, 0, 0, 0x00000002 },
	{ 0x15, 2, 0, 0xc200000e }, { 0x15, 1, 0, 0xc2000003 },	  { 0x15, 0, 2, 0xc2000000 },
	{ 0x28, 0, 0, 0x00000000 }, { 0x15, 12, 13, 0x00000180 }, { 0x20, 0, 0, 0x00000002 },
	{ 0x15, 0, 2, 0x52cccccc }, { 0x28, 0, 0, 0x00000000 },	  { 0x15, 8, 9, 0x000001e0 },
	{ 0x15, 1, 0, 0x0ccccccc }, { 0x15, 0, 2, 0x81000100 },	  { 0x28, 0, 0, 0x00000000 },
	{ 0x15, 4, 5, 0x00000100 }, { 0x20, 0, 0, 0x00000002 },	  { 0x15, 0, 3, 0x2b000000 },
	{ 0x28, 0, 0, 0x00000000 }, { 0x15, 0, 1, 0x000000e0 },	  { 0x6, 0, 0, 0x00040000 },
	{ 0x6, 0, 0, 0x00000000 },
};

/* tcpdump -dd "udp port 5060", and "not port 22" cut short. */
static struct sock_filter voice[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 6),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 4),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 5060, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 262144),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

static struct sock_filter all_but_one[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_LLDP, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 0),
	BPF_STMT(BPF_RET | BPF_K, 262144),
};

static void test_dhcp_clients_are_idle(void)
{
	CHECK(IS_IDLE(dhclient, ETH_P_ALL));
	CHECK(IS_IDLE(networkd, ETH_P_IP));
	CHECK(!IS_IDLE(networkd, ETH_P_ALL)); /* without looking at the protocol, it could be anything */
}

static void test_lldpd_is_idle(void)
{
	CHECK(IS_IDLE(lldpd, ETH_P_ALL));
}

static void test_sniffers_are_not(void)
{
	struct sock_filter everything[] = { BPF_STMT(BPF_RET | BPF_K, 262144) };
	struct sock_filter computed[] = { BPF_STMT(BPF_RET | BPF_A, 0) };

	CHECK(!IS_IDLE(everything, ETH_P_ALL));
	CHECK(!IS_IDLE(everything, ETH_P_IP));
	CHECK(!IS_IDLE(computed, ETH_P_IP));
	CHECK(!IS_IDLE(voice, ETH_P_ALL));
	CHECK(!IS_IDLE(all_but_one, ETH_P_ALL));
	CHECK(!packet_filter_is_idle(everything, 0, ETH_P_ALL));
}

static void test_one_path_to_everything_is_enough(void)
{
	struct sock_filter program[COUNT(dhclient)];

	memcpy(program, dhclient, sizeof(program));
	program[10].k = 1; /* what is no DHCP is accepted, too */
	CHECK(!IS_IDLE(program, ETH_P_ALL));
	memcpy(program, dhclient, sizeof(program));
	program[8].k = 53;
	CHECK(!IS_IDLE(program, ETH_P_ALL));
}

static void test_what_a_jump_leads_out_of_is_not_idle(void)
{
	struct sock_filter program[] = { BPF_JUMP(BPF_JMP | BPF_JA, 0xffffffff, 0, 0) };
	struct sock_filter endless[200];

	CHECK(!IS_IDLE(program, ETH_P_ALL));
	/* Each of these doubles the paths. */
	for (size_t i = 0; i < COUNT(endless); i++)
		endless[i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 1, 0, 0);
	endless[COUNT(endless) - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	CHECK(!IS_IDLE(endless, ETH_P_ALL));
}

static void test_protocols_of_idle_cables(void)
{
	static const unsigned int idle[] = { 0x0806, 0x88cc, 0x888e, 0x88c7 };
	static const unsigned int used[] = { 0x0003, 0x0800, 0x8863, 0x8864, 0x88a4, 0x88f7, 0x8892, 0 };

	for (size_t i = 0; i < COUNT(idle); i++)
		CHECK(packet_protocol_is_idle(idle[i]));
	for (size_t i = 0; i < COUNT(used); i++)
		CHECK(!packet_protocol_is_idle(used[i]));
}

int main(void)
{
	RUN(test_dhcp_clients_are_idle);
	RUN(test_lldpd_is_idle);
	RUN(test_sniffers_are_not);
	RUN(test_one_path_to_everything_is_enough);
	RUN(test_what_a_jump_leads_out_of_is_not_idle);
	RUN(test_protocols_of_idle_cables);
	return 0;
}
