/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/lease/name.h"

/* Maximum length of a name and a value together, with "=" and the NUL. */
#define PAIR_LEN (NAME_DISTANCE_MAX + ROM_NAME_LEN + 1)

#define RELOCATION_WORDS "off auto bar0 bar1 bar2 bar3 bar4 bar5"

#define SWITCH .kind = OPTION_SWITCH, .place = OPTION_OF_QEMU
#define SWITCH_OF_EVERY_FUNCTION SWITCH, .of_every_function = true
#define ID .kind = OPTION_ID, .place = OPTION_OF_QEMU, .max = UINT16_MAX

/*
 * QEMU's properties of vfio-pci (hw/vfio/pci.c, vfio_pci_dev_properties; hw/pci/pci.c, pci_props, has rombar
 * and romfile; vfio_instance_init adds bootindex), in alphabetical order, which is that of the text. Left out
 * are those that name the device (host, sysfsdev, fd, iommufd, vf-token), that are libvirt's (addr,
 * multifunction, acpi-index, failover_pair_id), that are for mediated devices (display, ramfb, xres, yres,
 * x-balloon-allowed), and those of migration, which such a guest cannot have. A property that an older QEMU
 * does not have is refused by that QEMU, by name. Without pointers: the wrapper is a static program, which
 * would have to relocate each of them at its start.
 */
static const struct row {
	enum option_kind kind;
	enum option_place place;
	uint32_t max; /* OPTION_NUMBER, OPTION_ID */
	bool of_every_function;
	char name[24];
	char words[sizeof(RELOCATION_WORDS)]; /* OPTION_WORD: the longest */
} rows[] = {
	{ .name = "bootindex", .kind = OPTION_NUMBER, .place = OPTION_OF_DOMAIN, .max = INT32_MAX },
	{ .name = "rombar", .kind = OPTION_BAR, .place = OPTION_OF_MODEL },
	{ .name = "romfile", .kind = OPTION_ROM, .place = OPTION_OF_MODEL },
	{ .name = "x-igd-gms", .kind = OPTION_NUMBER, .place = OPTION_OF_QEMU, .max = 0x100 },
	{ .name = "x-igd-legacy-mode", .kind = OPTION_WORD, .place = OPTION_OF_QEMU, .words = "on off auto" },
	{ .name = "x-igd-lpc", SWITCH },
	{ .name = "x-igd-opregion", SWITCH },
	{ .name = "x-intx-mmap-timeout-ms",
	  .kind = OPTION_NUMBER,
	  .place = OPTION_OF_QEMU,
	  .of_every_function = true,
	  .max = 3600000 },
	{ .name = "x-msix-relocation",
	  .kind = OPTION_WORD,
	  .place = OPTION_OF_QEMU,
	  .words = RELOCATION_WORDS },
	{ .name = "x-no-geforce-quirks", SWITCH },
	{ .name = "x-no-kvm-intx", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-no-kvm-ioeventfd", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-no-kvm-msi", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-no-kvm-msix", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-no-mmap", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-no-vfio-ioeventfd", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-nv-gpudirect-clique", .kind = OPTION_NUMBER, .place = OPTION_OF_QEMU, .max = 15 },
	{ .name = "x-pci-device-id", ID },
	{ .name = "x-pci-sub-device-id", ID },
	{ .name = "x-pci-sub-vendor-id", ID },
	{ .name = "x-pci-vendor-id", ID },
	{ .name = "x-req", SWITCH_OF_EVERY_FUNCTION },
	{ .name = "x-vga", SWITCH },
};

/* ---- values ------------------------------------------------------------------------------------------- */

bool rom_name_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len > 0 && len < ROM_NAME_LEN && name[len] == '\0' && name[0] != '.';
}

static bool has_word(const char *words, const char *value)
{
	size_t len = strlen(value);

	for (const char *word = words; word; word = strchr(word, ' ')) {
		word += *word == ' ';
		if (len > 0 && strncmp(word, value, len) == 0 && (word[len] == ' ' || word[len] == '\0'))
			return true;
	}
	return false;
}

