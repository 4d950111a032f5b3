/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/rom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/config/registry_ini.h"
#include "host/store/lease_store.h"
#include "host/system/rom_store.h"

/* Maximum length of a list of models or domains in a message. */
#define USERS_LEN 512

/* ---- users -------------------------------------------------------------------------------------------- */

static bool names(const struct device_options *options, const char *rom)
{
	struct device_option option;

	return device_options_find(options, "romfile", &option) && strcmp(option.value, rom) == 0;
}

static void list_models(const struct registry *registry, const char *rom, char buf[static USERS_LEN])
{
	buf[0] = '\0';
	for (size_t i = 0; i < registry->count; i++) {
		if (names(model_options(&registry->models[i]), rom))
			text_append(buf, USERS_LEN, "%s%s", buf[0] ? ", " : "", registry->models[i].name);
	}
}

static void list_domains(const struct lease_list *leases, const char *rom, char buf[static USERS_LEN])
{
	buf[0] = '\0';
	for (size_t i = 0; i < leases->count; i++) {
		const struct lease *lease = leases->leases[i];

		for (size_t g = 0; g < lease->grant_count; g++) {
			if (!names(&lease->grants[g].options, rom))
				continue;
			text_append(buf, USERS_LEN, "%s%s", buf[0] ? ", " : "", lease->domain);
			break;
		}
	}
	keep_one_line(buf);
}

/* A lease that cannot be read may name any file. */
static int read_leases(const struct paths *paths, struct lease_list *out, struct error *err)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	int rc = lease_store_open(paths->run, false, &store, err);

	if (rc == 0)
		rc = lease_store_load_all(&store, out, err) == 0 ? 0 : -1;
	lease_store_close(&store);
	return rc < 0 ? -1 : 0;
}

/* ---- list --------------------------------------------------------------------------------------------- */

void rom_items_clear(struct rom_items *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].problem);
		free(list->items[i].models);
		free(list->items[i].domains);
	}
	free(list->items);
	*list = (struct rom_items){ 0 };
}

char *flow_rom_problem(const char *name, char buf[static ERROR_MSG_LEN])
{
	struct error why;

	buf[0] = '\0';
	if (rom_file_check(name, &why) != 0)
		strcpy(buf, why.msg);
	return buf;
}

static int describe(struct rom_item *item, const struct registry *registry, const struct lease_list *leases,
		    struct error *err)
{
	CLEANUP_FREE char *bytes = NULL;
	char users[USERS_LEN];
	struct error why;
	size_t len = 0;

	if (rom_store_read(item->name, &bytes, &len, &why) < 0 ||
	    rom_parse((const uint8_t *)bytes, len, &item->rom, &why) < 0)
		item->problem = strdup(why.msg);
	item->size = len;
	list_models(registry, item->name, users);
	item->models = strdup(users);
	list_domains(leases, item->name, users);
	item->domains = strdup(users);
	return item->models && item->domains ? 0 : error_set(err, ENOMEM, "cannot describe %s", item->name);
}

int flow_rom_list(const struct paths *paths, struct rom_items *out, struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	struct rom_names found = { 0 };
	int rc;

	*out = (struct rom_items){ 0 };
	rc = registry_load(paths->etc, &registry, err);
	if (rc == 0)
		rc = read_leases(paths, &leases, err);
	if (rc == 0)
		rc = rom_store_list(&found, err);
	for (size_t i = 0; rc == 0 && i < found.count; i++) {
		struct rom_item *item = ARRAY_ADD(out->items, out->count);

		if (item)
			strcpy(item->name, found.items[i].text);
		rc = item ? describe(item, &registry, &leases, err)
			  : error_set(err, ENOMEM, "cannot list %zu ROM files", found.count);
	}
	free(found.items);
	return rc;
}

/* ---- add ---------------------------------------------------------------------------------------------- */

static bool is_for_model(const struct rom *rom, const struct model *model)
{
	for (size_t i = 0; i < rom->count; i++) {
		if (model->any_device && rom->images[i].vendor == model->vendor)
			return true;
	}
	if (rom_is_for(rom, model->vendor, model->device) && !model->any_device)
		return true;
	for (size_t i = 0; i < model->more_count; i++) {
		if (rom_is_for(rom, model->vendor, model->more_devices[i]))
			return true;
	}
	return false;
}

static int check_model(const struct rom *rom, const char *name, const struct model *model, struct error *err)
{
	char devices[MODEL_DEVICES_LEN];

	if (is_for_model(rom, model))
		return 0;
	return error_refuse(
		err, FLOW_REFUSED,
		"rom add %s: it is for %04x:%04x, and model %s is %04x:%s: a device takes a ROM with "
		"its own ids only",
		name, rom->images[0].vendor, rom->images[0].device, model->name, model->vendor,
		model_devices(model, devices));
}

static int check_models(const struct paths *paths, const struct rom *rom, const char *name, const char *also,
			struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	const struct model *model;
	int rc = 0;

	if (registry_load(paths->etc, &registry, err) < 0)
		return -1;
	for (size_t i = 0; rc == 0 && i < registry.count; i++) {
		if (names(model_options(&registry.models[i]), name))
			rc = check_model(rom, name, &registry.models[i], err);
	}
	if (rc != 0 || !also)
		return rc;
	model = registry_find(&registry, also);
	if (!model)
		return error_refuse(err, FLOW_REFUSED, "rom add %s: the registry has no model %.64s", name,
				    also);
	return check_model(rom, name, model, err);
}

static int check_name(const char *verb, const char *name, struct error *err)
{
	if (rom_name_valid(name))
		return 0;
	return error_refuse(
		err, FLOW_REFUSED,
		"rom %s: %.100s cannot be the name of a ROM file; write 1 to %d letters, digits, dots, - and "
		"_, without a path",
		verb, name, ROM_NAME_LEN - 1);
}

int flow_rom_add(const struct paths *paths, const char *name, const char *file, const char *model,
		 struct rom *out, struct error *err)
{
	CLEANUP_FREE char *bytes = NULL;
	size_t len;
	int rc = check_name("add", name, err);

	if (rc != 0)
		return rc;
	if (read_file_at(AT_FDCWD, file, ROM_SIZE_MAX, &bytes, &len, err) < 0)
		return error_prefix(err, "rom add %s", name);
	if (rom_parse((const uint8_t *)bytes, len, out, err) < 0) {
		(void)error_prefix(err, "rom add %s: %.200s", name, file);
		return FLOW_REFUSED;
	}
	rc = check_models(paths, out, name, model, err);
	return rc == 0 ? rom_store_write(name, bytes, len, err) : rc;
}

/* ---- remove ------------------------------------------------------------------------------------------- */

static int check_unused(const struct paths *paths, const char *name, struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };
	char users[USERS_LEN];

	if (registry_load(paths->etc, &registry, err) < 0 || read_leases(paths, &leases, err) < 0)
		return -1;
	list_models(&registry, name, users);
	if (users[0])
		return error_refuse(
			err, FLOW_REFUSED,
			"rom remove %s: the registry names it, as the romfile of %s; delete that line first",
			name, users);
	list_domains(&leases, name, users);
	if (users[0])
		return error_refuse(err, FLOW_REFUSED,
				    "rom remove %s: a device of domain %s has it; end that domain first",
				    name, users);
	return 0;
}

int flow_rom_remove(const struct paths *paths, const char *name, struct error *err)
{
	int rc = check_name("remove", name, err);

	if (rc == 0)
		rc = check_unused(paths, name, err);
	return rc == 0 ? rom_store_remove(name, err) : rc;
}
