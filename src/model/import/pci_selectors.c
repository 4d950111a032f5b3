/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/import/pci_selectors.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"

/* A section being built: the common properties of its selectors, and the selectors. */
struct draft {
	char type[NAME_LEN];
	const struct pci_selector *parts[MODEL_MORE_DEVICES + 1];
	size_t count;
};

struct drafts {
	struct draft *items; /* owned */
	size_t count;
};

bool pci_selector_take_id(const char *text, uint16_t *out)
{
	text += text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 2 : 0;
	if (strlen(text) != 4 || strspn(text, "0123456789abcdefABCDEF") != 4)
		return false;
	*out = (uint16_t)strtoul(text, NULL, 16);
	return true;
}

void pci_selector_type(const struct pci_selector *selector, char type[static NAME_LEN])
{
	const char *slash = strrchr(selector->called, '/');

	name_make(slash ? slash + 1 : selector->called, type, NAME_LEN);
}

/* ---- contradictions ---------------------------------------------------------------------------------- */

static bool is_same(const struct pci_selector *a, const struct pci_selector *b)
{
	return a->vendor == b->vendor && a->device == b->device && strcmp(a->address, b->address) == 0 &&
	       strcmp(a->host, b->host) == 0;
}

static bool is_called_same(const struct pci_selector *a, const struct pci_selector *b)
{
	return strcmp(a->what, b->what) == 0 && strcmp(a->called, b->called) == 0;
}

/* The selector in a draft that selects the same devices as @s; NULL for none. */
static const struct pci_selector *find_same(const struct drafts *drafts, const struct pci_selector *s)
{
	for (size_t i = 0; i < drafts->count; i++) {
		const struct draft *draft = &drafts->items[i];

		for (size_t j = 0; j < draft->count; j++) {
			if (is_same(draft->parts[j], s))
				return draft->parts[j];
		}
	}
	return NULL;
}

/* The selector with another name that resulted in the type @type; NULL for none. */
static const struct pci_selector *find_type(const struct drafts *drafts, const char *type,
					    const struct pci_selector *s)
{
	for (size_t i = 0; i < drafts->count; i++) {
		const struct draft *draft = &drafts->items[i];

		if (strcmp(draft->type, type) == 0 && !is_called_same(draft->parts[0], s))
			return draft->parts[0];
	}
	return NULL;
}

/* Sets *is_left_out when @s must not be part of any section, and notes the reason when it is a mistake. */
static int check(struct pci_devices *devices, const struct drafts *drafts, const struct pci_selector *s,
		 const char *type, bool *is_left_out, struct error *err)
{
	const struct pci_selector *same = find_same(drafts, s), *other = find_type(drafts, type, s);

	*is_left_out = true;
	if (!type[0])
		return pci_devices_add_mistake(
			devices, err, s->line,
			"%s %.64s has nothing that a type's name may have; write letters or digits", s->what,
			s->called);
	if (other)
		return pci_devices_add_mistake(
			devices, err, s->line,
			"%s %.64s would be type %s, as %s %.64s of line %u is; rename one of the two",
			s->what, s->called, type, other->what, other->called, other->line);
	if (same && s->repeats && same->repeats && is_called_same(same, s))
		return 0;
	if (same)
		return pci_devices_add_mistake(
			devices, err, s->line,
			"the device %04x:%04x is at line %u already, as %s %.64s; delete one of the two",
			s->vendor, s->device, same->line, same->what, same->called);
	*is_left_out = false;
	return 0;
}

/* ---- sections ---------------------------------------------------------------------------------------- */

/*
 * True when one section can express both. A list of ids together with a list of addresses would also match
 * devices that neither of the two selects.
 */
static bool goes_with(const struct draft *draft, const char *type, const struct pci_selector *s)
{
	const struct pci_selector *first = draft->parts[0];

	if (strcmp(draft->type, type) != 0 || first->vendor != s->vendor ||
	    strcmp(first->host, s->host) != 0 || !first->address[0] != !s->address[0])
		return false;
	if (s->address[0])
		return first->device == s->device && draft->count < SELECTOR_ADDRESSES_MAX;
	return draft->count < ARRAY_SIZE(draft->parts);
}

