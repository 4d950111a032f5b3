/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_wishes.h"

#include <string.h>

#include "host/xml/domain_note.h"

/* limit and per_domain are an administrator's. */
const char *const domain_wish_keys[] = { "numa", "together", "apart", "prefer", "optional", NULL };

static bool is_known(const char *name)
{
	size_t i = 0;

	while (domain_wish_keys[i] && strcmp(domain_wish_keys[i], name) != 0)
		i++;
	return domain_wish_keys[i];
}

static int read_attribute(const xmlNode *entry, const char *name, struct wishes *wishes, struct error *err)
{
	CLEANUP_XML xmlChar *value = xml_attribute(entry, name);

	if (!is_known(name) || !value)
		return error_set(err, 0,
				 "<" NOTE_WISH "> has the unknown attribute %.64s; write " NOTE_REQUESTS
				 ", numa, together, apart, prefer or optional",
				 name);
	return wishes_set(wishes, name, (const char *)value, err);
}

static int read_wish(const xmlNode *entry, struct domain *domain, struct error *err)
{
	CLEANUP_XML xmlChar *requests = xml_attribute(entry, NOTE_REQUESTS);
	struct wishes wishes = { 0 };

	if (!requests)
		return error_set(err, 0,
				 "<" NOTE_WISH "> has no " NOTE_REQUESTS
				 "; write the requests that it is for, such as gpu nic");
	for (const xmlAttr *attr = entry->properties; attr; attr = attr->next) {
		const char *name = (const char *)attr->name;

		if (strcmp(name, NOTE_REQUESTS) != 0 && read_attribute(entry, name, &wishes, err) != 0)
			return -1;
	}
	return wishes_check(&wishes, err) < 0 ? -1
					      : domain_add_wish(domain, (const char *)requests, &wishes, err);
}

int domain_wishes_read(const xmlNode *metadata, struct domain *domain, struct error *err)
{
	for (const xmlNode *entry = domain_note_first_wish(metadata); entry;
	     entry = domain_note_next_wish(entry)) {
		if (read_wish(entry, domain, err) < 0)
			return error_prefix(err, "domain '%s': line %ld: <metadata>", domain->name,
					    xmlGetLineNo(entry));
	}
	return 0;
}
