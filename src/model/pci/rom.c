/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/rom.h"

#include <string.h>

/* Offsets in an image, and in the PCI data structure to which the word at POINTER leads. */
enum {
	IMAGE_POINTER = 0x18,
	IMAGE_HEADER_LEN = 0x1a,
	DATA_VENDOR = 0x04,
	DATA_DEVICE = 0x06,
	DATA_MORE = 0x08,
	DATA_LEN = 0x0a,
	DATA_REVISION = 0x0c,
	DATA_IMAGE_LEN = 0x10,
	DATA_CODE_TYPE = 0x14,
	DATA_INDICATOR = 0x15,
	DATA_MIN_LEN = 0x18,
};

#define IMAGE_UNIT 512
#define INDICATOR_LAST 0x80
/* From this revision of the structure on, the word at DATA_MORE leads to a list of device ids. */
#define REVISION_WITH_LIST 3

static uint16_t word(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static bool is_image(const uint8_t *at, size_t len)
{
	return len >= IMAGE_HEADER_LEN && at[0] == 0x55 && at[1] == 0xaa;
}

/* Returns the PCI data structure of the image at @at, or NULL. */
static const uint8_t *data_of(const uint8_t *at, size_t len)
{
	size_t pointer = word(at + IMAGE_POINTER);

	if (pointer < IMAGE_HEADER_LEN || pointer > len || len - pointer < DATA_MIN_LEN ||
	    memcmp(at + pointer, "PCIR", 4) != 0)
		return NULL;
	return at + pointer;
}

/* The list ends with 0. */
static void read_more(const uint8_t *at, const uint8_t *data, struct rom_image *image)
{
	size_t start = (size_t)(data - at) + word(data + DATA_MORE);

	image->more_count = 0;
	if (data[DATA_REVISION] < REVISION_WITH_LIST || word(data + DATA_MORE) == 0)
		return;
	for (size_t i = start; i + 2 <= image->size && image->more_count < ROM_MORE_DEVICES; i += 2) {
		if (word(at + i) == 0)
			return;
		image->more_devices[image->more_count++] = word(at + i);
	}
}

/* A dump by a vendor's tool may have a header of its own in front. */
static int refuse_start(const uint8_t *bytes, size_t len, struct error *err)
{
	for (size_t at = 1; at + IMAGE_HEADER_LEN <= len; at++) {
		if (is_image(bytes + at, len - at) && data_of(bytes + at, len - at))
			return error_set(
				err, 0,
				"it does not begin with the signature 55 aa; its first image is at byte "
				"%zu: remove what is in front, with tail -c +%zu",
				at, at + 1);
	}
	return error_set(err, 0,
			 "it is not an option ROM: it has no image with the signature 55 aa and a PCI "
			 "data structure");
}

static int read_image(const uint8_t *bytes, size_t len, size_t offset, struct rom_image *out, bool *is_last,
		      struct error *err)
{
	const uint8_t *at = bytes + offset, *data;

	if (!is_image(at, len - offset))
		return error_set(err, 0, "no image at byte %zu, where one should be: the file is cut off",
				 offset);
	data = data_of(at, len - offset);
	if (!data)
		return error_set(err, 0, "the image at byte %zu has no PCI data structure", offset);
	*out = (struct rom_image){ .offset = offset,
				   .size = (size_t)word(data + DATA_IMAGE_LEN) * IMAGE_UNIT,
				   .vendor = word(data + DATA_VENDOR),
				   .device = word(data + DATA_DEVICE),
				   .code_type = data[DATA_CODE_TYPE] };
	if (out->size == 0 || out->size > len - offset)
		return error_set(
			err, 0,
			"the image at byte %zu is %zu bytes long, and the file ends after %zu: it is cut off",
			offset, out->size, len - offset);
	read_more(at, data, out);
	*is_last = data[DATA_INDICATOR] & INDICATOR_LAST;
	return 0;
}

int rom_parse(const uint8_t *bytes, size_t len, struct rom *out, struct error *err)
{
	bool is_last = false;
	size_t offset = 0;

	out->count = 0;
	if (!is_image(bytes, len))
		return refuse_start(bytes, len, err);
	while (!is_last) {
		if (out->count == ROM_IMAGES_MAX)
			return error_set(err, 0, "it has more than %d images", ROM_IMAGES_MAX);
		if (read_image(bytes, len, offset, &out->images[out->count], &is_last, err) < 0)
			return -1;
		offset += out->images[out->count++].size;
	}
	return 0;
}

bool rom_is_for(const struct rom *rom, uint16_t vendor, uint16_t device)
{
	for (size_t i = 0; i < rom->count; i++) {
		const struct rom_image *image = &rom->images[i];
		bool has_device = image->device == device;

		for (size_t m = 0; m < image->more_count; m++)
			has_device = has_device || image->more_devices[m] == device;
		if (image->vendor == vendor && has_device)
			return true;
	}
	return false;
}

const char *rom_code_name(uint8_t code_type)
{
	static const char *const names[] = { "BIOS", "Open Firmware", "HP PA-RISC", "EFI" };

	return code_type < ARRAY_SIZE(names) ? names[code_type] : "unknown code";
}
