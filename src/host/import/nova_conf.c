/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PCI devices of OpenStack Nova's configuration (nova/conf/pci.py, nova/pci/devspec.py,
 * nova/pci/request.py):
 *
 *	[pci]
 *	device_spec = { "vendor_id": "8086", "product_id": "0443", "address": "0000:0a:00.*" }
 *	device_spec = [{ "vendor_id": "10de", "product_id": "2330", "resource_class": "H100" }, ...]
 *	alias = { "name": "QuickAssist", "vendor_id": "8086", "product_id": "0443" }
 *
 * The former name of device_spec is passthrough_whitelist, or pci_passthrough_whitelist in [DEFAULT]; the
 * former name of alias there is pci_alias. A value is JSON and may continue on the following lines. A key
 * that a device_spec omits matches any device. An address is a pattern ("*:0a:00.*", ":0a:00.") or has a
 * regular expression for each field.
 *
 * Flavors request an alias, so the alias becomes the type: one for each device_spec that matches it, with the
 * combined conditions of both. A device_spec without an alias is named after its resource_class, its
 * physical_network, or its IDs. A file without any device_spec, such as the API's, yields the devices of its
 * aliases.
 */
#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/ini_line.h"
#include "host/import/device_list.h"
#include "model/import/pci_selectors.h"

/* The nesting consists of the list, its dictionaries, and an address. */
#define JSON_DEPTH 6

#define ADDRESS_EXAMPLE "write \"0000:3b:00.0\", with * for any of the four"

struct id {
	bool is_given;
	uint16_t value;
};

/* A device_spec or an alias. */
struct spec {
	unsigned line;
	struct id vendor, device;
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
};

#define mistake(r, ...) pci_devices_add_mistake((r)->out, __VA_ARGS__)

/* ---- values ------------------------------------------------------------------------------------------ */

/* Returns the text of a JSON string, or NULL when it cannot be a C string of LISTED_TEXT_LEN bytes. */
static const char *text_of(struct json_object *value)
{
	const char *text =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;

	return text && (size_t)json_object_get_string_len(value) == strlen(text) &&
			       strlen(text) < LISTED_TEXT_LEN
		       ? text
		       : NULL;
}

/* Accepts "8086", "0x8086", "443", and "*" for any ID. Records a mistake and returns false for others. */
static bool take_id(struct reader *r, const char *key, struct json_object *value, void *field)
{
	const char *text = text_of(value), *digits;
	struct id *out = field;

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
	*out = (struct id){ .is_given = true, .value = (uint16_t)strtoul(digits, NULL, 16) };
	return true;
}

/* Reads a text that is only a name; null counts as none. */
static bool take_text(struct reader *r, const char *key, struct json_object *value, void *field)
{
	const char *text = text_of(value);

	if (!value)
		return true;
	if (!text) {
		mistake(r, r->line,
			"%s is not a string, or longer than %d bytes; write a short one in quotes", key,
			LISTED_TEXT_LEN - 1);
		return false;
	}
	snprintf(field, LISTED_TEXT_LEN, "%s", text + strspn(text, " "));
	return true;
}

/* ---- addresses --------------------------------------------------------------------------------------- */

static bool take_expressions(struct reader *r, struct json_object *value, struct address_patterns *out)
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

		text[i] = field ? text_of(field) : ".*";
	}
	wrong = address_patterns_from_expressions(text, out);
	if (wrong >= 0)
		mistake(r, r->line,
			"%s %.64s of the address is an expression for which no address of the "
			"registry can stand; " ADDRESS_EXAMPLE,
			keys[wrong], text[wrong] ? text[wrong] : "");
	return wrong < 0;
}

static bool take_address(struct reader *r, const char *key UNUSED, struct json_object *value, void *field)
{
	const char *text = text_of(value);

	if (json_object_is_type(value, json_type_object))
		return take_expressions(r, value, field);
	if (text && address_patterns_from_glob(text, field))
		return true;
	mistake(r, r->line, "invalid PCI address %.64s; " ADDRESS_EXAMPLE, text ? text : "");
	return false;
}

/* ---- specs and aliases ------------------------------------------------------------------------------- */

enum { OF_SPEC = 1, OF_ALIAS = 2, OF_BOTH = OF_SPEC | OF_ALIAS };

static const struct {
	const char *key;
	int owners;
	size_t offset; /* in struct spec */
	/* Returns false, with a mistake recorded, for an invalid value; NULL: it affects no matching. */
	bool (*take)(struct reader *r, const char *key, struct json_object *value, void *field);
} spec_keys[] = {
	{ "vendor_id", OF_BOTH, offsetof(struct spec, vendor), take_id },
	{ "product_id", OF_BOTH, offsetof(struct spec, device), take_id },
	{ "resource_class", OF_BOTH, offsetof(struct spec, resource_class), take_text },
	{ "name", OF_ALIAS, offsetof(struct spec, name), take_text },
	{ "physical_network", OF_SPEC, offsetof(struct spec, physical_network), take_text },
	{ "address", OF_SPEC, offsetof(struct spec, addresses), take_address },
	{ "traits", OF_BOTH, 0, NULL },
	{ "live_migratable", OF_BOTH, 0, NULL },
	{ "trusted", OF_SPEC, 0, NULL },
	{ "remote_managed", OF_SPEC, 0, NULL },
	{ "managed", OF_SPEC, 0, NULL },
	{ "one_time_use", OF_SPEC, 0, NULL },
	{ "device_type", OF_ALIAS, 0, NULL },
	{ "numa_policy", OF_ALIAS, 0, NULL },
	{ "capability_type", OF_ALIAS, 0, NULL },
};

