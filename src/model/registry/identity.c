/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/identity.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#define WORDS_MAX 64

void model_identity_clear(struct model_identity *identity)
{
	pattern_list_clear(&identity->serial);
	pattern_list_clear(&identity->wwid);
	pattern_list_clear(&identity->slot);
	pattern_list_clear(&identity->path);
}

bool model_identity_equal(const struct model_identity *a, const struct model_identity *b)
{
	if (!a || !b)
		return a == b;
	return pattern_list_equal(&a->serial, &b->serial) && pattern_list_equal(&a->wwid, &b->wwid) &&
	       pattern_list_equal(&a->slot, &b->slot) && pattern_list_equal(&a->path, &b->path);
}

/* "0000:00/01.0/00.0" */
static bool is_path(const char *word)
{
	size_t len = strspn(word, "0123456789abcdef");

	if (len < 4 || len > 8 || word[len] != ':' || strspn(word + len + 1, "0123456789abcdef") != 2)
		return false;
	word += len + 3;
	do {
		if (word[0] != '/' || strspn(word + 1, "0123456789abcdef") != 2 || word[3] != '.' ||
		    word[4] < '0' || word[4] > '7')
			return false;
		word += 5;
	} while (*word);
	return true;
}

/* Printable ASCII: what the kernel shows of these is not translated. */
static bool is_word(const char *word)
{
	for (; *word; word++) {
		if (*word <= ' ' || *word > '~')
			return false;
	}
	return true;
}

static struct pattern_list *list_of(struct model_identity *identity, const char *key)
{
	return strcmp(key, "serial") == 0 ? &identity->serial
	       : strcmp(key, "wwid") == 0 ? &identity->wwid
	       : strcmp(key, "slot") == 0 ? &identity->slot
					  : &identity->path;
}

int model_identity_set(struct model_identity *identity, const char *key, const char *value, struct error *err)
{
	struct pattern_list *list = list_of(identity, key);

	if (pattern_list_split(key, value, WORDS_MAX, "words; write a second model of the same type", list,
			       err) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		if (list == &identity->path && !is_path(list->items[i]))
			return error_set(
				err, 0,
				"%s: invalid path %.100s; write the root bus, then slot and function of "
				"each bridge and of the device, as pcitag show prints it, such as "
				"0000:00/01.0/00.0",
				key, list->items[i]);
		if (!is_word(list->items[i]))
			return error_set(err, 0,
					 "%s: %.100s is none that a device can have; write what pcitag show "
					 "prints",
					 key, list->items[i]);
	}
	return 0;
}

static bool is_separator(char c)
{
	return c == ':' || c == '-';
}

/* Compares but for case and what stands between hex digits. An unknown value equals nothing. */
static bool serial_equal(const char *wanted, const char *has)
{
	if (!*has)
		return false;
	while (*wanted || *has) {
		if (is_separator(*wanted) && *wanted != *has)
			wanted++;
		else if (is_separator(*has) && *wanted != *has)
			has++;
		else if (tolower((unsigned char)*wanted++) != tolower((unsigned char)*has++))
			return false;
	}
	return true;
}

static bool has_serial(const struct pattern_list *list, const struct pci_device *device)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *wanted = list->items[i];

		if (serial_equal(wanted, device->serial.dsn) || serial_equal(wanted, device->serial.nvme) ||
		    serial_equal(wanted, device->marks.mac))
			return true;
	}
	return false;
}

static bool has_word(const struct pattern_list *list, const char *has)
{
	for (size_t i = 0; *has && i < list->count; i++) {
		if (strcmp(list->items[i], has) == 0)
			return true;
	}
	return false;
}

static bool fits(const struct pattern_list *list, const char *has)
{
	for (size_t i = 0; *has && i < list->count; i++) {
		if (fnmatch(list->items[i], has, 0) == 0)
			return true;
	}
	return false;
}

const char *model_identity_mismatch(const struct model_identity *identity, const struct pci_device *device)
{
	if (identity->serial.count && !has_serial(&identity->serial, device))
		return "serial";
	if (identity->wwid.count && !has_word(&identity->wwid, device->marks.wwid))
		return "wwid";
	if (identity->slot.count && !fits(&identity->slot, device->marks.slot) &&
	    !fits(&identity->slot, device->marks.label))
		return "slot";
	if (identity->path.count && !has_word(&identity->path, device->place.path))
		return "path";
	return NULL;
}
