/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/fleet/capacity.c model/fleet/counts.c model/fleet/demand.c model/fleet/report.c model/registry/overlap.c model/allocate/allocator.c model/allocate/assignment.c model/allocate/verdict.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c model/registry/unit_keys.c model/registry/settings.c model/pci/topology.c model/lease/lease.c model/lease/domain.c model/pci/address.c model/allocate/verdict_text.c model/allocate/card.c model/pci/kind.c model/lease/options.c model/lease/vf_net.c model/allocate/request_wishes.c model/pci/setting.c model/registry/identity.c model/allocate/choice.c model/allocate/choice_reason.c model/allocate/wish_check.c model/solve/solver.c model/solve/rules.c model/solve/relaxation.c model/solve/mincost.c model/pci/place.c model/wish/number_set.c */
#include "base/array.h"
#include "model/fleet/capacity.h"
#include "model/fleet/demand.h"
#include "model/fleet/report.h"
#include "test.h"

static struct registry registry;
static struct topology topology;
static struct lease_list leases;
static struct fleet_domains domains;
static struct error err;

static void clear(void)
{
	registry_clear(&registry);
	topology_clear(&topology);
	lease_list_clear(&leases);
	fleet_domains_clear(&domains);
}

/* @keys: "key=value", then NULL */
static void add_section(const char *name, const char *const *keys)
{
	struct model model;
	struct profile profile = { .line = 1 };
	bool is_profile = strncmp(keys[0], "any=", 4) == 0;

	CHECK(model_init(&model, name, "registry.ini", 1, &err) == 0);
	strcpy(profile.name, name);
	for (; *keys; keys++) {
		char key[32];
		size_t len = strcspn(*keys, "=");

		memcpy(key, *keys, len);
		key[len] = '\0';
		if (!is_profile)
			CHECK(model_set(&model, key, *keys + len + 1, &err) == 0);
		else if (profile_set(&profile, key, *keys + len + 1, &err) == PROFILE_NO_SUCH_KEY)
			CHECK(wishes_set(&profile.wishes, key, *keys + len + 1, &err) == 0);
	}
	if (is_profile)
		CHECK(registry_add_profile(&registry, &profile, &err) == 0);
	else
		CHECK(registry_add(&registry, &model, &err) == 0);
	if (is_profile)
		model_clear(&model);
}
#define SECTION(name, ...) add_section(name, (const char *const[]){ __VA_ARGS__, NULL })

static struct pci_device *add_device(const char *address, uint16_t device, int group)
{
	struct pci_device d = { .id = { .vendor = 0x1234, .device = device, .class_code = 0x120000 },
				.group = group,
				.numa_node = PCI_NO_NODE };

	CHECK(pci_addr_parse(address, &d.addr) == 0);
	CHECK(topology_add(&topology, &d, &err) == 0);
	topology_sort(&topology);
	return topology_find(&topology, &d.addr);
}

/* "npu=1 Edu=2" of a request. Returns static text. */
static const char *demand_of(const char *request)
{
	static char text[512];
	struct fleet_counts demand = { 0 };

	text[0] = '\0';
	CHECK(fleet_demand_add(&registry, request, 1, &demand, &err) == 0);
	for (size_t i = 0; i < demand.count; i++)
		text_append(text, sizeof(text), "%s%s=%u", i ? " " : "", demand.items[i].name,
			    demand.items[i].value);
	fleet_counts_clear(&demand);
	return text;
}

static const char *capacity(void)
{
	static char text[512];
	struct allocation_input in = {
		.registry = &registry, .topology = &topology, .leases = &leases, .hostname = "", .uuid = ""
	};
	const struct fleet_host host = { .in = &in, .domains = &domains };
	struct fleet_counts counts = { 0 };
	int rc = fleet_capacity(&host, &counts, &err);

	snprintf(text, sizeof(text), "%s", rc == FLEET_UNCLEAR ? "unclear" : "");
	for (size_t i = 0; rc == 0 && i < counts.count; i++)
		text_append(text, sizeof(text), "%s%s=%u", i ? " " : "", counts.items[i].name,
			    counts.items[i].value);
	fleet_counts_clear(&counts);
	return text;
}

