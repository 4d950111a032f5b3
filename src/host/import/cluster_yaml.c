/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/import/cluster_yaml.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "base/array.h"
#include "host/import/cluster_yaml_check.h"
#include "model/import/pci_selectors.h"

/* Objects are read from a List, and from a List within it. */
#define LIST_DEPTH 2

/* A PCIDevice, or a claim of one. */
struct found {
	struct pci_selector selector;
	struct pci_addr addr;
	char name[LISTED_TEXT_LEN];
	bool is_claimed; /* a claim: its PCIDevice was found */
};

struct found_list {
	struct found *items; /* owned */
	size_t count;
};

struct reader {
	yaml_document_t document; /* the current one */
	struct pci_devices *out;
	struct found_list devices, claims;
	int rc; /* -1 when memory or a limit is exhausted; reading stops then */
	struct error *err;
};

/* ---- nodes ------------------------------------------------------------------------------------------- */

static unsigned line_of(const yaml_node_t *node)
{
	return (unsigned)node->start_mark.line + 1;
}

static bool is_key(const yaml_node_t *node, const char *key)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(key) &&
	       memcmp(node->data.scalar.value, key, strlen(key)) == 0;
}

#define mistake(r, line, ...)                                                           \
	do {                                                                            \
		if (pci_devices_add_mistake((r)->out, (r)->err, line, __VA_ARGS__) < 0) \
			(r)->rc = -1;                                                   \
	} while (0)

/*
 * Returns the value of a key of a mapping; NULL when the key is missing or @node is not a mapping. A
 * duplicate key is recorded as a mistake.
 */
static yaml_node_t *get(struct reader *r, const yaml_node_t *node, const char *key)
{
	yaml_node_t *found = NULL;

	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
	     pair++) {
		const yaml_node_t *name = yaml_document_get_node(&r->document, pair->key);

		if (!is_key(name, key))
			continue;
		if (found)
			mistake(r, line_of(name), "%s is given twice; delete one of the two", key);
		else
			found = yaml_document_get_node(&r->document, pair->value);
	}
	return found;
}

static bool is_null(const yaml_node_t *node)
{
	return is_key(node, "") || is_key(node, "null") || is_key(node, "~");
}

/* Copies a mandatory text. Returns false, with a mistake recorded, when it is missing or not a short text. */
static bool get_text(struct reader *r, const yaml_node_t *node, const char *key,
		     char out[static LISTED_TEXT_LEN])
{
	const yaml_node_t *value = get(r, node, key);
	size_t len;

	if (!value || is_null(value)) {
		mistake(r, line_of(node), "a device without %s; write one, or delete it", key);
		return false;
	}
	if (value->type != YAML_SCALAR_NODE) {
		mistake(r, line_of(value), "%s is not a string; write %s: VALUE", key, key);
		return false;
	}
	len = value->data.scalar.length;
	if (len >= LISTED_TEXT_LEN || memchr(value->data.scalar.value, '\0', len)) {
		mistake(r, line_of(value),
			"%s is empty, longer than %d bytes or has a NUL; write a short text", key,
			LISTED_TEXT_LEN - 1);
		return false;
	}
	memcpy(out, value->data.scalar.value, len);
	out[len] = '\0';
	return true;
}

static void get_optional(struct reader *r, const yaml_node_t *node, const char *key,
			 char out[static LISTED_TEXT_LEN])
{
	const yaml_node_t *value = get(r, node, key);

	out[0] = '\0';
	if (value && value->type == YAML_SCALAR_NODE)
		snprintf(out, LISTED_TEXT_LEN, "%.*s", LISTED_TEXT_LEN - 1, (char *)value->data.scalar.value);
}

/* ---- KubeVirt ---------------------------------------------------------------------------------------- */

/* Reads "10DE:1EB8". */
static bool take_pair(const char *text, struct pci_selector *out)
{
	const char *colon = strchr(text, ':');
	char vendor[8];

	if (!colon || (size_t)(colon - text) >= sizeof(vendor))
		return false;
	snprintf(vendor, sizeof(vendor), "%.*s", (int)(colon - text), text);
	return pci_selector_take_id(vendor, &out->vendor) && pci_selector_take_id(colon + 1, &out->device);
}

static const char *const permitted_keys[] = { "pciVendorSelector", "pciDeviceSelector", "resourceName",
					      "externalResourceProvider", "disabled" };

