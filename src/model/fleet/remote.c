/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fleet/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/json/fields.h"

#define REPORT_VERSION 1
#define DEVICES_MAX 4096

void remote_report_clear(struct remote_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		fleet_counts_clear(&report->devices[i].names);
	free(report->devices);
	*report = (struct remote_report){ 0 };
}

static int read_names(struct json_object *object, struct fleet_counts *out, struct error *err)
{
	struct json_object *names = NULL;

	if (!json_object_object_get_ex(object, "names", &names) ||
	    !json_object_is_type(names, json_type_array))
		return fields_wrong("names", err);
	for (size_t i = 0; i < json_object_array_length(names); i++) {
		struct json_object *name = json_object_array_get_idx(names, i);

		if (!json_object_is_type(name, json_type_string) || !name_valid(json_object_get_string(name)))
			return fields_wrong("names", err);
		if (fleet_counts_add(out, json_object_get_string(name), 0, err) < 0)
			return -1;
	}
	return 0;
}

static int read_device(struct json_object *object, struct remote_device *out, struct error *err)
{
	int64_t count = 1;

	if (!json_object_is_type(object, json_type_object))
		return fields_wrong("devices", err);
	if (json_object_object_get_ex(object, "address", NULL)) {
		if (fields_string(object, "address", out->address, sizeof(out->address), err) < 0)
			return -1;
	} else if (fields_number(object, "count", 1, DEVICES_MAX, &count, err) < 0) {
		return -1;
	}
	out->count = (unsigned)count;
	if (fields_string(object, "state", out->state, sizeof(out->state), err) < 0)
		return -1;
	if (json_object_object_get_ex(object, "why", NULL) &&
	    fields_string(object, "why", out->why, sizeof(out->why), err) < 0)
		return -1;
	return read_names(object, &out->names, err);
}

static int read_devices(struct json_object *object, struct remote_report *out, struct error *err)
{
	struct json_object *devices = NULL;

	if (!json_object_object_get_ex(object, "devices", &devices) ||
	    !json_object_is_type(devices, json_type_array))
		return fields_wrong("devices", err);
	for (size_t i = 0; i < json_object_array_length(devices); i++) {
		struct remote_device *device = ARRAY_ADD(out->devices, out->count);

		if (!device)
			return error_set(err, ENOMEM, "cannot list %zu devices", i + 1);
		if (read_device(json_object_array_get_idx(devices, i), device, err) < 0)
			return -1;
	}
	return 0;
}

static int read_report(struct json_object *object, struct remote_report *out, struct error *err)
{
	int64_t version, more = 0;

	if (fields_number(object, "version", 0, INT32_MAX, &version, err) < 0)
		return -1;
	if (version != REPORT_VERSION)
		return error_set(err, 0, "it is of another version of pcitag");
	if (fields_number(object, "time", 0, INT64_MAX / 2, &out->time, err) < 0 ||
	    fields_string(object, "registry", out->hash, sizeof(out->hash), err) < 0)
		return -1;
	if (json_object_object_get_ex(object, "more", NULL) &&
	    fields_number(object, "more", 0, INT32_MAX, &more, err) < 0)
		return -1;
	out->more = (unsigned)more;
	return read_devices(object, out, err);
}

int remote_report_read(const char *text, struct remote_report *out, struct error *err)
{
	struct json_object *object = NULL;
	size_t len = strlen(text);
	int rc;

	if (len >= FLEET_REPORT_MAX)
		return error_set(err, 0, "it is longer than %d bytes", FLEET_REPORT_MAX);
	rc = fields_parse(text, len, &object, err);
	if (rc == 0)
		rc = read_report(object, out, err);
	json_object_put(object);
	return rc;
}

bool remote_answers(const struct remote_device *device, const char *name)
{
	for (size_t i = 0; i < device->names.count; i++) {
		if (strcmp(device->names.items[i].name, name) == 0)
			return true;
	}
	return false;
}

/* ---- is there one for each? ------------------------------------------------------------------------- */

/* Which request has which unit of which device; found by paths that change earlier choices (Kuhn). */
struct matching {
	const struct remote_report *report;
	const struct domain *domain;
	size_t *first;	/* by device: its first unit */
	size_t *holder; /* by unit: a request plus 1; 0 for none */
	bool *is_seen;	/* by unit */
};

/* Recursion is bounded by the requests of a domain: each level is another one. */
static bool find_unit(struct matching *m, size_t request)
{
	for (size_t d = 0; d < m->report->count; d++) {
		const struct remote_device *device = &m->report->devices[d];

		if (!remote_is_free(device) || !remote_answers(device, m->domain->requests[request].name))
			continue;
		for (size_t u = m->first[d]; u < m->first[d + 1]; u++) {
			if (m->is_seen[u])
				continue;
			m->is_seen[u] = true;
			if (m->holder[u] && !find_unit(m, m->holder[u] - 1))
				continue;
			m->holder[u] = request + 1;
			return true;
		}
	}
	return false;
}

size_t remote_lacks(const struct remote_report *report, const struct domain *domain, const bool *is_optional)
{
	CLEANUP_FREE size_t *first = calloc(report->count + 1, sizeof(*first));
	CLEANUP_FREE size_t *holder = NULL;
	CLEANUP_FREE bool *is_seen = NULL;
	struct matching m = { .report = report, .domain = domain, .first = first };
	size_t units = 0;

	for (size_t d = 0; first && d < report->count; d++) {
		first[d] = units;
		/* More than one for each request make no difference. */
		units += report->devices[d].count < DOMAIN_REQUESTS_MAX ? report->devices[d].count
									: DOMAIN_REQUESTS_MAX;
	}
	m.holder = holder = calloc(units + 1, sizeof(*holder));
	m.is_seen = is_seen = calloc(units + 1, sizeof(*is_seen));
	if (!first || !holder || !is_seen)
		return 0;
	first[report->count] = units;
	for (size_t r = 0; r < domain->request_count; r++) {
		memset(is_seen, 0, units * sizeof(*is_seen));
		if (!is_optional[r] && !find_unit(&m, r))
			return r;
	}
	return domain->request_count;
}
