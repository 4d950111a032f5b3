/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c model/lease/vf_net.c model/pci/setting.c model/registry/identity.c */
#include "model/registry/registry.h"
#include "test.h"

#define FILE_NAME "registry.ini"

/* A model as its section would make it: "key = value" pairs, ended by NULL. */
static struct model model_of(const char *name, const char *const *pairs)
{
	struct error err = { 0 };
	struct model model;

	CHECK(model_init(&model, name, FILE_NAME, 1, &err) == 0);
	for (; pairs[0]; pairs += 2) {
		if (model_set(&model, pairs[0], pairs[1], &err) != 0) {
			fprintf(stderr, "%s = %s: %s\n", pairs[0], pairs[1], err.msg);
			exit(1);
		}
	}
	CHECK(model_check(&model, &err) == 0);
	return model;
}

#define MODEL(name, ...) model_of(name, (const char *const[]){ __VA_ARGS__, NULL, NULL })
#define NPU "type", "npu", "vendor", "19e5", "device", "d500"

static struct pci_device npu_at(const char *address)
{
	struct pci_device device = {
		.id = { 0x19e5, 0xd500, 0x19e5, 0x0100, 0x120000 },
		.revision = 0x20,
	};

	CHECK(pci_addr_parse(address, &device.addr) == 0);
	return device;
}

static bool matches(struct model model, const char *address)
{
	struct pci_device device = npu_at(address);
	bool fits = model_matches(&model, &device);

	model_clear(&model);
	return fits;
}

static bool applies(struct model model, const char *hostname)
{
	bool fits = model_applies_to_host(&model, hostname);

	model_clear(&model);
	return fits;
}

static void test_a_section_without_options_has_the_defaults(void)
{
	struct model model = MODEL("Atlas-300I", NPU);

	CHECK_STR(model.name, "Atlas-300I");
	CHECK_STR(model.type, "npu");
	CHECK(model.vendor == 0x19e5 && model.device == 0xd500);
	CHECK(!model.has_subsystem && !model.class_digits && !model.has_revision);
	CHECK(!model.address.count && !model.exclude.count && !model.hosts.count);
	CHECK_STR(model.driver, "vfio-pci");
	CHECK(model.functions == FUNCTIONS_ONE && model.enabled && !model.lends_input);
	CHECK(model.after_use == AFTER_RETURN && model.clean_timeout == 3600);
	CHECK(!model_hand_written(&model));
	CHECK_STR(model.file, FILE_NAME);
	CHECK(model.line == 1);
	model_clear(&model);
}

static void test_every_key_is_kept(void)
{
	struct model model = MODEL(
		"m", NPU, "subsystem", "19E5:0x0100", "class", "1200", "revision", "a1", "address",
		"3b:00.*, 0000:5e:00.0 af:00.0", "exclude", "0000:3b:00.1", "hosts", "node-*, !node-7",
		"driver", "mlx5_vfio_pci", "functions", "all", "force", "3b:00.1, 0000:5e:00.0", "enabled",
		"no", "lend_console_input", "yes", "stop_units",
		"display-manager.service, nvidia-persistenced.service", "start_units", "a@.service",
		"after_use", "clean", "clean_units", "erase@.service b.service", "clean_timeout", "604800");

	CHECK(model.has_subsystem && model.subsystem_vendor == 0x19e5 && model.subsystem_device == 0x0100);
	CHECK(model.class_digits == 4 && model.class_code == 0x1200);
	CHECK(model.has_revision && model.revision == 0xa1);
	CHECK(model.address.count == 3 && model.exclude.count == 1 && model.hosts.count == 2);
	CHECK_STR(model.address.items[0], "3b:00.*");
	CHECK_STR(model.address.items[1], "0000:5e:00.0");
	CHECK_STR(model.address.items[2], "af:00.0");
	CHECK_STR(model.hosts.items[1], "!node-7");
	CHECK_STR(model.driver, "mlx5_vfio_pci");
	CHECK(model.functions == FUNCTIONS_ALL && !model.enabled);
	CHECK(model.force.count == 2 && model.lends_input);
	CHECK(model.stop_units.count == 2 && model.start_units.count == 1);
	CHECK_STR(model.stop_units.items[1], "nvidia-persistenced.service");
	CHECK_STR(model.start_units.items[0], "a@.service");
	CHECK(model.after_use == AFTER_CLEAN && model.clean_units.count == 2 &&
	      model.clean_timeout == 604800);
	CHECK_STR(model.clean_units.items[0], "erase@.service");
	CHECK_STR(model_hand_written(&model), "force");
	CHECK(model_forces(&model, &(struct pci_addr){ .bus = 0x3b, .function = 1 }));
	CHECK(!model_forces(&model, &(struct pci_addr){ .bus = 0x3b }));
	model_clear(&model);
}

