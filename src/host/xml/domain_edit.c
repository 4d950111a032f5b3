/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/xml/document.h"
#include "host/xml/domain.h"
#include "host/xml/domain_note.h"
#include "host/xml/domain_wishes.h"

#define PLACEHOLDER_LEN (sizeof(PLACEHOLDER_DIR) + NAME_LEN + REQUEST_LEN)

/* ---- the document ------------------------------------------------------------------------------ */

int domain_edit_open(const char *xml, struct domain_edit *edit, struct error *err)
{
	edit->doc = xml_document_read(xml, strlen(xml), DOMAIN_XML_MAX, "domain XML", NULL, err);
	return edit->doc ? 0 : -1;
}

void domain_edit_close(struct domain_edit *edit)
{
	xmlFreeDoc(edit->doc);
	edit->doc = NULL;
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot change the XML of a domain");
}

char *domain_edit_text(const struct domain_edit *edit, struct error *err)
{
	CLEANUP_XML xmlChar *text = NULL;
	char *copy;
	int len = 0;

	xmlDocDumpMemoryEnc(edit->doc, &text, &len, "UTF-8");
	copy = text ? strdup((const char *)text) : NULL;
	if (!copy)
		(void)no_memory(err);
	return copy;
}

static xmlNode *root_of(const struct domain_edit *edit)
{
	return xmlDocGetRootElement(edit->doc);
}

/* Appends a new child. Returns NULL when there is no memory. */
static xmlNode *append(xmlNode *parent, const char *name)
{
	return xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);
}

static bool set(xmlNode *node, const char *name, const char *value)
{
	return xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value);
}

static xmlNode *child_or_new(xmlNode *parent, const char *name)
{
	xmlNode *child = xml_child(parent, name);

	return child ? child : append(parent, name);
}

/* ---- placeholders ------------------------------------------------------------------------------ */

static void path_of(const char *owner, const struct request *request, char path[static PLACEHOLDER_LEN])
{
	(void)snprintf(path, PLACEHOLDER_LEN, PLACEHOLDER_DIR "%s/%s", owner, request->text);
}

/* Returns the first <input type=@type><source @key=@path/> of any <devices>, as domain_xml_parse() does. */
static xmlNode *find_input(const struct domain_edit *edit, const char *type, const char *key,
			   const char *path)
{
	for (const xmlNode *devices = root_of(edit)->children; devices; devices = devices->next) {
		if (!xml_is_element(devices, "devices"))
			continue;
		for (xmlNode *device = devices->children; device; device = device->next) {
			const xmlNode *source =
				xml_is_element(device, "input") ? xml_child(device, "source") : NULL;

			if (source && xml_attribute_is(device, "type", type) &&
			    xml_attribute_is(source, key, path))
				return device;
		}
	}
	return NULL;
}

static xmlNode *find_placeholder(const struct domain_edit *edit, const struct request *request)
{
	char path[PLACEHOLDER_LEN];

	path_of(request->owner, request, path);
	return find_input(edit, "passthrough", "evdev", path);
}

static xmlNode *append_input(struct domain_edit *edit, const char *type, const char *key, const char *path)
{
	xmlNode *devices = child_or_new(root_of(edit), "devices");
	xmlNode *input = devices ? append(devices, "input") : NULL;
	xmlNode *source = input ? append(input, "source") : NULL;

	return source && set(input, "type", type) && set(source, key, path) ? input : NULL;
}

/* Uses the format of libvirt itself (libvirt: src/conf/device_conf.c, virPCIDeviceAddressFormat). */
static bool set_address(xmlNode *input, const struct pci_addr *guest)
{
	xmlNode *address = child_or_new(input, "address");
	char domain[16], bus[8], slot[8], function[8];

	(void)snprintf(domain, sizeof(domain), "0x%04x", guest->domain);
	(void)snprintf(bus, sizeof(bus), "0x%02x", guest->bus);
	(void)snprintf(slot, sizeof(slot), "0x%02x", guest->slot);
	(void)snprintf(function, sizeof(function), "0x%x", guest->function);
	return address && set(address, "type", "pci") && set(address, "domain", domain) &&
	       set(address, "bus", bus) && set(address, "slot", slot) && set(address, "function", function);
}

