/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/suggest/suggestion.c model/suggest/suggestion_text.c model/registry/text.c model/pci/kind.c model/allocate/card.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c host/config/ini_file.c base/error.c base/fileio.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* libs: inih */
#include "host/config/ini_file.h"
#include "model/pci/kind.h"
#include "model/suggest/suggestion.h"
#include "test.h"

/* ---- a host ----------------------------------------------------------------------------------------- */

#define MAX 200

struct host {
	struct pci_device devices[MAX];
	struct suggestion_input inputs[MAX];
	size_t count;
	struct registry registry;
	struct suggestion_list sections;
};

/* Adds a function in a group of its own, a candidate. Call in the order of the addresses. */
static struct suggestion_input *add(struct host *host, const char *address, struct pci_identity id,
				    const char *name)
{
	struct pci_device *device = &host->devices[host->count];

	*device = (struct pci_device){ .id = id, .group = (int)host->count, .numa_node = PCI_NO_NODE };
	CHECK(pci_addr_parse(address, &device->addr) == 0);
	host->inputs[host->count] = (struct suggestion_input){ .device = device,
							       .vendor_name = "Maker",
							       .device_name = name,
							       .class_name = "Thing",
							       .is_candidate = true };
	return &host->inputs[host->count++];
}

static const struct suggestion_list *suggest(struct host *host)
{
	struct error err;

	suggestion_list_clear(&host->sections);
	CHECK(suggest_sections(&host->registry, host->inputs, host->count, &host->sections, &err) == 0);
	return &host->sections;
}

static void clear(struct host *host)
{
	suggestion_list_clear(&host->sections);
	registry_clear(&host->registry);
	*host = (struct host){ 0 };
}

static char *text_of(struct host *host, size_t section)
{
	char *text = suggestion_text(&host->sections.items[section], host->inputs, host->count);

	CHECK(text);
	return text;
}

/* ---- the registry that the text makes --------------------------------------------------------------- */

struct reader {
	struct registry *registry;
	struct model model;
	bool in_model;
};

