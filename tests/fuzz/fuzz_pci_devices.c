/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/import/device_list.c host/import/pci_devices_yaml.c host/import/cluster_yaml.c host/import/yaml_nodes.c host/import/nova_conf.c model/import/pci_devices.c model/import/pci_selectors.c model/registry/text.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/fileio.c base/error.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* libs: yaml-0.1 json-c */
/* A list of devices of any program that is known, made into models: each obeys the registry's rules, and each
 * mistake is one text.
 */
#include "host/import/device_list.h"
#include "model/registry/text.h"
#include "fuzz.h"

static void check_mistakes(const struct pci_devices *devices)
{
	REQUIRE(devices->mistake_count <= MISTAKES_MAX);
	REQUIRE(!devices->untold || devices->mistake_count == MISTAKES_MAX);
	for (size_t i = 0; i < devices->mistake_count; i++) {
		REQUIRE(devices->mistakes[i].line > 0);
		REQUIRE(strncmp(devices->mistakes[i].text, "list.yaml:", 10) == 0);
		REQUIRE(i == 0 || devices->mistakes[i - 1].line <= devices->mistakes[i].line);
	}
}

static void check_models(const struct pci_devices *devices, const struct registry *registry)
{
	struct registry_text text = { 0 };
	struct error err = { 0 };
	size_t made = 0;

	for (size_t i = 0; i < devices->count; i++)
		made += devices->items[i].is_model;
	REQUIRE(devices->comment_count == registry->count);
	REQUIRE(devices->count == 0 || devices->selector_count == 0);
	REQUIRE(made == (devices->count ? registry->count : 0));
	/* What is left out is explained. */
	REQUIRE(made == devices->count || devices->mistake_count);
	REQUIRE(!devices->selector_count || registry->count || devices->mistake_count);
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		REQUIRE(name_valid(model->name) && name_valid(model->type));
		REQUIRE(model->vendor != 0 && model->vendor != 0xffff);
		REQUIRE(registry_text_add_model(&text, model, 197, &err) == 0);
	}
	REQUIRE(registry_text_sections(text.at, text.len) == registry->count);
	free(text.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registry registry = { 0 };
	struct pci_devices devices;
	struct error err = { 0 };

	char *text = malloc(size + 1);

	REQUIRE(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (device_list_parse(text, size, "list.yaml", &devices, &err) < 0) {
		require_message(&err);
	} else {
		REQUIRE(pci_devices_add_models(&devices, NULL, &registry, &err) == 0);
		require_no_message(&err);
		check_mistakes(&devices);
		check_models(&devices, &registry);
	}
	registry_clear(&registry);
	pci_devices_clear(&devices);
	free(text);
	return 0;
}
