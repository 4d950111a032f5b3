/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/card.c model/topology.c model/pci_addr.c base/error.c */
#include "model/card.h"
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

int main(void)
{
	RUN(test_functions_of_a_slot_go_together);
	RUN(test_a_group_of_both_is_the_affair_of_the_group);
	RUN(test_only_two_resets_of_their_own_part_them);
	RUN(test_virtual_functions_and_bridges_are_no_siblings);
	return 0;
}
