/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/rom.c base/error.c */
#include "model/pci/rom.h"
#include "test.h"

#define DATA 0x1c
#define IMAGE 1024

static uint8_t file[4 * IMAGE];
static struct rom rom;
static struct error err;

static void put_word(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

/* Writes an image at @offset: 2 units of 512 bytes. */
static uint8_t *put_image(size_t offset, unsigned vendor, unsigned device, unsigned code_type, bool is_last)
{
	uint8_t *at = file + offset;

	memset(at, 0, IMAGE);
	put_word(at, 0xaa55);
	put_word(at + 0x18, DATA);
	memcpy(at + DATA, "PCIR", 4);
	put_word(at + DATA + 4, vendor);
	put_word(at + DATA + 6, device);
	put_word(at + DATA + 0x0a, 0x1c);
	at[DATA + 0x0c] = 3;
	put_word(at + DATA + 0x10, IMAGE / 512);
	at[DATA + 0x14] = (uint8_t)code_type;
	at[DATA + 0x15] = is_last ? 0x80 : 0;
	return at;
}

/* Returns the message, "" for none. */
static const char *parsed(size_t len)
{
	strcpy(err.msg, "");
	CHECK(rom_parse(file, len, &rom, &err) == (err.msg[0] ? -1 : 0));
	return err.msg;
}

static void test_all_images_are_read(void)
{
	put_image(0, 0x8086, 0x10d3, 0, false);
	put_image(IMAGE, 0x8086, 0x10d3, 3, true);
	CHECK_STR(parsed(sizeof(file)), "");
	CHECK(rom.count == 2 && rom.images[1].offset == IMAGE && rom.images[1].size == IMAGE);
	CHECK_STR(rom_code_name(rom.images[0].code_type), "BIOS");
	CHECK_STR(rom_code_name(rom.images[1].code_type), "EFI");
	CHECK_STR(rom_code_name(0x42), "unknown code");
	CHECK(rom_is_for(&rom, 0x8086, 0x10d3));
	CHECK(!rom_is_for(&rom, 0x8086, 0x10d4) && !rom_is_for(&rom, 0x10de, 0x10d3));
}

static void test_an_image_may_be_for_more_devices(void)
{
	uint8_t *at = put_image(0, 0x10de, 0x1b80, 0, true);

	put_word(at + DATA + 8, 0x1c);
	put_word(at + DATA + 0x1c, 0x1b81);
	put_word(at + DATA + 0x1e, 0x1b82);
	CHECK_STR(parsed(IMAGE), "");
	CHECK(rom.images[0].more_count == 2);
	CHECK(rom_is_for(&rom, 0x10de, 0x1b80) && rom_is_for(&rom, 0x10de, 0x1b82));
	CHECK(!rom_is_for(&rom, 0x10de, 0x1b83) && !rom_is_for(&rom, 0x10de, 0));
	/* In older revisions the word leads to vital product data. */
	at[DATA + 0x0c] = 0;
	CHECK_STR(parsed(IMAGE), "");
	CHECK(rom.images[0].more_count == 0);
}

static void test_a_list_that_leads_beyond_the_image_is_cut(void)
{
	uint8_t *at = put_image(0, 0x10de, 0x1b80, 0, true);

	put_word(at + DATA + 8, 0xffff);
	CHECK_STR(parsed(IMAGE), "");
	CHECK(rom.images[0].more_count == 0);
	put_word(at + DATA + 8, IMAGE - DATA - 4);
	put_word(at + IMAGE - 4, 1);
	put_word(at + IMAGE - 2, 2);
	CHECK_STR(parsed(IMAGE), "");
	CHECK(rom.images[0].more_count == 2);
}

static void test_a_header_in_front_is_named_with_what_cuts_it(void)
{
	memset(file, 'N', IMAGE);
	put_image(IMAGE, 0x10de, 0x1b80, 0, true);
	CHECK_STR(parsed(2 * IMAGE),
		  "it does not begin with the signature 55 aa; its first image is at byte 1024: "
		  "remove what is in front, with tail -c +1025");
	memset(file, 'N', sizeof(file));
	CHECK_STR(
		parsed(sizeof(file)),
		"it is not an option ROM: it has no image with the signature 55 aa and a PCI data structure");
	CHECK(strstr(parsed(0), "it is not an option ROM"));
}

static void test_a_file_that_is_cut_off_is_refused(void)
{
	put_image(0, 0x8086, 0x10d3, 0, false);
	memset(file + IMAGE, 0, IMAGE);
	CHECK_STR(parsed(2 * IMAGE), "no image at byte 1024, where one should be: the file is cut off");
	CHECK_STR(parsed(IMAGE), "no image at byte 1024, where one should be: the file is cut off");
	CHECK_STR(parsed(IMAGE - 1),
		  "the image at byte 0 is 1024 bytes long, and the file ends after 1023: it is cut off");
	CHECK_STR(parsed(0x1b), "the image at byte 0 has no PCI data structure");
}

static void test_a_structure_that_is_none_is_refused(void)
{
	static const unsigned pointers[] = { 0, 0x19, IMAGE - 0x17, 0xffff, DATA + 1 };
	uint8_t *at = put_image(0, 0x8086, 0x10d3, 0, true);

	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		put_word(at + 0x18, pointers[i]);
		CHECK_STR(parsed(IMAGE), "the image at byte 0 has no PCI data structure");
	}
	put_word(at + 0x18, DATA);
	put_word(at + DATA + 0x10, 0);
	CHECK(strstr(parsed(IMAGE), "is 0 bytes long"));
}

static void test_the_number_of_images_has_a_limit(void)
{
	static uint8_t many[(ROM_IMAGES_MAX + 1) * IMAGE];

	for (size_t i = 0; i <= ROM_IMAGES_MAX; i++) {
		put_image(0, 0x8086, 0x10d3, 0, i == ROM_IMAGES_MAX);
		memcpy(many + i * IMAGE, file, IMAGE);
	}
	CHECK(rom_parse(many, sizeof(many), &rom, &err) == -1);
	CHECK_STR(err.msg, "it has more than 16 images");
	CHECK(rom_parse(many + IMAGE, sizeof(many) - IMAGE, &rom, &err) == 0 && rom.count == ROM_IMAGES_MAX);
}

int main(void)
{
	RUN(test_all_images_are_read);
	RUN(test_an_image_may_be_for_more_devices);
	RUN(test_a_list_that_leads_beyond_the_image_is_cut);
	RUN(test_a_header_in_front_is_named_with_what_cuts_it);
	RUN(test_a_file_that_is_cut_off_is_refused);
	RUN(test_a_structure_that_is_none_is_refused);
	RUN(test_the_number_of_images_has_a_limit);
	return 0;
}
