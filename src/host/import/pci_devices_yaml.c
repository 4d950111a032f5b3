/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/import/pci_devices_yaml.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/array.h"

struct reader {
	yaml_parser_t parser;
	yaml_event_t event; /* the last event */
	const char *text;
	size_t len;
	struct pci_devices *out;
	struct error *err;
};

/* ---- events ------------------------------------------------------------------------------------------- */

static unsigned line_of(const struct reader *r)
{
	return (unsigned)r->event.start_mark.line + 1;
}

/* For bytes that are not UTF-8, libyaml gives an offset instead of a mark. */
static unsigned line_at(const struct reader *r, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset && i < r->len; i++)
		line += r->text[i] == '\n';
	return line;
}

static int refuse_text(const struct reader *r)
{
	const yaml_parser_t *parser = &r->parser;
	const char *problem = parser->problem ? parser->problem : "it cannot be read";

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set(r->err, ENOMEM, "cannot read %s", r->out->path);
	return error_set(r->err, 0, "%s:%u: invalid YAML: %s; save the list as plain text in UTF-8",
			 r->out->path,
			 parser->error == YAML_READER_ERROR ? line_at(r, parser->problem_offset)
							    : (unsigned)parser->problem_mark.line + 1,
			 problem);
}

/* Reads the next event into r->event. */
static int next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (!yaml_parser_parse(&r->parser, &r->event))
		return refuse_text(r);
	if (r->event.type == YAML_ALIAS_EVENT)
		return error_set(r->err, 0, "%s:%u: an alias, *%.64s; write what it stands for", r->out->path,
				 line_of(r), (const char *)r->event.data.alias.anchor);
	return 0;
}

static bool is_start(const struct reader *r)
{
	return r->event.type == YAML_MAPPING_START_EVENT || r->event.type == YAML_SEQUENCE_START_EVENT;
}

static bool is_end(const struct reader *r)
{
	return r->event.type == YAML_MAPPING_END_EVENT || r->event.type == YAML_SEQUENCE_END_EVENT;
}

/* Reads to the end of the value whose first event has been read. */
static int pass_over(struct reader *r)
{
	unsigned depth = is_start(r) ? 1 : 0;

	while (depth > 0) {
		if (next(r) < 0)
			return -1;
		if (is_start(r))
			depth++;
		else if (is_end(r))
			depth--;
		if (depth > PCI_DEVICES_YAML_DEPTH)
			return error_set(r->err, 0, "%s:%u: more than %d levels; a list of devices has 4",
					 r->out->path, line_of(r), PCI_DEVICES_YAML_DEPTH);
	}
	return 0;
}

static bool is_scalar(const struct reader *r, const char *text)
{
	return r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == strlen(text) &&
	       memcmp(r->event.data.scalar.value, text, strlen(text)) == 0;
}

/* ---- values ------------------------------------------------------------------------------------------- */

/* A known key, and the location of its value in a struct. */
struct field {
	const char *key;
	size_t offset;
};

static struct listed_text *field_of(void *owner, const struct field *field)
{
	return (struct listed_text *)((char *)owner + field->offset);
}

/*
 * Reads a value whose first event is next. Records a mistake and sets *is_wrong when the key already has a
 * value, or when the value is not a short text.
 */
static int read_text(struct reader *r, const char *key, struct listed_text *out, bool *is_wrong)
{
	const char *value;
	size_t len;

	if (next(r) < 0)
		return -1;
	if (r->event.type != YAML_SCALAR_EVENT) {
		*is_wrong = true;
		if (pci_devices_add_mistake(r->out, r->err, line_of(r), "%s is not a string; write %s: VALUE",
					    key, key) < 0)
			return -1;
		return pass_over(r);
	}
	value = (const char *)r->event.data.scalar.value;
	len = r->event.data.scalar.length;
	if (out->line) {
		*is_wrong = true;
		return pci_devices_add_mistake(r->out, r->err, line_of(r),
					       "%s is given twice; delete one of the two", key);
	}
	if (len == 0 || len >= sizeof(out->text) || memchr(value, '\0', len)) {
		*is_wrong = true;
		return pci_devices_add_mistake(
			r->out, r->err, line_of(r),
			"%s is empty, longer than %zu bytes or has a NUL; write a short text", key,
			sizeof(out->text) - 1);
	}
	memcpy(out->text, value, len);
	out->text[len] = '\0';
	out->line = line_of(r);
	return 0;
}

/* Handles a pair whose key has been read and is not valid in this mapping. */
static int refuse_key(struct reader *r, const char *keys)
{
	const char *key = r->event.type == YAML_SCALAR_EVENT ? (const char *)r->event.data.scalar.value : "";
	int rc = pci_devices_add_mistake(r->out, r->err, line_of(r), "unknown key %.64s; the keys are %s",
					 key, keys);

	if (rc == 0)
		rc = pass_over(r);
	if (rc == 0)
		rc = next(r);
	return rc == 0 ? pass_over(r) : rc;
}

/*
 * Expects a mapping as the next item of a sequence. Returns 0, or 1 at the end of the sequence. Records any
 * other item as a mistake.
 */
static int next_mapping(struct reader *r, const char *what)
{
	for (;;) {
		if (next(r) < 0)
			return -1;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			return 1;
		if (r->event.type == YAML_MAPPING_START_EVENT)
			return 0;
		if (pci_devices_add_mistake(r->out, r->err, line_of(r),
					    "this is not a %s; write \"- id: ...\"", what) < 0 ||
		    pass_over(r) < 0)
			return -1;
	}
}

