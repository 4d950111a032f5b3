/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/registry_edit.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "base/log.h"
#include "host/config/ini_file.h"
#include "host/store/used_devices.h"

/* Maximum number of names and addresses in one message. */
#define NAMED_MAX 8

void registry_change_clear(struct registry_change *change)
{
	free(change->users.items);
	free(change->held.items);
	*change = (struct registry_change){ 0 };
}

/* ---- beginning and end -------------------------------------------------------------------------------- */

int registry_edit_begin(struct registry_edit *edit, const struct paths *paths, const char *verb,
			struct error *err)
{
	*edit = (struct registry_edit){
		.paths = paths,
		.verb = verb,
		.store = LEASE_STORE_CLOSED,
		.file = REGISTRY_FILE_CLOSED,
	};
	if (lease_store_open(paths->run, true, &edit->store, err) < 0 ||
	    lease_store_lock(&edit->store, FLOW_LOCK_TIMEOUT_MS, err) < 0)
		return -1;
	return registry_load(paths->etc, &edit->registry, err);
}

void registry_edit_end(struct registry_edit *edit)
{
	registry_file_close(&edit->file);
	registry_clear(&edit->registry);
	lease_store_close(&edit->store);
}

int registry_edit_open(struct registry_edit *edit, const char *file, struct error *err)
{
	registry_file_close(&edit->file);
	return registry_file_open(edit->paths->etc, file, &edit->file, err);
}

/*
 * Reads the registry as it will be with @text in edit->file; NULL: without that file.
 * @is_partial: as in struct registry_draft
 */
static int preview(const struct registry_edit *edit, const char *text, size_t len, bool is_partial,
		   struct registry *after, struct error *err)
{
	const struct registry_draft draft = {
		.file = edit->file.path + strlen(edit->paths->etc) + 1,
		.text = text,
		.len = len,
		.is_partial = is_partial,
	};

	return registry_load_draft(edit->paths->etc, &draft, after, err);
}

int registry_edit_write(const struct registry_edit *edit, const char *text, size_t len, struct error *err)
{
	CLEANUP(registry_clear) struct registry after = { 0 };
	int rc = preview(edit, text, len, false, &after, err);

	return rc == 0 ? registry_file_write(&edit->file, text, len, err) : rc;
}

/* ---- users of a model -------------------------------------------------------------------------------- */

static int users_add(struct model_users *users, const struct lease *lease, const struct lease_grant *grant,
		     struct error *err)
{
	struct model_user *user = ARRAY_ADD(users->items, users->count);

	if (!user)
		return error_set(err, ENOMEM, "cannot list who has devices of %s", grant->model);
	user->addr = grant->addr;
	user->is_quarantined = lease->state == LEASE_QUARANTINED;
	snprintf(user->domain, sizeof(user->domain), "%s", lease->domain);
	return 0;
}

int registry_edit_users(const struct registry_edit *edit, const char *model, struct model_users *out,
			struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	/* What an unreadable lease holds is unknown: it may be a device of this model. */
	int rc = lease_store_load_all(&edit->store, &leases, err) == 0 ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < leases.count; i++) {
		const struct lease *lease = leases.leases[i];

		for (size_t j = 0; rc == 0 && j < lease->grant_count; j++) {
			if (strcmp(lease->grants[j].model, model) == 0)
				rc = users_add(out, lease, &lease->grants[j], err);
		}
	}
	return rc;
}

static int refuse_users(const struct registry_edit *edit, const char *model, const struct model_users *users,
			struct error *err)
{
	struct registry_text list = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < users->count && i < NAMED_MAX; i++) {
		const struct model_user *user = &users->items[i];
		char addr[PCI_ADDR_LEN];

		rc = registry_text_add(&list, err, "%s%s to domain %.64s%s", i ? ", " : "",
				       pci_addr_format(&user->addr, addr), user->domain,
				       user->is_quarantined ? " (quarantined, see pcitag leases)" : "");
	}
	if (rc == 0 && users->count > NAMED_MAX)
		rc = registry_text_add(&list, err, ", and %zu more", users->count - NAMED_MAX);
	if (rc == 0)
		rc = error_refuse(err, FLOW_REFUSED,
				  "%s: devices of %s are assigned: %s; shut these domains down first, or "
				  "assign no more of them with pcitag disable --drain %s",
				  edit->verb, model, list.at, model);
	free(list.at);
	return rc;
}