/* An unknown key may narrow the selection, so its entry is not imported. */
static bool has_unknown_key(struct reader *r, const yaml_node_t *node)
{
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
	     pair++) {
		const yaml_node_t *name = yaml_document_get_node(&r->document, pair->key);
		bool is_known = false;

		for (size_t i = 0; i < ARRAY_SIZE(permitted_keys); i++)
			is_known = is_known || is_key(name, permitted_keys[i]);
		if (is_known)
			continue;
		mistake(r, line_of(name),
			"unknown key %.64s; the keys are pciVendorSelector, resourceName, "
			"externalResourceProvider",
			name->type == YAML_SCALAR_NODE ? (char *)name->data.scalar.value : "");
		return true;
	}
	return false;
}

static void read_permitted_device(struct reader *r, const yaml_node_t *node)
{
	struct pci_selector selector = { .line = line_of(node), .what = "resource" };
	char text[LISTED_TEXT_LEN], disabled[LISTED_TEXT_LEN];
	const char *key;

	if (node->type != YAML_MAPPING_NODE) {
		mistake(r, line_of(node), "this is not a device; write \"- pciVendorSelector: ...\"");
		return;
	}
	key = get(r, node, "pciDeviceSelector") ? "pciDeviceSelector" : "pciVendorSelector";
	get_optional(r, node, "disabled", disabled);
	if (has_unknown_key(r, node) || !get_text(r, node, key, text) ||
	    !get_text(r, node, "resourceName", selector.called))
		return;
	if (!take_pair(text, &selector))
		mistake(r, selector.line,
			"%s: invalid pair of ids %.64s; write VVVV:DDDD, the 4+4 hex digits that "
			"lspci -nn shows in brackets",
			key, text);
	else if (strcmp(disabled, "true") == 0)
		mistake(r, selector.line,
			"resource %.64s is disabled there, and left out; delete that key to "
			"import it",
			selector.called);
	else if (r->rc == 0)
		r->rc = pci_devices_add_selector(r->out, &selector, r->err);
}

static void read_permitted(struct reader *r, const yaml_node_t *permitted)
{
	const yaml_node_t *pci = get(r, permitted, "pciHostDevices");
	const yaml_node_t *mediated = get(r, permitted, "mediatedDevices");
	const yaml_node_t *usb = get(r, permitted, "usb");

	if (mediated && mediated->type == YAML_SEQUENCE_NODE &&
	    mediated->data.sequence.items.top > mediated->data.sequence.items.start)
		mistake(r, line_of(mediated),
			"mediatedDevices are not PCI devices and are left out; give them to a "
			"domain as libvirt's <hostdev type='mdev'>");
	if (usb && usb->type == YAML_SEQUENCE_NODE &&
	    usb->data.sequence.items.top > usb->data.sequence.items.start)
		mistake(r, line_of(usb),
			"usb: these are not PCI devices and are left out; give them to a domain as "
			"libvirt's <hostdev type='usb'>");
	if (!pci || is_null(pci)) {
		if (!mediated && !usb)
			mistake(r, line_of(permitted),
				"permittedHostDevices without pciHostDevices; write that "
				"list, or delete it");
		return;
	}
	if (pci->type != YAML_SEQUENCE_NODE) {
		mistake(r, line_of(pci),
			"pciHostDevices is not a list; write \"- pciVendorSelector: ...\" below it");
		return;
	}
	for (yaml_node_item_t *item = pci->data.sequence.items.start;
	     r->rc == 0 && item < pci->data.sequence.items.top; item++)
		read_permitted_device(r, yaml_document_get_node(&r->document, *item));
}

/* ---- Harvester --------------------------------------------------------------------------------------- */

static void keep(struct reader *r, struct found_list *list, const struct found *found)
{
	if (r->rc < 0)
		return;
	if (list->count == LISTED_DEVICES_MAX) {
		r->rc = error_set(r->err, 0, "%s:%u: more than %d devices; split the list", r->out->path,
				  found->selector.line, LISTED_DEVICES_MAX);
		return;
	}
	if (!ARRAY_APPEND(list->items, list->count, *found))
		r->rc = error_set(r->err, ENOMEM, "cannot hold the devices of %s", r->out->path);
}

/*
 * Reads an id of 4 hex digits. A decimal number without quotes is refused: Harvester's first version wrote
 * ids in decimal.
 */
