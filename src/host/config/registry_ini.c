/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/config/registry_ini.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "host/config/ini_file.h"

/* The models that have been read so far, and the current section. */
struct loader {
	struct registry registry;
	struct model model;
	struct profile profile; /* the section as a profile, from the first key on that only these have */
	bool in_model;
	bool in_profile;
	const char *path; /* of the current file, for messages */
	const char *etc_dir;
	int etc;			    /* descriptor of etc_dir */
	const struct registry_draft *draft; /* replaces the file that it names; NULL for none */
};

/* Also when this fails, nothing is left of the section. */
static int finish_profile(struct loader *load, struct error *err)
{
	int rc = model_to_profile(&load->model, &load->profile, err);

	load->in_profile = false;
	model_clear(&load->model);
	if (rc == 0)
		return registry_add_profile(&load->registry, &load->profile, err);
	profile_clear(&load->profile);
	return -1;
}

static int finish_section(struct loader *load, struct error *err)
{
	if (!load->in_model)
		return 0;
	load->in_model = false;
	if (load->in_profile)
		return finish_profile(load, err);
	if (model_check(&load->model, err) != 0) {
		model_clear(&load->model);
		return -1;
	}
	return registry_add(&load->registry, &load->model, err);
}

static int on_section(void *user, const char *name, unsigned line, struct error *err)
{
	struct loader *load = user;

	if (finish_section(load, err) != 0 || model_init(&load->model, name, load->path, line, err) != 0)
		return -1;
	load->in_model = true;
	return 0;
}

/* @key: one that no model has */
static int set_profile_key(struct loader *load, const char *key, const char *value, struct error *err)
{
	struct profile *profile = &load->profile;
	int rc;

	if (!load->in_profile) {
		*profile = (struct profile){ .line = load->model.line };
		strcpy(profile->name, load->model.name);
		strcpy(profile->file, load->model.file);
	}
	rc = profile_set(profile, key, value, err);
	if (rc == PROFILE_NO_SUCH_KEY)
		return model_set(&load->model, key, value, err); /* says which ones there are */
	load->in_profile = true;
	return rc;
}

static int on_key(void *user, const char *key, const char *value, struct error *err)
{
	struct loader *load = user;
	int rc = model_set_known(&load->model, key, value, err);

	return rc == MODEL_NO_SUCH_KEY ? set_profile_key(load, key, value, err) : rc;
}

static int read_file(struct loader *load, const char *file, struct error *err)
{
	const struct ini_sink sink = { .section = on_section, .key = on_key, .user = load };

	if (!load->draft || strcmp(file, load->draft->file) != 0)
		return ini_file_read(load->etc, file, load->path, &sink, err);
	if (!load->draft->text)
		return 1;
	return ini_text_read(load->draft->text, load->draft->len, load->path, &sink, err);
}

/* @file: as in struct registry_draft */
static int load_file(struct loader *load, const char *file, struct error *err)
{
	char path[REGISTRY_PATH_LEN];
	int n = snprintf(path, sizeof(path), "%s/%s", load->etc_dir, file), rc;

	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, 0,
				 "%s/%s: the path is longer than %zu characters; choose a shorter name",
				 load->etc_dir, file, sizeof(path) - 1);
	load->path = path;
	rc = read_file(load, file, err) < 0 ? -1 : finish_section(load, err);
	load->path = NULL;
	return rc;
}

/* Leftover files of editors and package managers begin with a dot or have another suffix. */
static int is_registry_file(const struct dirent *entry)
{
	const char *suffix = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && suffix && strcmp(suffix, ".ini") == 0;
}

/* @draft: a file that is not among @entries, and is read in its place between them; NULL for none */
static int load_files(struct loader *load, struct dirent *const *entries, int count, const char *draft,
		      struct error *err)
{
	char file[sizeof(REGISTRY_DIR "/") + NAME_MAX];
	int rc = 0;

