/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/emulator_file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

const struct emulator_places emulator_places = {
	.bindir = PCITAG_BINDIR,
	.dirs = PCITAG_EMULATOR_DIRS,
};

bool emulator_file_find(const struct emulator_places *places, const char *name,
			char path[static QEMU_EMULATOR_LEN])
{
	for (size_t i = 0; qemu_emulator_path(places->dirs, i, name, path); i++) {
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* basename(3) of string.h is the text behind the last '/'. */
static bool is_wrapper_path(const char *path)
{
	return strncmp(basename(path), WRAPPER_PREFIX, strlen(WRAPPER_PREFIX)) == 0;
}

static bool same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static bool wrapper_path(const struct emulator_places *places, const char *name,
			 char wrapper[static DOMAIN_PATH_LEN])
{
	int len = snprintf(wrapper, DOMAIN_PATH_LEN, "%s/" WRAPPER_PREFIX "%s", places->bindir, name);

	return len >= 0 && len < DOMAIN_PATH_LEN;
}

/* Returns whether there is a wrapper for @name, and an emulator that it would run. */
static bool works(const struct emulator_places *places, const char *name,
		  char wrapper[static DOMAIN_PATH_LEN])
{
	char runs[QEMU_EMULATOR_LEN];

	return wrapper_path(places, name, wrapper) && access(wrapper, X_OK) == 0 &&
	       emulator_file_find(places, name, runs);
}

/* Finds a working wrapper, preferably for guests of the host's own architecture; false for none. */
static bool find_working(const struct emulator_places *places, char wrapper[static DOMAIN_PATH_LEN])
{
	struct utsname system;
	char name[sizeof(system.machine) + 16];
	const char *other;

	if (uname(&system) == 0) {
		snprintf(name, sizeof(name), "qemu-system-%s", system.machine);
		if (works(places, name, wrapper) || works(places, "qemu-kvm", wrapper))
			return true;
	}
	for (size_t i = 0; (other = qemu_emulator_known(i)); i++) {
		if (works(places, other, wrapper))
			return true;
	}
	return false;
}

/* Sets *err to @problem and the element to write, or the package to install. */
static int advise(const struct emulator_places *places, struct error *err, const char *problem)
{
	char wrapper[DOMAIN_PATH_LEN];

	if (find_working(places, wrapper))
		return error_set(err, 0, "%s: write <emulator>%s</emulator>", problem, wrapper);
	return error_set(err, 0, "%s: install QEMU first, into one of %s", problem, places->dirs);
}

/* Returns the name of the wrapped emulator that is the same file as @emulator, or NULL. */
static const char *name_of(const struct emulator_places *places, const char *emulator)
{
	const char *name = basename(emulator), *other;
	char runs[QEMU_EMULATOR_LEN];

	if (qemu_emulator_name_valid(name) && emulator_file_find(places, name, runs) &&
	    same_file(runs, emulator))
		return name;
	for (size_t i = 0; (other = qemu_emulator_known(i)); i++) {
		if (emulator_file_find(places, other, runs) && same_file(runs, emulator))
			return other;
	}
	return NULL;
}

static int refuse_stranger(const struct emulator_places *places, const char *emulator, struct error *err)
{
	const char *name = basename(emulator);
	char runs[QEMU_EMULATOR_LEN], wrapper[DOMAIN_PATH_LEN];
	struct error problem;

	if (access(emulator, X_OK) < 0)
		(void)error_set(&problem, 0, "its emulator %s is not there", emulator);
	else if (qemu_emulator_name_valid(name) && works(places, name, wrapper) &&
		 emulator_file_find(places, name, runs))
		return error_set(err, 0,
				 "its emulator %s is not what pcitag's wrapper would run, which is %s: write "
				 "<emulator>%s</emulator> if that one will do",
				 emulator, runs, wrapper);
	else
		(void)error_set(&problem, 0, "its emulator %s is not a QEMU that pcitag has a wrapper for",
				emulator);
	return advise(places, err, problem.msg);
}

/* Fails unless the wrapper of the emulator @name is installed and has an emulator to run. */
static int installed_wrapper(const struct emulator_places *places, const char *name,
			     char wrapper[static DOMAIN_PATH_LEN], struct error *err)
{
	char runs[QEMU_EMULATOR_LEN];
	struct error problem;

	if (!wrapper_path(places, name, wrapper))
		return error_set(err, 0, "the emulator's name '%.128s' is too long", name);
	if (!emulator_file_find(places, name, runs)) {
		(void)error_set(&problem, 0,
				"the emulator %s, which %s stands for, is not there (looked in %s)", name,
				wrapper, places->dirs);
		return advise(places, err, problem.msg);
	}
	if (access(wrapper, X_OK) < 0)
		return error_set(err, 0,
				 "the wrapper %s is not installed: `ln -s pcitag-qemu %s` makes one for %s",
				 wrapper, wrapper, runs);
	return 0;
}

int emulator_file_wrapper(const struct emulator_places *places, const char *emulator,
			  char wrapper[static DOMAIN_PATH_LEN], struct error *err)
{
	const char *name;

	if (*emulator == '\0')
		return advise(places, err, "names no emulator");
	name = is_wrapper_path(emulator) ? qemu_emulator_of_wrapper(emulator) : name_of(places, emulator);
	if (!name)
		return refuse_stranger(places, emulator, err);
	return installed_wrapper(places, name, wrapper, err);
}

int emulator_file_original(const struct emulator_places *places, const char *wrapper,
			   char emulator[static DOMAIN_PATH_LEN], struct error *err)
{
	const char *name = qemu_emulator_of_wrapper(wrapper);
	char runs[QEMU_EMULATOR_LEN];

	if (!name) {
		(void)snprintf(emulator, DOMAIN_PATH_LEN, "%s", wrapper);
		return 0;
	}
	if (!emulator_file_find(places, name, runs))
		return error_set(
			err, 0,
			"the emulator %s, which %s stands for, is not there (looked in %s): install its QEMU "
			"package, or correct <emulator>",
			name, wrapper, places->dirs);
	if (strlen(runs) >= DOMAIN_PATH_LEN)
		return error_set(err, 0, "the emulator's name '%.128s' is too long", name);
	memcpy(emulator, runs, strlen(runs) + 1);
	return 0;
}

/* Whether @path is in the directory of the wrappers, by any path: /usr/sbin may link to /usr/bin. */
static bool is_in_bindir(const struct emulator_places *places, const char *path)
{
	char dir[DOMAIN_PATH_LEN];
	int len = (int)(basename(path) - path);

	snprintf(dir, sizeof(dir), "%.*s", len, path);
	return len > 0 && same_file(dir, places->bindir);
}

int emulator_file_check(const struct emulator_places *places, const struct domain *domain, struct error *err)
{
	const char *emulator = domain->emulator;
	char wrapper[DOMAIN_PATH_LEN];
	struct error problem;

	if (domain->request_count == 0)
		return 0;
	if (emulator_file_wrapper(places, emulator, wrapper, &problem) == 0) {
		if (is_wrapper_path(emulator) && is_in_bindir(places, emulator))
			return 0;
		(void)error_set(&problem, 0,
				"its emulator %s does not know placeholders: write <emulator>%s</emulator>",
				emulator, wrapper);
	}
	return error_set(err, 0, "domain '%s' requests '%s' but %s", domain->name, domain->requests[0].text,
			 problem.msg);
}
