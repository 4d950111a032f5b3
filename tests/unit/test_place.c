/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/place.c model/pci/address.c base/error.c */
#include "base/cleanup.h"
#include "model/pci/place.h"
#include "test.h"

#define ROOT "../../../devices/pci0000:00/"
#define BEHIND_SWITCH ROOT "0000:00:03.0/0000:02:00.0/"
#define BEHIND_TWO BEHIND_SWITCH "0000:03:01.0/0000:05:00.0/0000:06:02.0/"

static struct pci_addr addr_of(const char *text)
{
	struct pci_addr addr;

	CHECK(pci_addr_parse(text, &addr) == 0);
	return addr;
}

static struct pci_place place_of(const char *target)
{
	const char *slash = strrchr(target, '/');
	struct pci_addr addr = addr_of(slash ? slash + 1 : target);
	struct pci_place place;

	pci_place_parse(target, &addr, NULL, &place);
	return place;
}

static struct pci_place on_node(struct pci_place place, int node)
{
	place.has_node = true;
	place.node = (uint16_t)node;
	return place;
}

static void check_distance(const struct pci_place a, const struct pci_place b, const char *name)
{
	CHECK_STR(pci_distance_name(pci_place_distance(&a, &b)), name);
	CHECK_STR(pci_distance_name(pci_place_distance(&b, &a)), name);
}

static void test_the_path_has_the_bridges(void)
{
	static const struct {
		const char *target, *path, *port;
	} cases[] = {
		{ ROOT "0000:00:1f.2", "0000:00/1f.2", NULL },
		{ ROOT "0000:00:01.0/0000:01:00.1", "0000:00/01.0/00.1", NULL },
		/* a bridge to conventional PCI */
		{ ROOT "0000:00:1c.0/0000:05:00.0/0000:06:03.0", "0000:00/1c.0/00.0/03.0", NULL },
		{ BEHIND_SWITCH "0000:03:00.0/0000:04:00.0", "0000:00/03.0/00.0/00.0/00.0", "0000:02:00.0" },
		/* of two, that nearest to the root: it is the one that both share with others */
		{ BEHIND_TWO "0000:07:00.0", "0000:00/03.0/00.0/01.0/00.0/02.0/00.0", "0000:02:00.0" },
		{ "../../../devices/platform/40000000.pcie/pci0004:20/0004:20:00.0/0004:21:00.0",
		  "0004:20/00.0/00.0", NULL },
		/* behind a volume management device */
		{ ROOT "0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0", "10000:e0/06.0/00.0", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pci_place place = place_of(cases[i].target);
		char text[PCI_ADDR_LEN];

		CHECK(place.is_known && place.has_switch == (cases[i].port != NULL));
		CHECK_STR(place.path, cases[i].path);
		if (cases[i].port)
			CHECK_STR(pci_addr_format(&place.switch_port, text), cases[i].port);
	}
}

static void test_what_is_no_path_is_unknown(void)
{
	static const char *const targets[] = {
		"",
		"0000:01:00.0",
		"../../../devices/0000:00:01.0/0000:01:00.0",
		"../../../devices/pci0000:0/0000:00:01.0/0000:01:00.0",
		"../../../devices/pci0000:00x/0000:00:01.0/0000:01:00.0",
		"../../../devices/pci0000:00/0000:00:01.0/0000:01:00.1",
		"../../../devices/pci0000:00/0000:00:01.0",
		"../../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/pci0001:00",
	};
	struct pci_addr addr = addr_of("0000:01:00.0");
	char deep[1024] = "../../../devices/pci0000:00";

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct pci_place place;

		pci_place_parse(targets[i], &addr, NULL, &place);
		CHECK(!place.is_known && !place.path[0] && pci_addr_equal(&place.card, &addr));
		for (unsigned level = 0; level < PCI_LEVELS; level++)
			CHECK(pci_place_id(&place, (enum pci_level)level) == 0);
	}
	for (int i = 0; i < PCI_BRIDGES_MAX; i++)
		strcat(deep, "/0000:02:00.0");
	CHECK(place_of(strcat(deep, "/0000:03:00.0")).is_known);
	CHECK(strlen(place_of(deep).path) == 7 + 5 * (PCI_BRIDGES_MAX + 1));
	CHECK(!place_of(strcat(deep, "/0000:04:00.0")).is_known);
}

