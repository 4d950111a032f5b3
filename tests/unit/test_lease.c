/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/lease.c model/pci/topology.c model/pci/address.c base/error.c model/lease/vf_net.c */
/* A lease that grows and shrinks while its domain runs. */
#include "model/lease/lease.h"
#include "test.h"

static void add_grant(struct lease *lease, const char *request, uint8_t bus, uint8_t functions,
		      enum grant_way way)
{
	struct lease_grant grant = {
		.addr = { .bus = bus }, .functions = functions, .group = bus, .way = way
	};
	struct error err;

	snprintf(grant.request.text, sizeof(grant.request.text), "%s", request);
	CHECK(lease_add_grant(lease, &grant, &err) == 0);
}

static void add_member(struct lease *lease, uint8_t bus, uint8_t function, enum member_role role)
{
	struct lease_member member = { .addr = { .bus = bus, .function = function },
				       .group = bus,
				       .role = role };
	struct error err;

	CHECK(lease_add_member(lease, &member, &err) == 0);
}

/* npu since the start in group 1, and a card with two functions in group 2, which was attached. */
static struct lease example(void)
{
	struct lease lease = { .uuid = "11111111-2222-3333-4444-555555555555",
			       .domain = "vm",
			       .boot_id = "66666666-7777-8888-9999-000000000000",
			       .daemon = { 12, 34 },
			       .state = LEASE_BOUND,
			       .since = 5 };

	add_grant(&lease, "npu", 1, 0x01, GRANT_STARTED);
	add_grant(&lease, "card", 2, 0x01, GRANT_ATTACHED);
	add_member(&lease, 2, 0, MEMBER_GIVEN);
	add_member(&lease, 1, 0, MEMBER_GIVEN);
	add_member(&lease, 2, 1, MEMBER_HELD);
	return lease;
}

static void test_a_grant_is_found_by_its_request_and_by_what_the_guest_sees(void)
{
	struct lease lease = example();
	struct pci_addr given = { .bus = 2 }, held = { .bus = 2, .function = 1 };

	CHECK(lease_find_request(&lease, "card") == &lease.grants[1]);
	CHECK(lease_find_request(&lease, "gpu") == NULL);
	CHECK(lease_find_function(&lease, &given) == &lease.grants[1]);
	CHECK(lease_find_function(&lease, &held) == NULL);
	CHECK(!grant_is_attached(&lease.grants[0]) && grant_is_attached(&lease.grants[1]));
	lease_clear(&lease);
}

static void test_a_group_is_copied_with_its_grants(void)
{
	struct lease lease = example(), part;
	struct error err;

	CHECK(lease_copy_group(&lease, 2, &part, &err) == 0);
	CHECK_STR(part.domain, "vm");
	CHECK_STR(part.uuid, lease.uuid);
	CHECK_STR(part.boot_id, lease.boot_id);
	CHECK(part.daemon.pid == 12 && part.since == 5 && part.state == LEASE_BOUND);
	CHECK(part.grant_count == 1 && part.member_count == 2 && part.hostdev_count == 0);
	CHECK_STR(part.grants[0].request.text, "card");
	CHECK(part.members[0].addr.function == 0 && part.members[1].addr.function == 1);
	CHECK(lease.grant_count == 2 && lease.member_count == 3);
	lease_clear(&part);
	lease_clear(&lease);
}

static void test_a_dropped_group_takes_its_grants_along(void)
{
	struct lease lease = example();

	lease_drop_group(&lease, 2);
	CHECK(lease.grant_count == 1 && lease.member_count == 1);
	CHECK_STR(lease.grants[0].request.text, "npu");
	CHECK(lease.members[0].group == 1);
	CHECK(!lease_is_empty(&lease));
	lease_drop_group(&lease, 1);
	CHECK(lease_is_empty(&lease));
	lease_clear(&lease);
}

