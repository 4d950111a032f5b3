/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/xml/domain_status.c host/xml/document.c model/lease/name.c model/pci/address.c base/error.c */
/* libs: libxml-2.0 */
/* The status of a domain: what is accepted has a UUID, and a pid that is one; what is refused says why. */
#include "host/xml/domain_status.h"
#include "model/lease/name.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domain_status status = { .pid = -7 };
	struct error err = { 0 };
	int rc = domain_status_parse((const char *)data, size, &status, &err);

	if (rc < 0) {
		require_message(&err);
		REQUIRE(status.pid == -7);
		return 0;
	}
	require_no_message(&err);
	REQUIRE(uuid_valid(status.uuid) && status.pid >= 0);
	return 0;
}
