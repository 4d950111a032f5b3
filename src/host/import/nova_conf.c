/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/import/nova_conf.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/ini_line.h"
#include "model/import/address_patterns.h"
#include "model/import/pci_selectors.h"

/* The nesting consists of the list, its dictionaries, and an address. */
#define JSON_DEPTH 6

#define ADDRESS_EXAMPLE "write \"0000:3b:00.0\", with * for any of the four"

/* A device_spec or an alias. */
struct spec {
	unsigned line;
	bool has_vendor, has_device;
	uint16_t vendor, device;
	struct address_patterns addresses;
	char name[LISTED_TEXT_LEN];
	char resource_class[LISTED_TEXT_LEN];
	char physical_network[LISTED_TEXT_LEN];
	bool is_used; /* an alias that matches a device_spec */
};

struct spec_list {
	struct spec *items; /* owned */
	size_t count;
	bool is_given; /* the option is present, whether valid or not */
};

struct reader {
	struct pci_devices *out;
	struct spec_list specs, aliases;
	const char *option; /* as written in the file */
	unsigned line;	    /* line of the option */
	int rc;		    /* -1 when memory for a mistake ran out, or when there are too many devices */
	struct error *err;
};

#define mistake(r, line, ...)                                                           \
	do {                                                                            \
		if (pci_devices_add_mistake((r)->out, (r)->err, line, __VA_ARGS__) < 0) \
			(r)->rc = -1;                                                   \
	} while (0)

/* ---- values ------------------------------------------------------------------------------------------ */

/* Returns the text of a JSON string, or NULL when it cannot be a C string in a buffer of @size bytes. */
static const char *text_of(struct json_object *value, size_t size)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	if ((size_t)json_object_get_string_len(value) != strlen(text) || strlen(text) >= size)
		return NULL;
	return text;
}

/*
 * Accepts "8086", "0x8086" and "443"; "*" matches any ID. Records a mistake and returns false for other
 * values.
 */
static bool take_id(struct reader *r, const char *key, struct json_object *value, bool *has, uint16_t *out)
{
	const char *text = text_of(value, LISTED_TEXT_LEN), *digits;

	if (!text) {
		mistake(r, r->line, "%s is not a string; write 4 hex digits in quotes, as in \"10de\"", key);
		return false;
	}
	text += strspn(text, " ");
	if (strcmp(text, "*") == 0)
		return true;
	digits = text + (strncasecmp(text, "0x", 2) == 0 ? 2 : 0);
	if (!*digits || strlen(digits) > 4 || digits[strspn(digits, "0123456789abcdefABCDEF")]) {
		mistake(r, r->line,
			"%s: invalid id %.64s; write the 4 hex digits that lspci -nn shows in brackets, "
			"in quotes",
			key, text);
		return false;
	}
	*has = true;
	*out = (uint16_t)strtoul(digits, NULL, 16);
	return true;
}

/* Reads a text that is only a name; null counts as none. */
static bool take_text(struct reader *r, const char *key, struct json_object *value,
		      char out[static LISTED_TEXT_LEN])
{
	const char *text = text_of(value, LISTED_TEXT_LEN);

	if (!value)
		return true;
	if (!text) {
		mistake(r, r->line,
			"%s is not a string, or longer than %d bytes; write a short one in quotes", key,
			LISTED_TEXT_LEN - 1);
		return false;
	}
	snprintf(out, LISTED_TEXT_LEN, "%s", text + strspn(text, " "));
	return true;
}

/* ---- addresses --------------------------------------------------------------------------------------- */

static bool take_expressions(struct reader *r, struct json_object *value, struct spec *spec)
{
	static const char *const keys[ADDRESS_FIELDS] = { "domain", "bus", "slot", "function" };
	const char *text[ADDRESS_FIELDS];
	int wrong;

	json_object_object_foreach(value, key, unused)
	{
		bool is_known = false;

		(void)unused;
		for (int i = 0; i < ADDRESS_FIELDS; i++)
			is_known = is_known || strcmp(key, keys[i]) == 0;
		if (!is_known) {
			mistake(r, r->line, "address has no %.32s; its keys are domain, bus, slot, function",
				key);
			return false;
		}
	}
	for (int i = 0; i < ADDRESS_FIELDS; i++) {
		struct json_object *field = json_object_object_get(value, keys[i]);

		text[i] = field ? text_of(field, LISTED_TEXT_LEN) : ".*";
	}
	wrong = address_patterns_from_expressions(text, &spec->addresses);
	if (wrong >= 0)
		mistake(r, r->line,
			"%s %.64s of the address is an expression for which no address of the "
			"registry can stand; " ADDRESS_EXAMPLE,
			keys[wrong], text[wrong] ? text[wrong] : "");
	return wrong < 0;
}

