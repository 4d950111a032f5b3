/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/nvme/erase.c model/nvme/sample.c base/error.c */
#include "model/nvme/erase.h"
#include "model/nvme/sample.h"
#include "test.h"

static uint8_t page[NVME_IDENTIFY_LEN];

/* What a controller with these bytes answers, and how it is erased; *refused is "" when it is. */
static enum nvme_erase how_of(uint8_t cmic, uint16_t oacs, uint8_t fna, uint32_t sanicap, bool is_alone,
			      struct error *refused)
{
	struct nvme_abilities can;
	enum nvme_erase how = NVME_FORMAT;

	*refused = (struct error){ 0 };
	memset(page, 0, sizeof(page));
	page[76] = cmic;
	page[256] = (uint8_t)oacs;
	page[257] = (uint8_t)(oacs >> 8);
	page[524] = fna;
	page[328] = (uint8_t)sanicap;
	nvme_abilities_read(page, &can);
	CHECK((nvme_erase_choose(&can, is_alone, &how, refused) == 0) == !refused->msg[0]);
	return how;
}

static void test_the_strongest_way_is_chosen(void)
{
	struct error err;

	CHECK(how_of(0, 0x0a, 0, 7, true, &err) == NVME_SANITIZE_BLOCKS && !err.msg[0]);
	CHECK(how_of(0, 0x0a, 0, 5, true, &err) == NVME_SANITIZE_KEYS && !err.msg[0]);
	CHECK(how_of(0, 0x0a, 0, 4, true, &err) == NVME_SANITIZE_OVERWRITE && !err.msg[0]);
	CHECK(how_of(0, 0x02, 4, 0, true, &err) == NVME_FORMAT && !err.msg[0]);
	CHECK_STR(nvme_erase_name(NVME_SANITIZE_BLOCKS), "sanitize (block erase)");
	CHECK_STR(nvme_erase_name(NVME_FORMAT), "format with secure erase");
}

static void test_one_that_can_do_neither_is_refused(void)
{
	struct error err;

	(void)how_of(0, 0x01, 0, 0, true, &err);
	CHECK_STR(err.msg, "it knows neither sanitize nor format");
}

static void test_what_others_have_a_part_of_is_not_sanitized(void)
{
	struct error err;

	/* Another controller of the subsystem, or a physical function behind this one. */
	CHECK(how_of(2, 0x02, 0, 7, false, &err) == NVME_FORMAT && !err.msg[0]);
	CHECK(how_of(4, 0x02, 0, 7, true, &err) == NVME_FORMAT && !err.msg[0]);
	CHECK(how_of(2, 0x02, 0, 7, true, &err) == NVME_SANITIZE_BLOCKS && !err.msg[0]);
	/* A format that is of all namespaces is no way either. */
	for (uint8_t fna = 1; fna <= 3; fna++) {
		(void)how_of(2, 0x02, fna, 7, false, &err);
		CHECK(strstr(err.msg, "shares its NVM subsystem with other controllers"));
	}
	(void)how_of(4, 0x00, 0, 7, true, &err);
	CHECK(strstr(err.msg, "shares its NVM subsystem with other controllers"));
}

static void test_commands(void)
{
	CHECK(nvme_sanitize_command(NVME_SANITIZE_BLOCKS) == 2);
	CHECK(nvme_sanitize_command(NVME_SANITIZE_KEYS) == 4);
	CHECK(nvme_sanitize_command(NVME_SANITIZE_OVERWRITE) == 0x13);
	memset(page, 0, sizeof(page));
	CHECK(nvme_format_command(page) == 1 << 9);
	/* Format 3 with metadata in the data, protection of type 1 in the first bytes, and format 35. */
	page[26] = 0x13;
	page[29] = 0x09;
	CHECK(nvme_format_command(page) == (1 << 9 | 3 | 1 << 4 | 1 << 5 | 1 << 8));
	page[26] = 0x43;
	page[29] = 0;
	CHECK(nvme_format_command(page) == (1 << 9 | 3 | 2 << 12));
}