static void finish(struct reader *reader)
{
	struct error err = { 0 };

	if (reader->in_model && (model_check(&reader->model, &err) != 0 ||
				 registry_add(reader->registry, &reader->model, &err) != 0)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
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

/* Pastes all sections into the registry, and checks that each candidate is matched, and nothing else. */
static void paste(struct host *host)
{
	struct reader reader = { .registry = &host->registry };
	const struct ini_sink sink = { .section = on_section, .key = on_key, .user = &reader };
	struct error err = { 0 };

	for (size_t i = 0; i < host->sections.count; i++) {
		char *text = text_of(host, i);

		if (ini_text_read(text, strlen(text), "registry.ini", &sink, &err) != 0) {
			fprintf(stderr, "%s\n%s", err.msg, text);
			exit(1);
		}
		free(text);
	}
	finish(&reader);
}

static const char *matched_by(const struct host *host, size_t input)
{
	const struct model *model = registry_first_match(&host->registry, NULL, host->inputs[input].device);

	return model ? model->name : "none";
}

/* ---- names ------------------------------------------------------------------------------------------ */

static const char *name_of(const char *device_name)
{
	static char name[NAME_LEN];
	const struct pci_identity id = { .vendor = 0x19e5, .device = 0xd500 };

	suggestion_name(device_name, &id, name);
	CHECK(name_valid(name));
	return name;
}

static void test_a_model_is_called_what_its_maker_calls_it(void)
{
	CHECK_STR(name_of("GA102 [GeForce RTX 3090]"), "GeForce-RTX-3090");
	CHECK_STR(name_of("82574L Gigabit Network Connection"), "82574L-Gigabit-Network-Connection");
	CHECK_STR(name_of("Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]"), "Radeon-RX-6800-6800-XT-6900-XT");
	CHECK_STR(name_of("Ethernet Controller XL710 for 40GbE QSFP+"),
		  "Ethernet-Controller-XL710-for-40GbE-QSFP");
}

static void test_a_mode_in_brackets_is_no_name(void)
{
	CHECK_STR(name_of("82801IR SATA Controller [AHCI mode]"), "82801IR-SATA-Controller");
}

static void test_a_name_has_only_what_a_name_may_have(void)
{
	CHECK_STR(name_of("-- \"Fast\" (c) & <free>; [x"), "Fast-c-free-x");
	CHECK_STR(name_of("Gr\xc3\xa4tzel_7 []"), "Gr-tzel_7");
	CHECK_STR(name_of("[] \n\x1b[31m"), "31m");
}

static void test_a_device_that_nobody_knows_is_called_by_its_ids(void)
{
	CHECK_STR(name_of(""), "pci-19e5-d500");
	CHECK_STR(name_of("[???]"), "pci-19e5-d500");
}

static void test_a_long_name_is_cut_between_words(void)
{
	CHECK_STR(name_of("123456789 123456789 123456789 123456789 12345678"),
		  "123456789-123456789-123456789-123456789-12345678");
	CHECK_STR(name_of("123456789 123456789 123456789 123456789 1234567890"),
		  "123456789-123456789-123456789-123456789");
	CHECK_STR(name_of("12345678901234567890123456789012345678901234567890 rest"),
		  "123456789012345678901234567890123456789012345678");
}

/* ---- types ------------------------------------------------------------------------------------------ */

static void test_the_type_is_guessed_from_the_class(void)
{
	static const struct {
		uint16_t class_code;
		const char *type;
	} rows[] = {
		{ 0x0300, "gpu" },    { 0x0302, "gpu" },    { 0x0380, "gpu" },	       { 0x0200, "nic" },
		{ 0x0280, "nic" },    { 0x0207, "nic" },    { 0x0c06, "nic" },	       { 0x0108, "nvme" },
		{ 0x0107, "hba" },    { 0x0104, "hba" },    { 0x0c04, "hba" },	       { 0x0106, "sata" },
		{ 0x1200, "npu" },    { 0x0403, "audio" },  { 0x0401, "audio" },       { 0x0400, "media" },
		{ 0x0c03, "usb" },    { 0x1080, "crypto" }, { 0x0b40, "accelerator" }, { 0x00ff, "device" },
		{ 0xff00, "device" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK_STR(pci_kind_type(rows[i].class_code), rows[i].type);
		CHECK(pci_kind_is_type(rows[i].type));
		CHECK(name_valid(rows[i].type));
	}
	CHECK(!pci_kind_is_type("Atlas-300I"));
}

/* "" for no driver; @on_root as host/describe/facts.h has it. */
static enum pci_part part_of(uint16_t vendor, uint32_t class_code, const char *driver, bool on_root)
{
	struct pci_device device = { .id = { .vendor = vendor, .class_code = class_code } };

	snprintf(device.driver, sizeof(device.driver), "%s", driver);
	return pci_kind_part(&device, on_root);
}

static void test_part_of_the_machine_by_class(void)
{
	static const uint32_t machine[] = { 0x060000, 0x060100, 0x068000, 0x050000, 0x058000, 0x050200,
					    0x080020, 0x080600, 0x080700, 0x088000, 0x0c0500, 0x110100 };
	static const uint32_t devices[] = { 0x030000, 0x020000, 0x080501, 0x00ff00, 0x120000, 0x118000 };
	struct pci_device bridge = { .id.class_code = 0x028000, .is_bridge = true };

	for (size_t i = 0; i < ARRAY_SIZE(machine); i++)
		CHECK(part_of(0x1af4, machine[i], "", true) == PCI_PART_OF_MACHINE);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		CHECK(part_of(0x1af4, devices[i], "", true) == PCI_PART_NONE);
	CHECK(pci_kind_part(&bridge, false) == PCI_PART_OF_MACHINE);
}

/* A slot, or a driver, makes a device of what has the class of a part. */
static void test_what_people_pass_through_is_a_device(void)
{
	static const struct {
		uint16_t vendor;
		uint32_t class_code;
		const char *driver;
		bool on_root;
	} rows[] = {
		{ 0x10de, 0x068000, "nvidia-nvswitch", false }, /* NVSwitch */
		{ 0x10de, 0x068000, "", false },
		{ 0x1ac1, 0x088000, "apex", false }, /* Coral */
		{ 0x1ac1, 0x088000, "", false },
		{ 0x10ee, 0x058000, "xdma", false }, /* a core of Xilinx as it comes */
		{ 0x10ee, 0x050000, "", false },     /* never assigned, but shown */
		{ 0x10ee, 0x070001, "", false },     /* the same, older */
		{ 0x8086, 0x088000, "idxd", true },  /* DSA, IAX */
		{ 0x8086, 0x088000, "ioatdma", true },
		{ 0x8086, 0x088000, "vfio-pci", true },
		{ 0x8086, 0x080100, "", false },
		{ 0x1b4b, 0x118000, "", false },
		{ 0x1234, 0x130000, "", false },
		{ 0x8086, 0x0c8000, "", false }, /* a serial controller on a card */
		{ 0x8086, 0x0b4000, "4xxx", true },
		{ 0x1022, 0x118000, "amdxdna", false },
		{ 0x1af4, 0x078000, "virtio-pci", true },
		{ 0x1b36, 0x070002, "serial", true },
		{ 0x8086, 0x040300, "snd_hda_intel", true },
		{ 0x8086, 0x0c0330, "xhci_hcd", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(part_of(rows[i].vendor, rows[i].class_code, rows[i].driver, rows[i].on_root) ==
		      PCI_PART_NONE);
}

static void test_part_of_the_chipset(void)
{
	static const struct {
		uint16_t vendor;
		uint32_t class_code;
		const char *driver;
		bool on_root;
	} rows[] = {
		{ 0x8086, 0x078000, "mei_me", true }, /* MEI */
		{ 0x8086, 0x078000, "", true },
		{ 0x8086, 0x070002, "serial", true }, /* serial over LAN */
		{ 0x8086, 0x108000, "mei_txe", true },
		{ 0x8086, 0x0c8000, "intel-lpss", true }, /* I2C, SPI, UART */
		{ 0x8086, 0x0c8000, "", true },
		{ 0x1d17, 0x0c0a00, "", true },
		{ 0x8086, 0x118000, "proc_thermal_pci", true },
		{ 0x8086, 0x118000, "intel_vsec", true },
		{ 0x8086, 0x088000, "skx_uncore", true },
		{ 0x8086, 0x130000, "intel_th_pci", true },
		{ 0x1022, 0x130000, "", false },    /* reserved, dummy functions */
		{ 0x1022, 0x108000, "ccp", false }, /* PSP */
		{ 0x1022, 0x108000, "", true },
		{ 0x1d94, 0x108000, "ccp", false },
		{ 0x1022, 0x118000, "pcie_mp2_amd", false }, /* sensors */
		{ 0x1022, 0x118000, "", false },
		{ 0x1022, 0x088000, "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(part_of(rows[i].vendor, rows[i].class_code, rows[i].driver, rows[i].on_root) ==
		      PCI_PART_OF_CHIPSET);
}

/* ---- sections --------------------------------------------------------------------------------------- */

#define NPU_ID ((struct pci_identity){ 0x19e5, 0xd500, 0x19e5, 0x0100, 0x120000 })
#define NIC_ID ((struct pci_identity){ 0x8086, 0x10d3, 0x8086, 0x0000, 0x020000 })
#define GPU_ID ((struct pci_identity){ 0x10de, 0x2204, 0x10de, 0x147d, 0x030000 })
#define AUDIO_ID ((struct pci_identity){ 0x10de, 0x1aef, 0x10de, 0x147d, 0x040300 })

static void test_equal_devices_get_one_section(void)
{
	struct host host = { 0 };
	char *text;

	add(&host, "0000:02:00.0", NPU_ID, "Atlas 300I");
	add(&host, "0000:03:00.0", NPU_ID, "Atlas 300I");
	CHECK(suggest(&host)->count == 1);
	text = text_of(&host, 0);
	CHECK_STR(text, "; Maker Atlas 300I (Thing)\n; on this host: 0000:02:00.0 0000:03:00.0\n"
			"[Atlas-300I]\ntype = npu\nvendor = 19e5\ndevice = d500\n");
	free(text);
	paste(&host);
	CHECK_STR(matched_by(&host, 0), "Atlas-300I");
	CHECK_STR(matched_by(&host, 1), "Atlas-300I");
	clear(&host);
}

static void test_what_shares_a_group_is_said(void)
{
	struct host host = { 0 };
	char *text;

	add(&host, "0000:07:00.0", NIC_ID, "82574L");
	add(&host, "0000:07:00.1", NIC_ID, "82574L");
	host.devices[1].group = host.devices[0].group = 22;
	CHECK(suggest(&host)->count == 1);
	text = text_of(&host, 0);
	CHECK(strstr(text, "; group 22 goes to one domain as a whole: 0000:07:00.0 0000:07:00.1\n"));
	free(text);
	clear(&host);
}

static void test_a_graphics_card_is_one_device_with_all_its_functions(void)
{
	struct host host = { 0 };

	add(&host, "0000:01:00.0", GPU_ID, "GA102 [GeForce RTX 3090]");
	add(&host, "0000:01:00.1", AUDIO_ID, "GA102 High Definition Audio Controller");
	host.devices[1].group = host.devices[0].group;
	CHECK(suggest(&host)->count == 1);
	CHECK(host.sections.items[0].functions == FUNCTIONS_ALL);
	CHECK(suggestion_leader(host.inputs, host.count, &host.inputs[1]) == &host.inputs[0]);
	paste(&host);
	CHECK_STR(matched_by(&host, 0), "GeForce-RTX-3090");
	CHECK(host.registry.models[0].functions == FUNCTIONS_ALL);
	clear(&host);
}

static void test_an_audio_function_in_another_group_stands_for_itself(void)
{
	struct host host = { 0 };

	add(&host, "0000:01:00.0", GPU_ID, "GPU");
	add(&host, "0000:01:00.1", AUDIO_ID, "Sound");
	CHECK(suggest(&host)->count == 2);
	CHECK(host.sections.items[0].functions == FUNCTIONS_ONE);
	clear(&host);
}

static void test_the_hosts_twin_is_kept_out_by_its_subsystem(void)
{
	struct pci_identity onboard = NIC_ID;
	struct host host = { 0 };

	onboard.subsystem_device = 0x1234;
	add(&host, "0000:01:00.0", onboard, "82574L")->is_candidate = false;
	add(&host, "0000:02:00.0", NIC_ID, "82574L");
	CHECK(suggest(&host)->count == 1);
	CHECK(host.sections.items[0].has_subsystem && host.sections.items[0].exclude_count == 0);
	paste(&host);
	CHECK_STR(matched_by(&host, 0), "none");
	CHECK_STR(matched_by(&host, 1), "82574L");
	clear(&host);
}

static void test_the_hosts_equal_twin_is_excluded_by_address(void)
{
	struct host host = { 0 };

	add(&host, "0000:01:00.0", NIC_ID, "82574L")->is_candidate = false;
	add(&host, "0000:02:00.0", NIC_ID, "82574L");
	CHECK(suggest(&host)->count == 1);
	CHECK(!host.sections.items[0].has_subsystem && host.sections.items[0].exclude_count == 1);
	paste(&host);
	CHECK_STR(matched_by(&host, 0), "none");
	CHECK_STR(matched_by(&host, 1), "82574L");
	clear(&host);
}

static void test_boards_of_several_makers_need_no_subsystem(void)
{
	struct pci_identity other = GPU_ID;
	struct host host = { 0 };

	other.subsystem_vendor = 0x1043;
	add(&host, "0000:01:00.0", GPU_ID, "GPU");
	add(&host, "0000:02:00.0", other, "GPU");
	CHECK(suggest(&host)->count == 1);
	CHECK(!host.sections.items[0].has_subsystem);
	clear(&host);
}

static void test_the_same_ids_in_another_class_are_two_models(void)
{
	struct pci_identity storage = NPU_ID;
	struct host host = { 0 };

	storage.class_code = 0x010802;
	add(&host, "0000:01:00.0", NPU_ID, "Card");
	add(&host, "0000:02:00.0", storage, "Card");
	CHECK(suggest(&host)->count == 2);
	paste(&host);
	CHECK_STR(matched_by(&host, 0), "Card");
	CHECK_STR(matched_by(&host, 1), "Card-2");
	CHECK_STR(host.registry.models[1].type, "nvme");
	clear(&host);
}

static void test_too_many_to_exclude_are_told_apart_the_other_way(void)
{
	struct host host = { 0 };
	char address[PCI_ADDR_LEN];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(address, sizeof(address), "0000:%02x:00.0", i);
		add(&host, address, NIC_ID, "82574L")->is_candidate = i >= 20;
	}
	CHECK(suggest(&host)->count == 2);
	CHECK(host.sections.items[0].address_count == SUGGESTION_ADDRESSES_MAX);
	paste(&host);
	CHECK_STR(matched_by(&host, 19), "none");
	CHECK_STR(matched_by(&host, 20), "82574L");
	CHECK_STR(matched_by(&host, 31), "82574L");
	CHECK_STR(matched_by(&host, 32), "82574L-2");
	CHECK_STR(matched_by(&host, 39), "82574L-2");
	clear(&host);
}

static void test_names_do_not_contradict_the_registry(void)
{
	struct host host = { 0 };
	struct reader reader = { .registry = &host.registry };
	const struct ini_sink sink = { .section = on_section, .key = on_key, .user = &reader };
	static const char present[] = "[npu]\ntype = Atlas-300I\nvendor = 1234\ndevice = 0001\n"
				      "[Atlas-300I-2]\ntype = t\nvendor = 1234\ndevice = 0002\n";
	struct error err;

	CHECK(ini_text_read(present, strlen(present), "registry.ini", &sink, &err) == 0);
	finish(&reader);
	add(&host, "0000:02:00.0", NPU_ID, "Atlas 300I");
	add(&host, "0000:03:00.0", NIC_ID, "gpu");
	add(&host, "0000:04:00.0", GPU_ID, "pcitag");
	CHECK(suggest(&host)->count == 3);
	CHECK_STR(host.sections.items[0].model, "Atlas-300I-3");
	CHECK_STR(host.sections.items[0].type, "npu-2");
	CHECK_STR(host.sections.items[1].model, "gpu-2");
	CHECK_STR(host.sections.items[2].model, "pcitag-2");
	paste(&host);
	CHECK_STR(matched_by(&host, 0), "Atlas-300I-3");
	clear(&host);
}

static void test_a_long_name_stays_legal_when_it_is_numbered(void)
{
	struct pci_identity other = NPU_ID;
	static const char name[] = "123456789012345678901234567890123456789012345678";
	struct host host = { 0 };

	other.device = 0xd501;
	add(&host, "0000:02:00.0", NPU_ID, name);
	add(&host, "0000:03:00.0", other, name);
	CHECK(suggest(&host)->count == 2);
	CHECK_STR(host.sections.items[1].model, "1234567890123456789012345678901234567890123456-2");
	paste(&host);
	clear(&host);
}

static void test_a_name_with_a_line_end_adds_no_line(void)
{
	struct host host = { 0 };

	add(&host, "0000:02:00.0", NPU_ID, "Atlas\n[evil]\ntype = x");
	host.inputs[0].vendor_name = "A\nB";
	host.inputs[0].class_name = "\n[more]";
	CHECK(suggest(&host)->count == 1);
	paste(&host);
	CHECK(host.registry.count == 1);
	clear(&host);
}

static void test_hundreds_of_functions_are_one_short_section(void)
{
	struct host host = { 0 };
	char address[PCI_ADDR_LEN], *text;

	for (unsigned i = 0; i < MAX; i++) {
		snprintf(address, sizeof(address), "0000:%02x:%02x.%x", i / 128, i / 8 % 16, i % 8);
		add(&host, address, NIC_ID, "82574L Virtual Function");
	}
	CHECK(suggest(&host)->count == 1);
	text = text_of(&host, 0);
	CHECK(strstr(text, " and 188 more\n"));
	free(text);
	paste(&host);
	clear(&host);
}

int main(void)
{
	RUN(test_a_model_is_called_what_its_maker_calls_it);
	RUN(test_a_mode_in_brackets_is_no_name);
	RUN(test_a_name_has_only_what_a_name_may_have);
	RUN(test_a_device_that_nobody_knows_is_called_by_its_ids);
	RUN(test_a_long_name_is_cut_between_words);
	RUN(test_the_type_is_guessed_from_the_class);
	RUN(test_part_of_the_machine_by_class);
	RUN(test_what_people_pass_through_is_a_device);
	RUN(test_part_of_the_chipset);
	RUN(test_equal_devices_get_one_section);
	RUN(test_what_shares_a_group_is_said);
	RUN(test_a_graphics_card_is_one_device_with_all_its_functions);
	RUN(test_an_audio_function_in_another_group_stands_for_itself);
	RUN(test_the_hosts_twin_is_kept_out_by_its_subsystem);
	RUN(test_the_hosts_equal_twin_is_excluded_by_address);
	RUN(test_boards_of_several_makers_need_no_subsystem);
	RUN(test_the_same_ids_in_another_class_are_two_models);
	RUN(test_too_many_to_exclude_are_told_apart_the_other_way);
	RUN(test_names_do_not_contradict_the_registry);
	RUN(test_a_long_name_stays_legal_when_it_is_numbered);
	RUN(test_a_name_with_a_line_end_adds_no_line);
	RUN(test_hundreds_of_functions_are_one_short_section);
	return 0;
}
