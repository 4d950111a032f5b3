/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/system/journal.c base/error.c */
/* libs: json-c */
/* A line that journalctl prints: what is read of it is one bounded line for a terminal. */
#include "host/system/journal.h"
#include "fuzz.h"

static void require_printable(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	REQUIRE(len < size);
	for (size_t i = 0; i < len; i++)
		REQUIRE((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_entry entry;

	if (!journal_entry_parse((const char *)data, size, &entry))
		return 0;
	REQUIRE(entry.usec >= 0);
	REQUIRE(entry.priority >= 0 && entry.priority <= 7);
	require_printable(entry.domain, sizeof(entry.domain));
	require_printable(entry.message, sizeof(entry.message));
	REQUIRE(!strstr(entry.domain, "': "));
	return 0;
}
