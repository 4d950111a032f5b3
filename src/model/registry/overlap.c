/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/overlap.h"

#include <string.h>
#include <strings.h>
#include <sys/param.h>

static uint16_t device_at(const struct model *model, size_t i)
{
	return i == 0 ? model->device : model->more_devices[i - 1];
}

static bool has_id(const struct model *model, uint16_t id)
{
	for (size_t i = 0; i <= model->more_count; i++) {
		if (device_at(model, i) == id)
			return true;
	}
	return model->any_device;
}

static bool covers_ids(const struct model *wide, const struct model *narrow)
{
	if (wide->vendor != narrow->vendor || (narrow->any_device && !wide->any_device))
		return false;
	for (size_t i = 0; i <= narrow->more_count && !wide->any_device; i++) {
		if (!has_id(wide, device_at(narrow, i)))
			return false;
	}
	return true;
}

static bool share_ids(const struct model *a, const struct model *b)
{
	if (a->vendor != b->vendor)
		return false;
	for (size_t i = 0; i <= b->more_count && !a->any_device && !b->any_device; i++) {
		if (has_id(a, device_at(b, i)))
			return true;
	}
	return a->any_device || b->any_device;
}

static bool same_subsystem(const struct model *a, const struct model *b)
{
	return a->subsystem_vendor == b->subsystem_vendor && a->subsystem_device == b->subsystem_device;
}

/* True when the first @digits digits of both classes are the same. */
static bool same_class(const struct model *a, const struct model *b, unsigned digits)
{
	return a->class_code >> (4 * (a->class_digits - digits)) ==
	       b->class_code >> (4 * (b->class_digits - digits));
}

/* True when a pattern of @list covers @narrow. */
static bool list_covers(const struct pattern_list *list, const char *narrow)
{
	for (size_t i = 0; i < list->count; i++) {
		if (pci_addr_pattern_covers(list->items[i], narrow))
			return true;
	}
	return false;
}

static bool all_covered(const struct pattern_list *wide, const struct pattern_list *narrow)
{
	for (size_t i = 0; i < narrow->count; i++) {
		if (!list_covers(wide, narrow->items[i]))
			return false;
	}
	return true;
}

static bool lists_meet(const struct pattern_list *a, const struct pattern_list *b)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < b->count; k++) {
			if (pci_addr_patterns_meet(a->items[i], b->items[k]))
				return true;
		}
	}
	return false;
}

/* What @wide excludes, @narrow excludes as well, or does not name. */
static bool covers_excluded(const struct model *wide, const struct model *narrow)
{
	for (size_t i = 0; i < wide->exclude.count; i++) {
		const struct pattern_list one = { &wide->exclude.items[i], 1 };

		if (!list_covers(&narrow->exclude, wide->exclude.items[i]) &&
		    (narrow->address.count == 0 || lists_meet(&one, &narrow->address)))
			return false;
	}
	return true;
}

bool model_covers(const struct model *wide, const struct model *narrow)
{
	if (wide == narrow)
		return true;
	if (!covers_ids(wide, narrow))
		return false;
	if (wide->has_subsystem && !(narrow->has_subsystem && same_subsystem(wide, narrow)))
		return false;
	if (wide->class_digits &&
	    (narrow->class_digits < wide->class_digits || !same_class(wide, narrow, wide->class_digits)))
		return false;
	if (wide->has_revision && !(narrow->has_revision && narrow->revision == wide->revision))
		return false;
	if (wide->address.count &&
	    (narrow->address.count == 0 || !all_covered(&wide->address, &narrow->address)))
		return false;
	return covers_excluded(wide, narrow) &&
	       (!wide->identity || model_identity_equal(wide->identity, narrow->identity));
}

/* True when both have words, and none in common, but for case. */
static bool are_apart(const struct pattern_list *a, const struct pattern_list *b)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < b->count; k++) {
			if (strcasecmp(a->items[i], b->items[k]) == 0)
				return false;
		}
	}
	return a->count && b->count;
}

/* Slots are patterns, which a device may match both of. */
static bool identities_are_apart(const struct model_identity *a, const struct model_identity *b)
{
	return a && b &&
	       (are_apart(&a->serial, &b->serial) || are_apart(&a->wwid, &b->wwid) ||
		are_apart(&a->path, &b->path));
}

/* True when @a excludes every address that @b is for. */
static bool excludes_all(const struct model *a, const struct model *b)
{
	return a->exclude.count && b->address.count && all_covered(&a->exclude, &b->address);
}

bool models_may_share(const struct model *a, const struct model *b)
{
	if (a == b)
		return true;
	if (!share_ids(a, b) || (a->has_subsystem && b->has_subsystem && !same_subsystem(a, b)))
		return false;
	if (a->class_digits && b->class_digits && !same_class(a, b, MIN(a->class_digits, b->class_digits)))
		return false;
	if (a->has_revision && b->has_revision && a->revision != b->revision)
		return false;
	if (a->address.count && b->address.count && !lists_meet(&a->address, &b->address))
		return false;
	return !excludes_all(a, b) && !excludes_all(b, a) && !identities_are_apart(a->identity, b->identity);
}
