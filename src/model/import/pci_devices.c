/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/import/pci_devices.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "model/import/pci_selectors.h"

void pci_devices_clear(struct pci_devices *devices)
{
	for (size_t i = 0; i < devices->mistake_count; i++)
		free(devices->mistakes[i].text);
	for (size_t i = 0; i < devices->comment_count; i++)
		free(devices->comments[i]);
	free(devices->comments);
	free(devices->mistakes);
	free(devices->items);
	free(devices->selectors);
	*devices = (struct pci_devices){ 0 };
}

/* ---- what a reader finds ------------------------------------------------------------------------------- */

bool pci_devices_have_room(struct pci_devices *devices, size_t count, unsigned line)
{
	if (devices->rc == 0 && count >= LISTED_DEVICES_MAX)
		devices->rc = error_set(devices->err, 0, "%s:%u: more than %d devices; split the list",
					devices->path, line, LISTED_DEVICES_MAX);
	return devices->rc == 0;
}

void pci_devices_no_memory(struct pci_devices *devices)
{
	devices->rc = error_set(devices->err, ENOMEM, "cannot hold the devices of %s", devices->path);
}

void pci_devices_add_selector(struct pci_devices *devices, const struct pci_selector *selector)
{
	if (pci_devices_have_room(devices, devices->selector_count, selector->line) &&
	    !ARRAY_APPEND(devices->selectors, devices->selector_count, *selector))
		pci_devices_no_memory(devices);
}

