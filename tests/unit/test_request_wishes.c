/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/allocate/request_wishes.c model/registry/registry.c model/registry/profile.c model/wish/wish.c model/wish/pattern_list.c model/lease/domain.c model/lease/options.c model/lease/name.c model/pci/address.c model/pci/topology.c base/error.c */
#include "model/allocate/request_wishes.h"
#include "base/cleanup.h"
#include "test.h"

static struct profile profiles[] = {
	{ .name = "fast",
	  .wishes = { .numa = WISH_NUMA_REQUIRED,
		      .together = WISH_LEVEL_SWITCH,
		      .prefer = WISH_PREFER_SPREAD } },
};
static const struct registry registry = { .profiles = profiles, .profile_count = 1 };

static struct wishes wishes_of(const char *request, const struct domain *domain)
{
	struct wishes wishes;
	struct request parsed;
	struct error err = { 0 };

	CHECK(request_read(request, &parsed, &err) == 0);
	if (request_wishes(&registry, domain, &parsed, &wishes, &err) != 0)
		CHECK_STR(err.msg, "");
	return wishes;
}

static void check_wishes(const struct wishes wishes, const char *text)
{
	char buf[WISHES_LEN];

	CHECK_STR(wishes_format(&wishes, buf), text);
}

static void test_without_wishes_nothing_is_wished(void)
{
	struct pinning pinning = { .vcpus = 1 };
	struct domain domain = { .name = "win11" };

	check_wishes(wishes_of("npu", NULL), "numa=none");
	check_wishes(wishes_of("npu", &domain), "numa=none");
	domain.pinning = &pinning;
	check_wishes(wishes_of("npu", &domain), "numa=preferred");
}

static void test_a_domain_narrows_what_its_profile_wishes(void)
{
	const struct wishes card = { .together = WISH_LEVEL_CARD, .numa = WISH_NUMA_NONE };
	const struct wishes optional = { .optional = WISH_OPTIONAL_YES, .prefer = WISH_PREFER_LAST };
	struct domain domain = { .name = "win11" };

	CHECK(domain_add_wish(&domain, "fast npu", &card, NULL) == 0);
	CHECK(domain_add_wish(&domain, "npu", &optional, NULL) == 0);
	check_wishes(wishes_of("fast", &domain), "numa=required together=card prefer=spread");
	check_wishes(wishes_of("npu", &domain), "numa=none together=card prefer=last optional=yes");
	/* The wish is for that request, and for no other of the name. */
	check_wishes(wishes_of("fast.1", &domain), "numa=required together=switch prefer=spread");
	domain_clear(&domain);
}

static void test_a_contradiction_names_both(void)
{
	const struct wishes pack = { .prefer = WISH_PREFER_PACK };
	struct domain domain = { .name = "win11" };
	struct request request;
	struct wishes wishes;
	struct error err = { 0 };

	CHECK(domain_add_wish(&domain, "fast", &pack, NULL) == 0);
	CHECK(request_read("fast", &request, &err) == 0);
	CHECK(request_wishes(&registry, &domain, &request, &wishes, &err) == -1);
	CHECK_STR(err.msg,
		  "request fast: profile fast has prefer = spread, and domain 'win11' has prefer = pack, "
		  "which contradict each other: delete one of the two");
	domain_clear(&domain);
}

static void test_a_model_says_what_nobody_else_does(void)
{
	const struct model plain = { .name = "a" }, packing = { .wishes = { .prefer = WISH_PREFER_PACK } };
	const struct wishes none = { 0 }, last = { .prefer = WISH_PREFER_LAST };

	CHECK(request_prefers(&none, &plain) == WISH_PREFER_FIRST);
	CHECK(request_prefers(&none, &packing) == WISH_PREFER_PACK);
	CHECK(request_prefers(&last, &packing) == WISH_PREFER_LAST);
}

static void test_a_device_is_known_again_by_its_serial_number_or_its_place(void)
{
	struct lease_grant grants[] = { { .request = { .text = "gpu" }, .addr = { .bus = 3 } } };
	struct lease_member members[] = {
		{ .addr = { .bus = 3 }, .id = { .vendor = 0x10de }, .serial = { .dsn = "01" } },
		{ .addr = { .bus = 3, .function = 1 } }
	};
	struct lease last = { .grants = grants, .grant_count = 1, .members = members, .member_count = 2 };
	struct pci_device device = { .addr = { .bus = 5 },
				     .id = { .vendor = 0x10de },
				     .serial = { .dsn = "01" } };

	CHECK(request_had(&last, "gpu", &device));
	CHECK(!request_had(&last, "gpu.1", &device) && !request_had(NULL, "gpu", &device));
	strcpy(device.serial.dsn, "02");
	device.addr.bus = 3;
	CHECK(!request_had(&last, "gpu", &device));
	strcpy(device.serial.dsn, "");
	CHECK(request_had(&last, "gpu", &device));
	device.addr.function = 1;
	CHECK(!request_had(&last, "gpu", &device));
	device.addr.function = 0;
	device.id.vendor = 0x1002;
	CHECK(!request_had(&last, "gpu", &device));
}

int main(void)
{
	RUN(test_without_wishes_nothing_is_wished);
	RUN(test_a_domain_narrows_what_its_profile_wishes);
	RUN(test_a_contradiction_names_both);
	RUN(test_a_model_says_what_nobody_else_does);
	RUN(test_a_device_is_known_again_by_its_serial_number_or_its_place);
	return 0;
}
