/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/registry_import.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "host/config/ini_file.h"
#include "host/import/device_list.h"

/* Identifies files that were written by an earlier import. */
#define SIGNATURE "# Written by pcitag import from "

void registry_import_clear(struct registry_import *import)
{
	pci_devices_clear(&import->devices);
	registry_clear(&import->registry);
	free(import->text.at);
	free(import->names);
	registry_change_clear(&import->change);
	*import = (struct registry_import){ 0 };
}

/* Converts "/srv/pci devices.yaml" to "registry.d/pci-devices.ini". */
static int choose_file(const char *path, char file[static REGISTRY_PATH_LEN], struct error *err)
{
	const char *name = basename(path), *dot = strrchr(name, '.');
	size_t len = dot && dot > name ? (size_t)(dot - name) : strlen(name);
	char stem[NAME_LEN];

	if (len == 0 || len >= sizeof(stem))
		return error_set(err, 0, "import: the name of %.200s is empty or longer than %zu; rename it",
				 path, sizeof(stem) - 1);
	memcpy(stem, name, len);
	stem[len] = '\0';
	for (char *c = stem; *c; c++) {
		if (!name_valid_n(c, 1))
			*c = '-';
	}
	snprintf(file, REGISTRY_PATH_LEN, REGISTRY_DIR "/%s.ini", stem);
	return 0;
}

/* Reads the registry without the file that is replaced, and adds the models of the list. */
static int add_models(const struct paths *paths, const char *file, const char *only_type,
		      struct registry_import *out, struct error *err)
{
	const struct registry_draft gone = { .file = file };

	if (registry_load_draft(paths->etc, &gone, &out->registry, err) < 0)
		return -1;
	out->first = out->registry.count;
	return pci_devices_add_models(&out->devices, only_type, &out->registry, err);
}

/* Returns true when @model is defined in the file that is replaced. */
static bool is_old(const struct registry_edit *edit, const char *file, const struct model *model)
{
	return strcmp(registry_file_of(edit->paths->etc, model), file) == 0;
}

static const struct model *find_new(const struct registry_import *import, const char *name)
{
	const struct model *model = registry_find(&import->registry, name);

	return model && model >= import->registry.models + import->first ? model : NULL;
}

static void keep_disabled(const struct registry_edit *edit, const char *file, struct registry_import *import)
{
	for (size_t i = import->first; i < import->registry.count; i++) {
		struct model *model = &import->registry.models[i];
		const struct model *old = registry_find(&edit->registry, model->name);

		if (old && is_old(edit, file, old))
			model->enabled = old->enabled;
	}
}

static int write_text(struct registry_import *import, struct error *err)
{
	char name[NAME_MAX + 1];
	int rc;

	/* A comment must be one line. */
	snprintf(name, sizeof(name), "%s", basename(import->devices.path));
	keep_one_line(name);
	rc = registry_text_add(&import->text, err, SIGNATURE "%s: the next import of it writes this anew.\n",
			       name);
	for (size_t i = import->first; rc == 0 && i < import->registry.count; i++) {
		const struct model *model = &import->registry.models[i];
		char comment[3 * LISTED_TEXT_LEN];

		snprintf(comment, sizeof(comment), "%s", import->devices.comments[i - import->first]);
		keep_one_line(comment);
		rc = registry_text_add(&import->text, err, "\n# %s (line %u)\n",
				       comment + strspn(comment, " "), model->line);
		if (rc == 0)
			rc = registry_text_add_model(&import->text, model, INI_LINE_MAX, err);
	}
	return rc;
}

static int refuse_empty(const struct registry_import *import, struct error *err)
{
	if (import->registry.count > import->first)
		return 0;
	return error_refuse(err, FLOW_REFUSED,
			    "import: %.200s has no device that can be imported; nothing is changed",
			    import->devices.path);
}

