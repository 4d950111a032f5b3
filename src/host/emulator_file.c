/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/emulator_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/qemu_emulator.h"

#define DIRECTORY PCITAG_BINDIR "/"

/* The name in PCITAG_BINDIR, or NULL when it is elsewhere. */
static const char *name_in_bindir(const char *path)
{
	const char *name = path + strlen(DIRECTORY);

	if (strncmp(path, DIRECTORY, strlen(DIRECTORY)) != 0 || *name == '\0' || strchr(name, '/'))
		return NULL;
	return name;
}

static bool is_wrapper_name(const char *name)
{
	return strncmp(name, WRAPPER_PREFIX, strlen(WRAPPER_PREFIX)) == 0;
}

int emulator_file_wrapper(const char *emulator, char wrapper[static DOMAIN_PATH_LEN], struct error *err)
{
	const char *name = name_in_bindir(emulator);
	const char *prefix = name && is_wrapper_name(name) ? "" : WRAPPER_PREFIX;
	char runs[QEMU_EMULATOR_LEN];
	int len;

	if (!name)
		return error_set(err, 0,
				 "its emulator '%s' is not one of " DIRECTORY
				 ", where pcitag's wrapper looks for QEMU: write "
				 "<emulator>" DIRECTORY "qemu-system-x86_64</emulator>, or that of its "
				 "architecture, first",
				 emulator);
	len = snprintf(wrapper, DOMAIN_PATH_LEN, DIRECTORY "%s%s", prefix, name);
	if (len < 0 || len >= DOMAIN_PATH_LEN || qemu_emulator_path(wrapper, PCITAG_BINDIR, runs, NULL) < 0)
		return error_set(err, 0,
				 "its emulator %s is no QEMU that pcitag has a wrapper for: use "
				 "qemu-system-ARCH, qemu-kvm or kvm of " PCITAG_BINDIR,
				 emulator);
	if (access(wrapper, X_OK) < 0)
		return error_set(err, 0,
				 "the wrapper %s is not installed: `ln -s pcitag-qemu %s` makes one for %s",
				 wrapper, wrapper, runs);
	return 0;
}

int emulator_file_original(const char *wrapper, char emulator[static DOMAIN_PATH_LEN], struct error *err)
{
	const char *name = name_in_bindir(wrapper);
	bool is_wrapper = name && is_wrapper_name(name);

	if (!is_wrapper) {
		(void)snprintf(emulator, DOMAIN_PATH_LEN, "%s", wrapper);
		return 0;
	}
	(void)snprintf(emulator, DOMAIN_PATH_LEN, DIRECTORY "%s", name + strlen(WRAPPER_PREFIX));
	if (access(emulator, X_OK) < 0)
		return error_set(err, 0,
				 "the emulator %s, which %s stands for, is not there: install its QEMU "
				 "package, or correct <emulator>",
				 emulator, wrapper);
	return 0;
}
