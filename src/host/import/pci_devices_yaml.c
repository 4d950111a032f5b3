/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A list of PCI devices of libvirt-provider; model/import/pci_devices.h describes it. */
#include "base/array.h"
#include "host/import/device_list.h"
#include "host/import/yaml_nodes.h"

/* Reads the value of a key that may be given once. */
static void read_text(struct yaml_reader *r, const char *key, const yaml_node_t *value,
		      struct listed_text *out, bool *is_wrong)
{
	if (value->type == YAML_SCALAR_NODE && out->line) {
		mistake(r, yaml_line(value), "%s is given twice; delete one of the two", key);
	} else if (yaml_copy(r, key, value, out->text)) {
		out->line = yaml_line(value);
		return;
	}
	*is_wrong = true;
}

/* Reads a sequence of mappings. */
static void read_list(struct yaml_reader *r, const char *key, const yaml_node_t *list, const char *what,
		      void (*read)(struct yaml_reader *r, const yaml_node_t *mapping))
{
	const yaml_node_t *item;

	if (list->type != YAML_SEQUENCE_NODE) {
		mistake(r, yaml_line(list), "%s is not a list; write \"- id: ...\" below it", key);
		return;
	}
	for (size_t i = 0; (item = yaml_item(r, list, i)); i++) {
		if (item->type == YAML_MAPPING_NODE)
			read(r, item);
		else
			mistake(r, yaml_line(item), "this is not a %s; write \"- id: ...\"", what);
	}
}

static const struct listed_key *find_key(const yaml_node_t *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(listed_keys); i++) {
		if (yaml_is(key, listed_keys[i].key))
			return &listed_keys[i];
	}
	return NULL;
}

static void read_device(struct yaml_reader *r, const yaml_node_t *mapping)
{
	struct listed_device device = { .line = yaml_line(mapping) };
	struct pci_devices *out = r->out;
	const yaml_node_t *name, *value;

	for (size_t i = 0; (name = yaml_key(r, mapping, i, &value)); i++) {
		const struct listed_key *key = find_key(name);

		if (key) {
			read_text(r, key->key, value, listed_text_of(&device, key), &device.is_wrong);
			continue;
		}
		/* It may have been meant to restrict the match. */
		device.is_wrong = true;
		yaml_refuse_key(r, name, "id, name, type, subsystemVendor, subsystemDevice, revision");
	}
	if (pci_devices_have_room(out, out->count, device.line) &&
	    !ARRAY_APPEND(out->items, out->count, device))
		pci_devices_no_memory(out);
}

static void read_vendor(struct yaml_reader *r, const yaml_node_t *mapping)
{
	struct listed_device vendor = { 0 };
	size_t first = r->out->count;
	const yaml_node_t *name, *value;

	for (size_t i = 0; (name = yaml_key(r, mapping, i, &value)); i++) {
		if (yaml_is(name, "id"))
			read_text(r, "id", value, &vendor.vendor_id, &vendor.is_wrong);
		else if (yaml_is(name, "name"))
			read_text(r, "name", value, &vendor.vendor_name, &vendor.is_wrong);
		else if (yaml_is(name, "devices"))
			read_list(r, "devices", value, "device", read_device);
		else
			yaml_refuse_key(r, name, "id, name, devices");
	}
	for (struct listed_device *item = r->out->items + first; first < r->out->count; first++, item++) {
		item->vendor_id = vendor.vendor_id;
		item->vendor_name = vendor.vendor_name;
		item->is_wrong = item->is_wrong || vendor.is_wrong;
	}
}

static void read_document(struct yaml_reader *r)
{
	const yaml_node_t *root = yaml_document_get_root_node(&r->document), *name, *value;
	bool has_vendors = false;

	for (size_t i = 0; (name = yaml_key(r, root, i, &value)); i++) {
		if (!yaml_is(name, "vendors") || has_vendors) {
			yaml_refuse_key(r, name, "vendors, once");
			continue;
		}
		has_vendors = true;
		read_list(r, "vendors", value, "vendor", read_vendor);
	}
}

static void read_end(struct yaml_reader *r)
{
	struct pci_devices *out = r->out;
	yaml_event_t event;

	if (!yaml_parser_parse(&r->parser, &event)) {
		out->rc = yaml_refuse(&r->parser, out->path, out->err);
		return;
	}
	if (event.type != YAML_STREAM_END_EVENT)
		out->rc = error_set(out->err, 0, "%s:%u: a second document; put it into a file of its own",
				    out->path, (unsigned)event.start_mark.line + 1);
	yaml_event_delete(&event);
}

int pci_devices_yaml_parse(const char *text, size_t len, struct pci_devices *out)
{
	static const char *const keys[] = { "vendors", NULL };
	static const struct yaml_form form = {
		.keys = keys, .is_one_mapping = true, .depth = 16, .advice = "a list of devices has 4"
	};
	struct yaml_reader r;
	unsigned line;
	int rc = yaml_check(text, len, &form, out, &line);

	if (rc == YAML_OTHER)
		return error_set(out->err, 0,
				 "%s:%u: no list of devices; write \"vendors:\" and a list below it, or "
				 "import a list of KubeVirt, Harvester or Nova, see pcitag(8)",
				 out->path, line);
	if (rc < 0 || yaml_open(&r, text, len, out) < 0)
		return -1;
	if (yaml_parser_load(&r.parser, &r.document)) {
		read_document(&r);
		yaml_document_delete(&r.document);
	} else {
		out->rc = yaml_refuse(&r.parser, out->path, out->err);
	}
	if (out->rc == 0)
		read_end(&r);
	yaml_parser_delete(&r.parser);
	return out->rc;
}
