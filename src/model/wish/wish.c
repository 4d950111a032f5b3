/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/wish/wish.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/text.h"

#define PATTERNS_MAX 64

/* ---- words ------------------------------------------------------------------------------------------ */

static const char *const numa_names[] = {
	[WISH_NUMA_UNSET] = "",
	[WISH_NUMA_NONE] = "none",
	[WISH_NUMA_PREFERRED] = "preferred",
	[WISH_NUMA_REQUIRED] = "required",
};

static const char *const level_names[] = {
	[WISH_LEVEL_UNSET] = "",    [WISH_LEVEL_CARD] = "card", [WISH_LEVEL_SWITCH] = "switch",
	[WISH_LEVEL_ROOT] = "root", [WISH_LEVEL_NUMA] = "numa",
};

static const char *const prefer_names[] = {
	[WISH_PREFER_UNSET] = "",	 [WISH_PREFER_FIRST] = "first", [WISH_PREFER_LAST] = "last",
	[WISH_PREFER_SPREAD] = "spread", [WISH_PREFER_PACK] = "pack",
};

static const char *const optional_names[] = {
	[WISH_OPTIONAL_UNSET] = "",
	[WISH_OPTIONAL_YES] = "yes",
	[WISH_OPTIONAL_NO] = "no",
};

const char *wish_numa_name(enum wish_numa numa)
{
	return numa_names[numa];
}

const char *wish_level_name(enum wish_level level)
{
	return level_names[level];
}

const char *wish_prefer_name(enum wish_prefer prefer)
{
	return prefer_names[prefer];
}

const char *wish_optional_name(enum wish_optional optional)
{
	return optional_names[optional];
}

/* ---- setting ---------------------------------------------------------------------------------------- */

/* Returns the index of a word in a table of names, whose first one is that of an unset value; 0 for none. */
static unsigned find_word(const char *const *names, size_t count, const char *value)
{
	int found = value[0] ? find_name(names, count, value) : -1;

	return found > 0 ? (unsigned)found : 0;
}

static int set_numa(struct wishes *wishes, const char *key, const char *value, struct error *err)
{
	unsigned found = find_word(numa_names, ARRAY_SIZE(numa_names), value);

	if (!found)
		return error_set(err, 0,
				 "%s = %.100s is neither required nor preferred nor none; write required for "
				 "a device on a NUMA node where the domain has memory and processors, "
				 "preferred for such a one if there is one, none for any",
				 key, value);
	wishes->numa = (enum wish_numa)found;
	return 0;
}

/* For together and apart. */
static int set_level(struct wishes *wishes, const char *key, const char *value, struct error *err)
{
	unsigned found = find_word(level_names, ARRAY_SIZE(level_names), value);

	if (!found)
		return error_set(err, 0,
				 "%s = %.100s is none of card, switch, root and numa; write card, switch for "
				 "a PCIe switch, root for a root bus, or numa for a NUMA node",
				 key, value);
	*(strcmp(key, "apart") == 0 ? &wishes->apart : &wishes->together) = (enum wish_level)found;
	return 0;
}

static int set_prefer(struct wishes *wishes, const char *key, const char *value, struct error *err)
{
	unsigned found = find_word(prefer_names, ARRAY_SIZE(prefer_names), value);

	if (!found)
		return error_set(err, 0,
				 "%s = %.100s is none of first, last, spread and pack; write first for the "
				 "lowest address, last for what the domain had before, spread for the card "
				 "that is used least, or pack for the one that is used most",
				 key, value);
	wishes->prefer = (enum wish_prefer)found;
	return 0;
}

static int set_optional(struct wishes *wishes, const char *key, const char *value, struct error *err)
{
	unsigned found = find_word(optional_names, ARRAY_SIZE(optional_names), value);

	if (!found)
		return error_set(err, 0,
				 "%s = %.100s is neither yes nor no; write yes when the domain is to start "
				 "without the device if none is free",
				 key, value);
	wishes->optional = (enum wish_optional)found;
	return 0;
}

