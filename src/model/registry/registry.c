/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/registry.h"

#include <errno.h>
#include <fnmatch.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/array.h"
#include "model/registry/settings.h"

void model_clear(struct model *model)
{
	pattern_list_clear(&model->address);
	pattern_list_clear(&model->exclude);
	pattern_list_clear(&model->hosts);
	pattern_list_clear(&model->force);
	pattern_list_clear(&model->stop_units);
	pattern_list_clear(&model->start_units);
	pattern_list_clear(&model->clean_units);
	pattern_list_clear(&model->allow);
	free(model->options);
	*model = (struct model){ 0 };
}

void registry_clear(struct registry *registry)
{
	for (size_t i = 0; i < registry->count; i++)
		model_clear(&registry->models[i]);
	free(registry->models);
	for (size_t i = 0; i < registry->profile_count; i++)
		profile_clear(&registry->profiles[i]);
	free(registry->profiles);
	tdestroy(registry->names, free);
	*registry = (struct registry){ 0 };
}

char *model_place(const struct model *model, char buf[static MODEL_PLACE_LEN])
{
	if (model->line)
		snprintf(buf, MODEL_PLACE_LEN, "%s:%u", model->file, model->line);
	else
		snprintf(buf, MODEL_PLACE_LEN, "%s", model->file);
	return buf;
}

bool model_equal(const struct model *a, const struct model *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 && a->vendor == b->vendor &&
	       a->device == b->device && a->any_device == b->any_device && a->more_count == b->more_count &&
	       memcmp(a->more_devices, b->more_devices, a->more_count * sizeof(a->more_devices[0])) == 0 &&
	       a->has_subsystem == b->has_subsystem && a->subsystem_vendor == b->subsystem_vendor &&
	       a->subsystem_device == b->subsystem_device && a->class_digits == b->class_digits &&
	       a->class_code == b->class_code && a->has_revision == b->has_revision &&
	       a->revision == b->revision && strcmp(a->driver, b->driver) == 0 &&
	       a->functions == b->functions && a->function_list == b->function_list &&
	       pattern_list_equal(&a->address, &b->address) && pattern_list_equal(&a->exclude, &b->exclude) &&
	       pattern_list_equal(&a->hosts, &b->hosts) && pattern_list_equal(&a->force, &b->force) &&
	       a->lends_input == b->lends_input && pattern_list_equal(&a->stop_units, &b->stop_units) &&
	       pattern_list_equal(&a->start_units, &b->start_units) && a->after_use == b->after_use &&
	       pattern_list_equal(&a->clean_units, &b->clean_units) && a->clean_timeout == b->clean_timeout &&
	       a->is_vfio_at_boot == b->is_vfio_at_boot && a->resets == b->resets &&
	       strcmp(model_options(a)->text, model_options(b)->text) == 0 &&
	       pattern_list_equal(&a->allow, &b->allow) && a->wishes.limit == b->wishes.limit &&
	       a->wishes.per_domain == b->wishes.per_domain && a->wishes.prefer == b->wishes.prefer;
}

int model_init(struct model *model, const char *name, const char *file, unsigned line, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	*model = (struct model){ .driver = REGISTRY_DRIVER_DEFAULT,
				 .enabled = true,
				 .line = line,
				 .clean_timeout = REGISTRY_CLEAN_TIMEOUT_DEFAULT };
	if (strlen(file) >= sizeof(model->file))
		return error_set(err, 0, "%s: the path is longer than %zu characters; choose a shorter name",
				 file, sizeof(model->file) - 1);
	strcpy(model->file, file);
	if (strcmp(name, SETTINGS_SECTION) == 0)
		return error_set(err, 0,
				 "%s: [%s] holds the settings, not a model; move the section to pcitag.ini",
				 model_place(model, place), name);
	if (!name_valid(name))
		return error_set(err, 0,
				 "%s: invalid model name [%.100s]; write 1 to %d letters, digits, - and _",
				 model_place(model, place), name, NAME_LEN - 1);
	strcpy(model->name, name);
	return 0;
}

/* What a name refers to: the first model with this name, and the first model with this type. */
struct known_name {
	char text[NAME_LEN];
	size_t model, type; /* indices in the registry, UNKNOWN for none */
};

#define UNKNOWN SIZE_MAX

static int compare_known(const void *a, const void *b)
{
	return strcmp(((const struct known_name *)a)->text, ((const struct known_name *)b)->text);
}

static struct known_name find_known(const struct registry *registry, const char *name)
{
	struct known_name key = { .model = UNKNOWN, .type = UNKNOWN };
	void *node;

	strcpy(key.text, name);
	node = tfind(&key, &registry->names, compare_known);
	return node ? **(struct known_name **)node : key;
}

/* Returns the entry of @name and creates it when needed. Returns NULL when out of memory. */
static struct known_name *hold_known(struct registry *registry, const char *name)
{
	struct known_name *made = malloc(sizeof(*made));
	void *node;

