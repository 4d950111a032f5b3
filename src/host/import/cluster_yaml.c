/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the objects in which KubeVirt and Harvester list the PCI devices that guests may use, as `kubectl get
 * -o yaml` (or json, which is valid YAML) prints them: as single objects, in a List, or as several documents.
 *
 * KubeVirt (kubevirt.io/api/core/v1 types.go, PermittedHostDevices). HyperConverged has permittedHostDevices
 * directly below spec, and its own key pciDeviceSelector:
 *
 *	kind: KubeVirt
 *	spec:
 *	  configuration:
 *	    permittedHostDevices:
 *	      pciHostDevices:
 *	      - pciVendorSelector: "10DE:1EB8"
 *	        resourceName: nvidia.com/TU104GL_Tesla_T4
 *	        externalResourceProvider: true	(ignored)
 *	      mediatedDevices: ...		(not PCI devices)
 *
 * Harvester (github.com/harvester/pcidevices, pkg/apis/devices.harvesterhci.io/v1beta1). There is one
 * PCIDevice for every function of every node. The ids are hexadecimal text; they were decimal numbers in its
 * first version:
 *
 *	kind: PCIDevice
 *	status:
 *	  address: "0000:04:10.0"
 *	  vendorId: "8086"
 *	  deviceId: 10ed
 *	  classId: "0200"
 *	  nodeName: node1
 *	  resourceName: intel.com/82599_ETHERNET_CONTROLLER_VIRTUAL_FUNCTION
 *
 * A claim marks a device for use by guests. When there are claims, only the devices that they name are taken,
 * each at its address on its host:
 *
 *	kind: PCIDeviceClaim
 *	spec:
 *	  address: "0000:04:10.0"
 *	  nodeName: node1
 */
#include <string.h>

#include "base/array.h"
#include "host/import/device_list.h"
#include "host/import/yaml_nodes.h"
#include "model/import/pci_selectors.h"

/* Objects are read from a List, and from a List within it. */
#define LIST_DEPTH 2

/* Maximum nesting of a document; most objects are far below it. */
#define NESTING_MAX 32

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
	struct yaml_reader yaml;
	struct found_list devices, claims;
};

/* ---- values ------------------------------------------------------------------------------------------ */

/* Returns the value of a key; NULL when it is missing or @node no mapping. A duplicate is a mistake. */
static const yaml_node_t *get(struct yaml_reader *r, const yaml_node_t *node, const char *key)
{
	const yaml_node_t *found = NULL, *name, *value;

	if (!node || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (size_t i = 0; (name = yaml_key(r, node, i, &value)); i++) {
		if (!yaml_is(name, key))
			continue;
		if (found)
			mistake(r, yaml_line(name), "%s is given twice; delete one of the two", key);
		else
			found = value;
	}
	return found;
}

/* Returns the text of a node; NULL for none, "" for one with a NUL. */
static const char *text_of(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type != YAML_SCALAR_NODE)
		return NULL;
	return strlen(text) == node->data.scalar.length ? text : "";
}

/* Copies a mandatory text. Returns false, with a mistake recorded, when it is missing or not a short text. */
static bool get_text(struct yaml_reader *r, const yaml_node_t *node, const char *key,
		     char out[static LISTED_TEXT_LEN])
{
	const yaml_node_t *value = get(r, node, key);

	if (value && !yaml_is_null(value))
		return yaml_copy(r->out, key, yaml_line(value), text_of(value), out);
	mistake(r, yaml_line(node), "a device without %s; write one, or delete it", key);
	return false;
}

static void get_optional(struct yaml_reader *r, const yaml_node_t *node, const char *key,
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

/* An unknown key may narrow the selection, so its entry is not imported. */
static bool has_unknown_key(struct yaml_reader *r, const yaml_node_t *node)
{
	static const char *const known[] = { "pciVendorSelector", "pciDeviceSelector", "resourceName",
					     "externalResourceProvider", "disabled" };
	const yaml_node_t *name, *value;

	for (size_t i = 0; (name = yaml_key(r, node, i, &value)); i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(known) && !yaml_is(name, known[k]))
			k++;
		if (k < ARRAY_SIZE(known))
			continue;
		mistake(r, yaml_line(name), YAML_UNKNOWN_KEY,
			name->type == YAML_SCALAR_NODE ? (const char *)name->data.scalar.value : "",
			"pciVendorSelector, resourceName, externalResourceProvider");
		return true;
	}
	return false;
}

static void read_permitted_device(struct yaml_reader *r, const yaml_node_t *node)
{
	struct pci_selector selector = { .line = yaml_line(node), .what = "resource" };
	char text[LISTED_TEXT_LEN], disabled[LISTED_TEXT_LEN];
	const char *key;

	if (node->type != YAML_MAPPING_NODE) {
		mistake(r, yaml_line(node), "this is not a device; write \"- pciVendorSelector: ...\"");
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
			"resource %.64s is disabled there, and left out; delete that key to import it",
			selector.called);
	else
		pci_devices_add_selector(r->out, &selector);
}