/* Returns the text, which the caller frees; NULL when out of memory. */
static char *PRINTF_LIKE(1, 0) format(const char *fmt, va_list args)
{
	char *text;

	return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

void pci_devices_add_comment(struct pci_devices *devices, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	if (text && ARRAY_APPEND(devices->comments, devices->comment_count, text))
		return;
	free(text);
	pci_devices_no_memory(devices);
}

/* Takes ownership of @text, also on failure. NULL means that there was no memory for it. */
static void note(struct pci_devices *devices, unsigned line, char *text)
{
	if (devices->rc == 0 && devices->mistake_count == MISTAKES_MAX)
		devices->untold++;
	else if (devices->rc == 0 && text &&
		 ARRAY_APPEND(devices->mistakes, devices->mistake_count,
			      (struct mistake){ .line = line, .text = text }))
		return;
	else if (devices->rc == 0)
		devices->rc =
			error_set(devices->err, ENOMEM, "cannot note the mistakes in %s", devices->path);
	free(text);
}

void pci_devices_add_mistake(struct pci_devices *devices, unsigned line, const char *fmt, ...)
{
	CLEANUP_FREE char *what = NULL;
	va_list args;
	char *text;

	va_start(args, fmt);
	what = format(fmt, args);
	va_end(args);
	if (!what || asprintf(&text, "%s:%u: %s", devices->path, line, what) < 0)
		text = NULL;
	note(devices, line, text);
}

/* Sorts by line of the list; mistakes of one line keep the order in which they were found. */
static void sort_mistakes(struct pci_devices *devices)
{
	for (size_t i = 1; i < devices->mistake_count; i++) {
		struct mistake moved = devices->mistakes[i];
		size_t at = i;

		for (; at > 0 && devices->mistakes[at - 1].line > moved.line; at--)
			devices->mistakes[at] = devices->mistakes[at - 1];
		devices->mistakes[at] = moved;
	}
}

/* ---- ids ---------------------------------------------------------------------------------------------- */

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

/* Notes a mistake and returns false unless the value is 0x and @digits hex digits. */
static bool check_number(struct pci_devices *devices, const char *key, const struct listed_text *value,
			 size_t digits)
{
	bool has_0x = strncasecmp(value->text, "0x", 2) == 0;
	const char *number = value->text + (has_0x ? 2 : 0);
	size_t len = strlen(number);
	bool is_hex = len > 0 && strspn(number, "0123456789abcdefABCDEF") == len;

	if (has_0x && is_hex && len == digits)
		return true;
	if (!is_ascii(value->text))
		pci_devices_add_mistake(
			devices, value->line,
			"%s %.64s has typographic quotes, or what a wrong character set made of them; write "
			"plain ones, as in \"0x10de\"",
			key, value->text);
	else if (!has_0x && is_hex && len == digits)
		pci_devices_add_mistake(devices, value->line,
					"%s %s has no 0x and may as well be a decimal number; write \"0x%s\"",
					key, number, number);
	else if (!is_hex)
		pci_devices_add_mistake(
			devices, value->line,
			"%s %.64s is not a hexadecimal number; write the digits that lspci -nn shows, such "
			"as \"0x10de\"",
			key, value->text);
	else if (len == 6 && digits == 4)
		pci_devices_add_mistake(
			devices, value->line,
			"%s %.64s has 6 digits: that is a class code, which many different devices share; "
			"write the device id, the last 4 digits of the pair lspci -nn shows in brackets",
			key, value->text);
	else
		pci_devices_add_mistake(
			devices, value->line,
			"%s %.64s has %zu digit%s behind 0x; write %zu, as lspci -nn shows them", key,
			value->text, len, len == 1 ? "" : "s", digits);
	return false;
}

/* Notes a mistake and returns false unless the text is given, where needed, and is the number it should be.
 */
static bool check_text(struct pci_devices *devices, unsigned line, const struct listed_key *key,
		       const struct listed_text *value)
{
	if (value->line)
		return key->digits == 0 || check_number(devices, key->key, value, key->digits);
	if (key->needed)
		pci_devices_add_mistake(devices, line, "a device without %s; write one, or delete it",
					key->needed);
	return !key->needed;
}

const struct listed_key listed_keys[LISTED_KEYS] = {
	{ "id", offsetof(struct listed_device, id), "an id", 4 },
	{ "name", offsetof(struct listed_device, name), "a name", 0 },
	{ "type", offsetof(struct listed_device, type), "a type", 0 },
	{ "subsystemVendor", offsetof(struct listed_device, subsystem_vendor), NULL, 4 },
	{ "subsystemDevice", offsetof(struct listed_device, subsystem_device), NULL, 4 },
	{ "revision", offsetof(struct listed_device, revision), NULL, 2 },
};

/* An error in a vendor's id, which all its devices have, is reported once. @told: the last one, or NULL. */
static bool check_vendor(struct pci_devices *devices, const struct listed_device *device,
			 const struct listed_text **told)
{
	static const struct listed_key key = { .key = "vendor id",
					       .needed = "an id of its vendor",
					       .digits = 4 };
	const struct listed_text *id = &device->vendor_id;

	if (id->line && *told && (*told)->line == id->line && strcmp((*told)->text, id->text) == 0)
		return false;
	if (check_text(devices, device->line, &key, id))
		return true;
	if (id->line)
		*told = id;
	return false;
}

static void check_device(struct pci_devices *devices, struct listed_device *device,
			 const struct listed_text **told)
{
	bool *is_wrong = &device->is_wrong;

	*is_wrong |= !check_vendor(devices, device, told);
	for (size_t i = 0; i < ARRAY_SIZE(listed_keys); i++)
		*is_wrong |= !check_text(devices, device->line, &listed_keys[i],
					 listed_text_of(device, &listed_keys[i]));
	if (!device->subsystem_vendor.line != !device->subsystem_device.line) {
		*is_wrong = true;
		pci_devices_add_mistake(
			devices, device->line,
			"subsystemVendor and subsystemDevice go together; write both or none");
	}
}

/* ---- names -------------------------------------------------------------------------------------------- */

static bool is_used(const struct registry *registry, size_t first, const char *name)
{
	for (size_t i = first; i < registry->count; i++) {
		if (strcmp(registry->models[i].name, name) == 0)
			return true;
	}
	return false;
}

void pci_devices_name(const struct registry *registry, size_t first, const char *stem,
		      char out[static NAME_LEN])
{
	snprintf(out, NAME_LEN, "%s", stem);
	for (unsigned n = 2; is_used(registry, first, out); n++)
		snprintf(out, NAME_LEN, "%.*s-%u", LISTED_STEM_LEN - 1, stem, n % 10000);
}

/* ---- models ------------------------------------------------------------------------------------------- */

/* Notes the registry's error about a model as a mistake in its line. */
static void refuse_model(struct pci_devices *devices, unsigned line, const struct error *why,
			 struct model *model)
{
	model_clear(model);
	if (why->code == ENOMEM)
		devices->rc = error_set(devices->err, 0, "%s", why->msg);
	else
		note(devices, line, strdup(why->msg));
}

bool pci_devices_make_model(struct pci_devices *devices, unsigned line, const char *name,
			    const struct model_key *keys, size_t count, struct model *model)
{
	struct error why = { 0 };
	int rc = model_init(model, name, devices->path, line, &why);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (keys[i].value && model_set(model, keys[i].key, keys[i].value, &why) < 0)
			rc = error_prefix(&why, "%s:%u", devices->path, line);
	}
	if (rc < 0)
		refuse_model(devices, line, &why, model);
	return rc == 0;
}