static bool take_pair(struct reader *r, const char *key, struct json_object *value, bool is_alias,
		      struct spec *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(spec_keys); i++) {
		if (spec_keys[i].owners & (is_alias ? OF_ALIAS : OF_SPEC) &&
		    strcmp(key, spec_keys[i].key) == 0)
			return !spec_keys[i].take ||
			       spec_keys[i].take(r, key, value, (char *)spec + spec_keys[i].offset);
	}
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
	if (pci_devices_have_room(r->out, list->count, r->line) &&
	    !ARRAY_APPEND(list->items, list->count, spec))
		pci_devices_no_memory(r->out);
}

/* ---- the file ---------------------------------------------------------------------------------------- */

/*
 * Reads the JSON that begins at @text and may span several lines. Returns its end, or, when it is invalid,
 * the beginning of the line of the error (@text for the first line).
 */
static const char *read_json(struct reader *r, const char *text, size_t len, bool is_alias, bool *is_json)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
	struct json_object *value;
	enum json_tokener_error problem;
	const char *end;

	*is_json = false;
	if (!tokener) {
		r->out->rc = error_set(r->out->err, ENOMEM, "cannot read %s", r->out->path);
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
		if (!json_object_is_type(value, json_type_array)) {
			read_dictionary(r, value, is_alias);
		} else {
			for (size_t i = 0; r->out->rc == 0 && i < json_object_array_length(value); i++)
				read_dictionary(r, json_object_array_get_idx(value, i), is_alias);
		}
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

/* Returns the option that @line sets, "" when it is none of these. @value receives the text after "=". */
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

static bool is_section(struct span line, const char *section)
{
	return line.len == strlen(section) && memcmp(line.at, section, line.len) == 0;
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

	while (left.len && r->out->rc == 0) {
		struct span line = take_line(&left), value;
		bool is_alias;

		r->line = line_number++;
		line = strip_blanks(line);
		if (line.len && line.at[0] == '[')
			is_ours = is_section(line, "[pci]") || is_section(line, "[DEFAULT]");
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
	return (!alias->vendor.is_given || !spec->vendor.is_given ||
		alias->vendor.value == spec->vendor.value) &&
	       (!alias->device.is_given || !spec->device.is_given ||
		alias->device.value == spec->device.value) &&
	       (!wanted[0] || strcmp(wanted, given) == 0);
}

/* Adds the combined conditions under the name of the alias or, without an alias, of the device_spec. */
static void add(struct reader *r, const struct spec *spec, const struct spec *alias)
{
	const struct id *vendor = spec->vendor.is_given || !alias ? &spec->vendor : &alias->vendor;
	const struct id *device = spec->device.is_given || !alias ? &spec->device : &alias->device;
	struct pci_selector selector = { .line = spec->line,
					 .vendor = vendor->value,
					 .device = device->value };
	size_t i = 0;

	if (!vendor->is_given || !device->is_given) {
		mistake(r, spec->line,
			"%s without vendor_id and product_id; write both, pcitag show ADDRESS tells them",
			spec == alias ? "an alias" : "a device_spec");
		return;
	}
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
		pci_devices_add_selector(r->out, &selector);
	} while (++i < spec->addresses.count);
}

static void add_spec(struct reader *r, const struct spec *spec)
{
	bool is_asked_for = false;

	for (size_t i = 0; r->out->rc == 0 && i < r->aliases.count; i++) {
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
	for (size_t i = 0; r->out->rc == 0 && i < r->specs.count; i++)
		add_spec(r, &r->specs.items[i]);
	for (size_t i = 0; r->out->rc == 0 && i < r->aliases.count; i++) {
		const struct spec *alias = &r->aliases.items[i];

		if (!r->specs.is_given)
			add(r, alias, alias);
		else if (!alias->is_used)
			mistake(r, alias->line,
				"alias %.64s fits no device_spec, and is left out; write one, or delete it",
				alias->name);
	}
}

int nova_conf_parse(const char *text, size_t len, struct pci_devices *out)
{
	struct reader r = { .out = out };

	read_lines(&r, skip_byte_order_mark((struct span){ text, len }));
	add_all(&r);
	if (out->rc == 0 && !r.specs.is_given && !r.aliases.is_given)
		out->rc = error_set(
			out->err, 0,
			"%s:1: no list of devices: INI text without a device_spec or alias in its section "
			"[pci]; import the nova.conf of a host",
			out->path);
	free(r.specs.items);
	free(r.aliases.items);
	return out->rc;
}
