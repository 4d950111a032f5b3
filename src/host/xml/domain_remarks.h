/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a definition says about the device of a placeholder in a place where it has no effect. */
#ifndef PCITAG_HOST_XML_DOMAIN_REMARKS_H
#define PCITAG_HOST_XML_DOMAIN_REMARKS_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/domain.h"

/* More are not reported. */
#define DOMAIN_REMARKS_MAX 32

struct domain_remarks {
	char *lines[DOMAIN_REMARKS_MAX]; /* owned; one line each, with what to write instead */
	size_t count;
};

/*
 * Finds
 *   <boot> and <rom> in the <input> of a placeholder: libvirt has them for other devices, and drops them;
 *   "-set device.ALIAS.NAME=VALUE" in <qemu:commandline> for a device that a placeholder replaced: a host
 * device with a number that the domain does not have (hostdev0), or the placeholder itself. QEMU's -set knows
 * no device that is given in JSON, and refuses to start.
 * @bytes, @len: the XML from which @domain was read
 * The caller frees @out with domain_remarks_clear(), also after a failure. Fails when out of memory.
 */
int domain_remarks_read(const char *bytes, size_t len, const struct domain *domain,
			struct domain_remarks *out, struct error *err);
void domain_remarks_clear(struct domain_remarks *remarks);

#endif
