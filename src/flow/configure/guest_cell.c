/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/guest_cell.h"

#include "host/pci/place.h"
#include "host/xml/guest_numa.h"

/* What is needed for a message. */
struct finding {
	const struct domain *domain;
	const struct guest_cell_request *request;
	struct guest_numa guest;
	struct number_set online, near; /* nodes of the host; of these, those that the domain is bound to */
};

static void clear(struct finding *f)
{
	guest_numa_clear(&f->guest);
}

static int check_guest(const struct finding *f, struct error *err)
{
	if (!f->guest.has_expander)
		return error_set(err, 0,
				 "domain '%s': its machine %s has no pcie-expander-bus, which --guest-numa "
				 "needs; machines of q35, and virt of aarch64, have one",
				 f->domain->name, f->guest.machine[0] ? f->guest.machine : "(unknown)");
	if (f->guest.count == 0)
		return error_set(err, 0,
				 "domain '%s': it has no NUMA cells, so its guest knows no nodes; write "
				 "<numa> in <cpu>, or leave --guest-numa out",
				 f->domain->name);
	return 0;
}

/* The narrowest of all wishes counts; without one, a domain that is bound to nodes prefers near devices. */
static bool is_wished_near(const struct finding *f, enum wish_numa numa)
{
	enum wish_numa narrowest = f->request->numa > numa ? f->request->numa : numa;

	for (size_t i = 0; i < f->domain->wish_count; i++) {
		const struct domain_wish *wish = &f->domain->wishes[i];

		if (wish->wishes.numa > narrowest && domain_wish_is_about(wish, f->request->text))
			narrowest = wish->wishes.numa;
	}
	return narrowest != WISH_NUMA_NONE;
}

static int read_nodes(struct finding *f, const char *sys, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	static const struct pinning unbound;
	const struct pinning *pinning = f->domain->pinning ? f->domain->pinning : &unbound;

	if (sysfs_open(sys, &sysfs, err) < 0 || numa_read_online(&sysfs, &f->online, err) < 0 ||
	    numa_read_domain(&sysfs, &f->online, pinning, &f->near, err) < 0)
		return -1;
	for (size_t i = 0; i < f->guest.count; i++) {
		struct guest_cell *cell = &f->guest.cells[i];

		if (numa_read_domain(&sysfs, &f->online, &cell->pinning, &cell->nodes, err) < 0)
			return -1;
	}
	return 0;
}

static int refuse_unbound(const struct finding *f, struct error *err)
{
	return error_set(err, 0,
			 "request %s: domain '%s' is bound to no NUMA node, so where its device will be is "
			 "not known; bind it with <numatune> or <vcpupin>, or leave --guest-numa out",
			 f->request->text, f->domain->name);
}

static int refuse_far(const struct finding *f, struct error *err)
{
	char near[NUMBER_SET_LEN], nodes[NUMBER_SET_LEN];

	return error_set(err, 0,
			 "request %s: the devices that match are on NUMA node %s, and domain '%s' is bound "
			 "to %s; no cell of its guest is near them",
			 f->request->text, number_set_format(&f->request->nodes, nodes), f->domain->name,
			 number_set_format(&f->near, near));
}

static int refuse_several(const struct finding *f, const struct number_set *nodes, struct error *err)
{
	char text[NUMBER_SET_LEN];

	return error_set(err, 0,
			 "request %s: on which of the NUMA nodes %s its device will be is known only at the "
			 "start of domain '%s'; request a model or type whose devices are on one of them",
			 f->request->text, number_set_format(nodes, text), f->domain->name);
}

/* The node on which the device will be. */
static int find_node(const struct finding *f, size_t *node, struct error *err)
{
	struct number_set nodes = f->near;

	if (number_set_is_empty(&nodes))
		return refuse_unbound(f, err);
	if (!number_set_is_empty(&f->request->nodes)) {
		number_set_intersect(&nodes, &f->request->nodes);
		if (number_set_is_empty(&nodes))
			return refuse_far(f, err);
	}
	if (number_set_count(&nodes) > 1)
		return refuse_several(f, &nodes, err);
	*node = 0;
	while (!number_set_has(&nodes, *node))
		(*node)++;
	return 0;
}

int guest_cell_find(const char *sys, const char *xml, const struct domain *domain,
		    const struct guest_cell_request *request, enum wish_numa numa, unsigned *cell,
		    struct error *err)
{
	CLEANUP(clear) struct finding f = { .domain = domain, .request = request };
	const struct guest_cell *found;
	size_t node = 0;

	if (guest_numa_read(xml, &f.guest, err) < 0)
		return error_prefix(err, "domain '%s'", domain->name);
	if (check_guest(&f, err) < 0)
		return -1;
	if (!is_wished_near(&f, numa))
		return error_set(err, 0,
				 "request %s: numa = none: its device may be on any NUMA node; write "
				 "--numa required, or leave --guest-numa out",
				 request->text);
	if (read_nodes(&f, sys, err) < 0 || find_node(&f, &node, err) < 0)
		return -1;
	found = guest_numa_find(&f.guest, node);
	if (!found)
		return error_set(err, 0,
				 "request %s: its device will be on NUMA node %zu, and no cell of domain "
				 "'%s' is on that node alone; bind one with <memnode> or <vcpupin>",
				 request->text, node, domain->name);
	*cell = found->id;
	return 0;
}
