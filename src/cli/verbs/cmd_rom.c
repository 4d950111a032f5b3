/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag rom: the files that guests' devices have as their ROM. */
#include <stdio.h>
#include <string.h>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "cli/verb.h"
#include "flow/configure/rom.h"

/* "BIOS 8086:10d3, EFI 8086:10d3". */
#define IMAGES_LEN 512

static char *format_images(const struct rom *rom, char buf[static IMAGES_LEN])
{
	buf[0] = '\0';
	for (size_t i = 0; i < rom->count; i++) {
		const struct rom_image *image = &rom->images[i];

		text_append(buf, IMAGES_LEN, "%s%s %04x:%04x", i ? ", " : "", rom_code_name(image->code_type),
			    image->vendor, image->device);
	}
	return buf;
}

static void put_rom(struct json_object *object, const char *name, const struct rom *rom)
{
	struct json_object *images;
	char path[ROM_PATH_LEN];

	snprintf(path, sizeof(path), ROM_DIR "%s", name);
	json_put_string(object, "name", name);
	json_put_string(object, "path", path);
	images = json_put_array(object, "images");
	for (size_t i = 0; rom && i < rom->count; i++) {
		struct json_object *image = json_add_object(images);

		json_put_string(image, "code", rom_code_name(rom->images[i].code_type));
		json_put_hex(image, "vendor", 4, rom->images[i].vendor);
		json_put_hex(image, "device", 4, rom->images[i].device);
		json_put_int(image, "size", (int64_t)rom->images[i].size);
	}
}

/* ---- list --------------------------------------------------------------------------------------------- */

static void print_table(const struct rom_items *list)
{
	struct table table;
	char images[IMAGES_LEN];

	table_start(&table, "ROM", "SIZE", "MODELS", "DOMAINS", "IMAGES");
	for (size_t i = 0; i < list->count; i++) {
		const struct rom_item *item = &list->items[i];

		table_cell(&table, "%s", item->name);
		table_cell(&table, "%zu", item->size);
		table_cell(&table, "%s", item->models[0] ? item->models : "-");
		table_cell(&table, "%s", item->domains[0] ? item->domains : "-");
		table_coloured_cell(&table, item->problem ? COLOUR_BAD : COLOUR_NONE, "%s",
				    item->problem ? item->problem : format_images(&item->rom, images));
	}
	(void)table_print_rows(&table);
}

static void print_list_json(const struct rom_items *list)
{
	struct json_object *object = json_output_start();
	struct json_object *roms = json_put_array(object, "roms");

	for (size_t i = 0; i < list->count; i++) {
		const struct rom_item *item = &list->items[i];
		struct json_object *entry = json_add_object(roms);

		put_rom(entry, item->name, item->problem ? NULL : &item->rom);
		json_put_int(entry, "size", (int64_t)item->size);
		json_put_string(entry, "problem", item->problem);
		json_put_string(entry, "models", item->models);
		json_put_string(entry, "domains", item->domains);
	}
	json_output_print(object);
}

static int run_list(const struct arguments *arguments)
{
	CLEANUP(rom_items_clear) struct rom_items list = { 0 };
	struct error err;

	if (flow_rom_list(&host_paths, &list, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_list_json(&list);
	else
		print_table(&list);
	return EXIT_DONE;
}

/* ---- add, remove -------------------------------------------------------------------------------------- */

static void print_json(const char *name, const struct rom *rom)
{
	struct json_object *object = json_output_start();

	put_rom(object, name, rom);
	json_output_print(object);
}

static int run_add(const struct arguments *arguments)
{
	const char *name = arguments->plain[1];
	char images[IMAGES_LEN];
	struct error err;
	struct rom rom;

	if (flow_rom_add(&host_paths, name, arguments->plain[2], arguments_option(arguments, "model"), &rom,
			 &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(name, &rom);
	else
		printf("%s is in " ROM_DIR ": %s\n", name, format_images(&rom, images));
	return EXIT_DONE;
}

static int run_remove(const struct arguments *arguments)
{
	const char *name = arguments->plain[1];
	struct error err;

	if (flow_rom_remove(&host_paths, name, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(name, NULL);
	else
		printf("%s is gone from " ROM_DIR "\n", name);
	return EXIT_DONE;
}

static int run(const struct arguments *arguments)
{
	const char *what = arguments->plain[0], *name = arguments->plain[1], *file = arguments->plain[2];

	if (strcmp(what, "list") == 0 && !name)
		return run_list(arguments);
	if (strcmp(what, "add") == 0 && file)
		return geteuid() == 0 ? run_add(arguments)
				      : verb_needs_root(arguments->verb, "writes to " ROM_DIR);
	if (strcmp(what, "remove") == 0 && name && !file)
		return geteuid() == 0 ? run_remove(arguments)
				      : verb_needs_root(arguments->verb, "writes to " ROM_DIR);
	return report_usage_text("rom: write rom list, rom add NAME FILE or rom remove NAME");
}

const struct verb verb_rom = {
	.name = "rom",
	.help = "files that guests' devices have as their ROM",
	.arguments = "add|list|remove [ROM] [FILE]",
	.options = { { "model", "MODEL", "add: check that it is for devices of this model" } },
	.run = run,
};