	if (count + (draft != NULL) > REGISTRY_FILES_MAX)
		return error_set(err, 0, "%s/" REGISTRY_DIR " holds more than %d files; merge some",
				 load->etc_dir, REGISTRY_FILES_MAX);
	for (int i = 0; rc == 0 && i < count; i++) {
		snprintf(file, sizeof(file), REGISTRY_DIR "/%s", entries[i]->d_name);
		if (draft && strcmp(draft, file) < 0) {
			rc = load_file(load, draft, err);
			draft = NULL;
		}
		if (rc == 0)
			rc = load_file(load, file, err);
	}
	return rc == 0 && draft ? load_file(load, draft, err) : rc;
}

/* A draft that replaces a file is read when that file is reached. */
static bool draft_is_new(const struct loader *load)
{
	return load->draft && strncmp(load->draft->file, REGISTRY_DIR "/", strlen(REGISTRY_DIR "/")) == 0 &&
	       faccessat(load->etc, load->draft->file, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

static int load_directory(struct loader *load, struct error *err)
{
	struct dirent **entries = NULL;
	int count = scandirat(load->etc, REGISTRY_DIR, &entries, is_registry_file, alphasort), rc;

	if (count < 0)
		return errno == ENOENT ? 0
				       : error_set(err, errno, "cannot list %s/" REGISTRY_DIR, load->etc_dir);
	rc = load_files(load, entries, count, draft_is_new(load) ? load->draft->file : NULL, err);
	while (count > 0)
		free(entries[--count]);
	free(entries);
	return rc;
}

int registry_load_draft(const char *etc_dir, const struct registry_draft *draft, struct registry *out,
			struct error *err)
{
	CLEANUP_CLOSE int etc = open(etc_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct loader load = { .etc_dir = etc_dir, .etc = etc, .draft = draft };

	if (etc < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot read %s", etc_dir);
	if (etc >= 0 &&
	    (load_file(&load, REGISTRY_FILE, err) != 0 || load_directory(&load, err) != 0 ||
	     (!(draft && draft->is_partial) && registry_check_profiles(&load.registry, err) != 0))) {
		model_clear(&load.model);
		profile_clear(&load.profile);
		registry_clear(&load.registry);
		return -1;
	}
	registry_clear(out);
	*out = load.registry;
	return 0;
}

int registry_load(const char *etc_dir, struct registry *out, struct error *err)
{
	return registry_load_draft(etc_dir, NULL, out, err);
}

const char *registry_file_of(const char *etc_dir, const struct model *model)
{
	return model->file + strlen(etc_dir) + 1;
}

/* ---- pcitag.ini --------------------------------------------------------------------------------------- */

struct settings_loader {
	struct settings settings;
	unsigned section_line; /* 0 before the section */
	const char *path;
};

static int on_settings_section(void *user, const char *name, unsigned line, struct error *err)
{
	struct settings_loader *load = user;

	if (strcmp(name, SETTINGS_SECTION) != 0)
		return error_set(err, 0,
				 "%s:%u: unknown section [%.100s]; the only one of this file is "
				 "[" SETTINGS_SECTION "], models belong to registry.ini",
				 load->path, line, name);
	if (load->section_line)
		return error_set(err, 0, "%s:%u: [%s] is already at %s:%u; merge the two", load->path, line,
				 name, load->path, load->section_line);
	load->section_line = line;
	return 0;
}

static int on_setting(void *user, const char *key, const char *value, struct error *err)
{
	struct settings_loader *load = user;

	return settings_set(&load->settings, key, value, err);
}

int settings_load(const char *etc_dir, struct settings *out, struct error *err)
{
	struct settings_loader load = { .settings = SETTINGS_DEFAULT };
	const struct ini_sink sink = { .section = on_settings_section, .key = on_setting, .user = &load };
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", etc_dir, SETTINGS_FILE);

	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, 0, "%s: the path is too long; choose a shorter one", etc_dir);
	load.path = path;
	if (ini_file_read(AT_FDCWD, path, path, &sink, err) < 0)
		return -1;
	*out = load.settings;
	return 0;
}