static void test_what_only_a_hand_can_write_is_named(void)
{
	struct model physical = MODEL("m", NPU, "vfs", "8");
	struct model vgpu = MODEL("m", NPU, "driver", "keep", "set", "nvidia/current_vgpu_type=533");

	CHECK(physical.vfs == 8 && vgpu.setting.value == 533);
	CHECK_STR(model_hand_written(&physical), "vfs");
	CHECK_STR(model_hand_written(&vgpu), "set");
	CHECK(!model_equal(&physical, &vgpu));
	vgpu.setting.value = 534;
	CHECK(model_equal(&vgpu, &vgpu));
	model_clear(&physical);
	model_clear(&vgpu);
}

static void test_a_setting_is_written_in_one_of_three_ways(void)
{
	static const char *const ways[][2] = { { "set", "nvidia/current_vgpu_type=533" },
					       { "set", "nvidia/current_vgpu_type \t= 533" },
					       { "set nvidia/current_vgpu_type", "533" } };

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct model model = MODEL("m", NPU, "driver", "keep", ways[i][0], ways[i][1]);

		CHECK(model.setting.attribute == PCI_ATTRIBUTE_VGPU_TYPE && model.setting.value == 533);
		CHECK_STR(model_hand_written(&model), "set");
		model_clear(&model);
	}
}

static void test_what_the_device_is_told_is_one_text(void)
{
	struct model model =
		MODEL("m", NPU, "qemu", "x-vga=on  x-no-mmap=1", "romfile", "x.rom", "rombar", "off");
	struct model plain = MODEL("m", NPU);

	CHECK_STR(model_options(&model)->text, "rombar=0,romfile=x.rom,x-no-mmap=on,x-vga=on");
	CHECK_STR(model_options(&plain)->text, "");
	CHECK(!model_equal(&model, &plain));
	model_clear(&model);
	model_clear(&plain);
}

static void test_what_a_virtual_function_is_told_is_one_text(void)
{
	struct model model = MODEL("m", NPU, "vlan", "10:5", "mac", "stable", "trust", "on"),
		     plain = MODEL("m", NPU);
	char text[VF_NET_LEN];

	CHECK_STR(vf_net_text(model.net, text), "mac=stable,vlan=10:5,trust=on");
	CHECK(!plain.net && !model_equal(&model, &plain) && model_equal(&model, &model));
	CHECK_STR(model_hand_written(&model), "mac");
	model_clear(&model);
	model_clear(&plain);
}

static void test_functions_may_be_a_list(void)
{
	struct model model = MODEL("m", NPU, "functions", "6,0  1");
	struct model one = MODEL("m", NPU, "functions", "7");

	CHECK(model.functions == FUNCTIONS_LIST && model.function_list == 0x43);
	CHECK(one.functions == FUNCTIONS_LIST && one.function_list == 0x80);
	CHECK(!model_equal(&model, &one));
	model_clear(&model);
	model_clear(&one);
}

static void test_ids_may_have_0x_and_any_case(void)
{
	struct model model = MODEL("m", "type", "t", "vendor", "0x19E5", "device", "0XD500");

	CHECK(model.vendor == 0x19e5 && model.device == 0xd500);
	model_clear(&model);
}

