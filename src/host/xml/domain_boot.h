/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The boot order of a domain, for domains with a request that has a place in it. */
#ifndef PCITAG_HOST_XML_DOMAIN_BOOT_H
#define PCITAG_HOST_XML_DOMAIN_BOOT_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/domain.h"

/*
 * Sets domain->boot_clash when a request has a bootindex and something else takes a place in the boot order
 * as well: another request or a device's <boot order=> with the same number, or a <boot dev=> of <os> for
 * which the domain has a device. libvirt refuses both kinds of order together (src/conf/domain_postparse.c,
 * virDomainDefBootOrderPostParse), and writes <boot dev='hd'/> itself into a domain without any: that means
 * the first disk, and nothing where there is none.
 * @bytes, @len: the XML from which @domain was read; it is parsed again, but only if a request has a
 * bootindex Fails when out of memory.
 */
int domain_boot_read(const char *bytes, size_t len, struct domain *domain, struct error *err);

#endif
