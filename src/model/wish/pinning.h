/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a domain's definition says about where it runs: the host's NUMA nodes of its memory, and the
 * processors of its virtual ones. Pure: host/xml/domain_pinning.c reads it.
 */
#ifndef PCITAG_MODEL_WISH_PINNING_H
#define PCITAG_MODEL_WISH_PINNING_H

#include <stdbool.h>

#include "model/wish/number_set.h"

struct pinning {
	struct number_set memory; /* nodes: of <memory nodeset=> and each <memnode nodeset=> of <numatune> */
	struct number_set vcpu_cpus;   /* processors: cpuset= of <vcpu> */
	struct number_set pinned_cpus; /* processors: of each <vcpupin cpuset=> */
	struct number_set pinned;      /* virtual processors that have a <vcpupin> */
	size_t vcpus;		       /* how many there are at most; 0: not known */
	bool is_unclear; /* a set in it could not be read: neither memory nor processors are known then */
};

/*
 * The processors on which the domain runs: those of all <vcpupin>; if some of the virtual processors have
 * none, also those of <vcpu cpuset=>. Returns false when the definition does not say.
 */
bool pinning_cpus(const struct pinning *pinning, struct number_set *out);

/*
 * The nodes near which a device of the domain is to be: those of its memory, since that is what a device
 * accesses, and of these, if there are any, those that also have processors of it; without <numatune> the
 * nodes of the processors.
 * @cpu_nodes: the nodes that have processors of pinning_cpus(); empty when not known
 * Returns false when nothing is known.
 */
bool pinning_nodes(const struct pinning *pinning, const struct number_set *cpu_nodes, struct number_set *out);

#endif
