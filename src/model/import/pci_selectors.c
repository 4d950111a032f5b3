/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/import/pci_selectors.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

/* A list of ids, or of addresses. */
#define LIST_LEN ((MODEL_MORE_DEVICES + 1) * (PCI_ADDR_LEN + 2))

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
	text += strncasecmp(text, "0x", 2) == 0 ? 2 : 0;
	if (strlen(text) != 4 || strspn(text, "0123456789abcdefABCDEF") != 4)
		return false;
	*out = (uint16_t)strtoul(text, NULL, 16);
	return true;
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

/* Finds a selector for the same devices as @s, and one whose other name is also type @type; NULL: none. */
static void look_up(const struct drafts *drafts, const char *type, const struct pci_selector *s,
		    const struct pci_selector **same, const struct pci_selector **other)
{
	*same = *other = NULL;
	for (size_t i = 0; i < drafts->count; i++) {
		const struct draft *draft = &drafts->items[i];

		if (strcmp(draft->type, type) == 0 && !is_called_same(draft->parts[0], s))
			*other = *other ? *other : draft->parts[0];
		for (size_t j = 0; j < draft->count && !*same; j++)
			*same = is_same(draft->parts[j], s) ? draft->parts[j] : NULL;
	}
}

/* Returns false when @s must not be part of any section, and notes the reason when it is a mistake. */
static bool check(struct pci_devices *devices, const struct drafts *drafts, const struct pci_selector *s,
		  const char *type)
{
	const struct pci_selector *same, *other;

	look_up(drafts, type, s, &same, &other);
	if (!type[0])
		pci_devices_add_mistake(
			devices, s->line,
			"%s %.64s has nothing that a type's name may have; write letters or digits", s->what,
			s->called);
	else if (other)
		pci_devices_add_mistake(
			devices, s->line,
			"%s %.64s would be type %s, as %s %.64s of line %u is; rename one of the two",
			s->what, s->called, type, other->what, other->called, other->line);
	else if (same && !(s->repeats && same->repeats && is_called_same(same, s)))
		pci_devices_add_mistake(
			devices, s->line,
			"the device %04x:%04x is at line %u already, as %s %.64s; delete one of the two",
			s->vendor, s->device, same->line, same->what, same->called);
	return type[0] && !other && !same;
}

/* ---- sections ---------------------------------------------------------------------------------------- */

/* Whether one section can express both: ids and addresses together would match what neither selects. */
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

static void add_to_drafts(struct pci_devices *devices, struct drafts *drafts, const char *type,
			  const struct pci_selector *s)
{
	struct draft *draft = NULL;

	for (size_t i = 0; !draft && i < drafts->count; i++)
		draft = goes_with(&drafts->items[i], type, s) ? &drafts->items[i] : NULL;
	if (!draft) {
		draft = ARRAY_ADD(drafts->items, drafts->count);
		if (!draft) {
			pci_devices_no_memory(devices);
			return;
		}
		snprintf(draft->type, sizeof(draft->type), "%s", type);
	}
	draft->parts[draft->count++] = s;
}

/* Writes all ids, or all addresses, of @draft. */
static const char *list(const struct draft *draft, bool is_address, char value[static LIST_LEN])
{
	value[0] = '\0';
	for (size_t i = 0; i < draft->count; i++) {
		const struct pci_selector *s = draft->parts[i];

		if (is_address)
			text_append(value, LIST_LEN, "%s%s", i ? ", " : "", s->address);
		else if (i == 0 || !s->address[0])
			text_append(value, LIST_LEN, "%s%04x", i ? " " : "", s->device);
	}
	return value;
}

static void add_model(struct pci_devices *devices, const struct draft *draft, size_t first,
		      struct registry *registry)
{
	const struct pci_selector *s = draft->parts[0];
	char stem[LISTED_STEM_LEN], name[NAME_LEN], vendor[5], ids[LIST_LEN], addresses[LIST_LEN];
	const struct model_key keys[] = {
		{ "type", draft->type },
		{ "vendor", vendor },
		{ "device", list(draft, false, ids) },
		{ "address", s->address[0] ? list(draft, true, addresses) : NULL },
		{ "hosts", s->host[0] ? s->host : NULL },
	};
	struct model model = { 0 };

	snprintf(vendor, sizeof(vendor), "%04x", s->vendor);
	snprintf(stem, sizeof(stem), "%.*s-%04x", LISTED_STEM_LEN - 6, draft->type, s->vendor);
	pci_devices_name(registry, first, stem, name);
	if (pci_devices_make_model(devices, s->line, name, keys, ARRAY_SIZE(keys), &model) &&
	    pci_devices_register(devices, s->line, &model, registry))
		pci_devices_add_comment(devices, "%s %s is type %s here", s->what, s->called, draft->type);
}

void pci_selectors_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry)
{
	const size_t first = registry->count;
	struct drafts drafts = { 0 };

	for (size_t i = 0; devices->rc == 0 && i < devices->selector_count; i++) {
		const struct pci_selector *s = &devices->selectors[i];
		const char *slash = strrchr(s->called, '/');
		char type[NAME_LEN];

		name_make(slash ? slash + 1 : s->called, type, sizeof(type));
		if (!(only_type && strcmp(type, only_type) != 0) && check(devices, &drafts, s, type))
			add_to_drafts(devices, &drafts, type, s);
	}
	for (size_t i = 0; devices->rc == 0 && i < drafts.count; i++)
		add_model(devices, &drafts.items[i], first, registry);
	free(drafts.items);
}

