/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/guest_numa.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "host/xml/document.h"
#include "model/lease/domain.h"

/* Reads a set that is in an attribute: 0, or 1 when there is none; another text makes @pinning unclear. */
static int read_set(const xmlNode *node, const char *name, size_t limit, struct number_set *out,
		    struct pinning *pinning)
{
	CLEANUP_XML xmlChar *text = node ? xml_attribute(node, name) : NULL;

	*out = (struct number_set){ { 0 } };
	if (!text)
		return 1;
	if (number_set_parse((const char *)text, limit, out) != 0)
		pinning->is_unclear = true;
	return 0;
}

/* Returns the <memnode> of a cell, or NULL. */
static const xmlNode *memnode_of(const xmlNode *numatune, unsigned cell)
{
	for (const xmlNode *n = numatune ? numatune->children : NULL; n; n = n->next) {
		unsigned long id = NUMBER_SET_MAX;

		if (xml_is_element(n, "memnode") && xml_number(n, "cellid", 10, NUMBER_SET_MAX - 1, &id) &&
		    id == cell)
			return n;
	}
	return NULL;
}

/* The memory of a cell without <memnode> is where <memory> says. */
static void read_memory(const xmlNode *root, struct guest_cell *cell)
{
	const xmlNode *numatune = xml_child(root, "numatune");
	const xmlNode *of = memnode_of(numatune, cell->id);

	if (!of && numatune)
		of = xml_child(numatune, "memory");
	(void)read_set(of, "nodeset", NUMA_NODES_MAX, &cell->pinning.memory, &cell->pinning);
}

/* <vcpupin vcpu='0' cpuset='1-4,^2'/> of the cell's processors; the others run where <vcpu cpuset=> says. */
static void read_processors(const xmlNode *root, const struct number_set *vcpus, struct guest_cell *cell)
{
	const xmlNode *cputune = xml_child(root, "cputune");

	cell->pinning.vcpus = number_set_count(vcpus);
	/* A cell of memory alone has none. */
	if (!cell->pinning.vcpus)
		return;
	(void)read_set(xml_child(root, "vcpu"), "cpuset", NUMBER_SET_MAX, &cell->pinning.vcpu_cpus,
		       &cell->pinning);
	for (const xmlNode *n = cputune ? cputune->children : NULL; n; n = n->next) {
		unsigned long vcpu = NUMBER_SET_MAX;
		struct number_set cpus;

		if (!xml_is_element(n, "vcpupin") || !xml_number(n, "vcpu", 10, NUMBER_SET_MAX - 1, &vcpu) ||
		    !number_set_has(vcpus, vcpu) ||
		    read_set(n, "cpuset", NUMBER_SET_MAX, &cpus, &cell->pinning) != 0)
			continue;
		number_set_unite(&cell->pinning.pinned_cpus, &cpus);
		number_set_add(&cell->pinning.pinned, vcpu);
	}
}

static int read_cell(const xmlNode *root, const xmlNode *node, struct guest_numa *out, struct error *err)
{
	unsigned long id = out->count; /* libvirt numbers those without */
	struct number_set vcpus;
	struct guest_cell *cell;

	if (out->count == NUMA_NODES_MAX || !xml_number(node, "id", 10, NUMA_NODES_MAX - 1, &id))
		return error_set(err, 0, "<cpu><numa>: a <cell> has no id from 0 to %d", NUMA_NODES_MAX - 1);
	cell = ARRAY_ADD(out->cells, out->count);
	if (!cell)
		return error_set(err, ENOMEM, "cannot read the NUMA cells");
	cell->id = (unsigned)id;
	(void)read_set(node, "cpus", NUMBER_SET_MAX, &vcpus, &cell->pinning);
	read_memory(root, cell);
	read_processors(root, &vcpus, cell);
	return 0;
}

static void read_machine(const xmlNode *root, struct guest_numa *out)
{
	const xmlNode *os = xml_child(root, "os"), *type = os ? xml_child(os, "type") : NULL;
	CLEANUP_XML xmlChar *arch = type ? xml_attribute(type, "arch") : NULL;
	CLEANUP_XML xmlChar *machine = type ? xml_attribute(type, "machine") : NULL;

	if (!arch || !machine)
		return;
	xml_copy_text(machine, out->machine, sizeof(out->machine));
	out->has_expander = guest_machine_has_expander((const char *)arch, out->machine);
}

int guest_numa_read(const char *xml, struct guest_numa *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc = NULL;
	const xmlNode *root, *cpu, *numa;

	*out = (struct guest_numa){ .machine = "" };
	doc = xml_document_read(xml, strlen(xml), DOMAIN_XML_MAX, "domain XML", NULL, err);
	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	read_machine(root, out);
	cpu = xml_child(root, "cpu");
	numa = cpu ? xml_child(cpu, "numa") : NULL;
	for (const xmlNode *n = numa ? numa->children : NULL; n; n = n->next) {
		if (xml_is_element(n, "cell") && read_cell(root, n, out, err) < 0)
			return -1;
	}
	return 0;
}