int domain_edit_add_placeholder(struct domain_edit *edit, const struct request *request,
				const struct pci_addr *guest, struct error *err)
{
	char path[PLACEHOLDER_LEN];
	xmlNode *input;

	path_of(request->owner, request, path);
	input = append_input(edit, "passthrough", "evdev", path);
	if (!input || !set(input, "bus", "virtio") || (guest && !set_address(input, guest)))
		return no_memory(err);
	return 0;
}

void domain_edit_remove_placeholder(struct domain_edit *edit, const struct request *request)
{
	xml_drop(find_placeholder(edit, request));
}

int domain_edit_place(struct domain_edit *edit, const struct request *request, const struct pci_addr *guest,
		      struct error *err)
{
	xmlNode *input = find_placeholder(edit, request);
	const xmlNode *address = input ? xml_child(input, "address") : NULL;
	struct pci_addr now;

	if (!input || (address && xml_pci_address(address, &now) && pci_addr_equal(&now, guest)))
		return 0;
	return set_address(input, guest) ? DOMAIN_EDIT_CHANGED : no_memory(err);
}

int domain_edit_rename_owner(struct domain_edit *edit, const struct request *request, const char *owner,
			     struct error *err)
{
	xmlNode *input = find_placeholder(edit, request);
	char path[PLACEHOLDER_LEN];

	path_of(owner, request, path);
	if (input && !set(xml_child(input, "source"), "evdev", path))
		return no_memory(err);
	return 0;
}

/* ---- container and emulator --------------------------------------------------------------------- */

int domain_edit_add_container(struct domain_edit *edit, struct error *err)
{
	return append_input(edit, "evdev", "dev", VFIO_CONTAINER_PATH) ? 0 : no_memory(err);
}

void domain_edit_remove_container(struct domain_edit *edit)
{
	xml_drop(find_input(edit, "evdev", "dev", VFIO_CONTAINER_PATH));
}

int domain_edit_set_emulator(struct domain_edit *edit, const char *path, struct error *err)
{
	const xmlNode *devices = xml_child(root_of(edit), "devices");
	xmlNode *emulator = devices ? xml_child(devices, "emulator") : NULL;
	xmlNode *text;

	if (!emulator)
		return 0;
	text = xmlNewText((const xmlChar *)path);
	if (!text)
		return no_memory(err);
	xmlNodeSetContent(emulator, NULL);
	if (xmlAddChild(emulator, text))
		return 0;
	xmlFreeNode(text);
	return no_memory(err);
}

/* ---- controllers that libvirt made --------------------------------------------------------------- */

/* The index of a PCI controller is its bus number, so there are no more. */
#define BUSES_MAX 256

static bool read_index(const xmlNode *node, unsigned *index)
{
	unsigned long value = BUSES_MAX;

	if (!xml_number(node, "index", 10, BUSES_MAX - 1, &value) || value == BUSES_MAX)
		return false;
	*index = (unsigned)value;
	return true;
}

/* The buses of the guest: their controllers, and whether they have devices. */
struct buses {
	xmlNode *controllers[BUSES_MAX]; /* by bus number; NULL for none */
	bool is_used[BUSES_MAX];
};

static void look_at_buses(const struct domain_edit *edit, struct buses *buses)
{
	xmlNode *devices = xml_child(root_of(edit), "devices");

	*buses = (struct buses){ 0 };
	for (xmlNode *device = devices ? xmlFirstElementChild(devices) : NULL; device;
	     device = xmlNextElementSibling(device)) {
		const xmlNode *address = xml_child(device, "address");
		struct pci_addr addr;
		unsigned index;

		if (xml_is_element(device, "controller") && xml_attribute_is(device, "type", "pci") &&
		    read_index(device, &index))
			buses->controllers[index] = device;
		if (address && xml_attribute_is(address, "type", "pci") && xml_pci_address(address, &addr))
			buses->is_used[addr.bus] = true;
	}
}

/* Returns the record in <metadata>, or NULL. */
static xmlNode *find_note(const struct domain_edit *edit)
{
	const xmlNode *metadata = xml_child(root_of(edit), "metadata");

	return metadata ? domain_note_find(metadata) : NULL;
}

