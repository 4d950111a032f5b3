/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/import/pci_devices.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "model/import/pci_selectors.h"

#define HEX "0123456789abcdefABCDEF"

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

/* ---- mistakes ----------------------------------------------------------------------------------------- */

/* Takes ownership of @text, also on failure. NULL means that there was no memory for it. */
static int note(struct pci_devices *devices, unsigned line, char *text, struct error *err)
{
	if (devices->mistake_count == MISTAKES_MAX) {
		devices->untold++;
		free(text);
		return 0;
	}
	if (!text || !ARRAY_APPEND(devices->mistakes, devices->mistake_count,
				   (struct mistake){ .line = line, .text = text })) {
		free(text);
		return error_set(err, ENOMEM, "cannot note the mistakes in %s", devices->path);
	}
	return 0;
}

int pci_devices_add_mistake(struct pci_devices *devices, struct error *err, unsigned line, const char *fmt,
			    ...)
{
	CLEANUP_FREE char *what = NULL;
	char *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&what, fmt, args);
	va_end(args);
	if (n < 0) {
		what = NULL;
		return note(devices, line, NULL, err);
	}
	if (asprintf(&text, "%s:%u: %s", devices->path, line, what) < 0)
		text = NULL;
	return note(devices, line, text, err);
}

/*
 * ---- selectors, comments, order of mistakes -------------------------------------------------------------
 */

int pci_devices_add_selector(struct pci_devices *devices, const struct pci_selector *selector,
			     struct error *err)
{
	if (devices->selector_count == LISTED_DEVICES_MAX)
		return error_set(err, 0, "%s:%u: more than %d devices; split the list", devices->path,
				 selector->line, LISTED_DEVICES_MAX);
	if (!ARRAY_APPEND(devices->selectors, devices->selector_count, *selector))
		return error_set(err, ENOMEM, "cannot hold the devices of %s", devices->path);
	return 0;
}

int pci_devices_add_comment(struct pci_devices *devices, struct error *err, const char *fmt, ...)
{
	char *text;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n >= 0 && ARRAY_APPEND(devices->comments, devices->comment_count, text))
		return 0;
	if (n >= 0)
		free(text);
	return error_set(err, ENOMEM, "cannot hold the devices of %s", devices->path);
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

static bool has_0x(const char *text)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