/* Returns whether a value is a list with something in it. */
static bool has_items(struct yaml_reader *r, const yaml_node_t *list)
{
	return list && list->type == YAML_SEQUENCE_NODE && yaml_item(r, list, 0);
}

static void read_permitted(struct yaml_reader *r, const yaml_node_t *permitted)
{
	const yaml_node_t *pci = get(r, permitted, "pciHostDevices");
	const yaml_node_t *mediated = get(r, permitted, "mediatedDevices");
	const yaml_node_t *usb = get(r, permitted, "usb"), *item;

	if (has_items(r, mediated))
		mistake(r, yaml_line(mediated),
			"mediatedDevices are not PCI devices and are left out; give them to a "
			"domain as libvirt's <hostdev type='mdev'>");
	if (has_items(r, usb))
		mistake(r, yaml_line(usb),
			"usb: these are not PCI devices and are left out; give them to a domain as "
			"libvirt's <hostdev type='usb'>");
	if (!pci || yaml_is_null(pci)) {
		if (!mediated && !usb)
			mistake(r, yaml_line(permitted),
				"permittedHostDevices without pciHostDevices; write that list, or delete it");
		return;
	}
	if (pci->type != YAML_SEQUENCE_NODE) {
		mistake(r, yaml_line(pci),
			"pciHostDevices is not a list; write \"- pciVendorSelector: ...\" below it");
		return;
	}
	for (size_t i = 0; (item = yaml_item(r, pci, i)); i++)
		read_permitted_device(r, item);
}

/* ---- Harvester --------------------------------------------------------------------------------------- */

static void keep(struct pci_devices *out, struct found_list *list, const struct found *found)
{
	if (pci_devices_have_room(out, list->count, found->selector.line) &&
	    !ARRAY_APPEND(list->items, list->count, *found))
		pci_devices_no_memory(out);
}

/* Reads 4 hex digits. Harvester's first version wrote decimal numbers: one without quotes is refused. */
static bool get_id(struct yaml_reader *r, const yaml_node_t *node, const char *key, uint16_t *out)
{
	char text[LISTED_TEXT_LEN];
	const yaml_node_t *value;

	if (!get_text(r, node, key, text))
		return false;
	value = get(r, node, key);
	if (value->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && text[strspn(text, "0123456789")] == '\0') {
		mistake(r, yaml_line(value),
			"%s %s is a number without quotes and may be decimal; write the 4 hex "
			"digits in quotes",
			key, text);
		return false;
	}
	if (pci_selector_take_id(text, out))
		return true;
	mistake(r, yaml_line(value),
		"%s: invalid id %.64s; write the 4 hex digits that lspci -nn shows in brackets, in quotes",
		key, text);
	return false;
}

