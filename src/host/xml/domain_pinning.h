/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads where a domain runs: <vcpu>, <cputune> and <numatune> of its XML. */
#ifndef PCITAG_HOST_XML_DOMAIN_PINNING_H
#define PCITAG_HOST_XML_DOMAIN_PINNING_H

#include <stdbool.h>

#include "host/xml/document.h"
#include "model/lease/domain.h"

/* True for an element below the root that domain_pinning_read() reads. */
bool domain_pinning_is_part(const xmlNode *node);

/*
 * Adds what such an element says to domain->pinning, which is made when there is something. libvirt has
 * checked the sets: one that cannot be read, or that has numbers beyond what Linux has, makes the whole
 * unclear, and is no reason against a start. Fails only when out of memory.
 */
int domain_pinning_read(const xmlNode *part, struct domain *domain, struct error *err);

/* Notes how many virtual processors a domain has that is bound to something. @root: <domain> */
void domain_pinning_count(const xmlNode *root, struct domain *domain);

#endif
