/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/suggest/suggestion.c model/suggest/suggestion_text.c model/registry/text.c model/pci/kind.c model/allocate/card.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c host/config/ini_file.c base/error.c base/fileio.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* libs: inih */
/*
 * Sections for whatever is in a machine, called whatever pci.ids calls it: our own reader takes them, and
 * they match the candidates and nothing else. The input is names, a line each, behind one byte for the
 * hardware.
 */
#include "host/config/ini_file.h"
#include "model/suggest/suggestion.h"
#include "fuzz.h"

#define FUNCTIONS_MAX 48

struct reader {
	struct registry registry;
	struct model model;
	bool in_model;
};

static void finish(struct reader *reader)
{
	struct error err;

	if (reader->in_model)
		REQUIRE(model_check(&reader->model, &err) == 0 &&
			registry_add(&reader->registry, &reader->model, &err) == 0);
	reader->in_model = false;
}

static int on_section(void *user, const char *name, unsigned line, struct error *err)
{
	struct reader *reader = user;

	finish(reader);
	reader->in_model = true;
	return model_init(&reader->model, name, "registry.ini", line, err);
}

static int on_key(void *user, const char *key, const char *value, struct error *err)
{
	struct reader *reader = user;

	return model_set(&reader->model, key, value, err);
}

static void paste(const struct suggestion_list *sections, const struct suggestion_input *inputs, size_t count,
		  struct reader *reader)
{
	const struct ini_sink sink = { .section = on_section, .key = on_key, .user = reader };
	struct error err;

	for (size_t i = 0; i < sections->count; i++) {
		char *text = suggestion_text(&sections->items[i], inputs, count);

		REQUIRE(text);
		REQUIRE(ini_text_read(text, strlen(text), "registry.ini", &sink, &err) == 0);
		free(text);
	}
	finish(reader);
	REQUIRE(reader->registry.count == sections->count);
}

/* A function for each byte: few ids, so that there are twins, some of them the host's. */
static void make_function(struct pci_device *device, struct suggestion_input *input, size_t i, uint8_t byte)
{
	static const uint32_t classes[] = { 0x030000, 0x040300, 0x020000, 0x00ff00 };

	*device = (struct pci_device){
		.addr = { .bus = (uint8_t)(i / 8), .slot = 1, .function = (uint8_t)(i % 8) },
		.id = { 0x8086, (uint16_t)(byte & 1), 0x8086, (byte >> 1) & 1, classes[(byte >> 2) & 3] },
		.group = byte & 0x10 ? (int)(i / 8) : 100 + (int)i,
	};
	input->device = device;
	input->is_candidate = byte & 0x20;
}

static void check(const struct suggestion_input *inputs, size_t count)
{
	const struct registry empty = { 0 };
	struct suggestion_list sections;
	struct reader reader = { 0 };
	struct error err;

	REQUIRE(suggest_sections(&empty, inputs, count, &sections, &err) == 0);
	paste(&sections, inputs, count, &reader);
	for (size_t i = 0; i < count; i++) {
		bool wanted = inputs[i].is_candidate && !suggestion_leader(inputs, count, &inputs[i]);

		REQUIRE(!registry_first_match(&reader.registry, NULL, inputs[i].device) == !wanted);
	}
	registry_clear(&reader.registry);
	suggestion_list_clear(&sections);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *name = text;
	struct suggestion_input inputs[FUNCTIONS_MAX];
	struct pci_device devices[FUNCTIONS_MAX];
	size_t count = 0;

	while (count < FUNCTIONS_MAX && name && *name) {
		char *end = strchr(name, '\n');

		if (end)
			*end++ = '\0';
		inputs[count] = (struct suggestion_input){ .vendor_name = name,
							   .device_name = *name ? name + 1 : name,
							   .class_name = name };
		make_function(&devices[count], &inputs[count], count, (uint8_t)*name);
		count++;
		name = end;
	}
	check(inputs, count);
	free(text);
	return 0;
}
