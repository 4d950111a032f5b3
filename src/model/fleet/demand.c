/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fleet/demand.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/allocate/request_wishes.h"
#include "model/registry/overlap.h"

bool fleet_relies_on(const struct registry *registry, const char *name, const struct model *model)
{
	if (!model->allow.count || strcmp(model->name, name) == 0)
		return true;
	for (size_t i = 0; i < registry->count; i++) {
		if (!registry->models[i].allow.count &&
		    registry_answers(registry, &registry->models[i], name))
			return false;
	}
	return true;
}

/* True when a model that answers @name matches every device that @model does. */
static bool is_covered(const struct registry *registry, const char *name, const struct model *model)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *other = &registry->models[i];

		if (registry_answers(registry, other, name) && model_covers(other, model))
			return true;
	}
	return false;
}

/* True when every device that can answer @narrow can answer @wide. */
static bool contains(const struct registry *registry, const char *wide, const char *narrow)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		if (registry_answers(registry, model, narrow) && !is_covered(registry, wide, model))
			return false;
	}
	return true;
}

bool fleet_is_wider(const struct registry *registry, const char *request, const char *name)
{
	return registry_knows(registry, request) && registry_knows(registry, name) &&
	       contains(registry, request, name) && !contains(registry, name, request);
}

/* True when a device of @model may be one that is relied on for @name. */
static bool may_take(const struct registry *registry, const struct model *model, const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *other = &registry->models[i];

		if (models_may_share(model, other) && registry_answers(registry, other, name) &&
		    fleet_relies_on(registry, name, other))
			return true;
	}
	return false;
}

/* True when some device may answer @request and is relied on for @name. */
static bool meet(const struct registry *registry, const char *request, const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		if (registry_answers(registry, model, request) && may_take(registry, model, name))
			return true;
	}
	return false;
}

/*
 * Names for the same devices count at each other, so that one of them, at which all of them do, has the sum.
 * At a model, only models need to: its type, or what else has its devices, is that one.
 */
bool fleet_counts_at(const struct registry *registry, const char *request, const char *name)
{
	bool is_counted_elsewhere = registry_find(registry, name) && !registry_find(registry, request);

	if (strcmp(request, name) == 0)
		return true;
	if (!meet(registry, request, name))
		return false;
	return !contains(registry, request, name) ||
	       (contains(registry, name, request) && !is_counted_elsewhere);
}

int fleet_names(const struct registry *registry, struct fleet_counts *out, struct error *err)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (fleet_counts_add(out, registry->models[i].name, 0, err) < 0 ||
		    fleet_counts_add(out, registry->models[i].type, 0, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < registry->profile_count; i++) {
		if (fleet_counts_add(out, registry->profiles[i].name, 0, err) < 0)
			return -1;
	}
	return 0;
}

int fleet_demand_add(const struct registry *registry, const char *request, unsigned number,
		     struct fleet_counts *out, struct error *err)
{
	CLEANUP(fleet_counts_clear) struct fleet_counts names = { 0 };

	if (fleet_names(registry, &names, err) < 0 || fleet_counts_add(&names, request, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		if (fleet_counts_at(registry, request, names.items[i].name) &&
		    fleet_counts_add(out, names.items[i].name, number, err) < 0)
			return -1;
	}
	return 0;
}

int fleet_demand(const struct registry *registry, const struct domain *domain, struct fleet_counts *out,
		 struct error *err)
{
	CLEANUP(fleet_counts_clear) struct fleet_counts asked = { 0 };

	for (size_t i = 0; i < domain->request_count; i++) {
		const struct request *request = &domain->requests[i];

		if (!request_is_optional(registry, domain, request) &&
		    fleet_counts_add(&asked, request->name, 1, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < asked.count; i++) {
		if (fleet_demand_add(registry, asked.items[i].name, asked.items[i].value, out, err) < 0)
			return -1;
	}
	return 0;
}

/* FNV-1a with 64 bits (draft-eastlake-fnv), with the NUL of the text. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
	while (*text++);
	return hash;
}

#define HASH_START 14695981039346656037ULL

/* Of one name: its kind and content. */
static uint64_t hash_name(const struct registry *registry, const char *name)
{
	const struct model *model = registry_find(registry, name);
	const struct profile *profile = registry_find_profile(registry, name);
	uint64_t hash = hash_text(HASH_START, name);

	if (model) {
		hash = hash_text(hash_text(hash, model->type), model->allow.count ? "allow" : "");
		/* The sum does not depend on the order. */
		for (size_t i = 0; i < registry->count; i++) {
			const struct model *other = &registry->models[i];

			if (other != model && models_may_share(model, other))
				hash += hash_text(HASH_START, other->name) *
					(model_covers(model, other) + 1U);
		}
	}
	for (size_t i = 0; profile && i < profile->any.count; i++)
		hash = hash_text(hash, profile->any.items[i]);
	return hash;
}

char *fleet_hash(const struct registry *registry, char buf[static FLEET_HASH_LEN])
{
	CLEANUP(fleet_counts_clear) struct fleet_counts names = { 0 };
	uint64_t hash = HASH_START;
	char text[FLEET_HASH_LEN];

	buf[0] = '\0';
	if (fleet_names(registry, &names, NULL) < 0)
		return buf;
	for (size_t i = 0; i < names.count; i++) {
		snprintf(text, sizeof(text), "%016llx",
			 (unsigned long long)hash_name(registry, names.items[i].name));
		hash = hash_text(hash, text);
	}
	snprintf(buf, FLEET_HASH_LEN, "%016llx", (unsigned long long)hash);
	return buf;
}
