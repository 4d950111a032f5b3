/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/fleet/capacity.c model/fleet/counts.c model/fleet/demand.c model/fleet/report.c model/registry/overlap.c model/allocate/allocator.c model/allocate/assignment.c model/allocate/verdict.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c model/registry/unit_keys.c model/registry/settings.c model/pci/topology.c model/lease/lease.c model/lease/domain.c model/pci/address.c model/allocate/verdict_text.c model/allocate/card.c model/pci/kind.c model/lease/options.c model/lease/vf_net.c model/allocate/request_wishes.c model/pci/setting.c model/registry/identity.c model/allocate/choice.c model/allocate/choice_reason.c model/allocate/wish_check.c model/solve/solver.c model/solve/rules.c model/solve/relaxation.c model/solve/mincost.c model/pci/place.c model/wish/number_set.c */
/*
 * Whatever a cluster places by the numbers of model/fleet, the allocator grants: random registries, hosts and
 * domains. A domain is placed when what it counts for is left of the capacity that was published last, as
 * Pacemaker's utilization does; of those that are placed, one starts that is wider than none of the others;
 * after each start and end the capacity is published again.
 */
#include "base/array.h"
#include "model/fleet/capacity.h"
#include "model/fleet/demand.h"
#include "test.h"

#define HOSTS 800
#define STEPS 60
#define DOMAINS_MAX 16

static struct registry registry;
static struct topology topology;
static struct lease_list leases;
static struct fleet_domains domains;
static struct fleet_counts published;
static struct error err;

/* Domains by number; the first ones may have what is only for some. */
static struct vm {
	bool is_placed, is_running;
	struct domain domain;
	struct fleet_counts demand;
} vms[DOMAINS_MAX];

static unsigned granted, not_placed, wide;

/* xorshift64*: the same cases each time. */
static uint64_t state;
static unsigned pick(unsigned count)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * 2685821657736338717ULL) >> 33) % count;
}

static void set(struct model *model, const char *key, const char *value)
{
	CHECK(model_set(model, key, value, &err) == 0);
}

/* ---- a host ----------------------------------------------------------------------------------------- */

static void add_model(unsigned number, unsigned ids)
{
	char name[NAME_LEN], text[64];
	struct model model;
	bool is_second = pick(4) == 0;

	snprintf(name, sizeof(name), "M%u", number);
	CHECK(model_init(&model, name, "registry.ini", number + 1, &err) == 0);
	snprintf(text, sizeof(text), "t%u", pick(3));
	set(&model, "type", text);
	set(&model, "vendor", "1234");
	/* Sections for the same ids overlap, more or less. */
	if (is_second)
		snprintf(text, sizeof(text), "%04x %04x", number % ids, (number + 1) % ids + 0x100);
	else
		snprintf(text, sizeof(text), "%04x", number % ids);
	set(&model, "device", text);
	if (pick(4) == 0) {
		snprintf(text, sizeof(text), "0000:%02x:00.* 0000:%02x:00.*", 1 + pick(8), 9 + pick(4));
		set(&model, pick(3) ? "address" : "exclude", text);
	}
	if (pick(6) == 0)
		set(&model, "limit", pick(2) ? "1" : "2");
	if (pick(6) == 0)
		set(&model, "allow", "own*");
	if (pick(12) == 0)
		set(&model, "enabled", "no");
	CHECK(registry_add(&registry, &model, &err) == 0);
}

static void add_profile(unsigned number, unsigned models)
{
	struct profile profile = { .line = number + 1 };
	char text[128] = "", name[NAME_LEN];
	unsigned count = 1 + pick(3);

	snprintf(profile.name, sizeof(profile.name), "p%u", number);
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), pick(3) ? "M%u" : "t%u", pick(models));
		if ((registry_find(&registry, name) || registry_count_type(&registry, name)) &&
		    !strstr(text, name))
			text_append(text, sizeof(text), "%s%s", text[0] ? ", " : "", name);
	}
	if (!text[0])
		return;
	CHECK(profile_set(&profile, "any", text, &err) == 0);
	if (pick(5) == 0)
		CHECK(wishes_set(&profile.wishes, "limit", "2", &err) == 0);
	CHECK(registry_add_profile(&registry, &profile, &err) == 0);
}

