/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "model/registry/registry.h"

void profile_clear(struct profile *profile)
{
	pattern_list_clear(&profile->any);
	pattern_list_clear(&profile->allow);
	*profile = (struct profile){ 0 };
}

char *profile_place(const struct profile *profile, char buf[static MODEL_PLACE_LEN])
{
	snprintf(buf, MODEL_PLACE_LEN, "%s:%u", profile->file, profile->line);
	return buf;
}

static int set_any(struct profile *profile, const char *key, const char *value, struct error *err)
{
	if (pattern_list_split(key, value, PROFILE_ANY_MAX, "names; write a type that they share",
			       &profile->any, err) < 0)
		return -1;
	for (size_t i = 0; i < profile->any.count; i++) {
		if (!name_valid(profile->any.items[i]))
			return error_set(
				err, 0,
				"%s: invalid name %.100s; write models or types of the registry, in the "
				"order of preference, such as A100, gpu",
				key, profile->any.items[i]);
	}
	return 0;
}

/* The other keys of a profile are keys of a model, too. In the order of the bits in keys_set. */
const char *const profile_keys[] = { "any", "numa", "together", "apart", "optional", NULL };

int profile_set(struct profile *profile, const char *key, const char *value, struct error *err)
{
	unsigned bit = 1;

	for (size_t i = 0; profile_keys[i]; i++, bit <<= 1) {
		if (strcmp(key, profile_keys[i]) != 0)
			continue;
		if (profile->keys_set & bit)
			return error_set(err, 0, "%s is given twice in [%s]; delete one of the two", key,
					 profile->name);
		if (*value == '\0')
			return error_set(err, 0, "%s has no value; write one or delete the line", key);
		profile->keys_set |= bit;
		return i == 0 ? set_any(profile, key, value, err)
			      : wishes_set(&profile->wishes, key, value, err);
	}
	return PROFILE_NO_SUCH_KEY;
}

static int check_any(const struct profile *profile, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	for (size_t i = 0; i < profile->any.count; i++) {
		const char *name = profile->any.items[i];

		if (strcmp(name, profile->name) == 0)
			return error_set(
				err, 0,
				"%s: [%s] lists itself in any; a profile has models and types, rename it "
				"or delete the word",
				profile_place(profile, place), profile->name);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(name, profile->any.items[k]) == 0)
				return error_set(err, 0,
						 "%s: [%s] lists %s twice in any; delete one of the two",
						 profile_place(profile, place), profile->name, name);
		}
	}
	return 0;
}

/* Returns the first of the keys that were given. */
static const char *first_key(const struct profile *profile)
{
	size_t i = 0;

	while (profile_keys[i + 1] && !(profile->keys_set & (1U << i)))
		i++;
	return profile_keys[i];
}

int profile_check(const struct profile *profile, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	if (profile->any.count == 0)
		return error_set(
			err, 0,
			"%s: [%s] has %s, a key of profiles, and no any; write any = MODEL or TYPE ..., or "
			"delete the line",
			profile_place(profile, place), profile->name, first_key(profile));
	if (check_any(profile, err) < 0)
		return -1;
	if (wishes_check(&profile->wishes, err) < 0)
		return error_prefix(err, "%s: [%s]", profile_place(profile, place), profile->name);
	return 0;
}

/* ---- in a registry ---------------------------------------------------------------------------------- */

static int check_new_profile(struct registry *registry, const struct profile *profile, struct error *err)
{
	const struct profile *same = registry_find_profile(registry, profile->name);
	char place[MODEL_PLACE_LEN], other[MODEL_PLACE_LEN];

	(void)profile_place(profile, place);
	if (registry->profile_count == REGISTRY_PROFILES_MAX)
		return error_set(err, 0, "%s: [%s] exceeds the limit of %d profiles; delete some", place,
				 profile->name, REGISTRY_PROFILES_MAX);
	if (same)
		return error_set(err, 0, "%s: profile %s is already at %s; rename or delete one of the two",
				 place, profile->name, profile_place(same, other));
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		if (model_answers_to(model, profile->name))
			return error_set(
				err, 0,
				"%s: profile %s has the name of a %s, which [%s] at %s uses; a name is a "
				"type, a model or a profile, rename one of the two",
				place, profile->name,
				strcmp(model->name, profile->name) == 0 ? "model" : "type", model->name,
				model_place(model, other));
	}
	return 0;
}

int registry_add_profile(struct registry *registry, struct profile *profile, struct error *err)
{
	int rc = check_new_profile(registry, profile, err);

	if (rc == 0 && !ARRAY_APPEND(registry->profiles, registry->profile_count, *profile))
		rc = error_set(err, ENOMEM, "cannot hold %zu profiles", registry->profile_count + 1);
	if (rc == 0)
		*profile = (struct profile){ 0 };
	else
		profile_clear(profile);
	return rc;
}

static int check_listed(const struct registry *registry, const struct profile *profile, const char *name,
			struct error *err)
{
	char place[MODEL_PLACE_LEN];

	if (registry_find_profile(registry, name))
		return error_set(
			err, 0,
			"%s: [%s] lists the profile %s in any; write the models and types that it lists",
			profile_place(profile, place), profile->name, name);
	if (!registry_find(registry, name) && registry_count_type(registry, name) == 0)
		return error_set(
			err, 0,
			"%s: [%s] lists %s in any, which is neither a model nor a type of the registry; "
			"correct or delete the word",
			profile_place(profile, place), profile->name, name);
	return 0;
}

int registry_check_profiles(const struct registry *registry, struct error *err)
{
	for (size_t i = 0; i < registry->profile_count; i++) {
		const struct profile *profile = &registry->profiles[i];

		for (size_t k = 0; k < profile->any.count; k++) {
			if (check_listed(registry, profile, profile->any.items[k], err) < 0)
				return -1;
		}
	}
	return 0;
}

const struct profile *registry_find_profile(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->profile_count; i++) {
		if (strcmp(registry->profiles[i].name, name) == 0)
			return &registry->profiles[i];
	}
	return NULL;
}

char *registry_list_profiles(const struct registry *registry, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < registry->profile_count; i++)
		text_append(buf, size, "%s%s", buf[0] ? ", " : "", registry->profiles[i].name);
	return buf;
}

size_t profile_rank(const struct profile *profile, const struct model *model)
{
	for (size_t i = 0; i < profile->any.count; i++) {
		if (model_answers_to(model, profile->any.items[i]))
			return i;
	}
	return PROFILE_NO_RANK;
}

bool registry_answers(const struct registry *registry, const struct model *model, const char *name)
{
	const struct profile *profile;

	if (model_answers_to(model, name))
		return true;
	profile = registry_find_profile(registry, name);
	return profile && profile_rank(profile, model) != PROFILE_NO_RANK;
}
