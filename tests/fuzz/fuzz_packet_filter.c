/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/system/packet_filter.c */
/*
 * The filter of a packet socket: two bytes of protocol, then its program. What is said to be idle is held
 * against a frame that no idle cable has: a program that accepts it without having looked at it is not idle.
 */
#include <linux/if_ether.h>

#include "model/system/packet_filter.h"
#include "fuzz.h"

/* The first instructions as they would run without a jump: does the program accept whatever comes? */
static bool accepts_all(const struct sock_filter *program, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (BPF_CLASS(program[i].code) == BPF_RET)
			return BPF_RVAL(program[i].code) != BPF_K || program[i].k != 0;
		if (BPF_CLASS(program[i].code) == BPF_JMP)
			return false;
	}
	return true;
}

/* Does any instruction compare with a constant? */
static bool compares(const struct sock_filter *program, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (program[i].code == (BPF_JMP | BPF_JEQ | BPF_K))
			return true;
	}
	return false;
}

/* Does any instruction end the program without the packet? */
static bool refuses(const struct sock_filter *program, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (BPF_CLASS(program[i].code) == BPF_RET && BPF_RVAL(program[i].code) == BPF_K &&
		    program[i].k == 0)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int protocol;
	struct sock_filter *program;
	size_t count;

	if (size < 2)
		return 0;
	protocol = (unsigned int)data[0] << 8 | data[1];
	count = (size - 2) / sizeof(*program);
	/* In a block with no instruction to spare. */
	program = malloc(count * sizeof(*program) + (count == 0));
	REQUIRE(program);
	memcpy(program, data + 2, count * sizeof(*program));
	if (packet_filter_is_idle(program, count, protocol)) {
		REQUIRE(count > 0);
		REQUIRE(!accepts_all(program, count));
		REQUIRE(compares(program, count) || refuses(program, count));
		/* With nothing known beforehand it says less, never more. */
		REQUIRE(protocol == ETH_P_IP || packet_filter_is_idle(program, count, ETH_P_IP));
	}
	free(program);
	return 0;
}