/* For limit and per_domain. */
static int set_number(struct wishes *wishes, const char *key, const char *value, struct error *err)
{
	size_t digits = strspn(value, "0123456789");
	long number = digits > 0 && digits <= 4 ? strtol(value, NULL, 10) : 0;

	if (value[digits] != '\0' || number < 1 || number > WISH_LIMIT_MAX)
		return error_set(err, 0, "%s = %.100s: write a number of devices, 1 to %d", key, value,
				 WISH_LIMIT_MAX);
	*(strcmp(key, "limit") == 0 ? &wishes->limit : &wishes->per_domain) = (unsigned)number;
	return 0;
}

/* In the order in which they are written. */
static const struct {
	const char *name;
	int (*set)(struct wishes *wishes, const char *key, const char *value, struct error *err);
} keys[] = {
	{ "numa", set_numa },	      { "together", set_level },    { "apart", set_level },
	{ "prefer", set_prefer },     { "optional", set_optional }, { "limit", set_number },
	{ "per_domain", set_number },
};

int wishes_set(struct wishes *wishes, const char *key, const char *value, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(key, keys[i].name) == 0)
			return keys[i].set(wishes, key, value, err);
	}
	return WISH_NO_SUCH_KEY;
}

/* ---- text ------------------------------------------------------------------------------------------- */

static const char *number_text(unsigned number, char buf[static WISHES_LEN])
{
	if (!number)
		return NULL;
	snprintf(buf, WISHES_LEN, "%u", number);
	return buf;
}

static const char *word_or_null(const char *word)
{
	return word[0] ? word : NULL;
}

const char *wishes_get(const struct wishes *wishes, const char *key, char buf[static WISHES_LEN])
{
	if (strcmp(key, "numa") == 0)
		return word_or_null(numa_names[wishes->numa]);
	if (strcmp(key, "together") == 0)
		return word_or_null(level_names[wishes->together]);
	if (strcmp(key, "apart") == 0)
		return word_or_null(level_names[wishes->apart]);
	if (strcmp(key, "prefer") == 0)
		return word_or_null(prefer_names[wishes->prefer]);
	if (strcmp(key, "optional") == 0)
		return word_or_null(optional_names[wishes->optional]);
	if (strcmp(key, "limit") == 0)
		return number_text(wishes->limit, buf);
	return strcmp(key, "per_domain") == 0 ? number_text(wishes->per_domain, buf) : NULL;
}

char *wishes_format(const struct wishes *wishes, char buf[static WISHES_LEN])
{
	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char value[WISHES_LEN];
		const char *text = wishes_get(wishes, keys[i].name, value);

		if (text)
			text_append(buf, WISHES_LEN, "%s%s=%s", buf[0] ? " " : "", keys[i].name, text);
	}
	return buf;
}

bool wishes_are_none(const struct wishes *wishes)
{
	return !wishes->numa && !wishes->together && !wishes->apart && !wishes->prefer && !wishes->optional &&
	       !wishes->limit && !wishes->per_domain;
}

/* ---- narrowing -------------------------------------------------------------------------------------- */

/* What is in one place of a kind is also in one of each farther kind. */
static bool are_contradictory(const struct wishes *wishes)
{
	return wishes->together && wishes->apart && wishes->together <= wishes->apart;
}

int wishes_check(const struct wishes *wishes, struct error *err)
{
	if (!are_contradictory(wishes))
		return 0;
	return error_set(
		err, 0,
		"together = %s and apart = %s contradict each other: devices of one %s are not apart; "
		"write a nearer place for apart, or delete one of the two",
		level_names[wishes->together], level_names[wishes->apart], level_names[wishes->together]);
}

/* Returns the smaller one of those that are set. */
static unsigned narrower(unsigned a, unsigned b)
{
	return a && b ? MIN(a, b) : MAX(a, b);
}