static void add_domain(const char *name, const char *noted)
{
	struct fleet_domain *domain = ARRAY_ADD(domains.items, domains.count);

	CHECK(domain);
	strcpy(domain->name, name);
	domain->is_noted = noted != NULL;
	if (noted)
		CHECK(fleet_counts_parse(noted, &domain->demand, &err) == 0);
}

/* A grant of the device at @address, whose group is @group. */
static struct lease *new_lease(const char *domain, const char *request, const char *model, const char *type,
			       const char *address, int group)
{
	struct lease lease = { .state = LEASE_BOUND }, *shared;
	struct lease_grant grant = { .group = group };
	struct lease_member member = { .group = group };

	strcpy(lease.domain, domain);
	snprintf(lease.uuid, sizeof(lease.uuid), "%s", domain);
	strcpy(grant.request.text, request);
	CHECK(request_parse(request, grant.request.name, &grant.request.index) == 0);
	strcpy(grant.model, model);
	strcpy(grant.type, type);
	CHECK(pci_addr_parse(address, &grant.addr) == 0);
	member.addr = grant.addr;
	CHECK(lease_add_grant(&lease, &grant, &err) == 0 && lease_add_member(&lease, &member, &err) == 0);
	shared = lease_share(&lease, &err);
	CHECK(shared && lease_list_add(&leases, shared, &err) == 0);
	lease_unref(shared);
	return shared;
}

static void test_counts_are_ordered_by_name(void)
{
	struct fleet_counts counts = { 0 };

	CHECK(fleet_counts_add(&counts, "npu", 2, &err) == 0);
	CHECK(fleet_counts_add(&counts, "a", 1, &err) == 0);
	CHECK(fleet_counts_add(&counts, "npu", 1, &err) == 0);
	CHECK(fleet_counts_raise(&counts, "npu", 2, &err) == 0);
	CHECK(fleet_counts_raise(&counts, "z", 4, &err) == 0);
	CHECK(counts.count == 3);
	CHECK_STR(counts.items[0].name, "a");
	CHECK(fleet_counts_get(&counts, "npu") == 3 && fleet_counts_get(&counts, "z") == 4);
	CHECK(fleet_counts_get(&counts, "b") == 0);
	fleet_counts_clear(&counts);
}

static const char *parse(const char *text)
{
	struct fleet_counts counts = { 0 };
	int rc = fleet_counts_parse(text, &counts, &err);

	fleet_counts_clear(&counts);
	return rc < 0 ? err.msg : "";
}

static void test_what_utilization_prints_is_read(void)
{
	char longest[128];

	CHECK_STR(parse(""), "");
	CHECK_STR(parse("win11\npcitag-npu=1 pcitag-Atlas-300I=99999\n"), "");
	CHECK_STR(parse("npu=1"), "npu=1 is not pcitag-NAME=NUMBER");
	CHECK_STR(parse("pcitag-=1"), "pcitag-=1 is not pcitag-NAME=NUMBER");
	CHECK_STR(parse("pcitag-npu="), "pcitag-npu= is not pcitag-NAME=NUMBER");
	CHECK_STR(parse("pcitag-npu=-1"), "pcitag-npu=-1 is not pcitag-NAME=NUMBER");
	CHECK_STR(parse("pcitag-npu=100000"), "pcitag-npu=100000 is not pcitag-NAME=NUMBER");
	CHECK_STR(parse("pcitag-n/u=1"), "pcitag-n/u=1 is not pcitag-NAME=NUMBER");
	CHECK_STR(parse("pcitag-npu=1 pcitag-npu=1"), "pcitag-npu is there twice");
	CHECK_STR(parse("="), "= is not pcitag-NAME=NUMBER");
	snprintf(longest, sizeof(longest), "pcitag-%048d=1", 0);
	CHECK_STR(parse(longest), "");
	snprintf(longest, sizeof(longest), "pcitag-%049d=1", 0);
	CHECK(strstr(parse(longest), "is not pcitag-NAME=NUMBER"));
}