int registry_edit_refuse_users(const struct registry_edit *edit, const char *model, struct error *err)
{
	struct model_users users = { 0 };
	int rc = registry_edit_users(edit, model, &users, err);

	if (rc == 0 && users.count)
		rc = refuse_users(edit, model, &users, err);
	free(users.items);
	return rc;
}

/* ---- finding a model ---------------------------------------------------------------------------------- */

/* Lists all models, or those of one type. */
static int list_models(const struct registry *registry, const char *type, struct registry_text *out,
		       struct error *err)
{
	size_t named = 0;

	for (size_t i = 0; i < registry->count; i++) {
		if (type && strcmp(registry->models[i].type, type) != 0)
			continue;
		if (named == NAMED_MAX)
			return registry_text_add(out, err, ", ...");
		if (registry_text_add(out, err, "%s%s", named++ ? ", " : "", registry->models[i].name) < 0)
			return -1;
	}
	return 0;
}

static int refuse_unknown(const struct registry_edit *edit, const char *name, struct error *err)
{
	bool is_type = registry_count_type(&edit->registry, name) > 0;
	struct registry_text models = { 0 };
	int rc = list_models(&edit->registry, is_type ? name : NULL, &models, err);

	if (rc == 0 && is_type)
		rc = error_refuse(err, FLOW_REFUSED, "%s: %s is a type; name one of its models: %s",
				  edit->verb, name, models.at);
	else if (rc == 0 && models.at)
		rc = error_refuse(err, FLOW_REFUSED,
				  "%s: the registry has no model %.64s; its models are: %s", edit->verb, name,
				  models.at);
	else if (rc == 0)
		rc = error_refuse(err, FLOW_REFUSED, "%s: the registry is empty", edit->verb);
	free(models.at);
	return rc;
}

static int refuse_profile(const struct registry_edit *edit, const struct profile *profile, struct error *err)
{
	char place[MODEL_PLACE_LEN];

	return error_refuse(err, FLOW_REFUSED, "%s: %s is a profile, which no command changes; edit it at %s",
			    edit->verb, profile->name, profile_place(profile, place));
}

/* Opens the file in which the model is defined. */
static int open_model(struct registry_edit *edit, const char *name, const struct model **model,
		      struct registry_change *out, struct error *err)
{
	*model = registry_find(&edit->registry, name);
	if (!*model && registry_find_profile(&edit->registry, name))
		return refuse_profile(edit, registry_find_profile(&edit->registry, name), err);
	if (!*model)
		return refuse_unknown(edit, name, err);
	snprintf(out->file, sizeof(out->file), "%s", (*model)->file);
	snprintf(out->type, sizeof(out->type), "%s", (*model)->type);
	out->enabled = (*model)->enabled;
	return registry_edit_open(edit, registry_file_of(edit->paths->etc, *model), err);
}

/* The registry was read a moment before its text was. */
static int refuse_changed(const struct registry_edit *edit, const char *name, struct error *err)
{
	return error_set(err, 0, "%s: [%s] is no longer in %s, which was edited meanwhile; try again",
			 edit->verb, name, edit->file.path);
}

/* ---- define ------------------------------------------------------------------------------------------- */

/* Checks whether a model of this name is already defined, and whether it may be replaced. */
static int check_present(const struct registry_edit *edit, const struct model *old, const struct model *new,
			 const char *file, struct error *err)
{
	if (old && strcmp(registry_file_of(edit->paths->etc, old), file) != 0)
		return error_refuse(
			err, FLOW_REFUSED,
			"%s: model %s is already at %s:%u; edit it there, or pcitag undefine %s first",
			edit->verb, old->name, old->file, old->line, old->name);
	if (edit->file.exists && (!old || registry_text_sections(edit->file.text, edit->file.len) != 1))
		return error_refuse(err, FLOW_REFUSED,
				    "%s: %s is there and holds something else than [%s] alone; give it "
				    "another name, or edit it by hand",
				    edit->verb, edit->file.path, new->name);
	if (old && model_hand_written(old))
		return error_refuse(err, FLOW_REFUSED,
				    "%s: %s:%u has the key %s, which would be lost; edit it by hand",
				    edit->verb, old->file, old->line, model_hand_written(old));
	return 0;
}