static bool get_id(struct reader *r, const yaml_node_t *node, const char *key, uint16_t *out)
{
	char text[LISTED_TEXT_LEN];
	const yaml_node_t *value;

	if (!get_text(r, node, key, text))
		return false;
	value = get(r, node, key);
	if (value->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && text[strspn(text, "0123456789")] == '\0') {
		mistake(r, line_of(value),
			"%s %s is a number without quotes and may be decimal; write the 4 hex "
			"digits in quotes",
			key, text);
		return false;
	}
	if (pci_selector_take_id(text, out))
		return true;
	mistake(r, line_of(value),
		"%s: invalid id %.64s; write the 4 hex digits that lspci -nn shows in brackets, "
		"in quotes",
		key, text);
	return false;
}

/* Reads the address and the host, which both kinds of object have. */
static bool get_place(struct reader *r, const yaml_node_t *node, struct found *out)
{
	char text[LISTED_TEXT_LEN];

	if (!get_text(r, node, "address", text) || !get_text(r, node, "nodeName", out->selector.host))
		return false;
	if (pci_addr_parse(text, &out->addr) != 0) {
		mistake(r, line_of(node),
			"invalid PCI address %.64s; write DOMAIN:BUS:SLOT.FUNCTION as lspci "
			"-D shows it",
			text);
		return false;
	}
	/* In the registry a host is a pattern, and one of a list. */
	if (!out->selector.host[0] ||
	    out->selector
		    .host[strspn(out->selector.host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
						     "0123456789.-_")]) {
		mistake(r, line_of(node),
			"nodeName: invalid host name %.64s; write the one that hostname shows",
			out->selector.host);
		return false;
	}
	pci_addr_format(&out->addr, out->selector.address);
	return true;
}

static void read_pci_device(struct reader *r, const yaml_node_t *object, const char *name)
{
	struct found found = { .selector = { .line = line_of(object), .what = "resource" } };
	const yaml_node_t *status = get(r, object, "status");
	struct pci_device device = { 0 };
	char class[LISTED_TEXT_LEN];
	uint16_t code;

	snprintf(found.name, sizeof(found.name), "%s", name);
	if (!status || status->type != YAML_MAPPING_NODE) {
		mistake(r, line_of(object),
			"PCIDevice %.64s has no status; import what kubectl get pcidevices -o "
			"yaml prints",
			name);
		return;
	}
	get_optional(r, status, "classId", class);
	if (pci_selector_take_id(class, &code)) {
		device.id.class_code = (uint32_t)code << 8;
		/* Bridges are on every host and are never assigned to guests. */
		if (pci_device_is_host_function(&device))
			return;
	}
	if (!get_place(r, status, &found) || !get_id(r, status, "vendorId", &found.selector.vendor) ||
	    !get_id(r, status, "deviceId", &found.selector.device) ||
	    !get_text(r, status, "resourceName", found.selector.called))
		return;
	keep(r, &r->devices, &found);
}

static void read_claim(struct reader *r, const yaml_node_t *object, const char *name)
{
	struct found found = { .selector = { .line = line_of(object), .what = "claim" } };
	const yaml_node_t *spec = get(r, object, "spec");

	snprintf(found.name, sizeof(found.name), "%s", name);
	if (!spec || spec->type != YAML_MAPPING_NODE)
		mistake(r, line_of(object), "PCIDeviceClaim %.64s has no spec; write one, or delete it",
			name);
	else if (get_place(r, spec, &found))
		keep(r, &r->claims, &found);
}

/*
 * Adds the claimed devices, each with its address and host; without any claim, all devices at any address of
 * any host.
 */
static void add_found(struct reader *r)
{
	for (size_t i = 0; r->rc == 0 && i < r->devices.count; i++) {
		struct found *device = &r->devices.items[i];

		for (size_t j = 0; j < r->claims.count; j++) {
			struct found *claim = &r->claims.items[j];

			if (pci_addr_equal(&claim->addr, &device->addr) &&
			    strcmp(claim->selector.host, device->selector.host) == 0)
				device->is_claimed = claim->is_claimed = true;
		}
		if (r->claims.count && !device->is_claimed)
			continue;
		if (!r->claims.count) {
			device->selector.repeats = true;
			device->selector.address[0] = device->selector.host[0] = '\0';
		}
		r->rc = pci_devices_add_selector(r->out, &device->selector, r->err);
	}
	for (size_t j = 0; r->rc == 0 && j < r->claims.count; j++) {
		const struct found *claim = &r->claims.items[j];

		if (!claim->is_claimed)
			mistake(r, claim->selector.line,
				"PCIDeviceClaim %.64s names %s and no ids, and the list has no PCIDevice of "
				"it; "
				"import what kubectl get pcidevices,pcideviceclaims -o yaml prints",
				claim->name, claim->selector.address);
	}
}