static void two_types(void)
{
	clear();
	SECTION("A", "type=npu", "vendor=1234", "device=000a");
	SECTION("B", "type=npu", "vendor=1234", "device=000b");
	SECTION("C", "type=gpu", "vendor=1234", "device=000c");
}

static void test_a_request_counts_at_its_name_and_at_what_contains_it(void)
{
	two_types();
	CHECK_STR(demand_of("A"), "A=1 npu=1");
	CHECK_STR(demand_of("npu"), "npu=1");
	CHECK_STR(demand_of("gpu"), "gpu=1");
	CHECK_STR(demand_of("C"), "C=1 gpu=1");
	CHECK_STR(demand_of("gone"), "gone=1");
}

static void test_profiles_that_overlap_count_at_each_other(void)
{
	two_types();
	SECTION("ab", "any=A, B");
	SECTION("bc", "any=B, C");
	SECTION("all", "any=gpu, npu");
	CHECK_STR(demand_of("ab"), "ab=1 all=1 bc=1 npu=1");
	CHECK_STR(demand_of("bc"), "ab=1 all=1 bc=1 npu=1");
	CHECK_STR(demand_of("all"), "all=1");
	CHECK_STR(demand_of("B"), "B=1 ab=1 all=1 bc=1 npu=1");
	CHECK(fleet_is_wider(&registry, "all", "bc") && !fleet_is_wider(&registry, "bc", "all"));
	CHECK(!fleet_is_wider(&registry, "ab", "npu") && !fleet_is_wider(&registry, "npu", "ab"));
	CHECK(fleet_is_wider(&registry, "npu", "A") && !fleet_is_wider(&registry, "npu", "C"));
}

static void test_models_that_may_match_the_same_device(void)
{
	two_types();
	SECTION("gold", "type=gold", "vendor=1234", "device=000a", "address=0000:01:00.0");
	CHECK_STR(demand_of("gold"), "A=1 gold=1 npu=1");
	CHECK_STR(demand_of("A"), "A=1 npu=1");
	/* Neither contains the other. */
	SECTION("slot", "type=slot", "vendor=1234", "device=000a 000c", "slot=x*");
	CHECK_STR(demand_of("slot"), "A=1 C=1 gold=1 gpu=1 npu=1 slot=1");
	CHECK_STR(demand_of("A"), "A=1 npu=1 slot=1");
}

static void test_a_model_for_some_domains_is_not_relied_on(void)
{
	two_types();
	SECTION("D", "type=npu", "vendor=1234", "device=000d", "allow=win*");
	SECTION("E", "type=own", "vendor=1234", "device=000e", "allow=win*");
	CHECK_STR(demand_of("D"), "D=1");
	CHECK_STR(demand_of("npu"), "npu=1");
	CHECK_STR(demand_of("own"), "own=1");
	CHECK(fleet_is_wider(&registry, "npu", "D"));
}

static void test_optional_requests_count_for_nothing(void)
{
	struct domain domain = { .name = "vm" };
	struct fleet_counts demand = { 0 };
	struct request request;

	two_types();
	SECTION("spare", "any=A", "optional=yes");
	for (size_t i = 0; i < 3; i++) {
		CHECK(request_read(((const char *[]){ "spare", "C", "gpu.1" })[i], &request, &err) == 0);
		CHECK(domain_add_request(&domain, &request, &err) == 0);
	}
	CHECK(fleet_demand(&registry, &domain, &demand, &err) == 0);
	CHECK(demand.count == 2 && fleet_counts_get(&demand, "gpu") == 2 &&
	      fleet_counts_get(&demand, "C") == 1);
	fleet_counts_clear(&demand);
	domain_clear(&domain);
}

