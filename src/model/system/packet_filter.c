/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/system/packet_filter.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdint.h>

#include "base/cleanup.h"

/* The longest filter of the known programs has about 30 instructions; paths multiply. */
#define STEPS_MAX 20000

#define PORT_SERVER 67
#define PORT_CLIENT 68

/* Offsets in a frame: the EtherType, and the last 32 bits of the destination. */
#define AT_TYPE 12
#define AT_DESTINATION 2

/* The conditions that a path through the program has established. */
struct path {
	size_t at;
	uint32_t load; /* code of the instruction that filled the accumulator; 0: any other value */
	uint32_t offset;
	bool is_idle, is_ip, is_udp, is_dhcp_port;
};

struct walk {
	const struct sock_filter *program;
	size_t count;
	int steps;
};

bool packet_protocol_is_idle(unsigned int protocol)
{
	return protocol == ETH_P_ARP || protocol == ETH_P_LLDP || protocol == ETH_P_PAE ||
	       protocol == ETH_P_PREAUTH;
}

/* Addresses of CDP, EDP, FDP, SONMP and LLDP, as in lldpd (src/daemon/lldpd.h, LLDPD_FILTER_F). */
static bool is_neighbour_address(uint32_t low)
{
	static const uint32_t addresses[] = { 0x0ccccccc, 0x2b000000, 0x52cccccc, 0x81000100,
					      0xc2000000, 0xc2000003, 0xc200000e };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		if (low == addresses[i])
			return true;
	}
	return false;
}

static bool is_type_load(const struct path *path)
{
	uint32_t protocol = (uint32_t)SKF_AD_OFF + SKF_AD_PROTOCOL;

	return (path->load == (BPF_LD | BPF_H | BPF_ABS) && path->offset == AT_TYPE) ||
	       ((path->load & ~(uint32_t)(BPF_H | BPF_W)) == (BPF_LD | BPF_ABS) && path->offset == protocol);
}

/* Records that the accumulator equals @value. */
static void learn(struct path *path, uint32_t value)
{
	bool is_half = path->load == (BPF_LD | BPF_H | BPF_ABS) || path->load == (BPF_LD | BPF_H | BPF_IND);
	bool is_byte = path->load == (BPF_LD | BPF_B | BPF_ABS) || path->load == (BPF_LD | BPF_B | BPF_IND);

	if (is_type_load(path)) {
		path->is_idle |= packet_protocol_is_idle(value);
		path->is_ip |= value == ETH_P_IP;
	} else if (path->load == (BPF_LD | BPF_W | BPF_ABS) && path->offset == AT_DESTINATION) {
		path->is_idle |= is_neighbour_address(value);
	} else if (is_byte) {
		path->is_udp |= value == IPPROTO_UDP;
	} else if (is_half) {
		path->is_dhcp_port |= value == PORT_CLIENT || value == PORT_SERVER;
	}
}

static bool is_fine(const struct path *path)
{
	return path->is_idle || (path->is_ip && path->is_udp && path->is_dhcp_port);
}

static bool follow(struct walk *walk, struct path path);

static bool follow_jump(struct walk *walk, struct path path, const struct sock_filter *step)
{
	struct path taken = path;

	if (BPF_OP(step->code) == BPF_JA) {
		path.at += 1 + (size_t)step->k;
		return follow(walk, path);
	}
	taken.at += 1 + (size_t)step->jt;
	path.at += 1 + (size_t)step->jf;
	if (BPF_OP(step->code) == BPF_JEQ && BPF_SRC(step->code) == BPF_K)
		learn(&taken, step->k);
	return follow(walk, taken) && follow(walk, path);
}

/* Terminates because jumps only lead forward (kernel: net/core/filter.c, bpf_check_classic). */
static bool follow(struct walk *walk, struct path path)
{
	for (; path.at < walk->count && walk->steps > 0; path.at++) {
		const struct sock_filter *step = &walk->program[path.at];

		walk->steps--;
		switch (BPF_CLASS(step->code)) {
		case BPF_RET:
			return (BPF_RVAL(step->code) == BPF_K && step->k == 0) || is_fine(&path);
		case BPF_JMP:
			return follow_jump(walk, path, step);
		case BPF_LD:
			path.load = step->code;
			path.offset = step->k;
			break;
		case BPF_ALU:
		case BPF_MISC:
			path.load = 0;
			break;
		default:
			break;
		}
	}
	return false;
}

bool packet_filter_is_idle(const struct sock_filter *program, size_t count, unsigned int protocol)
{
	struct walk walk = { program, count, STEPS_MAX };

	return follow(&walk, (struct path){ .is_ip = protocol == ETH_P_IP });
}