/* ---- addresses of nova.conf --------------------------------------------------------------------------- */

/* Size of a field as text: "*", or all of its digits. */
enum { FIELDS = ADDRESS_FIELDS, FIELD_LEN = 5 };

/* The fields are domain, bus, slot and function. */
static const int field_digits[FIELDS] = { 4, 2, 2, 1 };
static const unsigned long field_max[FIELDS] = { 0xffff, 0xff, 0x1f, 7 };

/* Writes "*" or all digits of one field. Returns false when the text is not a valid number. */
static bool make_field(int field, const char *at, size_t len, char out[static FIELD_LEN])
{
	char digits[16];
	unsigned long value;

	while (len && *at == ' ') {
		at++;
		len--;
	}
	while (len && at[len - 1] == ' ')
		len--;
	if (len == 0 || (len == 1 && *at == '*')) {
		strcpy(out, "*");
		return true;
	}
	if (len >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)len, at);
	if (digits[strspn(digits, "0123456789abcdefABCDEF")])
		return false;
	value = strtoul(digits, NULL, 16);
	if (value > field_max[field])
		return false;
	snprintf(out, FIELD_LEN, "%0*lx", field_digits[field], value);
	return true;
}

/* Adds nothing for an address that matches any function. */
static void add_address(struct address_patterns *out, const char fields[static FIELDS][FIELD_LEN])
{
	char *address = out->address[out->count];

	snprintf(address, PCI_ADDR_LEN, "%.4s:%.2s:%.2s.%.1s", fields[0], fields[1], fields[2], fields[3]);
	out->count += strcmp(address, "*:*:*.*") != 0;
}

bool address_patterns_from_glob(const char *text, struct address_patterns *out)
{
	char fields[FIELDS][FIELD_LEN] = { "*", "*", "*", "*" };
	size_t len = strcspn(text, ".");
	const char *end = text + len;

	if (*end && !make_field(3, end + 1, strlen(end + 1), fields[3]))
		return false;
	for (int field = 2; field >= 0; field--) {
		const char *start = end;

		while (start > text && start[-1] != ':')
			start--;
		if (!make_field(field, start, (size_t)(end - start), fields[field]))
			return false;
		if (start == text)
			break;
		end = start - 1;
		if (field == 0)
			return false;
	}
	add_address(out, fields);
	return true;
}

/* Returns the value of a hex digit, -1 for any other character. */
static int hex_value(char c)
{
	return isxdigit((unsigned char)c) ? (int)strtoul((char[]){ c, '\0' }, NULL, 16) : -1;
}

/* Reads one position of a regular expression, a hex digit or [...] with ranges, and moves past it. */
static bool take_place(const char **at, char set[static 17])
{
	bool is_set = **at == '[';
	const char *c = *at + is_set;
	size_t len = 0;

	do {
		int from = hex_value(*c), to = from;

		if (is_set && c[1] == '-') {
			c += 2;
			to = hex_value(*c);
		}
		if (from < 0 || to < 0)
			return false;
		for (; from <= to; from++) {
			if (len == 16)
				return false;
			set[len++] = "0123456789abcdef"[from];
		}
		c++;
	} while (is_set && *c && *c != ']');
	set[len] = '\0';
	*at = c + is_set;
	return len > 0 && (!is_set || *c == ']');
}

/* Lists the values of a field; returns 0 when SELECTOR_ADDRESSES_MAX of them cannot express it. */
static size_t expand(int field, const char *text, char values[static SELECTOR_ADDRESSES_MAX][FIELD_LEN])
{
	char sets[4][17];
	size_t count = 1;
	int places = 0;

	text += text[0] == '^';
	if (strcmp(text, ".*") == 0 || strcmp(text, "*") == 0 || strcmp(text, ".*$") == 0 || !*text) {
		strcpy(values[0], "*");
		return 1;
	}
	while (places < field_digits[field] && take_place(&text, sets[places]))
		count *= strlen(sets[places++]);
	if (places < field_digits[field] || (*text && strcmp(text, "$") != 0) ||
	    count > SELECTOR_ADDRESSES_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		size_t rest = i;

		for (int place = places - 1; place >= 0; place--) {
			values[i][place] = sets[place][rest % strlen(sets[place])];
			rest /= strlen(sets[place]);
		}
		values[i][places] = '\0';
		if (strtoul(values[i], NULL, 16) > field_max[field])
			return 0;
	}
	return count;
}

int address_patterns_from_expressions(const char *const text[static ADDRESS_FIELDS],
				      struct address_patterns *out)
{
	char values[FIELDS][SELECTOR_ADDRESSES_MAX][FIELD_LEN];
	size_t counts[FIELDS], all = 1;

	for (int i = 0; i < FIELDS; i++) {
		counts[i] = text[i] ? expand(i, text[i], values[i]) : 0;
		all *= counts[i];
		if (all == 0 || all > SELECTOR_ADDRESSES_MAX)
			return i;
	}
	for (size_t n = 0; n < all; n++) {
		char fields[FIELDS][FIELD_LEN];
		size_t rest = n;

		for (int i = FIELDS - 1; i >= 0; i--) {
			strcpy(fields[i], values[i][rest % counts[i]]);
			rest /= counts[i];
		}
		add_address(out, fields);
	}
	return -1;
}
