/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate/request_wishes.h"

#include <stdio.h>
#include <string.h>

#define WHO_LEN (DOMAIN_NAME_LEN + 16)

int request_wishes(const struct registry *registry, const struct domain *domain,
		   const struct request *request, struct wishes *out, struct error *err)
{
	const struct profile *profile = registry_find_profile(registry, request->name);
	char base[WHO_LEN], more[WHO_LEN];

	*out = profile ? profile->wishes : (struct wishes){ 0 };
	if (domain)
		snprintf(more, sizeof(more), "domain '%s'", domain->name);
	if (profile)
		snprintf(base, sizeof(base), "profile %s", profile->name);
	else
		snprintf(base, sizeof(base), "another wish of it");
	for (size_t i = 0; domain && i < domain->wish_count; i++) {
		const struct domain_wish *wish = &domain->wishes[i];

		if (domain_wish_is_about(wish, request->text) &&
		    wishes_narrow(out, base, &wish->wishes, more, err) < 0)
			return error_prefix(err, "request %s", request->text);
	}
	if (!out->numa)
		out->numa = domain && domain->pinning ? WISH_NUMA_PREFERRED : WISH_NUMA_NONE;
	return 0;
}

bool request_is_optional(const struct registry *registry, const struct domain *domain,
			 const struct request *request)
{
	struct wishes wishes;

	return request_wishes(registry, domain, request, &wishes, NULL) == 0 &&
	       wishes.optional == WISH_OPTIONAL_YES;
}

bool request_had(const struct lease *last, const char *request, const struct pci_device *device)
{
	for (size_t i = 0; last && i < last->grant_count; i++) {
		const struct lease_grant *grant = &last->grants[i];

		for (size_t k = 0; k < last->member_count && strcmp(grant->request.text, request) == 0; k++) {
			const struct lease_member *member = &last->members[k];
			enum pci_serial_match match = pci_serial_compare(&member->serial, &device->serial);

			if (!pci_addr_equal(&member->addr, &grant->addr))
				continue;
			return match == PCI_SERIAL_UNKNOWN
				       ? pci_addr_equal(&member->addr, &device->addr) &&
						 pci_identity_equal(&member->id, &device->id)
				       : match == PCI_SERIAL_SAME;
		}
	}
	return false;
}

enum wish_prefer request_prefers(const struct wishes *wishes, const struct model *model)
{
	if (wishes->prefer)
		return wishes->prefer;
	return model->wishes.prefer ? model->wishes.prefer : WISH_PREFER_FIRST;
}