static struct nvme_sanitize_log log_of(uint16_t progress, uint16_t status, uint32_t command)
{
	struct nvme_sanitize_log log;

	memset(page, 0, sizeof(page));
	page[0] = (uint8_t)progress;
	page[1] = (uint8_t)(progress >> 8);
	page[2] = (uint8_t)status;
	page[3] = (uint8_t)(status >> 8);
	page[4] = (uint8_t)command;
	nvme_sanitize_log_read(page, &log);
	return log;
}

static void test_the_sanitize_log(void)
{
	static const struct {
		uint16_t status;
		enum nvme_sanitize_state state;
	} rows[] = {
		{ 0, NVME_SANITIZE_NEVER },  { 1, NVME_SANITIZE_DONE },	    { 2, NVME_SANITIZE_RUNS },
		{ 3, NVME_SANITIZE_FAILED }, { 4, NVME_SANITIZE_DONE },	    { 5, NVME_SANITIZE_FAILED },
		{ 7, NVME_SANITIZE_FAILED }, { 0x109, NVME_SANITIZE_DONE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK(log_of(0xffff, rows[i].status, 2).state == rows[i].state);
	CHECK(log_of(0xffff, 1, 2).percent == 100 && log_of(0x7fff, 2, 2).percent == 50);
	CHECK(log_of(0, 2, 0x13).command == 0x13);
}

static void test_lists_of_namespaces(void)
{
	struct nvme_namespaces all, some;

	memset(page, 0, sizeof(page));
	page[0] = 1;
	page[4] = 7;
	CHECK(nvme_namespaces_read(page, &all) == 0 && all.count == 2 && all.ids[1] == 7);
	page[4] = 0;
	CHECK(nvme_namespaces_read(page, &some) == 0 && some.count == 1);
	CHECK(nvme_namespaces_missing(&all, &some) == 7);
	CHECK(nvme_namespaces_missing(&some, &all) == 0 && nvme_namespaces_missing(&all, &all) == 0);
	page[4] = 1;
	CHECK(nvme_namespaces_read(page, &some) == NVME_REFUSED);
	for (size_t i = 0; i < NVME_NAMESPACES_MAX; i++) {
		page[4 * i] = (uint8_t)(i + 1);
		page[4 * i + 1] = (uint8_t)((i + 1) >> 8);
	}
	CHECK(nvme_namespaces_read(page, &some) == 0 && some.count == NVME_NAMESPACES_MAX);
}

static void test_where_samples_are(void)
{
	uint64_t size = 10 * SAMPLE_LEN + 512;

	CHECK(sample_offset(0, size, 12345) == 0);
	CHECK(sample_offset(1, size, 12345) == 9 * SAMPLE_LEN);
	CHECK(sample_offset(2, size, 25) == 5 * SAMPLE_LEN);
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		CHECK(sample_offset(i, SAMPLE_LEN, UINT64_MAX - i) == 0);
}

static void test_what_a_sample_proves(void)
{
	static uint8_t before[SAMPLE_LEN], after[SAMPLE_LEN];

	CHECK(!sample_tells(before));
	memset(before, 0xff, sizeof(before));
	CHECK(!sample_tells(before));
	/* Zeroes that are still zeroes, and a block of a guest that is gone. */
	memset(before, 0, sizeof(before));
	memset(before + 1024, 'g', 300);
	CHECK(sample_tells(before) && !sample_survives(before, after));
	/* One block of it that is left is enough. */
	memcpy(after + 1024, before + 1024, 512);
	CHECK(sample_survives(before, after));
	after[1024 + 511] = 1;
	CHECK(!sample_survives(before, after));
	memset(after, 0x5a, sizeof(after));
	CHECK(!sample_survives(before, after));
}

int main(void)
{
	RUN(test_the_strongest_way_is_chosen);
	RUN(test_one_that_can_do_neither_is_refused);
	RUN(test_what_others_have_a_part_of_is_not_sanitized);
	RUN(test_commands);
	RUN(test_the_sanitize_log);
	RUN(test_lists_of_namespaces);
	RUN(test_where_samples_are);
	RUN(test_what_a_sample_proves);
	return 0;
}