static void test_a_device_id_of_zero_counts_as_given(void)
{
	struct model model = MODEL("m", "type", "t", "vendor", "1234", "device", "0000");

	CHECK(model.device == 0);
	model_clear(&model);
}

static void test_enabled_is_a_yes_or_no_of_any_kind(void)
{
	static const char *const yes[] = { "yes", "true", "on", "1", "YES", "True" };
	static const char *const no[] = { "no", "false", "off", "0", "NO", "False" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		struct model on = MODEL("m", NPU, "enabled", yes[i]);
		struct model off = MODEL("m", NPU, "enabled", no[i]);

		CHECK(on.enabled && !off.enabled);
		model_clear(&on);
		model_clear(&off);
	}
}

/* The class of bridges has members that guests may have, such as switches of GPUs (0680). */
static void test_a_whole_base_class_may_be_named(void)
{
	struct model model = MODEL("m", NPU, "class", "06");

	CHECK(model.class_digits == 2 && model.class_code == 0x06);
	model_clear(&model);
}

static void test_vfio_variant_drivers_are_accepted(void)
{
	static const char *const drivers[] = { "vfio-pci", "mlx5_vfio_pci", "hisi-acc-vfio-pci",
					       "nvgrace-gpu-vfio-pci" };

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		struct model model = MODEL("m", NPU, "driver", drivers[i]);

		CHECK_STR(model.driver, drivers[i]);
		model_clear(&model);
	}
}

static void test_the_longest_names_fit(void)
{
	char name[NAME_LEN];
	char type[NAME_LEN];

	memset(name, 'm', NAME_LEN - 1);
	memset(type, 't', NAME_LEN - 1);
	name[NAME_LEN - 1] = type[NAME_LEN - 1] = '\0';

	struct model model = MODEL(name, "type", type, "vendor", "19e5", "device", "d500");

	CHECK_STR(model.name, name);
	CHECK_STR(model.type, type);
	model_clear(&model);
}

static void test_ids_decide_what_matches(void)
{
	CHECK(matches(MODEL("m", NPU), "0000:3b:00.0"));
	CHECK(!matches(MODEL("m", "type", "t", "vendor", "19e6", "device", "d500"), "0000:3b:00.0"));
	CHECK(!matches(MODEL("m", "type", "t", "vendor", "19e5", "device", "d501"), "0000:3b:00.0"));
}

static void test_a_section_may_name_several_devices(void)
{
	static const char *const lists[] = { "d801 d500", "d500, d801", "0xD801,0xd500", "1111\t2222 d500" };
	char devices[MODEL_DEVICES_LEN];
	struct model model;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		CHECK(matches(MODEL("A", "type", "t", "vendor", "19e5", "device", lists[i]), "0000:3b:00.0"));
	CHECK(!matches(MODEL("A", "type", "t", "vendor", "19e5", "device", "d501 d502"), "0000:3b:00.0"));
	CHECK(!matches(MODEL("A", "type", "t", "vendor", "19e6", "device", "d501 d500"), "0000:3b:00.0"));
	model = MODEL("A", "type", "t", "vendor", "19e5", "device", "0xD801, d500");
	CHECK_STR(model_devices(&model, devices), "d801 d500");
	model_clear(&model);
}

static void test_a_section_may_stand_for_a_family(void)
{
	char devices[MODEL_DEVICES_LEN];
	struct model model;

	CHECK(matches(MODEL("A", "type", "t", "vendor", "19e5", "device", "*", "class", "1200"),
		      "0000:3b:00.0"));
	CHECK(!matches(MODEL("A", "type", "t", "vendor", "19e5", "device", "*", "class", "0302"),
		       "0000:3b:00.0"));
	CHECK(!matches(MODEL("A", "type", "t", "vendor", "10de", "device", "*", "class", "1200"),
		       "0000:3b:00.0"));
	model = MODEL("A", "type", "t", "vendor", "19e5", "device", "*", "class", "12");
	CHECK_STR(model_devices(&model, devices), "*");
	model_clear(&model);
}

