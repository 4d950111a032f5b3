/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/view/domains.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "host/libvirt/domain.h"
#include "host/xml/domain.h"

static int add_domain(const struct libvirt_domain *listed, const char *xml, void *data, struct error *err)
{
	struct domains_view *view = data;
	struct domain_view *added = ARRAY_ADD(view->items, view->count);
	CLEANUP(domain_clear) struct domain domain = { 0 };

	if (!added)
		return error_set(err, ENOMEM, "cannot list libvirt's domains");
	snprintf(added->name, sizeof(added->name), "%s", listed->name);
	snprintf(added->uuid, sizeof(added->uuid), "%s", listed->uuid);
	added->is_running = listed->is_running;
	added->is_persistent = listed->is_persistent;
	added->is_saved = listed->is_saved;
	if (domain_xml_parse(xml, strlen(xml), &domain, &added->problem) != 0)
		return 0;
	added->problem.msg[0] = '\0';
	added->requests = domain.requests;
	added->request_count = domain.request_count;
	domain.requests = NULL;
	domain.request_count = 0;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct domain_view *)a)->name, ((const struct domain_view *)b)->name);
}

int domains_view_read(struct domains_view *out, struct error *err)
{
	int rc;

	*out = (struct domains_view){ 0 };
	rc = libvirt_domain_each(add_domain, out, err);
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), compare_names);
	return rc;
}

void domains_view_clear(struct domains_view *view)
{
	for (size_t i = 0; i < view->count; i++)
		free(view->items[i].requests);
	free(view->items);
	*view = (struct domains_view){ 0 };
}