static void test_host_devices_are_something_to_speak_of(void)
{
	struct lease lease = { .grants = NULL };
	struct error err;

	CHECK(lease_is_empty(&lease));
	CHECK(lease_add_hostdev(&lease, &(struct lease_hostdev){ { .bus = 3 }, 7 }, &err) == 0);
	CHECK(!lease_is_empty(&lease));
	lease_clear(&lease);
}

static void test_what_was_copied_and_dropped_can_be_appended_again(void)
{
	struct lease lease = example(), part;
	struct error err;

	CHECK(lease_copy_group(&lease, 2, &part, &err) == 0);
	lease_drop_group(&lease, 2);
	CHECK(lease_append(&lease, &part, &err) == 0);
	CHECK(lease.grant_count == 2 && lease.member_count == 3);
	CHECK(lease_find_request(&lease, "card")->way == GRANT_ATTACHED);
	CHECK(lease_holds_group(&lease, 1) && lease_holds_group(&lease, 2));
	lease_clear(&part);
	lease_clear(&lease);
}

static void test_every_way_has_a_name_that_is_read_back(void)
{
	for (int way = GRANT_STARTED; way <= GRANT_DETACHING; way++) {
		enum grant_way back = GRANT_STARTED;

		CHECK(grant_way_parse(grant_way_name((enum grant_way)way), &back) == 0);
		CHECK((int)back == way);
	}
	CHECK(grant_way_parse("plugged", &(enum grant_way){ GRANT_STARTED }) == 1);
}

static void test_a_lease_owns_its_addresses_and_its_groups(void)
{
	struct pci_addr own = { .bus = 1 }, other = { .bus = 9 };
	struct lease_list list = { 0 };
	struct lease lease = example(), *shared;
	struct lease_hostdev hostdev = { .addr = { .bus = 5 }, .group = 5 };
	struct error err;

	CHECK(lease_add_hostdev(&lease, &hostdev, &err) == 0);
	shared = lease_share(&lease, &err);
	CHECK(lease_list_add(&list, shared, &err) == 0);
	lease_unref(shared);
	CHECK(lease_list_find_owner(&list, &own, 1, "") == list.leases[0]);
	/* Plugged in anew, it has another group, or has none yet. */
	CHECK(lease_list_find_owner(&list, &own, 40, "") == list.leases[0]);
	CHECK(lease_list_find_owner(&list, &own, PCI_NO_GROUP, "") == list.leases[0]);
	/* And the number of its group is given to another function. */
	CHECK(lease_list_find_owner(&list, &other, 1, "") == list.leases[0]);
	CHECK(!lease_list_find_owner(&list, &other, 40, ""));
	CHECK(!lease_list_find_owner(&list, &other, PCI_NO_GROUP, ""));
	CHECK(!lease_list_find_owner(&list, &own, 1, list.leases[0]->uuid));
	CHECK(lease_list_find_hostdev(&list, &hostdev.addr, 40, "") == list.leases[0]);
	CHECK(lease_list_find_hostdev(&list, &other, 5, "") == list.leases[0]);
	CHECK(!lease_list_find_hostdev(&list, &other, 40, ""));
	CHECK(!lease_list_find_hostdev(&list, &hostdev.addr, 5, list.leases[0]->uuid));
	/* A member that has lost its group has none in common with others that have none. */
	shared->members[0].group = shared->hostdevs[0].group = PCI_NO_GROUP;
	CHECK(!lease_list_find_owner(&list, &other, PCI_NO_GROUP, ""));
	CHECK(!lease_list_find_hostdev(&list, &other, PCI_NO_GROUP, ""));
	lease_list_clear(&list);
}

/* What one list no longer needs stays for the others. */
static void test_a_lease_is_shared_until_the_last_list_is_cleared(void)
{
	struct lease_list first = { 0 }, second = { 0 };
	struct lease lease = example(), copy, *shared;
	struct error err;

	shared = lease_share(&lease, &err);
	CHECK(lease_is_empty(&lease) && lease.uuid[0] == '\0');
	CHECK(lease_list_add(&first, shared, &err) == 0 && lease_list_add(&second, shared, &err) == 0);
	lease_unref(shared);
	CHECK(first.leases[0] == second.leases[0] && second.leases[0]->references == 2);
	lease_list_clear(&first);
	CHECK(second.leases[0]->references == 1 && second.leases[0]->member_count == 3);
	CHECK(lease_copy(second.leases[0], &copy, &err) == 0 && copy.references == 0);
	lease_list_clear(&second);
	CHECK(copy.member_count == 3);
	lease_clear(&copy);
}

