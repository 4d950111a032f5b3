/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the targets share. A target is LLVMFuzzerTestOneInput(): it hands arbitrary bytes to one reader
 * and requires what must hold of the outcome, whatever the bytes are. Its second line names the
 * sources it links, as in a unit test.
 */
#ifndef PCITAG_FUZZ_H
#define PCITAG_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* An abort is what libFuzzer takes for a finding. */
#define REQUIRE(condition)                                                                             \
	do {                                                                                           \
		if (!(condition)) {                                                                    \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                       \
		}                                                                                      \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input up to its first NUL as a string to free, in a block with no byte to spare. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	REQUIRE(text);
	return text;
}

/* Says why something was refused: in one line, without anything a terminal would obey. */
static inline void require_message(const struct error *err)
{
	size_t len = strnlen(err->msg, sizeof(err->msg));

	REQUIRE(len > 0 && len < sizeof(err->msg));
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)err->msg[i];

		REQUIRE(c >= 0x20 && c != 0x7f);
		/* U+0080 to U+009F, with U+009B among them, which is ESC [. */
		REQUIRE(c != 0xc2 || ((unsigned char)err->msg[i + 1] & 0xe0) != 0x80);
	}
}

/* Nothing was written there: what succeeds leaves the error alone. */
static inline void require_no_message(const struct error *err)
{
	REQUIRE(err->msg[0] == '\0' && err->code == 0);
}

#endif