/* Some share a group with the one before, of the same ids: those that one domain has together. */
static void add_device(unsigned number, unsigned ids)
{
	static uint16_t id;
	static int group;
	struct pci_device device = { .addr = { .bus = (uint8_t)(1 + number) }, .numa_node = PCI_NO_NODE };
	bool is_member = number && pick(5) == 0;

	if (!is_member) {
		id = (uint16_t)pick(ids);
		group = (int)number + 1;
	}
	device.group = group;
	device.id = (struct pci_identity){ .vendor = 0x1234, .device = id, .class_code = 0x120000 };
	if (pick(10) == 0)
		strcpy(device.host_use, "in use");
	CHECK(topology_add(&topology, &device, &err) == 0);
}

static void clear_host(void)
{
	for (size_t i = 0; i < DOMAINS_MAX; i++) {
		domain_clear(&vms[i].domain);
		fleet_counts_clear(&vms[i].demand);
		vms[i] = (struct vm){ 0 };
	}
	registry_clear(&registry);
	topology_clear(&topology);
	lease_list_clear(&leases);
	fleet_domains_clear(&domains);
	fleet_counts_clear(&published);
}

/* Two devices of one group that are of different models are the exception that the manual names. */
static bool is_group_of_one_kind(void)
{
	for (size_t i = 0; i < topology.count; i++) {
		for (size_t m = 0; m < registry.count; m++) {
			const struct pci_device *a = &topology.devices[i];
			const struct pci_device *b = topology_next_member(&topology, a->group, NULL);

			if (model_matches(&registry.models[m], a) != model_matches(&registry.models[m], b))
				return false;
		}
	}
	return true;
}

static bool make_host(void)
{
	unsigned models = 2 + pick(5), ids = 1 + pick(5), devices = 2 + pick(11);

	for (unsigned i = 0; i < models; i++)
		add_model(i, ids);
	for (unsigned i = pick(4); i > 0; i--)
		add_profile(i, models);
	for (unsigned i = 0; i < devices; i++)
		add_device(i, ids + 1);
	topology_sort(&topology);
	return is_group_of_one_kind();
}

/* ---- domains ---------------------------------------------------------------------------------------- */

/* A model that is for others is not asked for by its name, nor by one that only such models answer. */
static bool may_ask(const char *name, bool is_own)
{
	for (size_t i = 0; i < registry.count && !is_own; i++) {
		const struct model *model = &registry.models[i];

		if (model->allow.count && registry_answers(&registry, model, name) &&
		    fleet_relies_on(&registry, name, model))
			return false;
	}
	return true;
}

static void make_domain(unsigned number)
{
	struct fleet_domain *known = ARRAY_ADD(domains.items, domains.count);
	struct domain *domain = &vms[number].domain;
	struct fleet_counts names = { 0 };
	bool is_own = pick(3) == 0;

	CHECK(known && fleet_names(&registry, &names, &err) == 0);
	snprintf(domain->name, sizeof(domain->name), "%s%u", is_own ? "own" : "vm", number);
	snprintf(domain->uuid, sizeof(domain->uuid), "uuid-%u", number);
	strcpy(known->name, domain->name);
	for (unsigned i = 0, count = 1 + (pick(3) == 0) + (pick(6) == 0); i < count; i++) {
		const char *name = names.items[pick((unsigned)names.count)].name;
		struct request request = { .index = (int)i };

		if (!may_ask(name, is_own))
			continue;
		strcpy(request.owner, domain->name);
		strcpy(request.name, name);
		snprintf(request.text, sizeof(request.text), "%s.%u", name, i % 10);
		CHECK(domain_add_request(domain, &request, &err) == 0);
	}
	CHECK(fleet_demand(&registry, domain, &vms[number].demand, &err) == 0);
	fleet_counts_clear(&names);
}

