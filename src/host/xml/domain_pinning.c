/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_pinning.h"

#include <errno.h>
#include <stdlib.h>

/* Called for each element of a domain: most are ruled out by their first character. */
bool domain_pinning_is_part(const xmlNode *node)
{
	if (node->name[0] != 'v' && node->name[0] != 'c' && node->name[0] != 'n')
		return false;
	return xml_is_element(node, "vcpu") || xml_is_element(node, "cputune") ||
	       xml_is_element(node, "numatune");
}

static struct pinning *make_pinning(struct domain *domain, struct error *err)
{
	if (!domain->pinning)
		domain->pinning = calloc(1, sizeof(*domain->pinning));
	if (!domain->pinning)
		error_set(err, ENOMEM, "no memory for where domain '%s' runs", domain->name);
	return domain->pinning;
}

/*
 * Adds the set that is in an attribute.
 * @where: the set of struct pinning, by its offset, because that is made only when there is something
 */
static int add_set(const xmlNode *node, const char *name, size_t limit, size_t where, struct domain *domain,
		   struct error *err)
{
	CLEANUP_XML xmlChar *text = xml_attribute(node, name);
	struct pinning *pinning;
	struct number_set set;

	if (!text)
		return 0;
	pinning = make_pinning(domain, err);
	if (!pinning)
		return -1;
	if (number_set_parse((const char *)text, limit, &set) == 0)
		number_set_unite((struct number_set *)((char *)pinning + where), &set);
	else
		pinning->is_unclear = true;
	return 0;
}

/* <vcpupin vcpu='0' cpuset='1-4,^2'/> */
static int read_vcpupin(const xmlNode *pin, struct domain *domain, struct error *err)
{
	unsigned long vcpu = NUMBER_SET_MAX;

	if (add_set(pin, "cpuset", NUMBER_SET_MAX, offsetof(struct pinning, pinned_cpus), domain, err) < 0)
		return -1;
	if (domain->pinning && xml_number(pin, "vcpu", 10, NUMBER_SET_MAX - 1, &vcpu))
		number_set_add(&domain->pinning->pinned, vcpu);
	return 0;
}

int domain_pinning_read(const xmlNode *part, struct domain *domain, struct error *err)
{
	int rc = 0;

	/* <vcpu cpuset='0-3'>4</vcpu> (libvirt: docs/formatdomain.rst, CPU Allocation) */
	if (xml_is_element(part, "vcpu"))
		return add_set(part, "cpuset", NUMBER_SET_MAX, offsetof(struct pinning, vcpu_cpus), domain,
			       err);
	for (const xmlNode *n = part->children; rc == 0 && n; n = n->next) {
		if (xml_is_element(n, "vcpupin"))
			rc = read_vcpupin(n, domain, err);
		/* <memory mode='strict' nodeset='1'/> <memnode cellid='0' mode='strict' nodeset='1'/> */
		if (rc == 0 && (xml_is_element(n, "memory") || xml_is_element(n, "memnode")))
			rc = add_set(n, "nodeset", NUMA_NODES_MAX, offsetof(struct pinning, memory), domain,
				     err);
	}
	return rc;
}

void domain_pinning_count(const xmlNode *root, struct domain *domain)
{
	CLEANUP_XML xmlChar *text = domain->pinning ? xml_child_text(root, "vcpu") : NULL;
	unsigned long count = text ? strtoul((const char *)text, NULL, 10) : 0;

	if (domain->pinning)
		domain->pinning->vcpus = count;
}