/* Reads the start of a sequence. Returns 0, or 1 for any other value, which is recorded and skipped. */
static int start_sequence(struct reader *r, const char *key)
{
	if (next(r) < 0)
		return -1;
	if (r->event.type == YAML_SEQUENCE_START_EVENT)
		return 0;
	if (pci_devices_add_mistake(r->out, r->err, line_of(r),
				    "%s is not a list; write \"- id: ...\" below it", key) < 0 ||
	    pass_over(r) < 0)
		return -1;
	return 1;
}

/* ---- devices ------------------------------------------------------------------------------------------ */

static const struct field device_fields[] = {
	{ "id", offsetof(struct listed_device, id) },
	{ "name", offsetof(struct listed_device, name) },
	{ "type", offsetof(struct listed_device, type) },
	{ "subsystemVendor", offsetof(struct listed_device, subsystem_vendor) },
	{ "subsystemDevice", offsetof(struct listed_device, subsystem_device) },
	{ "revision", offsetof(struct listed_device, revision) },
};

#define DEVICE_KEYS "id, name, type, subsystemVendor, subsystemDevice, revision"

static int read_device_pair(struct reader *r, struct listed_device *device)
{
	for (size_t i = 0; i < ARRAY_SIZE(device_fields); i++) {
		if (is_scalar(r, device_fields[i].key))
			return read_text(r, device_fields[i].key, field_of(device, &device_fields[i]),
					 &device->is_wrong);
	}
	/* An unknown key may have been meant to restrict the match. */
	device->is_wrong = true;
	return refuse_key(r, DEVICE_KEYS);
}

static int read_device(struct reader *r)
{
	struct pci_devices *out = r->out;
	struct listed_device device = { .line = line_of(r) };

	for (;;) {
		if (next(r) < 0)
			return -1;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (read_device_pair(r, &device) < 0)
			return -1;
	}
	if (out->count == LISTED_DEVICES_MAX)
		return error_set(r->err, 0, "%s:%u: more than %d devices; split the list", out->path,
				 device.line, LISTED_DEVICES_MAX);
	if (!ARRAY_APPEND(out->items, out->count, device))
		return error_set(r->err, ENOMEM, "cannot hold the devices of %s", out->path);
	return 0;
}

static int read_devices(struct reader *r)
{
	int rc = start_sequence(r, "devices");

	while (rc == 0) {
		rc = next_mapping(r, "device");
		if (rc == 0)
			rc = read_device(r);
	}
	return rc < 0 ? -1 : 0;
}

/* ---- vendors ------------------------------------------------------------------------------------------ */

struct vendor {
	struct listed_text id;
	struct listed_text name;
	bool is_wrong;
};

#define VENDOR_KEYS "id, name, devices"

static int read_vendor(struct reader *r)
{
	struct vendor vendor = { 0 };
	size_t first = r->out->count;
	int rc = 0;

	while (rc == 0) {
		rc = next(r);
		if (rc < 0 || r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (is_scalar(r, "id"))
			rc = read_text(r, "id", &vendor.id, &vendor.is_wrong);
		else if (is_scalar(r, "name"))
			rc = read_text(r, "name", &vendor.name, &vendor.is_wrong);
		else if (is_scalar(r, "devices"))
			rc = read_devices(r);
		else
			rc = refuse_key(r, VENDOR_KEYS);
	}
	for (size_t i = first; i < r->out->count; i++) {
		r->out->items[i].vendor_id = vendor.id;
		r->out->items[i].vendor_name = vendor.name;
		r->out->items[i].is_wrong = r->out->items[i].is_wrong || vendor.is_wrong;
	}
	return rc;
}

static int read_vendors(struct reader *r)
{
	int rc = start_sequence(r, "vendors");

	while (rc == 0) {
		rc = next_mapping(r, "vendor");
		if (rc == 0)
			rc = read_vendor(r);
	}
	return rc < 0 ? -1 : 0;
}

/* ---- the document ------------------------------------------------------------------------------------- */

static int refuse_document(const struct reader *r)
{
	return error_set(r->err, 0,
			 "%s:%u: no list of devices; write \"vendors:\" and a list below it, or "
			 "import a list of KubeVirt, Harvester or Nova, see pcitag(8)",
			 r->out->path, line_of(r));
}

/* Reads the start of the stream, of its first document and of the document's mapping. */
static int read_start(struct reader *r)
{
	static const yaml_event_type_t expected[] = { YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT,
						      YAML_MAPPING_START_EVENT };

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		if (next(r) < 0)
			return -1;
		if (r->event.type != expected[i])
			return refuse_document(r);
	}
	return 0;
}

static int read_end(struct reader *r)
{
	int rc = next(r); /* of the document */

	if (rc == 0)
		rc = next(r); /* of the stream */
	if (rc < 0)
		return -1;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return error_set(r->err, 0, "%s:%u: a second document; put it into a file of its own",
				 r->out->path, line_of(r));
	return 0;
}

static int read_document(struct reader *r)
{
	bool has_vendors = false;
	int rc = read_start(r);

	while (rc == 0) {
		rc = next(r);
		if (rc < 0 || r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (is_scalar(r, "vendors") && !has_vendors) {
			has_vendors = true;
			rc = read_vendors(r);
		} else {
			rc = refuse_key(r, "vendors, once");
		}
	}
	if (rc == 0 && !has_vendors)
		rc = refuse_document(r);
	return rc == 0 ? read_end(r) : rc;
}

int pci_devices_yaml_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
			   struct error *err)
{
	struct reader r = { .text = text, .len = len, .out = out, .err = err };
	int rc;

	*out = (struct pci_devices){ .path = path };
	if (!yaml_parser_initialize(&r.parser))
		return error_set(err, ENOMEM, "cannot read %s", path);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	rc = read_document(&r);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	return rc;
}