/* Without the model's old file: contradictions are reported in terms of the command line. */
static int check_against_others(const struct registry_edit *edit, struct model *model, struct error *err)
{
	CLEANUP(registry_clear) struct registry others = { 0 };
	int rc = preview(edit, NULL, 0, true, &others, err);

	return rc == 0 && registry_add(&others, model, err) < 0 ? FLOW_REFUSED : rc;
}

static int write_definition(const struct registry_edit *edit, struct model *model, struct error *err)
{
	struct registry_text text = { 0 };
	int rc = registry_text_add(
		&text, err, "# Written by pcitag define; pcitag undefine %s takes it away.\n", model->name);

	if (rc == 0)
		rc = registry_text_add_model(&text, model, INI_LINE_MAX, err);
	if (rc == 0)
		rc = check_against_others(edit, model, err);
	if (rc == 0)
		rc = registry_edit_write(edit, text.at, text.len, err);
	free(text.at);
	return rc;
}

static int define(struct registry_edit *edit, struct model *model, struct registry_change *out,
		  struct error *err)
{
	const struct model *old = registry_find(&edit->registry, model->name);
	char file[sizeof(REGISTRY_DIR) + NAME_LEN + sizeof(".ini")];
	int rc;

	snprintf(file, sizeof(file), REGISTRY_DIR "/%s.ini", model->name);
	if (registry_file_make_directories(edit->paths->etc, err) < 0 ||
	    registry_edit_open(edit, file, err) < 0)
		return -1;
	rc = check_present(edit, old, model, file, err);
	if (rc != 0)
		return rc;
	snprintf(out->file, sizeof(out->file), "%s", edit->file.path);
	snprintf(out->type, sizeof(out->type), "%s", model->type);
	if (old)
		model->enabled = old->enabled;
	out->enabled = model->enabled;
	out->outcome = old ? EDIT_REPLACED : EDIT_ADDED;
	if (old && model_equal(old, model)) {
		out->outcome = EDIT_UNCHANGED;
		return 0;
	}
	if (old)
		rc = registry_edit_refuse_users(edit, model->name, err);
	return rc == 0 ? write_definition(edit, model, err) : rc;
}

int flow_define(const struct paths *paths, struct model *model, struct registry_change *out,
		struct error *err)
{
	CLEANUP(registry_edit_end) struct registry_edit edit;
	int rc = registry_edit_begin(&edit, paths, "define", err);
	char name[NAME_LEN];

	*out = (struct registry_change){ 0 };
	strcpy(name, model->name); /* ownership of the model is passed on */
	if (rc == 0)
		rc = define(&edit, model, out, err);
	if (rc == 0 && out->outcome != EDIT_UNCHANGED)
		log_info("registry: %s of type %s is defined in %s", name, out->type, out->file);
	model_clear(model);
	return rc;
}

/* ---- undefine ----------------------------------------------------------------------------------------- */

/* A file of its own is removed with its last section; registry.ini belongs to the administrator. */
static bool goes_with_its_file(const struct registry_edit *edit, const struct model *model,
			       const struct registry_text *rest)
{
	return strcmp(registry_file_of(edit->paths->etc, model), REGISTRY_FILE) != 0 &&
	       !registry_text_says_something(rest->at, rest->len);
}

/* The files of what is held are there whatever the registry says. One that cannot be read keeps no section.
 */