static struct allocation_input input(const struct domain *domain)
{
	static const struct domain none;

	if (!domain)
		domain = &none;
	return (struct allocation_input){ .registry = &registry,
					  .topology = &topology,
					  .leases = &leases,
					  .hostname = "",
					  .uuid = domain->uuid,
					  .requests = domain->requests,
					  .request_count = domain->request_count,
					  .domain = domain };
}

static void publish(void)
{
	struct allocation_input in = input(NULL);
	const struct fleet_host host = { .in = &in, .domains = &domains };

	fleet_counts_clear(&published);
	CHECK(fleet_capacity(&host, &published, &err) == 0);
}

/* What the domains of the cluster take of a name by its arithmetic. */
static unsigned taken(const char *name, bool running_only)
{
	unsigned sum = 0;

	for (size_t i = 0; i < DOMAINS_MAX; i++) {
		if (vms[i].is_running || (vms[i].is_placed && !running_only))
			sum += fleet_counts_get(&vms[i].demand, name);
	}
	return sum;
}

/* Nothing that runs is ever more than what is published: the cluster would stop it. */
static void check_published(void)
{
	for (size_t i = 0; i < published.count; i++)
		CHECK(taken(published.items[i].name, true) <= published.items[i].value);
}

static bool fits(const struct vm *vm)
{
	for (size_t i = 0; i < vm->demand.count; i++) {
		const char *name = vm->demand.items[i].name;

		if (taken(name, false) + vm->demand.items[i].value > fleet_counts_get(&published, name))
			return false;
	}
	return vm->domain.request_count > 0;
}

/* True when @a must not start before @b. */
static bool is_wider(const struct vm *a, const struct vm *b)
{
	for (size_t i = 0; i < a->domain.request_count; i++) {
		for (size_t k = 0; k < b->domain.request_count; k++) {
			if (fleet_is_wider(&registry, a->domain.requests[i].name, b->domain.requests[k].name))
				return true;
		}
	}
	return false;
}

/* Of the placed ones, one that may start next; NULL when each waits for another one. */
static struct vm *find_next(void)
{
	unsigned first = pick(DOMAINS_MAX);

	for (unsigned i = 0; i < DOMAINS_MAX; i++) {
		struct vm *vm = &vms[(first + i) % DOMAINS_MAX];
		bool waits = false;

		for (size_t k = 0; k < DOMAINS_MAX && vm->is_placed; k++)
			waits |= vms[k].is_placed && &vms[k] != vm && is_wider(vm, &vms[k]);
		if (vm->is_placed && !waits)
			return vm;
	}
	return NULL;
}

static int start(struct vm *vm)
{
	struct allocation_input in = input(&vm->domain);
	struct allocation allocation = { 0 };
	struct lease lease = { .state = LEASE_BOUND }, *shared;
	int rc = allocate(&in, &allocation, &err);

	if (rc == 0) {
		strcpy(lease.uuid, vm->domain.uuid);
		strcpy(lease.domain, vm->domain.name);
		CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
		shared = lease_share(&lease, &err);
		CHECK(shared && lease_list_add(&leases, shared, &err) == 0);
		lease_unref(shared);
		vm->is_running = true;
	}
	allocation_clear(&allocation);
	return rc;
}

static void stop(struct vm *vm)
{
	struct lease_list rest = { 0 };

	for (size_t i = 0; i < leases.count; i++) {
		if (strcmp(leases.leases[i]->uuid, vm->domain.uuid) != 0)
			CHECK(lease_list_add(&rest, leases.leases[i], &err) == 0);
	}
	lease_list_clear(&leases);
	leases = rest;
	vm->is_running = false;
}