static int add_to_drafts(struct drafts *drafts, const char *type, const struct pci_selector *s)
{
	struct draft *added;

	for (size_t i = 0; i < drafts->count; i++) {
		struct draft *draft = &drafts->items[i];

		if (goes_with(draft, type, s)) {
			draft->parts[draft->count++] = s;
			return 0;
		}
	}
	added = ARRAY_ADD(drafts->items, drafts->count);
	if (!added)
		return -1;
	added->parts[added->count++] = s;
	snprintf(added->type, sizeof(added->type), "%s", type);
	return 0;
}

/* Sets a key to all ids, or all addresses, of @draft. */
static int set_list(struct model *model, const struct draft *draft, bool is_address, struct error *why)
{
	char value[(MODEL_MORE_DEVICES + 1) * (PCI_ADDR_LEN + 2)];
	size_t len = 0;

	for (size_t i = 0; i < draft->count; i++) {
		const struct pci_selector *s = draft->parts[i];

		if (is_address)
			len += (size_t)snprintf(value + len, sizeof(value) - len, "%s%s", i ? ", " : "",
						s->address);
		else if (i == 0 || !s->address[0])
			len += (size_t)snprintf(value + len, sizeof(value) - len, "%s%04x", i ? " " : "",
						s->device);
	}
	return model_set(model, is_address ? "address" : "device", value, why);
}

static int fill_model(const struct draft *draft, const char *path, const char *name, struct model *model,
		      struct error *why)
{
	const struct pci_selector *first = draft->parts[0];
	char vendor[5];
	int rc = model_init(model, name, path, first->line, why);

	if (rc < 0)
		return -1;
	snprintf(vendor, sizeof(vendor), "%04x", first->vendor);
	rc = model_set(model, "type", draft->type, why);
	if (rc == 0)
		rc = model_set(model, "vendor", vendor, why);
	if (rc == 0)
		rc = set_list(model, draft, false, why);
	if (rc == 0 && first->address[0])
		rc = set_list(model, draft, true, why);
	if (rc == 0 && first->host[0])
		rc = model_set(model, "hosts", first->host, why);
	return rc;
}

static int add_model(struct pci_devices *devices, const struct draft *draft, size_t first,
		     struct registry *registry, struct error *err)
{
	const struct pci_selector *s = draft->parts[0];
	char stem[LISTED_STEM_LEN], name[NAME_LEN];
	struct error why = { 0 };
	struct model model = { 0 };
	int rc;

	snprintf(stem, sizeof(stem), "%.*s-%04x", LISTED_STEM_LEN - 6, draft->type, s->vendor);
	pci_devices_name(registry, first, stem, name);
	if (fill_model(draft, devices->path, name, &model, &why) < 0) {
		model_clear(&model);
		if (why.code == ENOMEM)
			return error_set(err, 0, "%s", why.msg);
		return pci_devices_add_mistake(devices, err, s->line, "%s", why.msg);
	}
	rc = pci_devices_register(devices, s->line, &model, registry, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return pci_devices_add_comment(devices, err, "%s %s is type %s here", s->what, s->called,
				       draft->type);
}

int pci_selectors_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry,
			     struct error *err)
{
	const size_t first = registry->count;
	struct drafts drafts = { 0 };
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < devices->selector_count; i++) {
		const struct pci_selector *s = &devices->selectors[i];
		char type[NAME_LEN];
		bool is_left_out;

		pci_selector_type(s, type);
		if (only_type && strcmp(type, only_type) != 0)
			continue;
		rc = check(devices, &drafts, s, type, &is_left_out, err);
		if (rc == 0 && !is_left_out && add_to_drafts(&drafts, type, s) < 0)
			rc = error_set(err, ENOMEM, "cannot hold the devices of %s", devices->path);
	}
	for (size_t i = 0; rc >= 0 && i < drafts.count; i++)
		rc = add_model(devices, &drafts.items[i], first, registry, err);
	free(drafts.items);
	return rc < 0 ? -1 : 0;
}