static bool read_switch(const char *value, uint32_t *out)
{
	static const char *const words[] = { "off", "no", "false", "0", "on", "yes", "true", "1" };

	for (uint32_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(value, words[i]) == 0) {
			*out = i >= ARRAY_SIZE(words) / 2;
			return true;
		}
	}
	return false;
}

static bool read_digits(const char *value, int base, uint32_t max, uint32_t *out)
{
	const char *digits = base == 16 ? "0123456789abcdefABCDEF" : "0123456789";
	size_t len = strspn(value, digits);

	if (len == 0 || len > 10 || value[len] != '\0' || strtoull(value, NULL, base) > max)
		return false;
	*out = (uint32_t)strtoull(value, NULL, base);
	return true;
}

/* Reads a value as a person writes it, and writes it in its one form. False when it is not one. */
static bool read_value(const struct row *row, const char *value, struct device_option *out)
{
	*out = (struct device_option){ .name = row->name,
				       .kind = row->kind,
				       .of_every_function = row->of_every_function };
	switch (row->kind) {
	case OPTION_SWITCH:
	case OPTION_BAR:
		if (!read_switch(value, &out->number))
			return false;
		strcpy(out->value,
		       row->kind == OPTION_BAR ? (out->number ? "1" : "0") : (out->number ? "on" : "off"));
		return true;
	case OPTION_NUMBER:
		if (!read_digits(value, 10, row->max, &out->number))
			return false;
		snprintf(out->value, sizeof(out->value), "%u", out->number);
		return true;
	case OPTION_ID:
		value += strncasecmp(value, "0x", 2) == 0 ? 2 : 0;
		if (!read_digits(value, 16, row->max, &out->number))
			return false;
		snprintf(out->value, sizeof(out->value), "0x%04x", out->number);
		return true;
	case OPTION_WORD:
	case OPTION_ROM:
		if (row->kind == OPTION_ROM ? !rom_name_valid(value) : !has_word(row->words, value))
			return false;
		strcpy(out->value, value);
		return true;
	}
	return false;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static const struct row *find_row(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Copies "NAME=VALUE" from *at up to a comma or the end, cut in two. False when it is none. */
static bool take_pair(const char **at, char pair[static PAIR_LEN], const char **value)
{
	size_t len = strcspn(*at, ",");
	char *equals;

	if (len == 0 || len >= PAIR_LEN)
		return false;
	memcpy(pair, *at, len);
	pair[len] = '\0';
	*at += len;
	equals = strchr(pair, '=');
	if (!equals)
		return false;
	*equals = '\0';
	*value = equals + 1;
	return true;
}

bool device_options_next(const char **at, struct device_option *out)
{
	char pair[PAIR_LEN];
	const struct row *row;
	const char *value;

	if (!take_pair(at, pair, &value))
		return false;
	*at += **at == ',';
	row = find_row(pair);
	return row && read_value(row, value, out);
}

bool device_options_find(const struct device_options *options, const char *name, struct device_option *out)
{
	for (const char *at = options->text; device_options_next(&at, out);) {
		if (strcmp(out->name, name) == 0)
			return true;
	}
	return false;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

static bool append(struct device_options *options, const struct device_option *option)
{
	size_t len = strlen(options->text), room = sizeof(options->text) - len;
	int n = snprintf(options->text + len, room, "%s%s=%s", len ? "," : "", option->name, option->value);

	return n > 0 && (size_t)n < room;
}

/* Writes the options of @from with @option at its place; names are in alphabetical order. */
static bool insert(const struct device_options *from, const struct device_option *option,
		   struct device_options *out)
{
	struct device_option old;
	bool is_done = false, ok = true;

	*out = (struct device_options){ "" };
	for (const char *at = from->text; ok && device_options_next(&at, &old);) {
		int order = strcmp(old.name, option->name);

		if (!is_done && order >= 0) {
			ok = append(out, option);
			is_done = true;
		}
		if (order != 0)
			ok = ok && append(out, &old);
	}
	return ok && (is_done || append(out, option));
}

static int refuse_name(const char *name, struct error *err)
{
	char all[ERROR_MSG_LEN] = "";
	const char *near = NULL;
	unsigned best = NAME_DISTANCE_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned d = name_distance(name, rows[i].name);

		text_append(all, sizeof(all), "%s%s", i ? ", " : "", rows[i].name);
		/* More than 3 changes, or no character kept, is not a typing error. */
		if (d < best && d < 4 && d < strlen(name)) {
			best = d;
			near = rows[i].name;
		}
	}
	if (near)
		return error_set(err, 0, "unknown option %.64s; write %s if that is meant", name, near);
	return error_set(err, 0, "unknown option %.64s; those of vfio-pci that can be set are %s", name, all);
}

static int refuse_value(const struct row *row, const char *value, struct error *err)
{
	switch (row->kind) {
	case OPTION_SWITCH:
	case OPTION_BAR:
		return error_set(err, 0, "%s: %.64s is neither on nor off", row->name, value);
	case OPTION_NUMBER:
		return error_set(err, 0, "%s: write a number from 0 to %u, not %.64s", row->name, row->max,
				 value);
	case OPTION_ID:
		return error_set(err, 0, "%s: write an id of 4 hex digits, such as 0x10de, not %.64s",
				 row->name, value);
	case OPTION_WORD:
		return error_set(err, 0, "%s: write one of these words: %s; not %.64s", row->name, row->words,
				 value);
	case OPTION_ROM:
		break;
	}
	return error_set(err, 0,
			 "%s: %.100s cannot be the name of a ROM file; write the name that pcitag rom list "
			 "shows, 1 to %d letters, digits, dots, - and _, without a path",
			 row->name, value, ROM_NAME_LEN - 1);
}

static int check_place(const struct row *row, enum option_place place, struct error *err)
{
	if (place == OPTION_OF_DOMAIN || row->place == place)
		return 0;
	if (row->place == OPTION_OF_DOMAIN)
		return error_set(err, 0,
				 "%s belongs to a domain, not to a model; write pcitag add DOMAIN REQUEST "
				 "--option %s=VALUE",
				 row->name, row->name);
	return error_set(err, 0, "%s has a key of its own in the registry; write %s = VALUE", row->name,
			 row->name);
}

int device_options_set(struct device_options *options, enum option_place place, const char *name,
		       const char *value, struct error *err)
{
	const struct row *row = find_row(name);
	struct device_option option;
	struct device_options made;

	if (!row)
		return refuse_name(name, err);
	if (check_place(row, place, err) < 0)
		return -1;
	if (!read_value(row, value, &option))
		return refuse_value(row, value, err);
	if (!insert(options, &option, &made))
		return error_set(err, 0,
				 "%s: with it, the options of one device are longer than %d characters; "
				 "leave some out, or give the ROM file a shorter name",
				 row->name, DEVICE_OPTIONS_LEN - 1);
	*options = made;
	return 0;
}

int device_options_set_text(struct device_options *options, enum option_place place, const char *text,
			    struct error *err)
{
	char pair[PAIR_LEN];
	const char *at = text, *value;

	if (!take_pair(&at, pair, &value) || *at != '\0')
		return error_set(err, 0, "%.100s is not an option; write NAME=VALUE, such as rombar=off",
				 text);
	return device_options_set(options, place, pair, value, err);
}

int device_options_set_list(struct device_options *options, const char *list, struct error *err)
{
	char pair[PAIR_LEN];
	const char *value;

	while (*list) {
		const char *begin = list;

		if (!take_pair(&list, pair, &value))
			return device_options_set_text(options, OPTION_OF_DOMAIN, begin, err);
		if (device_options_set(options, OPTION_OF_DOMAIN, pair, value, err) < 0)
			return -1;
		list += *list == ',';
	}
	return 0;
}

int device_options_merge(struct device_options *options, const struct device_options *wish, struct error *err)
{
	return device_options_set_list(options, wish->text, err);
}

bool device_options_valid(const char *text)
{
	struct device_options made = { "" };

	/* Writing them again detects another order, repetitions and other forms of a value. */
	return strlen(text) < DEVICE_OPTIONS_LEN && device_options_set_list(&made, text, NULL) == 0 &&
	       strcmp(made.text, text) == 0;
}