/* Reads the address and the host, which both kinds of object have. */
static bool get_place(struct yaml_reader *r, const yaml_node_t *node, struct found *out)
{
	char text[LISTED_TEXT_LEN];

	if (!get_text(r, node, "address", text) || !get_text(r, node, "nodeName", out->selector.host))
		return false;
	if (pci_addr_parse(text, &out->addr) != 0) {
		mistake(r, yaml_line(node),
			"invalid PCI address %.64s; write DOMAIN:BUS:SLOT.FUNCTION as lspci -D shows it",
			text);
		return false;
	}
	/* In the registry a host is a pattern, and one of a list. */
	if (!out->selector.host[0] ||
	    out->selector.host[strspn(out->selector.host,
				      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")]) {
		mistake(r, yaml_line(node),
			"nodeName: invalid host name %.64s; write the one that hostname shows",
			out->selector.host);
		return false;
	}
	pci_addr_format(&out->addr, out->selector.address);
	return true;
}

static void read_pci_device(struct reader *reader, const yaml_node_t *object, const char *name)
{
	struct yaml_reader *r = &reader->yaml;
	struct found found = { .selector = { .line = yaml_line(object), .what = "resource" } };
	const yaml_node_t *status = get(r, object, "status");
	struct pci_device device = { 0 };
	char class[LISTED_TEXT_LEN];
	uint16_t code;

	snprintf(found.name, sizeof(found.name), "%s", name);
	if (!status || status->type != YAML_MAPPING_NODE) {
		mistake(r, yaml_line(object),
			"PCIDevice %.64s has no status; import what kubectl get pcidevices -o yaml prints",
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
	keep(r->out, &reader->devices, &found);
}

static void read_claim(struct reader *reader, const yaml_node_t *object, const char *name)
{
	struct yaml_reader *r = &reader->yaml;
	struct found found = { .selector = { .line = yaml_line(object), .what = "claim" } };
	const yaml_node_t *spec = get(r, object, "spec");

	snprintf(found.name, sizeof(found.name), "%s", name);
	if (!spec || spec->type != YAML_MAPPING_NODE)
		mistake(r, yaml_line(object), "PCIDeviceClaim %.64s has no spec; write one, or delete it",
			name);
	else if (get_place(r, spec, &found))
		keep(r->out, &reader->claims, &found);
}

/* Adds the claimed devices with address and host; without any claim, all devices at any of them. */
static void add_found(struct reader *r)
{
	struct pci_devices *out = r->yaml.out;

	for (size_t i = 0; out->rc == 0 && i < r->devices.count; i++) {
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
		pci_devices_add_selector(out, &device->selector);
	}
	for (size_t j = 0; out->rc == 0 && j < r->claims.count; j++) {
		const struct found *claim = &r->claims.items[j];

		if (!claim->is_claimed)
			mistake(&r->yaml, claim->selector.line,
				"PCIDeviceClaim %.64s names %s and no ids, and the list has no PCIDevice of "
				"it; import what kubectl get pcidevices,pcideviceclaims -o yaml prints",
				claim->name, claim->selector.address);
	}
}

/* ---- objects ----------------------------------------------------------------------------------------- */

static const yaml_node_t *find_permitted(struct yaml_reader *r, const yaml_node_t *object)
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

static void read_other(struct yaml_reader *r, const yaml_node_t *object, const char *kind)
{
	const yaml_node_t *permitted = find_permitted(r, object);

	if (permitted && permitted->type == YAML_MAPPING_NODE)
		read_permitted(r, permitted);
	else if (permitted && permitted->type == YAML_SCALAR_NODE && !yaml_is_null(permitted))
		mistake(r, yaml_line(permitted),
			"permittedHostDevices is text in a ConfigMap; import a file that has that text "
			"alone");
	else if (strcmp(kind, "KubeVirt") == 0 || strcmp(kind, "HyperConverged") == 0 || permitted)
		mistake(r, yaml_line(object),
			"this %.64s permits no host devices; write permittedHostDevices, or "
			"sections by pcitag define",
			kind[0] ? kind : "object");
	else
		mistake(r, yaml_line(object),
			"an object of kind %.64s has no PCI devices that import takes; those are "
			"KubeVirt, HyperConverged, PCIDevice and PCIDeviceClaim",
			kind[0] ? kind : "-");
}

static void read_object(struct reader *reader, const yaml_node_t *object, int depth)
{
	struct yaml_reader *r = &reader->yaml;
	const yaml_node_t *items = get(r, object, "items"), *item;
	char kind[LISTED_TEXT_LEN], name[LISTED_TEXT_LEN];

	if (object->type != YAML_MAPPING_NODE) {
		mistake(r, yaml_line(object),
			"this is not an object; write \"kind: ...\" and what belongs to it");
		return;
	}
	get_optional(r, object, "kind", kind);
	get_optional(r, get(r, object, "metadata"), "name", name);
	if (items && items->type == YAML_SEQUENCE_NODE && depth < LIST_DEPTH) {
		for (size_t i = 0; (item = yaml_item(r, items, i)); i++)
			read_object(reader, item, depth + 1);
	} else if (strcmp(kind, "PCIDevice") == 0) {
		read_pci_device(reader, object, name);
	} else if (strcmp(kind, "PCIDeviceClaim") == 0) {
		read_claim(reader, object, name);
	} else {
		read_other(r, object, kind);
	}
}

/* ---- documents --------------------------------------------------------------------------------------- */

int cluster_yaml_parse(const char *text, size_t len, struct pci_devices *out)
{
	/* A list of libvirt-provider has none of them. */
	static const char *const keys[] = {
		"kind",		  "apiVersion",	     "items",	      "spec", "permittedHostDevices",
		"pciHostDevices", "mediatedDevices", "configuration", NULL
	};
	struct reader r = { 0 };
	const yaml_node_t *root = NULL;
	int rc = yaml_check(text, len, keys, NESTING_MAX, out);

	if (rc != 0)
		return rc == YAML_OTHER ? CLUSTER_YAML_OTHER : -1;
	if (yaml_open(&r.yaml, text, len, out) < 0)
		return -1;
	do {
		if (!yaml_parser_load(&r.yaml.parser, &r.yaml.document)) {
			out->rc = yaml_refuse(&r.yaml.parser, out->path, out->err);
			break;
		}
		root = yaml_document_get_root_node(&r.yaml.document);
		/* "---" without a document */
		if (root && !yaml_is_null(root))
			read_object(&r, root, 0);
		yaml_document_delete(&r.yaml.document);
	} while (root && out->rc == 0);
	yaml_parser_delete(&r.yaml.parser);
	add_found(&r);
	free(r.devices.items);
	free(r.claims.items);
	return out->rc;
}