static xmlNode *find_or_make_note(struct domain_edit *edit)
{
	bool makes_parent = !xml_child(root_of(edit), "metadata");
	xmlNode *note = find_note(edit);
	xmlNode *metadata;
	xmlNs *ns;

	if (note)
		return note;
	metadata = child_or_new(root_of(edit), "metadata");
	note = metadata ? append(metadata, NOTE_ELEMENT) : NULL;
	ns = note ? xmlNewNs(note, (const xmlChar *)NOTE_NAMESPACE, (const xmlChar *)NOTE_PREFIX) : NULL;
	if (!ns || (makes_parent && !set(note, NOTE_MADE_PARENT, "yes")))
		return NULL;
	xmlSetNs(note, ns);
	return note;
}

static xmlNode *find_entry(const xmlNode *note, unsigned index)
{
	for (xmlNode *entry = note ? note->children : NULL; entry; entry = entry->next) {
		unsigned its_index;

		if (xml_is_element(entry, "controller") && read_index(entry, &its_index) &&
		    its_index == index)
			return entry;
	}
	return NULL;
}

static int note_controller(struct domain_edit *edit, unsigned index, const struct request *request,
			   struct error *err)
{
	xmlNode *note = find_or_make_note(edit);
	/* A child inherits its parent's namespace. */
	xmlNode *entry = note ? append(note, "controller") : NULL;
	char number[8];

	(void)snprintf(number, sizeof(number), "%u", index);
	return entry && set(entry, "index", number) && set(entry, "request", request->text) ? 0
											    : no_memory(err);
}

int domain_edit_note_controllers(struct domain_edit *edit, const struct domain_edit *before,
				 const struct request *request, struct error *err)
{
	struct buses now, then;
	int rc = 0;

	look_at_buses(edit, &now);
	look_at_buses(before, &then);
	for (unsigned i = 0; i < BUSES_MAX; i++) {
		if (!now.controllers[i] || then.controllers[i] || find_entry(find_note(edit), i))
			continue;
		if (note_controller(edit, i, request, err) < 0)
			return -1;
		rc = DOMAIN_EDIT_CHANGED;
	}
	return rc;
}

/* Removes an empty record, and <metadata> when it was created for the record. */
static void tidy_note(xmlNode *note)
{
	xmlNode *metadata = note->parent;
	bool made_parent = xml_attribute_is(note, NOTE_MADE_PARENT, "yes");

	if (xmlFirstElementChild(note))
		return;
	xml_drop(note);
	if (made_parent && !xmlFirstElementChild(metadata))
		xml_drop(metadata);
}

/* ---- controllers of a NUMA cell ------------------------------------------------------------------- */

static xmlNode *append_controller(struct domain_edit *edit, unsigned index, const char *model)
{
	xmlNode *devices = child_or_new(root_of(edit), "devices");
	xmlNode *controller = devices ? append(devices, "controller") : NULL;
	char number[8];

	(void)snprintf(number, sizeof(number), "%u", index);
	return controller && set(controller, "type", "pci") && set(controller, "index", number) &&
			       set(controller, "model", model)
		       ? controller
		       : NULL;
}

/* <target><node>1</node></target> */
static bool set_cell(xmlNode *controller, unsigned cell)
{
	xmlNode *target = append(controller, "target");
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", cell);
	return target && xmlNewChild(target, NULL, (const xmlChar *)"node", (const xmlChar *)number) != NULL;
}

int domain_edit_add_expander(struct domain_edit *edit, const struct request *request, unsigned cell,
			     struct pci_addr *guest, struct error *err)
{
	struct pci_addr on_bus = { .slot = 0 };
	xmlNode *expander, *port;
	struct buses buses;
	unsigned index = BUSES_MAX;

	/* Behind the last one: libvirt fills gaps in the numbering. */
	look_at_buses(edit, &buses);
	while (index > 0 && !buses.controllers[index - 1] && !buses.is_used[index - 1])
		index--;
	/* Controller 0 is the root, which libvirt adds. */
	index = index ? index : 1;
	if (index + 2 > BUSES_MAX)
		return DOMAIN_EDIT_FULL;
	expander = append_controller(edit, index, "pcie-expander-bus");
	port = expander && set_cell(expander, cell) ? append_controller(edit, index + 1, "pcie-root-port")
						    : NULL;
	on_bus.bus = (uint8_t)index;
	*guest = (struct pci_addr){ .bus = (uint8_t)(index + 1) };
	if (!port || !set_address(port, &on_bus))
		return no_memory(err);
	return note_controller(edit, index, request, err) < 0 ||
			       note_controller(edit, index + 1, request, err) < 0
		       ? -1
		       : 0;
}