/* Refuses to replace a file that was not written by an import. */
static int check_present(const struct registry_edit *edit, struct error *err)
{
	const struct registry_file *file = &edit->file;

	if (!file->exists ||
	    (file->len >= strlen(SIGNATURE) && memcmp(file->text, SIGNATURE, strlen(SIGNATURE)) == 0))
		return 0;
	return error_refuse(err, FLOW_REFUSED,
			    "import: %s is there and no import wrote it; rename the list or that file",
			    file->path);
}

/* Models of an earlier import that are in use, or have keys added by hand, must not change. */
static int check_old_models(const struct registry_edit *edit, const char *file,
			    const struct registry_import *import, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < edit->registry.count; i++) {
		const struct model *old = &edit->registry.models[i];
		const struct model *new = find_new(import, old->name);

		if (!is_old(edit, file, old) || (new &&model_equal(old, new)))
			continue;
		if (model_hand_written(old))
			return error_refuse(err, FLOW_REFUSED,
					    "import: %s:%u has the key %s, which would be lost; move the "
					    "model to a file of its own",
					    old->file, old->line, model_hand_written(old));
		rc = registry_edit_refuse_users(edit, old->name, err);
	}
	return rc;
}

static int write_file(const struct registry_edit *edit, struct registry_import *import, struct error *err)
{
	const struct registry_text *text = &import->text;

	import->change.outcome = edit->file.exists ? EDIT_REPLACED : EDIT_ADDED;
	if (edit->file.exists && edit->file.len == text->len &&
	    memcmp(edit->file.text, text->at, text->len) == 0) {
		import->change.outcome = EDIT_UNCHANGED;
		return 0;
	}
	return registry_edit_write(edit, text->at, text->len, err);
}

static int import_under_lock(struct registry_edit *edit, const char *file, const char *only_type,
			     struct registry_import *out, struct error *err)
{
	int rc;

	if (registry_file_make_directories(edit->paths->etc, err) < 0 ||
	    registry_edit_open(edit, file, err) < 0 || add_models(edit->paths, file, only_type, out, err) < 0)
		return -1;
	keep_disabled(edit, file, out);
	rc = check_present(edit, err);
	if (rc == 0)
		rc = refuse_empty(out, err);
	if (rc == 0)
		rc = check_old_models(edit, file, out, err);
	if (rc == 0)
		rc = write_text(out, err);
	return rc == 0 ? write_file(edit, out, err) : rc;
}

/* The names make mixed-up ids visible. */
static int look_up_names(struct registry_import *out, struct error *err)
{
	size_t count = out->registry.count - out->first;
	struct pci_names_source *source;

	out->names = calloc(count + 1, sizeof(*out->names));
	if (!out->names)
		return error_set(err, ENOMEM, "cannot list %zu devices", count);
	source = pci_names_open();
	for (size_t i = 0; i < count; i++) {
		const struct model *model = &out->registry.models[out->first + i];
		const struct pci_identity id = { .vendor = model->vendor, .device = model->device };

		pci_names_look_up(source, &id, &out->names[i]);
	}
	pci_names_close(source);
	return 0;
}

int flow_import(const struct paths *paths, const char *path, const char *only_type, bool dry_run,
		struct registry_import *out, struct error *err)
{
	char file[REGISTRY_PATH_LEN];
	struct registry_edit edit;
	int rc;

	*out = (struct registry_import){ 0 };
	if (choose_file(path, file, err) < 0 || device_list_read(path, &out->devices, err) < 0)
		return -1;
	snprintf(out->change.file, sizeof(out->change.file), "%.100s/%.150s", paths->etc, file);
	if (dry_run) {
		rc = add_models(paths, file, only_type, out, err);
		if (rc == 0)
			rc = refuse_empty(out, err);
		return rc == 0 ? write_text(out, err) : rc;
	}
	rc = registry_edit_begin(&edit, paths, "import", err);
	if (rc == 0)
		rc = import_under_lock(&edit, file, only_type, out, err);
	if (rc == 0 && out->change.outcome != EDIT_UNCHANGED)
		log_info("registry: %zu models are imported from %s into %s",
			 out->registry.count - out->first, path, out->change.file);
	registry_edit_end(&edit);
	return rc == 0 ? look_up_names(out, err) : rc;
}
