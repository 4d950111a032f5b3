/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/rom.c base/error.c */
/* An option ROM: what is accepted has images one behind the other, within the file. */
#include "model/pci/rom.h"
#include "fuzz.h"

static void check_images(const struct rom *rom, size_t size)
{
	size_t at = 0;

	REQUIRE(rom->count > 0 && rom->count <= ROM_IMAGES_MAX);
	for (size_t i = 0; i < rom->count; i++) {
		const struct rom_image *image = &rom->images[i];

		REQUIRE(image->offset == at && image->size > 0 && image->size <= size - at);
		REQUIRE(image->more_count <= ROM_MORE_DEVICES);
		REQUIRE(rom_is_for(rom, image->vendor, image->device));
		REQUIRE(rom_code_name(image->code_type));
		at += image->size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct rom rom;

	if (rom_parse(data, size, &rom, &err) < 0) {
		require_message(&err);
		return 0;
	}
	require_no_message(&err);
	check_images(&rom, size);
	return 0;
}