	if (!made)
		return NULL;
	made->model = made->type = UNKNOWN;
	strcpy(made->text, name);
	node = tsearch(made, &registry->names, compare_known);
	if (!node || *(struct known_name **)node != made)
		free(made);
	return node ? *(struct known_name **)node : NULL;
}

/* Models that were added are indexed at the next addition, which may be the first to use the tree. */
static int index_names(struct registry *registry, struct error *err)
{
	for (; registry->indexed < registry->count; registry->indexed++) {
		const struct model *model = &registry->models[registry->indexed];
		struct known_name *name = hold_known(registry, model->name);
		struct known_name *type = hold_known(registry, model->type);

		if (!name || !type)
			return error_set(err, ENOMEM, "cannot hold the names of %zu models", registry->count);
		if (name->model == UNKNOWN)
			name->model = registry->indexed;
		if (type->type == UNKNOWN)
			type->type = registry->indexed;
	}
	return 0;
}

/* Covers exactly the three ways in which two sections can contradict each other. */
static int refuse_pair(const struct model *old, const struct model *new, struct error *err)
{
	char old_place[MODEL_PLACE_LEN], place[MODEL_PLACE_LEN];

	(void)model_place(old, old_place);
	(void)model_place(new, place);
	if (strcmp(new->name, old->name) == 0)
		return error_set(err, 0, "%s: model %s is already at %s; rename or delete one of the two",
				 place, new->name, old_place);
	if (strcmp(new->name, old->type) == 0)
		return error_set(err, 0,
				 "%s: model %s has the name of a type, which [%s] at %s uses; a name is "
				 "either a type or a model, rename one of the two",
				 place, new->name, old->name, old_place);
	return error_set(err, 0,
			 "%s: type %s of [%s] is the name of the model at %s; a name is either a type or a "
			 "model, rename one of the two",
			 place, new->type, new->name, old_place);
}

static int refuse_profile_name(const char *place, const char *what, const char *name,
			       const struct profile *profile, struct error *err)
{
	char other[MODEL_PLACE_LEN];

	return error_set(
		err, 0,
		"%s: %s %s has the name of the profile at %s; a name is a type, a model or a profile, "
		"rename one of the two",
		place, what, name, profile_place(profile, other));
}

/* A profile may be read before the model or type that has its name. */
static int check_profile_names(const struct registry *registry, const struct model *model, struct error *err)
{
	const struct profile *profile = registry_find_profile(registry, model->name);
	char place[MODEL_PLACE_LEN];

	if (profile)
		return refuse_profile_name(model_place(model, place), "model", model->name, profile, err);
	profile = registry_find_profile(registry, model->type);
	return profile ? refuse_profile_name(model_place(model, place), "type", model->type, profile, err)
		       : 0;
}

static int check_new(struct registry *registry, const struct model *model, struct error *err)
{
	char place[MODEL_PLACE_LEN];
	struct known_name same, type;
	size_t other;

	if (registry->count == REGISTRY_MODELS_MAX)
		return error_set(err, 0, "%s: [%s] exceeds the limit of %d models; delete some",
				 model_place(model, place), model->name, REGISTRY_MODELS_MAX);
	if (registry->profile_count && check_profile_names(registry, model, err) < 0)
		return -1;
	if (index_names(registry, err) < 0)
		return -1;
	same = find_known(registry, model->name);
	type = find_known(registry, model->type);
	other = MIN(MIN(same.model, same.type), type.model);
	return other == UNKNOWN ? 0 : refuse_pair(&registry->models[other], model, err);
}

int registry_add(struct registry *registry, struct model *model, struct error *err)
{
	int rc = check_new(registry, model, err);

	if (rc == 0 && !ARRAY_APPEND(registry->models, registry->count, *model))
		rc = error_set(err, ENOMEM, "cannot hold %zu models", registry->count + 1);
	if (rc == 0)
		*model = (struct model){ 0 };
	else
		model_clear(model);
	return rc;
}

static bool host_fits(const char *pattern, const char *hostname)
{
	char label[256];
	size_t len = strcspn(hostname, ".");

	if (fnmatch(pattern, hostname, FNM_CASEFOLD) == 0)
		return true;
	if (strchr(pattern, '.') || len >= sizeof(label))
		return false;
	memcpy(label, hostname, len);
	label[len] = '\0';
	return fnmatch(pattern, label, FNM_CASEFOLD) == 0;
}

bool model_applies_to_host(const struct model *model, const char *hostname)
{
	bool any_positive = false, fits = false;

	for (size_t i = 0; i < model->hosts.count; i++) {
		const char *pattern = model->hosts.items[i];

		if (pattern[0] == '!') {
			if (host_fits(pattern + 1, hostname))
				return false;
			continue;
		}
		any_positive = true;
		fits = fits || host_fits(pattern, hostname);
	}
	return fits || !any_positive;
}