static void test_the_hash_is_of_names_and_what_they_share(void)
{
	char first[FLEET_HASH_LEN], other[FLEET_HASH_LEN];

	two_types();
	fleet_hash(&registry, first);
	CHECK(strlen(first) == 16);
	clear();
	SECTION("C", "type=gpu", "vendor=1234", "device=000c", "address=0000:02:00.0");
	SECTION("B", "type=npu", "vendor=1234", "device=000b");
	SECTION("A", "type=npu", "vendor=1234", "device=000a");
	CHECK_STR(fleet_hash(&registry, other), first);
	clear();
	SECTION("A", "type=npu", "vendor=1234", "device=000a");
	SECTION("B", "type=npu", "vendor=1234", "device=000a");
	SECTION("C", "type=gpu", "vendor=1234", "device=000c");
	CHECK(strcmp(fleet_hash(&registry, other), first) != 0);
	two_types();
	SECTION("p", "any=A");
	CHECK(strcmp(fleet_hash(&registry, other), first) != 0);
}

static void three_devices(void)
{
	two_types();
	add_device("0000:01:00.0", 0xa, 1);
	add_device("0000:02:00.0", 0xa, 2);
	add_device("0000:03:00.0", 0xb, 3);
}

static void test_free_devices_count_under_each_name(void)
{
	three_devices();
	CHECK_STR(capacity(), "A=2 B=1 C=0 gpu=0 npu=3");
	/* One group, one domain. */
	add_device("0000:02:00.1", 0xa, 2);
	add_device("0000:02:00.2", 0xb, 2);
	CHECK_STR(capacity(), "A=2 B=2 C=0 gpu=0 npu=3");
	strcpy(topology_find(&topology, &topology.devices[0].addr)->host_use, "disk sda1 is mounted on /srv");
	CHECK_STR(capacity(), "A=1 B=2 C=0 gpu=0 npu=2");
}

static void test_what_a_domain_of_the_cluster_holds_counts(void)
{
	three_devices();
	new_lease("one", "npu", "A", "npu", "0000:01:00.0", 1);
	CHECK_STR(capacity(), "A=1 B=1 C=0 gpu=0 npu=2");
	add_domain("one", NULL);
	CHECK_STR(capacity(), "A=1 B=1 C=0 gpu=0 npu=3");
	new_lease("two", "B", "B", "npu", "0000:03:00.0", 3)->state = LEASE_QUARANTINED;
	CHECK_STR(capacity(), "A=1 B=0 C=0 gpu=0 npu=2");
	add_domain("two", NULL);
	CHECK_STR(capacity(), "A=1 B=1 C=0 gpu=0 npu=3");
	leases.leases[1]->state = LEASE_HELD;
	CHECK_STR(capacity(), "A=1 B=0 C=0 gpu=0 npu=2");
}

static void test_what_was_noted_counts_while_the_domain_runs(void)
{
	struct lease *lease;

	three_devices();
	lease = new_lease("one", "A", "A", "npu", "0000:01:00.0", 1);
	add_domain("one", "pcitag-A=1 pcitag-npu=1 pcitag-old=1");
	CHECK_STR(capacity(), "A=2 B=1 C=0 gpu=0 npu=3 old=1");
	lease->state = LEASE_RELEASING;
	CHECK_STR(capacity(), "A=2 B=1 C=0 gpu=0 npu=3");
	lease->state = LEASE_BOUND;
	/* By a request that it would have started without. */
	domains.items[0].demand.count = 0;
	CHECK_STR(capacity(), "A=1 B=1 C=0 gpu=0 npu=2");
	domains.items[0].is_noted = false;
	CHECK_STR(capacity(), "A=2 B=1 C=0 gpu=0 npu=3");
	lease->grants[0].way = GRANT_ATTACHED;
	CHECK_STR(capacity(), "A=1 B=1 C=0 gpu=0 npu=2");
}

