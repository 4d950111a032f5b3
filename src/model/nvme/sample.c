/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/nvme/sample.h"

#include <string.h>

/* The smallest block of a disk: a part of a sample that is erased or not. */
#define PART_LEN 512

uint64_t sample_offset(size_t index, uint64_t size, uint64_t random)
{
	uint64_t count = size / SAMPLE_LEN;

	if (index == 0)
		return 0;
	return (index == 1 ? count - 1 : random % count) * SAMPLE_LEN;
}

static bool is_uniform(const uint8_t *part)
{
	return memcmp(part, part + 1, PART_LEN - 1) == 0;
}

bool sample_tells(const uint8_t before[static SAMPLE_LEN])
{
	for (size_t at = 0; at < SAMPLE_LEN; at += PART_LEN) {
		if (!is_uniform(before + at))
			return true;
	}
	return false;
}

bool sample_survives(const uint8_t before[static SAMPLE_LEN], const uint8_t after[static SAMPLE_LEN])
{
	for (size_t at = 0; at < SAMPLE_LEN; at += PART_LEN) {
		if (!is_uniform(before + at) && memcmp(before + at, after + at, PART_LEN) == 0)
			return true;
	}
	return false;
}