static bool list_has(const struct pattern_list *list, const struct pci_addr *addr)
{
	for (size_t i = 0; i < list->count; i++) {
		if (pci_addr_pattern_match(list->items[i], addr))
			return true;
	}
	return false;
}

static bool has_device(const struct model *model, uint16_t device)
{
	if (model->any_device || model->device == device)
		return true;
	for (size_t i = 0; i < model->more_count; i++) {
		if (model->more_devices[i] == device)
			return true;
	}
	return false;
}

bool model_has_ids(const struct model *model, const struct pci_identity *id)
{
	return id->vendor == model->vendor && has_device(model, id->device);
}

char *model_devices(const struct model *model, char buf[static MODEL_DEVICES_LEN])
{
	if (model->any_device)
		snprintf(buf, MODEL_DEVICES_LEN, "*");
	else
		snprintf(buf, MODEL_DEVICES_LEN, "%04x", model->device);
	for (size_t i = 0; i < model->more_count; i++)
		text_append(buf, MODEL_DEVICES_LEN, " %04x", model->more_devices[i]);
	return buf;
}

const char *model_mismatch(const struct model *model, const struct pci_device *device)
{
	const struct pci_identity *id = &device->id;

	if (id->vendor != model->vendor)
		return "vendor";
	if (!has_device(model, id->device))
		return "device";
	if (model->has_subsystem && (id->subsystem_vendor != model->subsystem_vendor ||
				     id->subsystem_device != model->subsystem_device))
		return "subsystem";
	if (model->class_digits && id->class_code >> (24 - 4 * model->class_digits) != model->class_code)
		return "class";
	if (model->has_revision && device->revision != model->revision)
		return "revision";
	if (model->address.count && !list_has(&model->address, &device->addr))
		return "address";
	return list_has(&model->exclude, &device->addr) ? "exclude" : NULL;
}

bool model_matches(const struct model *model, const struct pci_device *device)
{
	return !model_mismatch(model, device);
}

char *registry_list_types(const struct registry *registry, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < registry->count; i++) {
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = strcmp(registry->models[i].type, registry->models[j].type) == 0;
		if (!seen)
			text_append(buf, size, "%s%s", buf[0] ? ", " : "", registry->models[i].type);
	}
	return buf;
}

char *registry_list_models(const struct registry *registry, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < registry->count; i++)
		text_append(buf, size, "%s%s", buf[0] ? ", " : "", registry->models[i].name);
	return buf;
}

const struct model *registry_find(const struct registry *registry, const char *name)
{
	for (size_t i = 0; i < registry->count; i++) {
		if (strcmp(registry->models[i].name, name) == 0)
			return &registry->models[i];
	}
	return NULL;
}

size_t registry_count_type(const struct registry *registry, const char *type)
{
	size_t count = 0;

	for (size_t i = 0; i < registry->count; i++)
		count += strcmp(registry->models[i].type, type) == 0;
	return count;
}

bool registry_knows(const struct registry *registry, const char *name)
{
	return registry_find(registry, name) || registry_count_type(registry, name) > 0 ||
	       registry_find_profile(registry, name);
}

const struct model *registry_first_match(const struct registry *registry, const char *name,
					 const struct pci_device *device)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		if ((!name || registry_answers(registry, model, name)) && model_matches(model, device))
			return model;
	}
	return NULL;
}

bool model_keeps_driver(const struct model *model)
{
	return strcmp(model->driver, REGISTRY_DRIVER_KEEP) == 0;
}

const char *model_hand_written(const struct model *model)
{
	return model->force.count	  ? "force"
	       : model->lends_input	  ? "lend_console_input"
	       : model->stop_units.count  ? "stop_units"
	       : model->start_units.count ? "start_units"
	       : model->after_use	  ? "after_use"
	       : model->is_vfio_at_boot	  ? "boot"
	       : model->resets		  ? "reset"
	       : model->allow.count	  ? "allow"
	       : model->wishes.limit	  ? "limit"
	       : model->wishes.per_domain ? "per_domain"
	       : model->wishes.prefer	  ? "prefer"
					  : NULL;
}

bool model_forces(const struct model *model, const struct pci_addr *addr)
{
	return list_has(&model->force, addr);
}

const char *model_stops(const struct model *model, const struct unit_holder *holder)
{
	for (size_t i = 0; i < model->stop_units.count; i++) {
		const char *name = model->stop_units.items[i];

		if (strcmp(name, holder->unit) == 0 || strcmp(name, holder->starter) == 0 ||
		    strcmp(name, holder->alias) == 0)
			return name;
	}
	return NULL;
}

const struct device_options *model_options(const struct model *model)
{
	static const struct device_options none;

	return model->options ? model->options : &none;
}

bool model_answers_to(const struct model *model, const char *name)
{
	return strcmp(model->name, name) == 0 || strcmp(model->type, name) == 0;
}
