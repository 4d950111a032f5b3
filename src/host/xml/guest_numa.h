/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the NUMA cells of a guest from a domain's definition. */
#ifndef PCITAG_HOST_XML_GUEST_NUMA_H
#define PCITAG_HOST_XML_GUEST_NUMA_H

#include "base/error.h"
#include "model/wish/guest_numa.h"

/*
 * Reads machine and cells of a definition that domain_xml_parse() accepts: <cpu><numa>, with what <numatune>,
 * <vcpupin> and <vcpu cpuset=> say of each cell's memory and processors (libvirt: docs/formatdomain.rst,
 * "Guest NUMA topology", "NUMA Node Tuning", "CPU Tuning"). Nodes of cells are left empty.
 * Returns 0 or -1. The caller frees @out with guest_numa_clear(), also after a failure.
 */
int guest_numa_read(const char *xml, struct guest_numa *out, struct error *err);

#endif
