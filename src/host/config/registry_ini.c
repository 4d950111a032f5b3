/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/config/registry_ini.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/config/ini_file.h"

/* The directory: a descriptor for opening files, and its name for messages. */
struct directory {
	int fd;
	const char *path;
};

/* The models that have been read so far, and the current section. */
struct loader {
	struct registry registry;
	struct model model;
	bool in_model;
	const char *path;
	const char *etc_dir;
	const struct registry_draft *draft; /* replaces the file that it names; NULL for none */
};

struct names {
	char **items;
	size_t count;
};

static int finish_model(struct loader *load, struct error *err)
{
	if (!load->in_model)
		return 0;
	load->in_model = false;
	if (model_check(&load->model, err) != 0) {
		model_clear(&load->model);
		return -1;
	}
	return registry_add(&load->registry, &load->model, err);
}

static int on_section(void *user, const char *name, unsigned line, struct error *err)
{
	struct loader *load = user;

	if (finish_model(load, err) != 0 || model_init(&load->model, name, load->path, line, err) != 0)
		return -1;
	load->in_model = true;
	return 0;
}

static int on_key(void *user, const char *key, const char *value, unsigned line, struct error *err)
{
	struct loader *load = user;

	if (model_set(&load->model, key, value, err) != 0)
		return error_prefix(err, "%s:%u", load->path, line);
	return 0;
}

static const char *below(const char *etc_dir, const char *path)
{
	return path + strlen(etc_dir) + 1;
}

static bool is_draft(const struct loader *load)
{
	return load->draft && strcmp(below(load->etc_dir, load->path), load->draft->file) == 0;
}

static int read_file(const struct loader *load, int dirfd, const char *name, const struct ini_sink *sink,
		     struct error *err)
{
	if (!is_draft(load))
		return ini_file_read(dirfd, name, load->path, sink, err);
	if (!load->draft->text)
		return 1;
	return ini_text_read(load->draft->text, load->draft->len, load->path, sink, err);
}

static int load_file(struct loader *load, const struct directory *dir, const char *name, struct error *err)
{
	const struct ini_sink sink = { .section = on_section, .key = on_key, .user = load };
	char path[REGISTRY_PATH_LEN];
	int n = snprintf(path, sizeof(path), "%s/%s", dir->path, name), rc;

	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, 0,
				 "%s/%s: the path is longer than %zu characters; choose a shorter name",
				 dir->path, name, sizeof(path) - 1);
	load->path = path;
	rc = read_file(load, dir->fd, name, &sink, err) < 0 ? -1 : finish_model(load, err);
	load->path = NULL;
	return rc;
}

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

static int names_add(struct names *names, const char *name, const char *path, struct error *err)
{
	char **added;

	if (names->count == REGISTRY_FILES_MAX)
		return error_set(err, 0, "%s holds more than %d files; merge some", path, REGISTRY_FILES_MAX);
	added = ARRAY_ADD(names->items, names->count);
	if (added)
		*added = strdup(name);
	return added && *added ? 0 : error_set(err, ENOMEM, "cannot list %s", path);
}

/* Leftover files of editors and package managers begin with a dot or have another suffix. */
static bool is_registry_file(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".ini") == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_files(DIR *stream, const char *path, struct names *names, struct error *err)
{
	const struct dirent *entry;

	for (;;) {
		if (directory_next(stream, &entry, err) < 0)
			return error_prefix(err, "cannot list %s", path);
		if (!entry)
			break;
		if (is_registry_file(entry->d_name) && names_add(names, entry->d_name, path, err) != 0)
			return -1;
	}
	return 0;
}

/* Adds a name only for a draft that creates a new file. */
static int add_draft(const struct loader *load, const char *path, struct names *names, struct error *err)
{
	const char *name;

	if (!load->draft || strncmp(load->draft->file, REGISTRY_DIR "/", strlen(REGISTRY_DIR "/")) != 0)
		return 0;
	name = load->draft->file + strlen(REGISTRY_DIR "/");
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->items[i], name) == 0)
			return 0;
	}
	return names_add(names, name, path, err);
}

static int load_files(struct loader *load, DIR *stream, const char *path, struct error *err)
{
	const struct directory dir = { .fd = dirfd(stream), .path = path };
	struct names names = { 0 };
	int rc = list_files(stream, path, &names, err);

	if (rc == 0)
		rc = add_draft(load, path, &names, err);
	if (names.count)
		qsort(names.items, names.count, sizeof(*names.items), compare_names);
	for (size_t i = 0; rc == 0 && i < names.count; i++)
		rc = load_file(load, &dir, names.items[i], err);
	names_clear(&names);
	return rc;
}

static int load_directory(struct loader *load, const struct directory *etc, struct error *err)
{
	CLEANUP_CLOSE int fd = openat(etc->fd, REGISTRY_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[REGISTRY_PATH_LEN];
	CLEANUP_DIR DIR *stream = NULL;
	int n, rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	n = snprintf(path, sizeof(path), "%s/%s", etc->path, REGISTRY_DIR);
	if (n < 0 || (size_t)n >= sizeof(path))
		return error_set(err, 0, "%s: the path is too long; choose a shorter one", etc->path);
	stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (!stream)
		return error_set(err, errno, "cannot list %s", path);
	(void)take_fd(&fd);
	rc = load_files(load, stream, path, err);
	return rc;
}

int registry_load_draft(const char *etc_dir, const struct registry_draft *draft, struct registry *out,
			struct error *err)
{
	CLEANUP_CLOSE int fd = open(etc_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct directory etc = { .fd = fd, .path = etc_dir };
	struct loader load = { .etc_dir = etc_dir, .draft = draft };

	if (fd < 0 && errno != ENOENT)
		return error_set(err, errno, "cannot read %s", etc_dir);
	if (fd >= 0 &&
	    (load_file(&load, &etc, REGISTRY_FILE, err) != 0 || load_directory(&load, &etc, err) != 0)) {
		model_clear(&load.model);
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
	return below(etc_dir, model->file);
}
