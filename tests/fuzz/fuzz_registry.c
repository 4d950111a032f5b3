/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/config/registry_ini.c host/config/ini_file.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c model/registry/unit_keys.c */
/* links: model/registry/settings.c model/pci/address.c model/pci/topology.c */
/* links: base/fileio.c model/lease/options.c */
/* libs: inih */
/* registry.ini and pcitag.ini: the same text as either. What is accepted obeys the rules of names. */
#include "host/config/registry_ini.h"
#include "directory.h"

static void check_patterns(const struct pattern_list *list)
{
	REQUIRE(list->count <= REGISTRY_PATTERNS_MAX);
	for (size_t i = 0; i < list->count; i++)
		REQUIRE(pci_addr_pattern_valid(list->items[i]));
}

static void check_model(const struct model *model)
{
	REQUIRE(name_valid(model->name) && name_valid(model->type));
	REQUIRE(strcmp(model->name, model->type) != 0);
	REQUIRE(model->vendor != 0 && model->vendor != 0xffff);
	REQUIRE(strstr(model->driver, "vfio") && !strchr(model->driver, '/'));
	REQUIRE(model->class_digits <= 6 && model->class_digits % 2 == 0);
	REQUIRE(model->class_code >> (4 * model->class_digits) == 0);
	REQUIRE(device_options_valid(model_options(model)->text));
	REQUIRE(model->line > 0 && model->file[0]);
	check_patterns(&model->address);
	check_patterns(&model->exclude);
	(void)model_applies_to_host(model, "node-7.example.org");
	REQUIRE(!model->wishes.numa && !model->wishes.together && !model->wishes.apart &&
		!model->wishes.optional);
	(void)wish_allows(&model->allow, "web-1", "6f1c2f4e-0000-4000-8000-0123456789ab");
}

/* What it lists is there, and is no profile. */
static void check_profile(const struct registry *registry, const struct profile *profile)
{
	struct error err = { 0 };

	REQUIRE(name_valid(profile->name) && profile->line > 0 && profile->file[0]);
	REQUIRE(profile->any.count > 0 && profile->any.count <= PROFILE_ANY_MAX);
	REQUIRE(!registry_find(registry, profile->name) && !registry_count_type(registry, profile->name));
	for (size_t i = 0; i < profile->any.count; i++) {
		REQUIRE(registry_knows(registry, profile->any.items[i]));
		REQUIRE(!registry_find_profile(registry, profile->any.items[i]));
	}
	REQUIRE(wishes_check(&profile->wishes, &err) == 0);
	REQUIRE(profile->wishes.limit <= WISH_LIMIT_MAX && profile->wishes.per_domain <= WISH_LIMIT_MAX);
	(void)wish_allows(&profile->allow, "web-1", "6f1c2f4e-0000-4000-8000-0123456789ab");
}

/* A name is a type or a model, and a model is there once. */
static void check_names(const struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++) {
		for (size_t j = 0; j < registry->count; j++) {
			const struct model *a = &registry->models[i], *b = &registry->models[j];

			REQUIRE(strcmp(a->name, b->type) != 0);
			REQUIRE(i == j || strcmp(a->name, b->name) != 0);
		}
	}
}

static void check_registry(const char *etc)
{
	struct registry registry = { 0 };
	struct error err = { 0 };

	if (registry_load(etc, &registry, &err) != 0) {
		require_message(&err);
		REQUIRE(!registry.models && !registry.count);
		REQUIRE(!registry.profiles && !registry.profile_count);
		/* Says where, or that memory is short. */
		REQUIRE(strstr(err.msg, "/" REGISTRY_FILE));
		return;
	}
	require_no_message(&err);
	for (size_t i = 0; i < registry.count; i++)
		check_model(&registry.models[i]);
	for (size_t i = 0; i < registry.profile_count; i++)
		check_profile(&registry, &registry.profiles[i]);
	check_names(&registry);
	registry_clear(&registry);
}

static void check_settings(const char *etc)
{
	struct settings settings = SETTINGS_DEFAULT;
	struct error err = { 0 };

	if (settings_load(etc, &settings, &err) != 0) {
		require_message(&err);
		REQUIRE(strstr(err.msg, "/" SETTINGS_FILE));
	} else {
		require_no_message(&err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	const char *etc = fuzz_directory();
	char path[PATH_MAX + 16], link[PATH_MAX + 16];

	if (fd < 0) {
		snprintf(path, sizeof(path), "%s/" REGISTRY_FILE, etc);
		snprintf(link, sizeof(link), "%s/" SETTINGS_FILE, etc);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		REQUIRE(fd >= 0 && symlink(REGISTRY_FILE, link) == 0);
	}
	fuzz_fill(fd, data, size);
	check_registry(etc);
	check_settings(etc);
	return 0;
}
