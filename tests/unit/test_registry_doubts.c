/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/registry/doubts.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
#include "model/registry/doubts.h"
#include "test.h"

static struct topology topology;

static void device(const char *addr, uint16_t vendor, uint16_t id, uint32_t class_code)
{
	struct pci_device added = { .id = { .vendor = vendor, .device = id, .class_code = class_code } };

	CHECK(pci_addr_parse(addr, &added.addr) == 0);
	CHECK(topology_add(&topology, &added, NULL) == 0);
}

/* A model of two accelerators, with one more key. */
static struct model model_with(const char *key, const char *value)
{
	struct model model = { 0 };
	struct error err;

	CHECK(model_init(&model, "Atlas", "registry.ini", 1, &err) == 0);
	CHECK(model_set(&model, "type", "npu", &err) == 0);
	CHECK(model_set(&model, "vendor", "19e5", &err) == 0);
	CHECK(model_set(&model, "device", "d500", &err) == 0);
	if (key)
		CHECK(model_set(&model, key, value, &err) == 0);
	return model;
}

static void missed(const char *key, const char *value, const char *expected)
{
	struct model model = model_with(key, value);
	char why[MODEL_MISSED_LEN];

	CHECK_STR(model_missed(&model, &topology, why), expected);
	model_clear(&model);
}

static void test_types_and_classes_that_do_not_go_together(void)
{
	CHECK_STR(type_contradicts_class("npu", 0x020000), "an accelerator");
	CHECK_STR(type_contradicts_class("fast-NIC", 0x120000), "a network card");
	CHECK_STR(type_contradicts_class("nvme", 0x030000), "a disk");
	CHECK_STR(type_contradicts_class("gpu_big", 0x010802), "a GPU");
	CHECK_STR(type_contradicts_class("usb", 0x040300), "a USB controller");
}

static void test_types_and_classes_that_do(void)
{
	CHECK(!type_contradicts_class("npu", 0x120000));
	CHECK(!type_contradicts_class("gpu", 0x030200));
	CHECK(!type_contradicts_class("gpu-audio", 0x040300)); /* one of its words does */
	CHECK(!type_contradicts_class("nic", 0x0c0600));       /* InfiniBand */
	CHECK(!type_contradicts_class("npu", 0x00ff00));       /* no class at all */
	CHECK(!type_contradicts_class("npu", 0xff0000));
	CHECK(!type_contradicts_class("nickel", 0x120000)); /* no word that is known */
}

static void test_ids_that_are_class_codes(void)
{
	CHECK(id_looks_like_class(0x0302));
	CHECK(id_looks_like_class(0x1200));
	CHECK(!id_looks_like_class(0xd500));
}

static void test_why_a_model_matches_nothing(void)
{
	missed("class", "12", "no device of this host has the ids 19e5:d500");
	device("0000:01:00.0", 0x19e5, 0xd500, 0x120000);
	device("0000:02:00.0", 0x19e5, 0xd500, 0x120000);
	device("0000:03:00.0", 0x8086, 0x10d3, 0x020000);
	missed("class", "03", "2 here with the ids 19e5:d500, but its key class fits none");
	missed("subsystem", "19e5:0100", "2 here with the ids 19e5:d500, but its key subsystem fits none");
	missed("revision", "20", "2 here with the ids 19e5:d500, but its key revision fits none");
	missed("address", "0000:3b:00.*", "2 here with the ids 19e5:d500, but its key address fits none");
	missed("exclude", "0000:*:00.*", "2 here with the ids 19e5:d500, but its key exclude fits none");
	topology_clear(&topology);
}

static void test_keys_that_exclude_each_other(void)
{
	struct model model = model_with("address", "0000:01:00.0");
	char why[MODEL_MISSED_LEN];
	struct error err;

	CHECK(model_set(&model, "exclude", "0000:01:00.0", &err) == 0);
	device("0000:01:00.0", 0x19e5, 0xd500, 0x120000);
	device("0000:02:00.0", 0x19e5, 0xd500, 0x120000);
	CHECK_STR(model_missed(&model, &topology, why),
		  "2 here with the ids 19e5:d500, but none that fits all its keys");
	model_clear(&model);
	topology_clear(&topology);
}

static void test_a_model_whose_devices_are_all_forced(void)
{
	struct model model = model_with("force", "0000:01:00.0");

	CHECK(!model_forces_all(&model, &topology));
	device("0000:01:00.0", 0x19e5, 0xd500, 0x120000);
	CHECK(model_forces_all(&model, &topology));
	device("0000:02:00.0", 0x19e5, 0xd500, 0x120000);
	CHECK(!model_forces_all(&model, &topology));
	model_clear(&model);
	topology_clear(&topology);
}

int main(void)
{
	RUN(test_types_and_classes_that_do_not_go_together);
	RUN(test_types_and_classes_that_do);
	RUN(test_ids_that_are_class_codes);
	RUN(test_why_a_model_matches_nothing);
	RUN(test_keys_that_exclude_each_other);
	RUN(test_a_model_whose_devices_are_all_forced);
	return 0;
}