static bool take_address(struct reader *r, struct json_object *value, struct spec *spec)
{
	const char *text = text_of(value, LISTED_TEXT_LEN);

	if (json_object_is_type(value, json_type_object))
		return take_expressions(r, value, spec);
	if (text && address_patterns_from_glob(text, &spec->addresses))
		return true;
	mistake(r, r->line, "invalid PCI address %.64s; " ADDRESS_EXAMPLE, text ? text : "");
	return false;
}

/* ---- specs and aliases ------------------------------------------------------------------------------- */

/* Returns true for keys that do not affect which device matches. */
static bool is_tag(const char *key, bool is_alias)
{
	static const char *const tags[] = { "traits",	      "live_migratable", "trusted",
					    "remote_managed", "managed",	 "one_time_use" };
	static const char *const alias_tags[] = { "traits", "live_migratable", "device_type", "numa_policy",
						  "capability_type" };
	const char *const *list = is_alias ? alias_tags : tags;
	size_t count = is_alias ? ARRAY_SIZE(alias_tags) : ARRAY_SIZE(tags);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(key, list[i]) == 0)
			return true;
	}
	return false;
}

static bool take_pair(struct reader *r, const char *key, struct json_object *value, bool is_alias,
		      struct spec *spec)
{
	if (strcmp(key, "vendor_id") == 0)
		return take_id(r, key, value, &spec->has_vendor, &spec->vendor);
	if (strcmp(key, "product_id") == 0)
		return take_id(r, key, value, &spec->has_device, &spec->device);
	if (strcmp(key, "resource_class") == 0)
		return take_text(r, key, value, spec->resource_class);
	if (is_alias && strcmp(key, "name") == 0)
		return take_text(r, key, value, spec->name);
	if (!is_alias && strcmp(key, "physical_network") == 0)
		return take_text(r, key, value, spec->physical_network);
	if (!is_alias && strcmp(key, "address") == 0)
		return take_address(r, value, spec);
	if (is_tag(key, is_alias))
		return true;
	if (!is_alias && strcmp(key, "devname") == 0)
		mistake(r, r->line,
			"devname names a network interface and no device; write vendor_id, product_id "
			"and address, which pcitag probe shows");
	else
		mistake(r, r->line, "unknown key %.64s; the keys are vendor_id, product_id, %s", key,
			is_alias ? "name and tags" : "address and tags");
	return false;
}

static void refuse_value(struct reader *r)
{
	mistake(r, r->line,
		"%s is not a dictionary; write { \"vendor_id\": \"10de\", \"product_id\": \"2330\" }",
		r->option);
}

static void read_dictionary(struct reader *r, struct json_object *value, bool is_alias)
{
	struct spec_list *list = is_alias ? &r->aliases : &r->specs;
	struct spec spec = { .line = r->line };

	if (!json_object_is_type(value, json_type_object)) {
		refuse_value(r);
		return;
	}
	json_object_object_foreach(value, key, item)
	{
		if (!take_pair(r, key, item, is_alias, &spec))
			return;
	}
	if (is_alias && !spec.name[0]) {
		mistake(r, r->line, "an alias without a name; write one, or delete it");
		return;
	}
	if (list->count == LISTED_DEVICES_MAX) {
		r->rc = error_set(r->err, 0, "%s:%u: more than %d devices; split the list", r->out->path,
				  r->line, LISTED_DEVICES_MAX);
		return;
	}
	if (!ARRAY_APPEND(list->items, list->count, spec))
		r->rc = error_set(r->err, ENOMEM, "cannot hold the devices of %s", r->out->path);
}

/* ---- the file ---------------------------------------------------------------------------------------- */

static void read_value(struct reader *r, struct json_object *value, bool is_alias)
{
	if (!json_object_is_type(value, json_type_array)) {
		read_dictionary(r, value, is_alias);
		return;
	}
	for (size_t i = 0; r->rc == 0 && i < json_object_array_length(value); i++)
		read_dictionary(r, json_object_array_get_idx(value, i), is_alias);
}