/* Arrays of a copy have room as others have: what follows is added by the same functions. */
static void test_a_copy_can_be_extended(void)
{
	for (uint8_t count = 0; count < 9; count++) {
		struct lease lease = { .uuid = "x" }, copy;
		struct lease_hostdev hostdev = { .group = 5 };
		struct lease_member member = { .group = 1 };
		struct lease_grant grant = { .functions = 1 };
		struct error err;

		for (uint8_t i = 0; i < count; i++) {
			hostdev.addr.bus = member.addr.bus = i;
			CHECK(lease_add_hostdev(&lease, &hostdev, &err) == 0 &&
			      lease_add_member(&lease, &member, &err) == 0 &&
			      lease_add_grant(&lease, &grant, &err) == 0);
		}
		CHECK(lease_copy(&lease, &copy, &err) == 0);
		lease_clear(&lease);
		CHECK(lease_add_hostdev(&copy, &hostdev, &err) == 0 &&
		      lease_add_member(&copy, &member, &err) == 0 &&
		      lease_add_grant(&copy, &grant, &err) == 0);
		CHECK(copy.member_count == count + 1U && copy.members[0].addr.bus == 0);
		CHECK(copy.hostdev_count == count + 1U && copy.grant_count == count + 1U);
		lease_clear(&copy);
	}
}

static void test_units_go_where_their_group_goes(void)
{
	struct lease lease = example(), copy = { 0 }, part = { 0 };
	struct error err;

	CHECK(lease_add_unit(&lease, &(struct lease_unit){ "gdm.service", UNIT_STOPPED, 1 }, &err) == 0);
	CHECK(lease_add_unit(&lease, &(struct lease_unit){ "f@a.service", UNIT_STARTED, 2 }, &err) == 0);
	CHECK(lease_find_unit(&lease, "f@a.service")->action == UNIT_STARTED);
	CHECK(!lease_find_unit(&lease, "f.service"));
	CHECK(lease_copy(&lease, &copy, &err) == 0 && copy.unit_count == 2 && copy.units != lease.units);
	CHECK(lease_copy_group(&lease, 2, &part, &err) == 0);
	CHECK(part.unit_count == 1);
	CHECK_STR(part.units[0].name, "f@a.service");
	lease_drop_units(&lease, 2);
	lease_drop_group(&lease, 2);
	CHECK(lease.unit_count == 1);
	CHECK_STR(lease.units[0].name, "gdm.service");
	CHECK(lease_append(&lease, &part, &err) == 0 && lease.unit_count == 2);
	for (int group = 1; group <= 2; group++) {
		lease_drop_units(&lease, group);
		lease_drop_group(&lease, group);
	}
	CHECK(lease_is_empty(&lease) && !lease_is_empty(&copy));
	lease_clear(&lease);
	lease_clear(&copy);
	lease_clear(&part);
}

static void add_net(struct lease *lease, uint8_t bus, const char *set, const char *before)
{
	struct lease_net net = { .addr = { .bus = bus }, .group = bus };
	struct error err;

	CHECK(vf_net_parse(set, &net.set) == 0 && vf_net_parse(before, &net.before) == 0);
	CHECK(lease_add_net(lease, &net, &err) == 0);
}

