/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/nvme/erase.h"

#include "base/cleanup.h"

/* Identify Controller. */
enum { CMIC = 76, OACS = 256, SANICAP = 328, FNA = 524 };
/* Identify Namespace. */
enum { FLBAS = 26, DPS = 29 };

/* Format NVM, SES: user data erase. */
#define SECURE_ERASE 1U

/* Sanitize, SANACT; for an overwrite, OWPASS: one pass. */
static const struct {
	const char *name;
	uint32_t command;
} ways[] = {
	[NVME_SANITIZE_BLOCKS] = { "sanitize (block erase)", 2 },
	[NVME_SANITIZE_KEYS] = { "sanitize (crypto erase)", 4 },
	[NVME_SANITIZE_OVERWRITE] = { "sanitize (overwrite)", 3 | 1 << 4 },
	[NVME_FORMAT] = { "format with secure erase", 0 },
};

static uint32_t read_le(const uint8_t *at, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = bytes; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

static bool has_bit(uint32_t value, unsigned bit)
{
	return (value >> bit & 1) != 0;
}

void nvme_abilities_read(const uint8_t identify[static NVME_IDENTIFY_LEN], struct nvme_abilities *out)
{
	uint32_t sanitize = read_le(identify + SANICAP, 4), admin = read_le(identify + OACS, 2);
	uint8_t format = identify[FNA], shares = identify[CMIC];

	*out = (struct nvme_abilities){
		.sanitizes_keys = has_bit(sanitize, 0),
		.sanitizes_blocks = has_bit(sanitize, 1),
		.sanitizes_by_overwriting = has_bit(sanitize, 2),
		.formats = has_bit(admin, 1),
		.manages_namespaces = has_bit(admin, 3),
		.formats_all = has_bit(format, 0) || has_bit(format, 1),
		.is_one_of_several = has_bit(shares, 1),
		.is_virtual = has_bit(shares, 2),
	};
}

int nvme_erase_choose(const struct nvme_abilities *can, bool is_alone, enum nvme_erase *out,
		      struct error *err)
{
	bool has_others = can->is_virtual || (can->is_one_of_several && !is_alone);
	bool sanitizes = can->sanitizes_blocks || can->sanitizes_keys || can->sanitizes_by_overwriting;

	if (!has_others && sanitizes) {
		*out = can->sanitizes_blocks ? NVME_SANITIZE_BLOCKS
		       : can->sanitizes_keys ? NVME_SANITIZE_KEYS
					     : NVME_SANITIZE_OVERWRITE;
		return 0;
	}
	if (has_others && (can->formats_all || !can->formats))
		return error_refuse(err, NVME_REFUSED,
				    "it shares its NVM subsystem with other controllers, and can erase only "
				    "what is theirs as well");
	if (!can->formats)
		return error_refuse(err, NVME_REFUSED, "it knows neither sanitize nor format");
	*out = NVME_FORMAT;
	return 0;
}

const char *nvme_erase_name(enum nvme_erase how)
{
	return ways[how].name;
}

uint32_t nvme_sanitize_command(enum nvme_erase how)
{
	return ways[how].command;
}

uint32_t nvme_format_command(const uint8_t identify[static NVME_IDENTIFY_LEN])
{
	uint32_t lba = identify[FLBAS], protection = identify[DPS];

	/* LBAF, MSET, PI, PIL, SES, LBAFU. */
	return (lba & 0xf) | (lba >> 4 & 1) << 4 | (protection & 7) << 5 | (protection >> 3 & 1) << 8 |
	       SECURE_ERASE << 9 | (lba >> 5 & 3) << 12;
}

void nvme_sanitize_log_read(const uint8_t page[static NVME_SANITIZE_LOG_LEN], struct nvme_sanitize_log *out)
{
	/* SPROG, SSTAT (bits 2:0), SCDW10. 4: done, and all blocks were deallocated. */
	static const enum nvme_sanitize_state states[] = { NVME_SANITIZE_NEVER, NVME_SANITIZE_DONE,
							   NVME_SANITIZE_RUNS, NVME_SANITIZE_FAILED,
							   NVME_SANITIZE_DONE };
	uint32_t state = read_le(page + 2, 2) & 7;

	*out = (struct nvme_sanitize_log){
		.state = state < ARRAY_SIZE(states) ? states[state] : NVME_SANITIZE_FAILED,
		.percent = (read_le(page, 2) + 1) * 100 / 65536,
		.command = read_le(page + 4, 4),
	};
}

int nvme_namespaces_read(const uint8_t list[static NVME_IDENTIFY_LEN], struct nvme_namespaces *out)
{
	uint32_t last = 0;

	*out = (struct nvme_namespaces){ .count = 0 };
	for (size_t i = 0; i < NVME_NAMESPACES_MAX; i++) {
		uint32_t id = read_le(list + 4 * i, 4);

		if (id == 0)
			return 0;
		if (id <= last)
			return NVME_REFUSED;
		out->ids[out->count++] = last = id;
	}
	return 0;
}

uint32_t nvme_namespaces_missing(const struct nvme_namespaces *all, const struct nvme_namespaces *some)
{
	size_t k = 0;

	for (size_t i = 0; i < all->count; i++) {
		while (k < some->count && some->ids[k] < all->ids[i])
			k++;
		if (k == some->count || some->ids[k] != all->ids[i])
			return all->ids[i];
	}
	return 0;
}