static int refuse_prefer(const struct wishes *base, const char *base_name, const struct wishes *more,
			 const char *more_name, struct error *err)
{
	return error_set(
		err, 0,
		"%s has prefer = %s, and %s has prefer = %s, which contradict each other: delete one of "
		"the two",
		base_name, prefer_names[base->prefer], more_name, prefer_names[more->prefer]);
}

int wishes_narrow(struct wishes *base, const char *base_name, const struct wishes *more,
		  const char *more_name, struct error *err)
{
	struct wishes both = {
		.numa = MAX(base->numa, more->numa),
		.together = (enum wish_level)narrower(base->together, more->together),
		.apart = MAX(base->apart, more->apart),
		.prefer = base->prefer ? base->prefer : more->prefer,
		.optional = MAX(base->optional, more->optional),
		.limit = narrower(base->limit, more->limit),
		.per_domain = narrower(base->per_domain, more->per_domain),
	};

	if (base->prefer && more->prefer && base->prefer != more->prefer)
		return refuse_prefer(base, base_name, more, more_name, err);
	if (are_contradictory(&both))
		return error_set(err, 0,
				 "%s has together = %s, and %s has apart = %s, which contradict each other: "
				 "delete one of the two",
				 both.together == base->together ? base_name : more_name,
				 level_names[both.together],
				 both.apart == base->apart ? base_name : more_name, level_names[both.apart]);
	*base = both;
	return 0;
}

/* ---- allow ------------------------------------------------------------------------------------------ */

/* @pattern: without its "!" */
static bool is_uuid_pattern(const char *pattern)
{
	return strncmp(pattern, WISH_UUID, strlen(WISH_UUID)) == 0;
}

/* libvirt: src/conf/domain_postparse.c, virDomainDefPostParseCheckFeatures: a domain's name has no slash. */
static bool is_name_pattern(const char *pattern)
{
	for (; *pattern; pattern++) {
		if ((unsigned char)*pattern < 0x20 || *pattern == 0x7f || *pattern == '/')
			return false;
	}
	return true;
}

/* 8-4-4-4-12 hex digits in lower case */
static bool is_uuid(const char *text)
{
	for (size_t i = 0; i < 36; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text[i] != '-' : !text[i] || !strchr("0123456789abcdef", text[i]))
			return false;
	}
	return text[36] == '\0';
}

/* UUIDs are kept in lower case, in which those of domains are. */
static bool allow_pattern_valid(char *pattern)
{
	if (*pattern == '!')
		pattern++;
	if (*pattern == '\0' || *pattern == '!')
		return false;
	if (!is_uuid_pattern(pattern))
		return is_name_pattern(pattern);
	pattern += strlen(WISH_UUID);
	for (char *c = pattern; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return is_uuid(pattern);
}

int wish_parse_allow(const char *key, const char *value, struct pattern_list *list, struct error *err)
{
	if (pattern_list_split(key, value, PATTERNS_MAX, "patterns; use * in them", list, err) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		if (!allow_pattern_valid(list->items[i]))
			return error_set(
				err, 0,
				"%s: %.100s fits no domain; write names with * and ?, or " WISH_UUID
				"UUID as virsh domuuid prints it, and ! right in front to exclude, such "
				"as web-*, !web-test",
				key, list->items[i]);
	}
	return 0;
}

static bool fits(const char *pattern, const char *name, const char *uuid)
{
	if (is_uuid_pattern(pattern))
		return strcmp(pattern + strlen(WISH_UUID), uuid) == 0;
	return fnmatch(pattern, name, 0) == 0;
}

bool wish_allows(const struct pattern_list *allow, const char *name, const char *uuid)
{
	bool any_positive = false, is_fit = false;

	for (size_t i = 0; i < allow->count; i++) {
		const char *pattern = allow->items[i];

		if (pattern[0] == '!') {
			if (fits(pattern + 1, name, uuid))
				return false;
			continue;
		}
		any_positive = true;
		is_fit = is_fit || fits(pattern, name, uuid);
	}
	return is_fit || !any_positive;
}