static void place_some(void)
{
	for (unsigned i = pick(6); i > 0; i--) {
		struct vm *vm = &vms[pick(DOMAINS_MAX)];

		if (vm->is_placed || vm->is_running)
			continue;
		if (fits(vm))
			vm->is_placed = true;
		else
			not_placed++;
	}
}

static void step(void)
{
	struct vm *vm;

	place_some();
	vm = find_next();
	if (vm) {
		wide += fleet_counts_get(&vm->demand, "t0") > 0;
		vm->is_placed = false;
		if (start(vm) != 0) {
			fprintf(stderr, "%s: %s\n", vm->domain.name, err.msg);
			CHECK(!"what is placed is granted");
		}
		granted++;
	} else {
		/* Two that wait for each other are placed on one node: the exception that the manual names.
		 */
		for (size_t i = 0; i < DOMAINS_MAX; i++)
			vms[i].is_placed = false;
	}
	for (unsigned i = pick(6); i > 0; i--) {
		vm = &vms[pick(DOMAINS_MAX)];
		if (vm->is_running)
			stop(vm);
	}
	publish();
	check_published();
}

static void test_what_is_placed_by_the_numbers_is_granted(void)
{
	unsigned hosts = 0;

	for (unsigned i = 0; i < HOSTS; i++) {
		state = 88172645463325252ULL + i * 7919;
		clear_host();
		if (!make_host())
			continue;
		hosts++;
		for (unsigned k = 0; k < DOMAINS_MAX; k++)
			make_domain(k);
		publish();
		for (unsigned k = 0; k < STEPS; k++)
			step();
	}
	clear_host();
	printf("# %u hosts, %u starts granted, 0 refused; %u placements refused by arithmetic\n", hosts,
	       granted, not_placed);
	CHECK(hosts > HOSTS / 2 && granted > 10 * hosts && not_placed > granted / 4 && wide > granted / 8);
}

/* A request by type that starts first may take the last device of a model that was placed with it. */
static void test_the_race_that_the_order_of_starts_avoids(void)
{
	struct model model;
	struct request request;
	const char *const names[] = { "npu", "A" };

	clear_host();
	for (unsigned i = 0; i < 2; i++) {
		struct pci_device device = { .addr = { .bus = (uint8_t)(i + 1) }, .group = (int)i + 1 };

		CHECK(model_init(&model, i ? "B" : "A", "registry.ini", i + 1, &err) == 0);
		set(&model, "type", "npu");
		set(&model, "vendor", "1234");
		set(&model, "device", i ? "000b" : "000a");
		CHECK(registry_add(&registry, &model, &err) == 0);
		device.id = (struct pci_identity){ .vendor = 0x1234, .device = i ? 0xb : 0xa };
		CHECK(topology_add(&topology, &device, &err) == 0);
		snprintf(vms[i].domain.name, sizeof(vms[i].domain.name), "vm%u", i);
		snprintf(vms[i].domain.uuid, sizeof(vms[i].domain.uuid), "uuid-%u", i);
		CHECK(request_read(names[i], &request, &err) == 0);
		CHECK(domain_add_request(&vms[i].domain, &request, &err) == 0);
		CHECK(fleet_demand(&registry, &vms[i].domain, &vms[i].demand, &err) == 0);
	}
	topology_sort(&topology);
	publish();
	for (unsigned i = 0; i < 2; i++) {
		CHECK(fits(&vms[i]));
		vms[i].is_placed = true;
	}
	CHECK(is_wider(&vms[0], &vms[1]) && !is_wider(&vms[1], &vms[0]));
	CHECK(find_next() == &vms[1]);
	/* In the other order. */
	CHECK(start(&vms[0]) == 0 && start(&vms[1]) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "request A: 1 device of this host, none free"));
	stop(&vms[0]);
	CHECK(start(&vms[1]) == 0 && start(&vms[0]) == 0);
	clear_host();
}

int main(void)
{
	RUN(test_what_is_placed_by_the_numbers_is_granted);
	RUN(test_the_race_that_the_order_of_starts_avoids);
	return 0;
}