static void test_more_devices_than_a_section_holds(void)
{
	char list[5 * (MODEL_MORE_DEVICES + 2) + 1] = "";
	struct error err = { 0 };
	struct model model;

	CHECK(model_init(&model, "A", FILE_NAME, 1, &err) == 0);
	for (size_t i = 0; i <= MODEL_MORE_DEVICES; i++)
		strcat(list, "d500 ");
	CHECK(model_set(&model, "device", list, &err) == 0);
	model_clear(&model);
	CHECK(model_init(&model, "A", FILE_NAME, 1, &err) == 0);
	strcat(list, "d500");
	CHECK(model_set(&model, "device", list, &err) < 0);
	CHECK_STR(err.msg, "device names more than 32 ids; write another section of the same type, or "
			   "device = * and a class");
	model_clear(&model);
}

static void test_subsystem_class_and_revision_narrow(void)
{
	CHECK(matches(MODEL("m", NPU, "subsystem", "19e5:0100"), "3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "subsystem", "19e5:0101"), "3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "subsystem", "19e6:0100"), "3b:00.0"));
	CHECK(matches(MODEL("m", NPU, "revision", "20"), "3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "revision", "0x21"), "3b:00.0"));
	CHECK(matches(MODEL("m", NPU, "class", "12"), "3b:00.0"));
	CHECK(matches(MODEL("m", NPU, "class", "1200"), "3b:00.0"));
	CHECK(matches(MODEL("m", NPU, "class", "0x120000"), "3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "class", "03"), "3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "class", "1201"), "3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "class", "120001"), "3b:00.0"));
}

static void test_addresses_narrow_and_exclude_wins(void)
{
	CHECK(matches(MODEL("m", NPU, "address", "0000:3b:00.*"), "0000:3b:00.1"));
	CHECK(!matches(MODEL("m", NPU, "address", "0000:3b:00.*"), "0000:3c:00.1"));
	CHECK(matches(MODEL("m", NPU, "address", "5e:00.0, 3b:00.0"), "0000:3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "address", "3b:00.0"), "10000:3b:00.0"));
	CHECK(!matches(MODEL("m", NPU, "exclude", "3b:00.0"), "0000:3b:00.0"));
	CHECK(matches(MODEL("m", NPU, "exclude", "3b:00.0"), "0000:3b:00.1"));
	CHECK(!matches(MODEL("m", NPU, "address", "3b:00.*", "exclude", "3b:00.0"), "0000:3b:00.0"));
}

static void test_hosts_choose_where_a_model_applies(void)
{
	CHECK(applies(MODEL("m", NPU), "anything"));
	CHECK(applies(MODEL("m", NPU, "hosts", "node-*"), "node-1"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "node-*"), "desk-1"));
	CHECK(applies(MODEL("m", NPU, "hosts", "desk-?,node-[1-3]"), "node-3"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "desk-?,node-[1-3]"), "node-4"));
	CHECK(applies(MODEL("m", NPU, "hosts", "Node-1"), "nOdE-1"));
}

static void test_an_excluded_host_wins_over_any_other_pattern(void)
{
	CHECK(!applies(MODEL("m", NPU, "hosts", "node-*, !node-7"), "node-7"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "!node-7, node-*"), "node-7"));
	CHECK(applies(MODEL("m", NPU, "hosts", "node-*, !node-7"), "node-8"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "node-*, !node-7"), "desk-8"));
}

static void test_only_exclusions_mean_every_other_host(void)
{
	CHECK(applies(MODEL("m", NPU, "hosts", "!node-7, !node-8"), "node-9"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "!node-7, !node-8"), "node-8"));
}

static void test_a_short_pattern_means_the_host_in_any_domain(void)
{
	CHECK(applies(MODEL("m", NPU, "hosts", "node-7"), "node-7.example.org"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "!node-7"), "node-7.example.org"));
	CHECK(applies(MODEL("m", NPU, "hosts", "*.Example.org"), "node-7.example.org"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "node-7.example.org"), "node-7.example.com"));
	CHECK(!applies(MODEL("m", NPU, "hosts", "node-7.example.org"), "node-7"));
}

