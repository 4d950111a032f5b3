/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples of a disk, taken before it is erased, and compared with what is there afterwards. What an erased
 * disk reads as is its own affair (zeroes, ones, what a forgotten key makes of it), so a proof is that
 * nothing is as before. Pure.
 */
#ifndef PCITAG_MODEL_NVME_SAMPLE_H
#define PCITAG_MODEL_NVME_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a sample: a multiple of the blocks of all disks that are known. */
#define SAMPLE_LEN 4096

/* How many are taken of a disk: its start, its end, and places in between. */
#define SAMPLE_COUNT 64

/*
 * Returns where sample @index is, a multiple of SAMPLE_LEN.
 * @size: of the disk, at least SAMPLE_LEN
 * @random: any number; of those in between it decides
 */
uint64_t sample_offset(size_t index, uint64_t size, uint64_t random);

/* True when a part of it can be told from an erased disk: not all of its bytes are the same. */
bool sample_tells(const uint8_t before[static SAMPLE_LEN]);

/* True when a part that can be told is still there. */
bool sample_survives(const uint8_t before[static SAMPLE_LEN], const uint8_t after[static SAMPLE_LEN]);

#endif