/*
 * Reads the JSON that begins at @text and may span several lines.
 * Returns the end of the JSON, or, when it is invalid, the beginning of the line of the error (@text for the
 * first line).
 */
static const char *read_json(struct reader *r, const char *text, size_t len, bool is_alias, bool *is_json)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *value;
	enum json_tokener_error problem;
	const char *end;

	*is_json = false;
	if (!tokener) {
		r->rc = error_set(r->err, ENOMEM, "cannot read %s", r->out->path);
		return text;
	}
	value = json_tokener_parse_ex(tokener, text, (int)len);
	problem = json_tokener_get_error(tokener);
	end = text + json_tokener_get_parse_end(tokener);
	if (problem == json_tokener_success) {
		*is_json = true;
		/* The parser has also consumed trailing blanks. */
		while (end > text && isspace((unsigned char)end[-1]))
			end--;
		read_value(r, value, is_alias);
	} else {
		mistake(r, r->line,
			"%s is not valid JSON: %s; write { \"vendor_id\": \"10de\", \"product_id\": \"2330\" "
			"}",
			r->option,
			problem == json_tokener_continue ? "it has no end"
							 : json_tokener_error_desc(problem));
		while (end > text && end[-1] != '\n')
			end--;
	}
	json_object_put(value);
	json_tokener_free(tokener);
	return end;
}

/*
 * Returns the option that @line sets, or "" when it sets none of those below. @value receives the text after
 * "=".
 */
static const char *option_of(struct span line, struct span *value, bool *is_alias)
{
	static const char *const names[] = { "device_spec", "passthrough_whitelist",
					     "pci_passthrough_whitelist", "alias", "pci_alias" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);
		struct span rest;

		if (line.len <= len || memcmp(line.at, names[i], len) != 0)
			continue;
		rest = strip_blanks((struct span){ line.at + len, line.len - len });
		if (!rest.len || (rest.at[0] != '=' && rest.at[0] != ':'))
			continue;
		*value = strip_blanks((struct span){ rest.at + 1, rest.len - 1 });
		*is_alias = i >= 3;
		return names[i];
	}
	return "";
}

/* [pci] or [DEFAULT] */
static bool is_our_section(struct span line)
{
	static const char *const names[] = { "[pci]", "[DEFAULT]" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (line.len == strlen(names[i]) && memcmp(line.at, names[i], line.len) == 0)
			return true;
	}
	return false;
}

/*
 * Reads the value of r->option.
 * @left, @line: after the first line of the value; moved past its last line
 */
static void read_option(struct reader *r, struct span value, bool is_alias, struct span *left, unsigned *line)
{
	bool is_quoted = value.len > 1 && (value.at[0] == '\'' || value.at[0] == '"'), is_json;
	const char *end;
	struct span rest;

	(is_alias ? &r->aliases : &r->specs)->is_given = true;
	if (value.len == 0)
		return; /* as if the option were not set */
	value.at += is_quoted;
	if (value.at[0] != '{' && value.at[0] != '[') {
		refuse_value(r);
		return;
	}
	end = read_json(r, value.at, (size_t)(left->at + left->len - value.at), is_alias, &is_json);
	while (left->len && (is_json ? left->at <= end : left->at < end)) {
		(void)take_line(left);
		++*line;
	}
	if (!is_json || end >= left->at)
		return;
	rest = (struct span){ end, (size_t)(left->at - end) };
	rest = strip_blanks(strip_comment(take_line(&rest)));
	if (rest.len && !(is_quoted && rest.len == 1 && rest.at[0] == value.at[-1]))
		mistake(r, *line - 1, "%s has something behind its end; delete it", r->option);
}

static void read_lines(struct reader *r, struct span left)
{
	bool is_ours = true;
	unsigned line_number = 1;

	while (left.len && r->rc == 0) {
		struct span line = take_line(&left), value;
		bool is_alias;

		r->line = line_number++;
		line = strip_blanks(line);
		if (line.len && line.at[0] == '[')
			is_ours = is_our_section(line);
		if (!is_ours)
			continue;
		r->option = option_of(line, &value, &is_alias);
		if (r->option[0])
			read_option(r, value, is_alias, &left, &line_number);
	}
}

