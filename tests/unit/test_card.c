/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/allocate/card.c model/pci/kind.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/topology.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/pci/address.c base/error.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
#include "model/allocate/card.h"
#include "test.h"

static struct pci_device picture, sound;

/* Picture and sound of one card, each in a group of its own. */
static void new_card(void)
{
	picture = (struct pci_device){ .addr = { .bus = 10 }, .group = 30 };
	sound = (struct pci_device){ .addr = { .bus = 10, .function = 1 }, .group = 31 };
}

static bool goes_together(void)
{
	CHECK(card_goes_together(&picture, &sound) == card_goes_together(&sound, &picture));
	return card_goes_together(&picture, &sound);
}

static void test_functions_of_a_slot_go_together(void)
{
	new_card();
	CHECK(goes_together());
	sound.addr.slot = 1;
	CHECK(!goes_together());
}

static void test_a_group_of_both_is_the_affair_of_the_group(void)
{
	new_card();
	sound.group = 30;
	CHECK(!goes_together());
	CHECK(!card_goes_together(&picture, &picture));
}

static void test_only_two_resets_of_their_own_part_them(void)
{
	new_card();
	picture.resets_alone = true;
	CHECK(goes_together());
	sound.resets_alone = true;
	CHECK(!goes_together());
}

static void test_virtual_functions_and_bridges_are_no_siblings(void)
{
	new_card();
	sound.is_virtual = true;
	CHECK(!goes_together());
	new_card();
	picture.is_bridge = true;
	CHECK(!goes_together());
}

/* ---- what a guest gets ------------------------------------------------------------------------------ */

/* A processor with graphics, its slot in one group: graphics, sound, security, two of USB, more sound. */
static struct pci_device slot[8];

static void new_processor(void)
{
	static const uint16_t ids[][2] = { { 0x1002, 0x164e }, { 0x1002, 0x1640 }, { 0x1022, 0x1649 },
					   { 0x1022, 0x15b6 }, { 0x1022, 0x15b7 }, { 0x1022, 0x15e2 },
					   { 0x1022, 0x15e3 } };
	static const uint32_t classes[] = { 0x030000, 0x040300, 0x108000, 0x0c0330,
					    0x0c0330, 0x048000, 0x040300 };
	static const char *const drivers[] = { "amdgpu", "snd_hda_intel", "ccp", "xhci_hcd", "xhci_hcd",
					       "",	 "snd_hda_intel" };

	for (uint8_t f = 0; f < ARRAY_SIZE(classes); f++) {
		slot[f] = (struct pci_device){
			.addr = { .bus = 0x11, .function = f },
			.id = { .vendor = ids[f][0], .device = ids[f][1], .class_code = classes[f] },
			.group = 5,
			.has_parent = true
		};
		strcpy(slot[f].driver, drivers[f]);
	}
}

/* Bit n: function n of the processor goes to the guest that asks for function @asked. */
static unsigned given(const char *functions, unsigned asked)
{
	struct model model;
	struct error err;
	unsigned mask = 0;

	CHECK(model_init(&model, "Raphael", "registry.ini", 1, &err) == 0);
	CHECK(model_set(&model, "type", "gpu", &err) == 0);
	CHECK(model_set(&model, "vendor", "1002", &err) == 0);
	CHECK(model_set(&model, "device", "164e", &err) == 0);
	CHECK(model_set(&model, "functions", functions, &err) == 0);
	for (unsigned f = 0; f < 7; f++)
		mask |= model_gives(&model, &slot[asked], &slot[f]) ? 1U << f : 0;
	model_clear(&model);
	return mask;
}

static void test_a_list_names_what_goes_with_the_function_that_matches(void)
{
	new_processor();
	CHECK(given("one", 0) == 0x01);
	CHECK(given("0 1 6", 0) == 0x43);
	CHECK(given("1", 0) == 0x03);
	CHECK(given("7", 0) == 0x01);
}

static void test_only_what_is_in_the_group_and_the_slot_is_given(void)
{
	new_processor();
	slot[1].group = 6;
	slot[6].addr.slot = 1;
	slot[3].is_bridge = true;
	CHECK(given("1 2 3 6", 0) == 0x05);
}

static void test_all_leaves_the_hosts_own_where_they_are(void)
{
	new_processor();
	CHECK(given("all", 0) == 0x63);
	/* A card with a socket for USB: its controller is of the same maker. */
	slot[3].id.vendor = 0x1002;
	CHECK(given("all", 0) == 0x6b);
	/* A reserved function, with or without a driver that claims it. */
	slot[6].id.class_code = 0x130000;
	CHECK(given("all", 0) == 0x2b);
}

static void test_all_takes_what_the_model_matches_or_forces(void)
{
	struct model model;
	struct error err;

	new_processor();
	CHECK(model_init(&model, "Usb", "registry.ini", 1, &err) == 0);
	CHECK(model_set(&model, "vendor", "1022", &err) == 0);
	CHECK(model_set(&model, "device", "15b6 15b7", &err) == 0);
	CHECK(model_set(&model, "functions", "all", &err) == 0);
	CHECK(model_gives(&model, &slot[0], &slot[3]) && !model_gives(&model, &slot[0], &slot[2]));
	CHECK(model_set(&model, "force", "0000:11:00.2", &err) == 0);
	CHECK(model_gives(&model, &slot[0], &slot[2]));
	model_clear(&model);
}

/* The first function that would be given if it were not in another group, or -1. */
static int split(const char *functions)
{
	struct topology topology = { 0 };
	const struct pci_device *other;
	struct model model;
	struct error err;
	int function;

	for (unsigned f = 0; f < 7; f++)
		CHECK(topology_add(&topology, &slot[f], &err) == 0);
	CHECK(model_init(&model, "Raphael", "registry.ini", 1, &err) == 0);
	CHECK(model_set(&model, "functions", functions, &err) == 0);
	other = card_split(&topology, &model, &topology.devices[0]);
	function = other ? other->addr.function : -1;
	model_clear(&model);
	topology_clear(&topology);
	return function;
}

static void test_what_is_given_must_be_in_one_group(void)
{
	new_processor();
	CHECK(split("all") == -1);
	slot[2].group = slot[3].group = slot[4].group = 6;
	CHECK(split("all") == -1 && split("0 1") == -1 && split("1 4") == 4);
	slot[6].group = 7;
	CHECK(split("all") == 6 && split("1") == -1 && split("one") == -1);
	slot[6].is_virtual = true;
	CHECK(split("all") == -1);
}

int main(void)
{
	RUN(test_functions_of_a_slot_go_together);
	RUN(test_a_group_of_both_is_the_affair_of_the_group);
	RUN(test_only_two_resets_of_their_own_part_them);
	RUN(test_virtual_functions_and_bridges_are_no_siblings);
	RUN(test_a_list_names_what_goes_with_the_function_that_matches);
	RUN(test_only_what_is_in_the_group_and_the_slot_is_given);
	RUN(test_all_leaves_the_hosts_own_where_they_are);
	RUN(test_all_takes_what_the_model_matches_or_forces);
	RUN(test_what_is_given_must_be_in_one_group);
	return 0;
}