static void test_settings_go_where_their_function_goes(void)
{
	struct lease lease = example(), part = { 0 }, copy = { 0 };
	struct error err;

	add_net(&lease, 1, "vlan=1", "vlan=0");
	add_net(&lease, 2, "trust=on", "trust=off");
	CHECK(lease_has_nets(&lease, 2) && !lease_has_nets(&lease, 3));
	CHECK(lease_copy_group(&lease, 2, &part, &err) == 0);
	CHECK(part.net_count == 1 && part.nets[0].set.trust && !part.nets[0].before.trust);
	CHECK(lease_copy(&lease, &copy, &err) == 0);
	CHECK(copy.net_count == 2 && copy.nets != lease.nets);
	lease_drop_group(&lease, 2);
	CHECK(lease.net_count == 1 && lease.nets[0].set.vlan == 1 && !lease_has_nets(&lease, 2));
	CHECK(lease_append(&lease, &part, &err) == 0 && lease.net_count == 2);
	CHECK(lease_find_net(&lease, &(struct pci_addr){ .bus = 2 }) == &lease.nets[1]);
	CHECK(!lease_find_net(&lease, &(struct pci_addr){ .bus = 2, .function = 1 }));
	lease_drop_net(&lease, &(struct pci_addr){ .bus = 1 });
	lease_drop_net(&lease, &(struct pci_addr){ .bus = 7 });
	CHECK(lease.net_count == 1 && lease.nets[0].group == 2);
	lease_clear(&lease);
	lease_clear(&part);
	lease_clear(&copy);
}

static void test_units_are_bounded_and_alone_are_something(void)
{
	struct lease lease = { 0 };
	struct lease_unit unit = { "gdm.service", UNIT_STOPPED, 1 };
	enum unit_action action;
	struct error err;

	for (size_t i = 0; i < LEASE_UNITS_MAX; i++)
		CHECK(lease_add_unit(&lease, &unit, &err) == 0);
	CHECK(lease_add_unit(&lease, &unit, &err) < 0);
	CHECK(!lease_is_empty(&lease));
	CHECK(unit_action_parse("started", &action) == 0 && action == UNIT_STARTED);
	CHECK(unit_action_parse("masked", &action) == 1);
	lease_clear(&lease);
}

static void test_a_request_without_a_device_is_something_and_has_its_path(void)
{
	struct lease lease = { .uuid = "a" }, copy;
	struct request spare = { .owner = "vm", .text = "spare" }, other = { .owner = "vm", .text = "other" };
	struct lease_list list = { 0 };
	struct lease *shared;
	struct error err;

	CHECK(lease_is_empty(&lease));
	CHECK(lease_add_without(&lease, &spare, &err) == 0 && !lease_is_empty(&lease));
	CHECK(lease_copy(&lease, &copy, &err) == 0 && copy.without_count == 1);
	CHECK(copy.withouts != lease.withouts);
	lease_drop_ended_grants(&copy);
	CHECK(copy.without_count == 1 && !lease_find_request(&copy, "spare"));
	lease_clear(&copy);
	shared = lease_share(&lease, &err);
	CHECK(lease_list_add(&list, shared, &err) == 0);
	CHECK(lease_list_find_placeholder(&list, &spare) == shared);
	CHECK(!lease_list_find_placeholder(&list, &other));
	lease_unref(shared);
	lease_list_clear(&list);
}

int main(void)
{
	RUN(test_a_request_without_a_device_is_something_and_has_its_path);
	RUN(test_a_copy_can_be_extended);
	RUN(test_a_grant_is_found_by_its_request_and_by_what_the_guest_sees);
	RUN(test_a_group_is_copied_with_its_grants);
	RUN(test_a_dropped_group_takes_its_grants_along);
	RUN(test_host_devices_are_something_to_speak_of);
	RUN(test_what_was_copied_and_dropped_can_be_appended_again);
	RUN(test_a_lease_is_shared_until_the_last_list_is_cleared);
	RUN(test_a_lease_owns_its_addresses_and_its_groups);
	RUN(test_units_go_where_their_group_goes);
	RUN(test_settings_go_where_their_function_goes);
	RUN(test_units_are_bounded_and_alone_are_something);
	RUN(test_every_way_has_a_name_that_is_read_back);
	return 0;
}