/* ---- what aliases and specs say together ------------------------------------------------------------- */

/* Nova compares resource classes in upper case, with one _ for any other characters, and without CUSTOM_. */
static void normalise(const char *text, char out[static LISTED_TEXT_LEN])
{
	size_t len = 0;

	for (; *text; text++) {
		char c = (char)toupper((unsigned char)*text);

		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", c))
			c = '_';
		if (c != '_' || *text == '_' || len == 0 || out[len - 1] != '_')
			out[len++] = c;
	}
	out[len] = '\0';
	if (strncmp(out, "CUSTOM_", 7) == 0)
		memmove(out, out + 7, len - 6);
}

static bool fits(const struct spec *alias, const struct spec *spec)
{
	char wanted[LISTED_TEXT_LEN], given[LISTED_TEXT_LEN];

	normalise(alias->resource_class, wanted);
	normalise(spec->resource_class, given);
	return (!alias->has_vendor || !spec->has_vendor || alias->vendor == spec->vendor) &&
	       (!alias->has_device || !spec->has_device || alias->device == spec->device) &&
	       (!wanted[0] || strcmp(wanted, given) == 0);
}

/* Adds the combined conditions under the name of the alias or, without an alias, of the device_spec. */
static void add(struct reader *r, const struct spec *spec, const struct spec *alias)
{
	const struct spec *vendor = spec->has_vendor ? spec : alias,
			  *device = spec->has_device ? spec : alias;
	struct pci_selector selector = { .line = spec->line };
	size_t i = 0;

	if (!vendor || !vendor->has_vendor || !device || !device->has_device) {
		mistake(r, spec->line,
			"%s without vendor_id and product_id; write both, pcitag show ADDRESS tells "
			"them",
			spec == alias ? "an alias" : "a device_spec");
		return;
	}
	selector.vendor = vendor->vendor;
	selector.device = device->device;
	selector.what = alias			    ? "alias"
			: spec->resource_class[0]   ? "resource_class"
			: spec->physical_network[0] ? "physical_network"
						    : "device_spec";
	snprintf(selector.called, sizeof(selector.called), "%s",
		 alias			   ? alias->name
		 : spec->resource_class[0] ? spec->resource_class
					   : spec->physical_network);
	if (!selector.called[0])
		snprintf(selector.called, sizeof(selector.called), "pci-%04x-%04x", selector.vendor,
			 selector.device);
	do {
		if (spec->addresses.count)
			strcpy(selector.address, spec->addresses.address[i]);
		if (r->rc == 0)
			r->rc = pci_devices_add_selector(r->out, &selector, r->err);
	} while (++i < spec->addresses.count);
}

static void add_spec(struct reader *r, const struct spec *spec)
{
	bool is_asked_for = false;

	for (size_t i = 0; r->rc == 0 && i < r->aliases.count; i++) {
		struct spec *alias = &r->aliases.items[i];

		if (!fits(alias, spec))
			continue;
		is_asked_for = alias->is_used = true;
		add(r, spec, alias);
	}
	if (!is_asked_for)
		add(r, spec, NULL);
}

static void add_all(struct reader *r)
{
	for (size_t i = 0; r->rc == 0 && i < r->specs.count; i++)
		add_spec(r, &r->specs.items[i]);
	for (size_t i = 0; r->rc == 0 && i < r->aliases.count; i++) {
		const struct spec *alias = &r->aliases.items[i];

		if (!r->specs.is_given)
			add(r, alias, alias);
		else if (!alias->is_used)
			mistake(r, alias->line,
				"alias %.64s fits no device_spec, and is left out; write one, or "
				"delete it",
				alias->name);
	}
}

int nova_conf_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		    struct error *err)
{
	struct reader r = { .out = out, .err = err };

	*out = (struct pci_devices){ .path = path };
	read_lines(&r, skip_byte_order_mark((struct span){ text, len }));
	add_all(&r);
	if (r.rc == 0 && !r.specs.is_given && !r.aliases.is_given)
		r.rc = error_set(
			err, 0,
			"%s:1: no list of devices: INI text without a device_spec or alias in its section "
			"[pci]; import the nova.conf of a host",
			path);
	free(r.specs.items);
	free(r.aliases.items);
	return r.rc;
}