static void test_a_model_that_left_the_registry_counts_for_its_type(void)
{
	three_devices();
	new_lease("one", "X", "X", "npu", "0000:09:00.0", 9);
	add_domain("one", NULL);
	CHECK_STR(capacity(), "A=2 B=1 C=0 X=1 gpu=0 npu=4");
}

static void test_limits_count(void)
{
	clear();
	SECTION("A", "type=npu", "vendor=1234", "device=000a", "limit=1");
	SECTION("B", "type=npu", "vendor=1234", "device=000b");
	SECTION("few", "any=npu", "limit=2");
	add_device("0000:01:00.0", 0xa, 1);
	add_device("0000:02:00.0", 0xa, 2);
	add_device("0000:03:00.0", 0xb, 3);
	add_device("0000:04:00.0", 0xb, 4);
	CHECK_STR(capacity(), "A=1 B=2 few=2 npu=3");
	new_lease("one", "A", "A", "npu", "0000:01:00.0", 1);
	CHECK_STR(capacity(), "A=0 B=2 few=2 npu=2");
	new_lease("two", "few", "B", "npu", "0000:03:00.0", 3);
	CHECK_STR(capacity(), "A=0 B=1 few=1 npu=1");
}

static void test_what_does_not_answer_is_not_counted_but_reported(void)
{
	struct allocation_input in = {
		.registry = &registry, .topology = &topology, .leases = &leases, .hostname = "", .uuid = ""
	};
	struct fleet_report report = { 0 };

	three_devices();
	strcpy(topology.devices[1].unclear, "does not answer");
	CHECK_STR(capacity(), "unclear");
	CHECK(strstr(err.msg, "cannot tell how many devices this host has: 0000:02:00.0 (A): "));
	CHECK(fleet_report_make(&in, &report, &err) == 0 && report.count == 3);
	CHECK(report.items[1].verdict.availability == UNAVAILABLE_UNCLEAR);
	CHECK(report.items[1].names.count == 2);
	CHECK_STR(report.items[1].names.items[0].name, "A");
	fleet_report_clear(&report);
	/* What a domain has need not answer. */
	new_lease("one", "A", "A", "npu", "0000:02:00.0", 2);
	CHECK_STR(capacity(), "A=1 B=1 C=0 gpu=0 npu=2");
}

static void test_a_long_report_joins_what_is_alike(void)
{
	struct allocation_input in = {
		.registry = &registry, .topology = &topology, .leases = &leases, .hostname = "", .uuid = ""
	};
	struct fleet_report report = { 0 };

	three_devices();
	add_device("0000:04:00.0", 0xa, 4);
	new_lease("one", "A", "A", "npu", "0000:02:00.0", 2);
	CHECK(fleet_report_make(&in, &report, &err) == 0 && report.count == 4);
	fleet_report_shorten(&report);
	CHECK(report.count == 3 && report.items[0].count == 2 && report.items[1].count == 1);
	CHECK(report.items[1].verdict.availability == UNAVAILABLE_LEASED);
	fleet_report_clear(&report);
}

int main(void)
{
	RUN(test_counts_are_ordered_by_name);
	RUN(test_what_utilization_prints_is_read);
	RUN(test_a_request_counts_at_its_name_and_at_what_contains_it);
	RUN(test_profiles_that_overlap_count_at_each_other);
	RUN(test_models_that_may_match_the_same_device);
	RUN(test_a_model_for_some_domains_is_not_relied_on);
	RUN(test_optional_requests_count_for_nothing);
	RUN(test_the_hash_is_of_names_and_what_they_share);
	RUN(test_free_devices_count_under_each_name);
	RUN(test_what_a_domain_of_the_cluster_holds_counts);
	RUN(test_what_was_noted_counts_while_the_domain_runs);
	RUN(test_a_model_that_left_the_registry_counts_for_its_type);
	RUN(test_limits_count);
	RUN(test_what_does_not_answer_is_not_counted_but_reported);
	RUN(test_a_long_report_joins_what_is_alike);
	clear();
	return 0;
}