static void test_a_model_answers_to_its_name_and_its_type(void)
{
	struct model model = MODEL("Atlas-300I", NPU);

	CHECK(model_answers_to(&model, "Atlas-300I") && model_answers_to(&model, "npu"));
	CHECK(!model_answers_to(&model, "atlas-300i") && !model_answers_to(&model, "np"));
	model_clear(&model);
}

static void test_models_of_one_type_share_a_registry(void)
{
	struct registry registry = { 0 };
	struct model a = MODEL("Atlas-300I", NPU, "address", "3b:00.0");
	struct model b = MODEL("Atlas-300V", NPU);
	struct error err = { 0 };

	CHECK(registry_add(&registry, &a, &err) == 0);
	CHECK(registry_add(&registry, &b, &err) == 0);
	CHECK(registry.count == 2 && a.address.count == 0);
	CHECK_STR(registry.models[0].name, "Atlas-300I");
	CHECK_STR(registry.models[1].name, "Atlas-300V");
	registry_clear(&registry);
	CHECK(registry.count == 0 && !registry.models);
}

static void test_a_registry_has_a_bound(void)
{
	struct registry registry = { 0 };
	struct error err = { 0 };
	char name[NAME_LEN];

	for (int i = 0; i < REGISTRY_MODELS_MAX; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		struct model model = MODEL(name, NPU);

		CHECK(registry_add(&registry, &model, &err) == 0);
	}
	struct model model = MODEL("last", NPU);

	CHECK(registry_add(&registry, &model, &err) < 0);
	CHECK_STR(err.msg, "registry.ini:1: [last] exceeds the limit of 4096 models; delete some");
	registry_clear(&registry);
}

static void test_a_list_has_a_bound(void)
{
	struct error err = { 0 };
	struct model model;
	char text[REGISTRY_PATTERNS_MAX * 8 + 16] = "";

	for (int i = 0; i <= REGISTRY_PATTERNS_MAX; i++)
		strcat(text, "3b:00.0,");
	CHECK(model_init(&model, "m", FILE_NAME, 1, &err) == 0);
	CHECK(model_set(&model, "address", text, &err) < 0);
	CHECK_STR(err.msg,
		  "address has more than 64 patterns; use * in them, or write a second model of the same "
		  "type");
	model_clear(&model);
}

int main(void)
{
	RUN(test_a_section_without_options_has_the_defaults);
	RUN(test_every_key_is_kept);
	RUN(test_what_only_a_hand_can_write_is_named);
	RUN(test_a_setting_is_written_in_one_of_three_ways);
	RUN(test_what_the_device_is_told_is_one_text);
	RUN(test_what_a_virtual_function_is_told_is_one_text);
	RUN(test_functions_may_be_a_list);
	RUN(test_ids_may_have_0x_and_any_case);
	RUN(test_a_device_id_of_zero_counts_as_given);
	RUN(test_enabled_is_a_yes_or_no_of_any_kind);
	RUN(test_a_whole_base_class_may_be_named);
	RUN(test_vfio_variant_drivers_are_accepted);
	RUN(test_the_longest_names_fit);
	RUN(test_ids_decide_what_matches);
	RUN(test_a_section_may_name_several_devices);
	RUN(test_a_section_may_stand_for_a_family);
	RUN(test_more_devices_than_a_section_holds);
	RUN(test_subsystem_class_and_revision_narrow);
	RUN(test_addresses_narrow_and_exclude_wins);
	RUN(test_hosts_choose_where_a_model_applies);
	RUN(test_an_excluded_host_wins_over_any_other_pattern);
	RUN(test_only_exclusions_mean_every_other_host);
	RUN(test_a_short_pattern_means_the_host_in_any_domain);
	RUN(test_a_model_answers_to_its_name_and_its_type);
	RUN(test_models_of_one_type_share_a_registry);
	RUN(test_a_registry_has_a_bound);
	RUN(test_a_list_has_a_bound);
	return 0;
}
