/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of PCI devices of libvirt-provider; model/import/pci_devices.h describes it. It is read from single
 * events, without a tree, so that what is wrong before the text ends to be YAML is reported as well.
 */
#include <string.h>

#include "base/array.h"
#include "host/import/device_list.h"
#include "host/import/yaml_nodes.h"

/* Deepest nesting of skipped values. */
#define SKIPPED_DEPTH 16

struct reader {
	struct yaml_reader yaml;
	struct pci_devices *out;
	yaml_event_t event; /* the last event */
};

static unsigned line_of(const struct reader *r)
{
	return (unsigned)r->event.start_mark.line + 1;
}

/* Reads the next event. Returns false after a failure. */
static bool next(struct reader *r)
{
	struct pci_devices *out = r->out;

	yaml_event_delete(&r->event);
	if (out->rc == 0 && !yaml_parser_parse(&r->yaml.parser, &r->event))
		out->rc = yaml_refuse(&r->yaml.parser, out->path, out->err);
	else if (r->event.type == YAML_ALIAS_EVENT)
		out->rc = yaml_refuse_alias(&r->event, out->path, out->err);
	return out->rc == 0;
}

/* Reads to the end of the value whose first event has been read. */
static void pass_over(struct reader *r)
{
	int depth = yaml_nesting(&r->event);

	while (depth > 0 && next(r)) {
		depth += yaml_nesting(&r->event);
		if (depth > SKIPPED_DEPTH)
			r->out->rc = error_set(r->out->err, 0,
					       "%s:%u: more than %d levels; a list of devices has 4",
					       r->out->path, line_of(r), SKIPPED_DEPTH);
	}
}

/* Returns the text of the last event; NULL for none, "" for one with a NUL. */
static const char *text_of(const struct reader *r)
{
	const char *text = (const char *)r->event.data.scalar.value;

	if (r->event.type != YAML_SCALAR_EVENT)
		return NULL;
	return strlen(text) == r->event.data.scalar.length ? text : "";
}

static bool is(const struct reader *r, const char *key)
{
	const char *text = text_of(r);

	return text && strcmp(text, key) == 0;
}

/* Reads a value that is next, of a key that may be given once. */
static void read_text(struct reader *r, const char *key, struct listed_text *out, bool *is_wrong)
{
	const char *text = next(r) ? text_of(r) : NULL;

	if (text && out->line) {
		mistake(r, line_of(r), "%s is given twice; delete one of the two", key);
	} else if (yaml_copy(r->out, key, line_of(r), text, out->text)) {
		out->line = line_of(r);
		return;
	}
	*is_wrong = true;
	pass_over(r);
}

/* Handles a pair whose key has been read and is not valid in this mapping. */
static void refuse_key(struct reader *r, const char *keys)
{
	const char *key = r->event.type == YAML_SCALAR_EVENT ? (const char *)r->event.data.scalar.value : "";

	mistake(r, line_of(r), YAML_UNKNOWN_KEY, key, keys);
	pass_over(r);
	if (next(r))
		pass_over(r);
}

/* Reads a sequence of mappings that is next. */
static void read_list(struct reader *r, const char *key, const char *what, void (*read)(struct reader *r))
{
	if (next(r) && r->event.type != YAML_SEQUENCE_START_EVENT) {
		mistake(r, line_of(r), "%s is not a list; write \"- id: ...\" below it", key);
		pass_over(r);
		return;
	}
	while (next(r) && r->event.type != YAML_SEQUENCE_END_EVENT) {
		if (r->event.type == YAML_MAPPING_START_EVENT) {
			read(r);
			continue;
		}
		mistake(r, line_of(r), "this is not a %s; write \"- id: ...\"", what);
		pass_over(r);
	}
}

static bool next_key(struct reader *r)
{
	return next(r) && r->event.type != YAML_MAPPING_END_EVENT;
}

static void read_device_pair(struct reader *r, struct listed_device *device)
{
	for (size_t i = 0; i < ARRAY_SIZE(listed_keys); i++) {
		if (is(r, listed_keys[i].key)) {
			read_text(r, listed_keys[i].key, listed_text_of(device, &listed_keys[i]),
				  &device->is_wrong);
			return;
		}
	}
	/* An unknown key may have been meant to restrict the match. */
	device->is_wrong = true;
	refuse_key(r, "id, name, type, subsystemVendor, subsystemDevice, revision");
}

static void read_device(struct reader *r)
{
	struct listed_device device = { .line = line_of(r) };
	struct pci_devices *out = r->out;

	while (next_key(r))
		read_device_pair(r, &device);
	if (pci_devices_have_room(out, out->count, device.line) &&
	    !ARRAY_APPEND(out->items, out->count, device))
		pci_devices_no_memory(out);
}

static void read_vendor(struct reader *r)
{
	struct listed_device vendor = { 0 };
	size_t first = r->out->count;

	while (next_key(r)) {
		if (is(r, "id"))
			read_text(r, "id", &vendor.vendor_id, &vendor.is_wrong);
		else if (is(r, "name"))
			read_text(r, "name", &vendor.vendor_name, &vendor.is_wrong);
		else if (is(r, "devices"))
			read_list(r, "devices", "device", read_device);
		else
			refuse_key(r, "id, name, devices");
	}
	for (size_t i = first; i < r->out->count; i++) {
		r->out->items[i].vendor_id = vendor.vendor_id;
		r->out->items[i].vendor_name = vendor.vendor_name;
		r->out->items[i].is_wrong = r->out->items[i].is_wrong || vendor.is_wrong;
	}
}

/* Reads the start of the stream, of its first document and of the document's mapping. */
static bool is_mapping(struct reader *r)
{
	static const yaml_event_type_t expected[] = { YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT,
						      YAML_MAPPING_START_EVENT };

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		if (!next(r) || r->event.type != expected[i])
			return false;
	}
	return true;
}

static void read_document(struct reader *r)
{
	struct pci_devices *out = r->out;
	bool has_vendors = false;

	for (bool goes_on = is_mapping(r); goes_on && next_key(r);) {
		if (!is(r, "vendors") || has_vendors) {
			refuse_key(r, "vendors, once");
			continue;
		}
		has_vendors = true;
		read_list(r, "vendors", "vendor", read_vendor);
	}
	if (out->rc == 0 && !has_vendors)
		out->rc = error_set(out->err, 0,
				    "%s:%u: no list of devices; write \"vendors:\" and a list below it, or "
				    "import a list of KubeVirt, Harvester or Nova, see pcitag(8)",
				    out->path, line_of(r));
	if (!next(r)) /* the end of the document */
		return;
	if (next(r) && r->event.type != YAML_STREAM_END_EVENT)
		out->rc = error_set(out->err, 0, "%s:%u: a second document; put it into a file of its own",
				    out->path, line_of(r));
}

int pci_devices_yaml_parse(const char *text, size_t len, struct pci_devices *out)
{
	struct reader r = { .out = out };

	if (yaml_open(&r.yaml, text, len, out) < 0)
		return -1;
	read_document(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.yaml.parser);
	return out->rc;
}