static void test_places_are_shared_from_near_to_far(void)
{
	struct pci_place a = place_of(BEHIND_SWITCH "0000:03:00.0/0000:04:00.0");
	struct pci_place sibling = place_of(BEHIND_SWITCH "0000:03:00.0/0000:04:00.1");
	struct pci_place neighbour = place_of(BEHIND_TWO "0000:07:00.0");
	struct pci_place elsewhere = place_of(ROOT "0000:00:01.0/0000:01:00.0");
	struct pci_place far = place_of("../../../devices/pci0000:80/0000:80:01.0/0000:81:00.0");
	struct pci_place lost = { .card = a.card };

	check_distance(a, a, "same card");
	check_distance(a, sibling, "same card");
	check_distance(a, neighbour, "same switch");
	check_distance(a, elsewhere, "same root");
	check_distance(a, far, "unknown");
	check_distance(on_node(a, 0), on_node(far, 0), "same node");
	check_distance(on_node(a, 0), on_node(far, 1), "other node");
	check_distance(on_node(a, 0), far, "unknown");
	check_distance(lost, a, "unknown");
	check_distance(lost, lost, "unknown");
	check_distance(on_node(lost, 1), on_node(a, 1), "same node");
}

static void test_who_shares_a_place_shares_each_farther_one(void)
{
	struct pci_place places[] = {
		place_of(BEHIND_SWITCH "0000:03:00.0/0000:04:00.0"),
		place_of(BEHIND_SWITCH "0000:03:00.0/0000:04:00.1"),
		place_of(BEHIND_TWO "0000:07:00.0"),
		place_of(ROOT "0000:00:01.0/0000:01:00.0"),
		place_of(ROOT "0000:00:01.0/0000:01:00.1"),
		place_of(ROOT "0000:00:02.0"),
		place_of("../../../devices/pci0000:80/0000:80:01.0/0000:81:00.0"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(places); k++) {
			bool is_shared = false;

			for (unsigned level = 0; level <= PCI_LEVEL_ROOT; level++) {
				bool now = pci_place_id(&places[i], (enum pci_level)level) ==
					   pci_place_id(&places[k], (enum pci_level)level);

				CHECK(now || !is_shared);
				is_shared = now;
			}
		}
	}
	/* Without a switch, the functions of a card are as near as if there were one. */
	CHECK(pci_place_id(&places[3], PCI_LEVEL_SWITCH) == pci_place_id(&places[4], PCI_LEVEL_SWITCH));
	CHECK(pci_place_id(&places[3], PCI_LEVEL_SWITCH) != pci_place_id(&places[5], PCI_LEVEL_SWITCH));
}

static void test_a_virtual_function_is_on_the_card_of_its_physical_one(void)
{
	struct pci_addr addr = addr_of("0000:01:10.2"), physfn = addr_of("0000:01:00.1");
	struct pci_place vf, pf = place_of(ROOT "0000:00:01.0/0000:01:00.0");

	pci_place_parse(ROOT "0000:00:01.0/0000:01:10.2", &addr, &physfn, &vf);
	CHECK(vf.is_known);
	CHECK_STR(vf.path, "0000:00/01.0/10.2");
	check_distance(vf, pf, "same card");
}

int main(void)
{
	RUN(test_the_path_has_the_bridges);
	RUN(test_what_is_no_path_is_unknown);
	RUN(test_places_are_shared_from_near_to_far);
	RUN(test_who_shares_a_place_shares_each_farther_one);
	RUN(test_a_virtual_function_is_on_the_card_of_its_physical_one);
	return 0;
}