/* ---- objects ----------------------------------------------------------------------------------------- */

static const yaml_node_t *find_permitted(struct reader *r, const yaml_node_t *object)
{
	const yaml_node_t *spec = get(r, object, "spec"), *found;

	if (get(r, object, "pciHostDevices") || get(r, object, "mediatedDevices"))
		return object;
	found = get(r, object, "permittedHostDevices");
	if (!found)
		found = get(r, get(r, object, "configuration"), "permittedHostDevices");
	if (!found)
		found = get(r, get(r, spec, "configuration"), "permittedHostDevices");
	if (!found)
		found = get(r, spec, "permittedHostDevices");
	return found ? found : get(r, get(r, object, "data"), "permittedHostDevices");
}

static void read_other(struct reader *r, const yaml_node_t *object, const char *kind)
{
	const yaml_node_t *permitted = find_permitted(r, object);

	if (permitted && permitted->type == YAML_MAPPING_NODE)
		read_permitted(r, permitted);
	else if (permitted && permitted->type == YAML_SCALAR_NODE && !is_null(permitted))
		mistake(r, line_of(permitted),
			"permittedHostDevices is text in a ConfigMap; import a file that has "
			"that text alone");
	else if (strcmp(kind, "KubeVirt") == 0 || strcmp(kind, "HyperConverged") == 0 || permitted)
		mistake(r, line_of(object),
			"this %.64s permits no host devices; write permittedHostDevices, or "
			"sections by pcitag define",
			kind[0] ? kind : "object");
	else
		mistake(r, line_of(object),
			"an object of kind %.64s has no PCI devices that import takes; those are "
			"KubeVirt, HyperConverged, PCIDevice and PCIDeviceClaim",
			kind[0] ? kind : "-");
}

static void read_object(struct reader *r, const yaml_node_t *object, int depth)
{
	const yaml_node_t *items = get(r, object, "items");
	char kind[LISTED_TEXT_LEN], name[LISTED_TEXT_LEN];

	if (object->type != YAML_MAPPING_NODE) {
		mistake(r, line_of(object),
			"this is not an object; write \"kind: ...\" and what belongs to it");
		return;
	}
	get_optional(r, object, "kind", kind);
	get_optional(r, get(r, object, "metadata"), "name", name);
	if (items && items->type == YAML_SEQUENCE_NODE && depth < LIST_DEPTH) {
		for (yaml_node_item_t *item = items->data.sequence.items.start;
		     r->rc == 0 && item < items->data.sequence.items.top; item++)
			read_object(r, yaml_document_get_node(&r->document, *item), depth + 1);
	} else if (strcmp(kind, "PCIDevice") == 0) {
		read_pci_device(r, object, name);
	} else if (strcmp(kind, "PCIDeviceClaim") == 0) {
		read_claim(r, object, name);
	} else {
		read_other(r, object, kind);
	}
}

/* ---- documents --------------------------------------------------------------------------------------- */

static int read_documents(struct reader *r, yaml_parser_t *parser)
{
	const yaml_node_t *root;

	do {
		if (!yaml_parser_load(parser, &r->document))
			return cluster_yaml_refuse(parser, r->out->path, r->err);
		root = yaml_document_get_root_node(&r->document);
		/* "---" without a document */
		if (root && !is_null(root))
			read_object(r, root, 0);
		yaml_document_delete(&r->document);
	} while (root && r->rc == 0);
	return r->rc;
}

int cluster_yaml_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		       struct error *err)
{
	struct reader r = { .out = out, .err = err };
	yaml_parser_t parser;

	*out = (struct pci_devices){ .path = path };
	r.rc = cluster_yaml_check(text, len, path, err);
	if (r.rc != 0)
		return r.rc;
	if (!yaml_parser_initialize(&parser))
		return error_set(err, ENOMEM, "cannot read %s", path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	r.rc = read_documents(&r, &parser);
	yaml_parser_delete(&parser);
	if (r.rc == 0)
		add_found(&r);
	free(r.devices.items);
	free(r.claims.items);
	return r.rc;
}
