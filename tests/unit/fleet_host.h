/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A random host of a cluster and domains for it, of one registry: what is common to tests of placement by the
 * numbers of model/fleet. Everything follows from the seed.
 */
#ifndef PCITAG_UNIT_FLEET_HOST_H
#define PCITAG_UNIT_FLEET_HOST_H

#include "base/array.h"
#include "model/fleet/capacity.h"
#include "model/fleet/demand.h"
#include "test.h"

#ifndef DOMAINS_MAX
#define DOMAINS_MAX 16
#endif

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

/* xorshift64*: the same cases each time. */
static uint64_t state;
static inline unsigned pick(unsigned count)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * 2685821657736338717ULL) >> 33) % count;
}

static inline void set(struct model *model, const char *key, const char *value)
{
	CHECK(model_set(model, key, value, &err) == 0);
}

/* ---- a host ----------------------------------------------------------------------------------------- */

static inline void add_model(unsigned number, unsigned ids)
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

static inline void add_profile(unsigned number, unsigned models)
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
static inline void add_device(unsigned number, unsigned ids)
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

static inline void clear_host(void)
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
static inline bool is_group_of_one_kind(void)
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

static inline bool make_host(void)
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

/*
 * Who is not allowed to have a model does not ask for it by its name, nor by one that only such models
 * answer: it could not start anywhere.
 */
static inline bool may_ask(const char *name, bool is_own)
{
	bool is_open = false;

	for (size_t i = 0; i < registry.count; i++) {
		const struct model *model = &registry.models[i];

		if (strcmp(model->name, name) == 0 && model->allow.count)
			return is_own;
		is_open |= !model->allow.count && registry_answers(&registry, model, name);
	}
	return is_own || is_open;
}

static inline void make_domain(unsigned number)
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

static inline struct allocation_input input(const struct domain *domain)
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

static inline void publish(void)
{
	struct allocation_input in = input(NULL);
	const struct fleet_host host = { .in = &in, .domains = &domains };

	fleet_counts_clear(&published);
	CHECK(fleet_capacity(&host, &published, &err) == 0);
}

/* True when @a must not start before @b. */
static inline bool is_wider(const struct vm *a, const struct vm *b)
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
static inline struct vm *find_next(void)
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

static inline int start(struct vm *vm)
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

#endif
