/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag rom: the files that models and domains name by `romfile`. */
#ifndef PCITAG_FLOW_CONFIGURE_ROM_H
#define PCITAG_FLOW_CONFIGURE_ROM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "flow/paths.h"
#include "host/system/rom_file.h"
#include "model/pci/rom.h"
#include "model/registry/registry.h"

/* A file, and what uses it. */
struct rom_item {
	char name[ROM_NAME_LEN];
	size_t size;
	struct rom rom; /* valid without a problem */
	char *problem;	/* owned; why a guest cannot have it, or NULL */
	char *models;	/* owned; those that name it, "" for none */
	char *domains;	/* owned; those that have a device with it at the moment, "" for none */
};

struct rom_items {
	struct rom_item *items; /* owned, in alphabetical order */
	size_t count;
};

void rom_items_clear(struct rom_items *list);

/* Reads all of them. The caller frees @out with rom_items_clear(), also after a failure. */
int flow_rom_list(const struct paths *paths, struct rom_items *out, struct error *err);

/*
 * Copies a file to ROM_DIR, in place of one with this name.
 * @file: any path; NULL is not allowed
 * @model: check that the ROM is for devices of this model, too; NULL: only of the models that name it
 * @out: receives what it is
 * Returns 0; FLOW_REFUSED with *err when it is no option ROM, or is for other devices than such a model; or
 * -1.
 */
int flow_rom_add(const struct paths *paths, const char *name, const char *file, const char *model,
		 struct rom *out, struct error *err);

/*
 * Removes one. Returns 0; FLOW_REFUSED with *err when there is none, a model names it, or a domain has a
 * device with it; or -1.
 */
int flow_rom_remove(const struct paths *paths, const char *name, struct error *err);

/* Writes why a guest cannot have the file @name to @buf, or "" when it can. Returns @buf. */
char *flow_rom_problem(const char *name, char buf[static ERROR_MSG_LEN]);

#endif