/* True for an expander bus of this cell. */
static bool is_expander(const xmlNode *controller, unsigned cell)
{
	const xmlNode *target = controller && (xml_attribute_is(controller, "model", "pcie-expander-bus") ||
					       xml_attribute_is(controller, "model", "pci-expander-bus"))
					? xml_child(controller, "target")
					: NULL;
	CLEANUP_XML xmlChar *node = target ? xml_child_text(target, "node") : NULL;

	return node && strtoul((const char *)node, NULL, 10) == cell;
}

static bool read_bus(const xmlNode *device, unsigned *bus)
{
	const xmlNode *address = device ? xml_child(device, "address") : NULL;
	struct pci_addr addr;

	if (!address || !xml_attribute_is(address, "type", "pci") || !xml_pci_address(address, &addr))
		return false;
	*bus = addr.bus;
	return true;
}

bool domain_edit_is_in_cell(const struct domain_edit *edit, const struct request *request, unsigned cell)
{
	const xmlNode *device = find_placeholder(edit, request);
	struct buses buses;
	unsigned bus;

	look_at_buses(edit, &buses);
	/* No controller is on a bus above its own; a definition may say so. */
	for (unsigned depth = 0; depth < BUSES_MAX && read_bus(device, &bus) && bus != 0; depth++) {
		device = buses.controllers[bus];
		if (is_expander(device, cell))
			return true;
	}
	return false;
}

/* ---- options -------------------------------------------------------------------------------------- */

static xmlNode *find_device(const xmlNode *metadata, const struct request *request)
{
	for (xmlNode *entry = domain_note_first(metadata); entry; entry = domain_note_next(entry)) {
		if (xml_attribute_is(entry, NOTE_REQUEST, request->text))
			return entry;
	}
	return NULL;
}

static int write_options(struct domain_edit *edit, xmlNode *entry, const struct request *request,
			 const char *options, struct error *err)
{
	xmlNode *note = entry ? NULL : find_or_make_note(edit);

	if (entry && xml_attribute_is(entry, NOTE_OPTIONS, options))
		return 0;
	/* A child inherits its parent's namespace. */
	if (note)
		entry = append(note, NOTE_DEVICE);
	if (!entry || !set(entry, NOTE_REQUEST, request->text) || !set(entry, NOTE_OPTIONS, options))
		return no_memory(err);
	return DOMAIN_EDIT_CHANGED;
}

int domain_edit_set_options(struct domain_edit *edit, const struct request *request, const char *options,
			    struct error *err)
{
	const xmlNode *metadata = xml_child(root_of(edit), "metadata");
	xmlNode *entry = metadata ? find_device(metadata, request) : NULL;
	xmlNode *note = entry ? entry->parent : NULL;

	if (options[0])
		return write_options(edit, entry, request, options, err);
	if (!entry)
		return 0;
	xml_drop(entry);
	tidy_note(note);
	return DOMAIN_EDIT_CHANGED;
}

/* ---- wishes --------------------------------------------------------------------------------------- */

static xmlNode *find_wish(const xmlNode *metadata, const char *requests)
{
	for (xmlNode *entry = domain_note_first_wish(metadata); entry; entry = domain_note_next_wish(entry)) {
		if (xml_attribute_is(entry, NOTE_REQUESTS, requests))
			return entry;
	}
	return NULL;
}

static int write_wish(xmlNode *entry, const struct wishes *wishes, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; domain_wish_keys[i]; i++) {
		char buf[WISHES_LEN];
		const char *value = wishes_get(wishes, domain_wish_keys[i], buf);

		if (!value || xml_attribute_is(entry, domain_wish_keys[i], value))
			continue;
		if (!set(entry, domain_wish_keys[i], value))
			return no_memory(err);
		rc = DOMAIN_EDIT_CHANGED;
	}
	return rc;
}

int domain_edit_add_wish(struct domain_edit *edit, const char *requests, const struct wishes *wishes,
			 struct error *err)
{
	const xmlNode *metadata = xml_child(root_of(edit), "metadata");
	xmlNode *entry = metadata ? find_wish(metadata, requests) : NULL;
	xmlNode *note = entry ? NULL : find_or_make_note(edit);