bool pci_devices_register(struct pci_devices *devices, unsigned line, struct model *model,
			  struct registry *registry)
{
	struct error why = { 0 };

	if (model_check(model, &why) < 0 || registry_add(registry, model, &why) < 0) {
		refuse_model(devices, line, &why, model);
		return false;
	}
	model_clear(model);
	return true;
}

static const struct model *find_same(const struct registry *registry, size_t first, const struct model *model)
{
	for (size_t i = first; i < registry->count; i++) {
		const struct model *other = &registry->models[i];

		if (other->vendor == model->vendor && other->device == model->device &&
		    other->has_subsystem == model->has_subsystem &&
		    other->subsystem_vendor == model->subsystem_vendor &&
		    other->subsystem_device == model->subsystem_device &&
		    other->has_revision == model->has_revision && other->revision == model->revision)
			return other;
	}
	return NULL;
}

/* @first: index of the first model of @registry that comes from this list */
static void add_model(struct pci_devices *devices, struct listed_device *device, struct registry *registry,
		      size_t first)
{
	char subsystem[2 * LISTED_TEXT_LEN], stem[LISTED_STEM_LEN], name[NAME_LEN];
	const struct model_key keys[] = {
		{ "type", device->type.text },
		{ "vendor", device->vendor_id.text },
		{ "device", device->id.text },
		{ "subsystem", device->subsystem_vendor.line ? subsystem : NULL },
		{ "revision", device->revision.line ? device->revision.text : NULL },
	};
	struct model model = { 0 };
	const struct model *same;

	snprintf(subsystem, sizeof(subsystem), "%s:%s", device->subsystem_vendor.text,
		 device->subsystem_device.text);
	name_make(device->name.text, stem, sizeof(stem));
	if (!stem[0])
		snprintf(stem, sizeof(stem), "%.4s-%.4s", device->vendor_id.text + 2, device->id.text + 2);
	pci_devices_name(registry, first, stem, name);
	if (!pci_devices_make_model(devices, device->line, name, keys, ARRAY_SIZE(keys), &model))
		return;
	same = find_same(registry, first, &model);
	if (same) {
		pci_devices_add_mistake(
			devices, device->line,
			"the device %04x:%04x is at line %u already, as %s; delete one of the two",
			model.vendor, model.device, same->line, same->name);
		model_clear(&model);
		return;
	}
	if (!pci_devices_register(devices, device->line, &model, registry))
		return;
	device->is_model = true;
	pci_devices_add_comment(devices, "%s%s%s", device->vendor_name.text,
				device->vendor_name.line ? " " : "", device->name.text);
}

int pci_devices_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry,
			   struct error *err)
{
	const struct listed_text *told = NULL;
	const size_t first = registry->count;

	devices->err = err;
	for (size_t i = 0; devices->rc == 0 && i < devices->count; i++) {
		struct listed_device *device = &devices->items[i];

		if (only_type && strcmp(device->type.text, only_type) != 0)
			continue;
		check_device(devices, device, &told);
		if (devices->rc == 0 && !device->is_wrong)
			add_model(devices, device, registry, first);
	}
	pci_selectors_add_models(devices, only_type, registry);
	sort_mistakes(devices);
	return devices->rc;
}
