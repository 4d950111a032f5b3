/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/registry/text.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/pci/topology.c base/error.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* The registry as text, with one section cut out or one value set: nothing else may change. */
#include "model/registry/text.h"
#include "fuzz.h"

/* The two texts share what is in front of and behind the change. */
static size_t common(const uint8_t *data, size_t size, const struct registry_text *out)
{
	size_t head = 0, tail = 0, least = size < out->len ? size : out->len;

	while (head < least && data[head] == (uint8_t)out->at[head])
		head++;
	while (tail < least - head && data[size - 1 - tail] == (uint8_t)out->at[out->len - 1 - tail])
		tail++;
	return head + tail;
}

static void check_cut(const uint8_t *data, size_t size)
{
	size_t sections = registry_text_sections((const char *)data, size);
	struct registry_text out = { 0 };
	struct error err = { 0 };
	int rc = registry_text_cut((const char *)data, size, "Edu", &out, &err);

	require_no_message(&err);
	if (rc == REGISTRY_TEXT_ABSENT) {
		REQUIRE(!out.at);
		return;
	}
	REQUIRE(rc == 0 && common(data, size, &out) == out.len);
	REQUIRE(registry_text_sections(out.at, out.len) == sections - 1);
	free(out.at);
}

static void check_set(const uint8_t *data, size_t size)
{
	struct registry_text out = { 0 }, again = { 0 };
	struct error err = { 0 };

	if (registry_text_set((const char *)data, size, "Edu", "enabled", "no", &out, &err) != 0)
		return;
	REQUIRE(registry_text_sections(out.at, out.len) == registry_text_sections((const char *)data, size));
	/* It finds what it has set, and leaves it. */
	REQUIRE(registry_text_set(out.at, out.len, "Edu", "enabled", "no", &again, &err) == 0);
	REQUIRE(again.len == out.len && memcmp(again.at, out.at, out.len) == 0);
	free(out.at);
	free(again.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_cut(data, size);
	check_set(data, size);
	return 0;
}