	/* A child inherits its parent's namespace. */
	if (note)
		entry = append(note, NOTE_WISH);
	if (!entry || (note && !set(entry, NOTE_REQUESTS, requests)))
		return no_memory(err);
	return write_wish(entry, wishes, err);
}

/* Copies a list of requests without one of them. Returns how many are left. */
static size_t list_without(const char *list, const char *request, char out[static DOMAIN_WISH_LEN])
{
	char word[REQUEST_LEN + 1];
	size_t count = 0;

	out[0] = '\0';
	while (request_list_next(&list, word)) {
		if (strcmp(word, request) != 0)
			text_append(out, DOMAIN_WISH_LEN, "%s%s", count++ ? " " : "", word);
	}
	return count;
}

static bool says_nothing(const xmlNode *wish)
{
	for (size_t i = 0; domain_wish_keys[i]; i++) {
		if (xmlHasProp(wish, (const xmlChar *)domain_wish_keys[i]))
			return false;
	}
	return true;
}

/* Takes a request out of one wish, which is removed when nothing is left of it. */
static int drop_from(xmlNode *wish, const char *request, struct error *err)
{
	CLEANUP_XML xmlChar *list = xml_attribute(wish, NOTE_REQUESTS);
	char left[DOMAIN_WISH_LEN];
	size_t count = list ? list_without((const char *)list, request, left) : 0;

	if (!list || strcmp((const char *)list, left) == 0)
		return 0;
	if (count == 1) {
		(void)xmlUnsetProp(wish, (const xmlChar *)"together");
		(void)xmlUnsetProp(wish, (const xmlChar *)"apart");
	}
	if (count == 0 || says_nothing(wish))
		xml_drop(wish);
	else if (!set(wish, NOTE_REQUESTS, left))
		return no_memory(err);
	return 0;
}

int domain_edit_drop_wishes(struct domain_edit *edit, const struct request *request, struct error *err)
{
	const xmlNode *metadata = xml_child(root_of(edit), "metadata");
	xmlNode *entry = metadata ? domain_note_first_wish(metadata) : NULL, *next;
	xmlNode *note = entry ? entry->parent : NULL;

	for (; entry; entry = next) {
		next = domain_note_next_wish(entry);
		if (drop_from(entry, request->text, err) < 0)
			return -1;
	}
	if (note)
		tidy_note(note);
	return 0;
}

/* ---- removing controllers ------------------------------------------------------------------------- */

/* True when a placeholder of any owner is of the request that an entry names. */
static bool has_placeholder(const struct domain_edit *edit, const xmlNode *entry)
{
	CLEANUP_XML xmlChar *text = xml_attribute(entry, NOTE_REQUEST);
	const xmlNode *devices = xml_child(root_of(edit), "devices");

	for (const xmlNode *n = devices ? devices->children : NULL; n && text; n = n->next) {
		const xmlNode *source = xml_is_element(n, "input") ? xml_child(n, "source") : NULL;
		CLEANUP_XML xmlChar *path = source ? xml_attribute(source, "evdev") : NULL;
		struct request request;

		if (path && placeholder_parse((const char *)path, &request, NULL) == 0 &&
		    strcmp(request.text, (const char *)text) == 0)
			return true;
	}
	return false;
}

/* True when the controller of an entry was made for @request (NULL: any), or for one that is gone. */
static bool is_for(const struct domain_edit *edit, const xmlNode *entry, const struct request *request)
{
	return entry && (!request || xml_attribute_is(entry, NOTE_REQUEST, request->text) ||
			 !has_placeholder(edit, entry));
}

void domain_edit_drop_controllers(struct domain_edit *edit, const struct request *request)
{
	xmlNode *note = find_note(edit);
	struct buses buses;

	if (!note)
		return;
	look_at_buses(edit, &buses);
	for (unsigned i = BUSES_MAX; i-- > 1;) {
		xmlNode *entry = find_entry(note, i);

		if (!buses.controllers[i])
			continue;
		if (!is_for(edit, entry, request) || buses.is_used[i])
			break;
		xml_drop(buses.controllers[i]);
		xml_drop(entry);
		/* It may have been the only device on another bus. */
		look_at_buses(edit, &buses);
	}
	for (xmlNode *entry = note->children, *next; entry && !request; entry = next) {
		next = entry->next;
		xml_drop(entry);
	}
	tidy_note(note);
}
