/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/wish/pinning.h"

bool pinning_cpus(const struct pinning *pinning, struct number_set *out)
{
	bool has_all = pinning->vcpus && number_set_count(&pinning->pinned) >= pinning->vcpus;

	if (pinning->is_unclear)
		return false;
	*out = pinning->pinned_cpus;
	if (!has_all)
		number_set_unite(out, &pinning->vcpu_cpus);
	return !number_set_is_empty(out);
}

bool pinning_nodes(const struct pinning *pinning, const struct number_set *cpu_nodes, struct number_set *out)
{
	if (pinning->is_unclear)
		return false;
	*out = number_set_is_empty(&pinning->memory) ? *cpu_nodes : pinning->memory;
	if (number_set_intersects(out, cpu_nodes))
		number_set_intersect(out, cpu_nodes);
	return !number_set_is_empty(out);
}
