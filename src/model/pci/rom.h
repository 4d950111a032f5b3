/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Option ROMs: the images in one, and which devices they are for (PCI Firmware Specification 3.3, chapter 5;
 * UEFI Specification 2.10, 14.4.2). Pure.
 */
#ifndef PCITAG_MODEL_PCI_ROM_H
#define PCITAG_MODEL_PCI_ROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* More than a ROM BAR can have is of no use: 16 MiB (PCI Local Bus Specification 3.0, 6.2.5.2). */
#define ROM_SIZE_MAX ((size_t)16 << 20)
#define ROM_IMAGES_MAX 16
/* Device ids of an image besides its own. */
#define ROM_MORE_DEVICES 64

struct rom_image {
	size_t offset; /* of its first byte in the file */
	size_t size;
	uint16_t vendor;
	uint16_t device;
	uint8_t code_type; /* 0: BIOS, 3: EFI */
	uint16_t more_devices[ROM_MORE_DEVICES];
	size_t more_count;
};

struct rom {
	struct rom_image images[ROM_IMAGES_MAX];
	size_t count; /* at least 1 */
};

/*
 * Reads the headers of all images. What the images contain is not looked at.
 * Fails, with what is wrong at which byte in *err, when the file does not begin with an image (and says where
 * the first one is, if it has one), an image goes beyond the end or has no PCI data structure, or none is
 * marked as the last one.
 */
int rom_parse(const uint8_t *bytes, size_t len, struct rom *out, struct error *err);

/* True when an image is for these ids. */
bool rom_is_for(const struct rom *rom, uint16_t vendor, uint16_t device);

/* "BIOS", "EFI" and so on; "unknown code". */
const char *rom_code_name(uint8_t code_type);

#endif
