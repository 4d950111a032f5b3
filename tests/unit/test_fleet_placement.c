/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/fleet/capacity.c model/fleet/counts.c model/fleet/demand.c model/fleet/report.c model/registry/overlap.c model/allocate/allocator.c model/allocate/assignment.c model/allocate/verdict.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c model/registry/unit_keys.c model/registry/settings.c model/pci/topology.c model/lease/lease.c model/lease/domain.c model/pci/address.c model/allocate/verdict_text.c model/allocate/card.c model/pci/kind.c model/lease/options.c model/lease/vf_net.c model/allocate/request_wishes.c model/pci/setting.c model/registry/identity.c model/allocate/choice.c model/allocate/choice_reason.c model/allocate/wish_check.c model/solve/solver.c model/solve/rules.c model/solve/relaxation.c model/solve/mincost.c model/pci/place.c model/wish/number_set.c */
/*
 * Whatever a cluster places by the numbers of model/fleet, the allocator grants: random registries, hosts and
 * domains. A domain is placed when what it counts for is left of the capacity that was published last, as
 * Pacemaker's utilization does; of those that are placed, one starts that is wider than none of the others;
 * after each start and end the capacity is published again.
 */
#include "fleet_host.h"

#define HOSTS 800
#define STEPS 60

static unsigned granted, not_placed, wide;

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