static bool is_hex(const char *text, size_t digits)
{
	return strlen(text) == digits && strspn(text, HEX) == digits;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

/* Notes the error in the value of @key. */
static int refuse_value(struct pci_devices *devices, const char *key, const struct listed_text *value,
			struct error *err, const char *what)
{
	return pci_devices_add_mistake(devices, err, value->line, "%s %.64s %s", key, value->text, what);
}

/* Notes a mistake unless the value is 0x and @digits hex digits. */
static int check_number(struct pci_devices *devices, const char *key, const struct listed_text *value,
			size_t digits, bool *is_wrong, struct error *err)
{
	const char *number = value->text + (has_0x(value->text) ? 2 : 0);
	size_t len = strlen(number);

	if (has_0x(value->text) && is_hex(number, digits))
		return 0;
	*is_wrong = true;
	if (!is_ascii(value->text))
		return refuse_value(
			devices, key, value, err,
			"has typographic quotes, or what a wrong character set made of them; write "
			"plain ones, as in \"0x10de\"");
	if (!has_0x(value->text) && is_hex(number, digits))
		return pci_devices_add_mistake(
			devices, err, value->line,
			"%s %s has no 0x and may as well be a decimal number; write \"0x%s\"", key, number,
			number);
	if (strspn(number, HEX) != len || len == 0)
		return refuse_value(
			devices, key, value, err,
			"is not a hexadecimal number; write the digits that lspci -nn shows, such as "
			"\"0x10de\"");
	if (len == 6 && digits == 4)
		return refuse_value(devices, key, value, err,
				    "has 6 digits: that is a class code, which many different devices share; "
				    "write the device id, the last 4 digits of the pair lspci -nn shows in "
				    "brackets");
	return pci_devices_add_mistake(
		devices, err, value->line,
		"%s %.64s has %zu digit%s behind 0x; write %zu, as lspci -nn shows them", key, value->text,
		len, len == 1 ? "" : "s", digits);
}

static int check_given(struct pci_devices *devices, struct listed_device *device, const char *key,
		       const struct listed_text *value, struct error *err)
{
	if (value->line)
		return 0;
	device->is_wrong = true;
	return pci_devices_add_mistake(devices, err, device->line,
				       "a device without %s; write one, or delete it", key);
}

/*
 * A vendor's id occurs once for all its devices, so an error in it is reported once.
 * @told: the value reported last, NULL for none
 */
static int check_vendor(struct pci_devices *devices, struct listed_device *device,
			const struct listed_text **told, struct error *err)
{
	const struct listed_text *id = &device->vendor_id;
	bool is_wrong = false;
	int rc;

	if (id->line && *told && (*told)->line == id->line && strcmp((*told)->text, id->text) == 0) {
		device->is_wrong = true;
		return 0;
	}
	rc = check_given(devices, device, "an id of its vendor", id, err);
	if (rc == 0 && id->line)
		rc = check_number(devices, "vendor id", id, 4, &is_wrong, err);
	if (is_wrong) {
		device->is_wrong = true;
		*told = id;
	}
	return rc;
}

static int check_device(struct pci_devices *devices, struct listed_device *device,
			const struct listed_text **told, struct error *err)
{
	bool *is_wrong = &device->is_wrong;
	int rc = check_vendor(devices, device, told, err);

	if (rc == 0)
		rc = check_given(devices, device, "an id", &device->id, err);
	if (rc == 0 && device->id.line)
		rc = check_number(devices, "id", &device->id, 4, is_wrong, err);
	if (rc == 0)
		rc = check_given(devices, device, "a name", &device->name, err);
	if (rc == 0)
		rc = check_given(devices, device, "a type", &device->type, err);
	if (rc == 0 && device->subsystem_vendor.line)
		rc = check_number(devices, "subsystemVendor", &device->subsystem_vendor, 4, is_wrong, err);
	if (rc == 0 && device->subsystem_device.line)
		rc = check_number(devices, "subsystemDevice", &device->subsystem_device, 4, is_wrong, err);
	if (rc == 0 && device->revision.line)
		rc = check_number(devices, "revision", &device->revision, 2, is_wrong, err);
	if (rc == 0 && !device->subsystem_vendor.line != !device->subsystem_device.line) {
		*is_wrong = true;
		rc = pci_devices_add_mistake(
			devices, err, device->line,
			"subsystemVendor and subsystemDevice go together; write both or none");
	}
	return rc;
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

/* @first: index of the first model of @registry that comes from this list */
static void choose_name(const struct listed_device *device, const struct registry *registry, size_t first,
			char out[static NAME_LEN])
{
	char stem[LISTED_STEM_LEN];

	name_make(device->name.text, stem, sizeof(stem));
	if (!stem[0])
		snprintf(stem, sizeof(stem), "%.4s-%.4s", device->vendor_id.text + 2, device->id.text + 2);
	pci_devices_name(registry, first, stem, out);
}

/* ---- models ------------------------------------------------------------------------------------------- */

static int fill_model(const struct listed_device *device, const char *path, const char *name,
		      struct model *model, struct error *why)
{
	char subsystem[2 * LISTED_TEXT_LEN];
	int rc = model_init(model, name, path, device->line, why);

	if (rc < 0)
		return -1;
	snprintf(subsystem, sizeof(subsystem), "%s:%s", device->subsystem_vendor.text,
		 device->subsystem_device.text);
	rc = model_set(model, "type", device->type.text, why);
	if (rc == 0)
		rc = model_set(model, "vendor", device->vendor_id.text, why);
	if (rc == 0)
		rc = model_set(model, "device", device->id.text, why);
	if (rc == 0 && device->subsystem_vendor.line)
		rc = model_set(model, "subsystem", subsystem, why);
	if (rc == 0 && device->revision.line)
		rc = model_set(model, "revision", device->revision.text, why);
	if (rc < 0)
		return error_prefix(why, "%s:%u", path, device->line);
	return 0;
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

/* Notes the registry's error about a model as a mistake in its line. Returns 1, or -1 when out of memory. */
static int refuse_model(struct pci_devices *devices, unsigned line, const struct error *why,
			struct error *err)
{
	if (why->code == ENOMEM)
		return error_set(err, 0, "%s", why->msg);
	return note(devices, line, strdup(why->msg), err) < 0 ? -1 : 1;
}

int pci_devices_register(struct pci_devices *devices, unsigned line, struct model *model,
			 struct registry *registry, struct error *err)
{
	struct error why = { 0 };
	int rc = model_check(model, &why);

	if (rc == 0)
		rc = registry_add(registry, model, &why);
	model_clear(model);
	return rc < 0 ? refuse_model(devices, line, &why, err) : 0;
}

static int add_model(struct pci_devices *devices, struct listed_device *device, struct registry *registry,
		     size_t first, struct error *err)
{
	struct model model = { 0 };
	const struct model *same;
	struct error why = { 0 };
	char name[NAME_LEN];
	int rc;

	choose_name(device, registry, first, name);
	rc = fill_model(device, devices->path, name, &model, &why);
	same = rc == 0 ? find_same(registry, first, &model) : NULL;
	if (same) {
		rc = pci_devices_add_mistake(
			devices, err, device->line,
			"the device %04x:%04x is at line %u already, as %s; delete one of the two",
			model.vendor, model.device, same->line, same->name);
		model_clear(&model);
		return rc;
	}
	if (rc < 0) {
		model_clear(&model);
		return refuse_model(devices, device->line, &why, err) < 0 ? -1 : 0;
	}
	rc = pci_devices_register(devices, device->line, &model, registry, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	device->is_model = true;
	return pci_devices_add_comment(devices, err, "%s%s%s", device->vendor_name.text,
				       device->vendor_name.line ? " " : "", device->name.text);
}

int pci_devices_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry,
			   struct error *err)
{
	const struct listed_text *told = NULL;
	const size_t first = registry->count;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < devices->count; i++) {
		struct listed_device *device = &devices->items[i];

		if (only_type && strcmp(device->type.text, only_type) != 0)
			continue;
		rc = check_device(devices, device, &told, err);
		if (rc == 0 && !device->is_wrong)
			rc = add_model(devices, device, registry, first, err);
	}
	if (rc == 0)
		rc = pci_selectors_add_models(devices, only_type, registry, err);
	sort_mistakes(devices);
	return rc;
}