static void list_held(const char *name, struct model_users *out)
{
	CLEANUP(lease_list_clear) struct lease_list used = { 0 };

	if (used_devices_load(&used, NULL) < 0)
		return;
	for (size_t i = 0; i < used.count; i++) {
		for (size_t g = 0; g < used.leases[i]->grant_count; g++) {
			const struct lease_grant *grant = &used.leases[i]->grants[g];
			struct model_user user = { .addr = grant->addr };

			if (strcmp(grant->model, name) != 0)
				continue;
			snprintf(user.domain, sizeof(user.domain), "%s", used.leases[i]->domain);
			(void)ARRAY_APPEND(out->items, out->count, user);
		}
	}
}

static int undefine(struct registry_edit *edit, const char *name, struct registry_change *out,
		    struct error *err)
{
	CLEANUP(registry_clear) struct registry after = { 0 };
	struct registry_text rest = { 0 };
	const struct model *model;
	bool with_file = false;
	int rc = open_model(edit, name, &model, out, err);

	if (rc == 0)
		rc = registry_edit_refuse_users(edit, name, err);
	if (rc != 0)
		return rc;
	out->after_use = model->after_use;
	list_held(name, &out->held);
	rc = registry_text_cut(edit->file.text, edit->file.len, name, &rest, err);
	if (rc == REGISTRY_TEXT_ABSENT)
		return refuse_changed(edit, name, err);
	if (rc == 0) {
		with_file = goes_with_its_file(edit, model, &rest);
		rc = preview(edit, with_file ? NULL : rest.at, rest.len, false, &after, err);
	}
	if (rc == 0)
		rc = with_file ? registry_file_remove(&edit->file, err)
			       : registry_file_write(&edit->file, rest.at, rest.len, err);
	out->outcome = with_file ? EDIT_REMOVED : EDIT_CUT;
	out->left_of_type = registry_count_type(&after, out->type);
	free(rest.at);
	return rc;
}

int flow_undefine(const struct paths *paths, const char *model, struct registry_change *out,
		  struct error *err)
{
	CLEANUP(registry_edit_end) struct registry_edit edit;
	int rc = registry_edit_begin(&edit, paths, "undefine", err);

	*out = (struct registry_change){ 0 };
	if (rc == 0)
		rc = undefine(&edit, model, out, err);
	if (rc == 0)
		log_info("registry: %s is gone from %s", model, out->file);
	return rc;
}

/* ---- enable and disable ------------------------------------------------------------------------------- */

static int switch_model(const struct registry_edit *edit, const char *name, bool enabled, struct error *err)
{
	struct registry_text text = { 0 };
	int rc = registry_text_set(edit->file.text, edit->file.len, name, "enabled", enabled ? "yes" : "no",
				   &text, err);

	if (rc == REGISTRY_TEXT_ABSENT)
		return refuse_changed(edit, name, err);
	if (rc == 0)
		rc = registry_edit_write(edit, text.at, text.len, err);
	free(text.at);
	return rc;
}

static int enable(struct registry_edit *edit, const char *name, bool enabled, bool drain,
		  struct registry_change *out, struct error *err)
{
	const struct model *model;
	int rc = open_model(edit, name, &model, out, err);

	if (rc != 0 || model->enabled == enabled)
		return rc;
	if (!enabled)
		rc = registry_edit_users(edit, name, &out->users, err);
	if (rc == 0 && out->users.count && !drain)
		rc = refuse_users(edit, name, &out->users, err);
	if (rc == 0)
		rc = switch_model(edit, name, enabled, err);
	if (rc == 0) {
		out->outcome = EDIT_SWITCHED;
		out->enabled = enabled;
	}
	return rc;
}

int flow_enable(const struct paths *paths, const char *model, bool enabled, bool drain,
		struct registry_change *out, struct error *err)
{
	CLEANUP(registry_edit_end) struct registry_edit edit;
	int rc = registry_edit_begin(&edit, paths, enabled ? "enable" : "disable", err);

	*out = (struct registry_change){ 0 };
	if (rc == 0)
		rc = enable(&edit, model, enabled, drain, out, err);
	if (rc == 0 && out->outcome != EDIT_UNCHANGED)
		log_info("registry: %s is %s in %s", model, enabled ? "enabled" : "disabled", out->file);
	return rc;
}
