/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/suggest/suggestion.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/allocate/card.h"
#include "model/pci/kind.h"
#include "model/registry/settings.h"

void suggestion_list_clear(struct suggestion_list *list)
{
	free(list->items);
	*list = (struct suggestion_list){ 0 };
}

/* ---- names ------------------------------------------------------------------------------------------ */

/* isalnum() depends on the locale. */
static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Writes as many whole words of @text as fit, with dashes between them. Returns the length. */
static size_t take_words(const char *text, size_t len, char out[static NAME_LEN])
{
	size_t n = 0;

	for (size_t i = 0; i < len;) {
		size_t word = 0, gap = n > 0;

		while (i < len && !is_word_char(text[i]))
			i++;
		while (i + word < len && is_word_char(text[i + word]))
			word++;
		if (!word || (n && n + gap + word >= NAME_LEN))
			break;
		if (word >= NAME_LEN)
			word = NAME_LEN - 1; /* a first word that is longer than a name may be */
		if (gap)
			out[n++] = '-';
		memcpy(out + n, text + i, word);
		n += word;
		i += word;
	}
	out[n] = '\0';
	return n;
}

void suggestion_name(const char *device_name, const struct pci_identity *id, char out[static NAME_LEN])
{
	const char *open = strrchr(device_name, '['), *close = open ? strchr(open, ']') : NULL;
	size_t len = 0;

	/* "[AHCI mode]" is not a name; the text before it is used instead. */
	if (close && (close - open <= 4 || memcmp(close - 4, "mode", 4) != 0))
		len = take_words(open + 1, (size_t)(close - open - 1), out);
	if (!len)
		len = take_words(device_name, close ? (size_t)(open - device_name) : strlen(device_name),
				 out);
	if (!len)
		snprintf(out, NAME_LEN, "pci-%04x-%04x", id->vendor, id->device);
}

/* True when a model or a profile has this name, or, with @or_type, a type has it. */
static bool is_taken(const struct registry *registry, const struct suggestion_list *list, const char *name,
		     bool or_type)
{
	if (or_type ? registry_knows(registry, name)
		    : registry_find(registry, name) || registry_find_profile(registry, name))
		return true;
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].model, name) == 0 ||
		    (or_type && strcmp(list->items[i].type, name) == 0))
			return true;
	}
	/* The types of later sections, and the section of the settings, are reserved. */
	return or_type && (pci_kind_is_type(name) || strcmp(name, SETTINGS_SECTION) == 0);
}

static void make_unique(const struct registry *registry, const struct suggestion_list *list,
			char name[static NAME_LEN])
{
	char base[NAME_LEN], number[16];

	strcpy(base, name);
	for (unsigned n = 2; is_taken(registry, list, name, true); n++) {
		int len = snprintf(number, sizeof(number), "-%u", n);

		snprintf(name, NAME_LEN, "%.*s%s", NAME_LEN - 1 - len, base, number);
	}
}

/* A model may already be called "gpu"; then this name is not available as a type. */
static void choose_type(const struct registry *registry, const struct suggestion_list *list,
			const struct pci_identity *id, char out[static NAME_LEN])
{
	const char *type = pci_kind_type(pci_class(id));

	snprintf(out, NAME_LEN, "%s", type);
	for (unsigned n = 2; is_taken(registry, list, out, false); n++)
		snprintf(out, NAME_LEN, "%s-%u", type, n);
}

/* ---- what a section matches ------------------------------------------------------------------------- */

static bool same_ids(const struct pci_identity *a, const struct pci_identity *b)
{
	return a->vendor == b->vendor && a->device == b->device;
}

static bool same_subsystem(const struct pci_identity *a, const struct pci_identity *b)
{
	return a->subsystem_vendor == b->subsystem_vendor && a->subsystem_device == b->subsystem_device;
}

static bool is_display(const struct pci_device *device)
{
	return device->id.class_code >> 16 == PCI_BASE_CLASS_DISPLAY;
}

/* The first input in the slot of inputs[i]; the inputs are ordered by address. */
static size_t first_of_slot(const struct suggestion_input *inputs, size_t i)
{
	while (i > 0 && pci_addr_same_slot(&inputs[i - 1].device->addr, &inputs[i].device->addr))
		i--;
	return i;
}

const struct suggestion_input *suggestion_leader(const struct suggestion_input *inputs, size_t count,
						 const struct suggestion_input *input)
{
	if (!input->is_candidate || is_display(input->device))
		return NULL;
	for (size_t i = first_of_slot(inputs, (size_t)(input - inputs)); i < count; i++) {
		const struct pci_device *device = inputs[i].device;

		if (!pci_addr_same_slot(&device->addr, &input->device->addr))
			break;
		if (is_display(device) && device->group == input->device->group &&
		    !card_is_hosts(device, input->device))
			return &inputs[i];
	}
	return NULL;
}

static bool leads_others(const struct suggestion_input *inputs, size_t count,
			 const struct suggestion_input *input)
{
	for (size_t i = first_of_slot(inputs, (size_t)(input - inputs)); i < count; i++) {
		if (!pci_addr_same_slot(&inputs[i].device->addr, &input->device->addr))
			break;
		if (suggestion_leader(inputs, count, &inputs[i]) == input)
			return true;
	}
	return false;
}

static bool wants_section(const struct suggestion_input *inputs, size_t count,
			  const struct suggestion_input *input)
{
	return input->is_candidate && !suggestion_leader(inputs, count, input);
}

bool suggestion_matches(const struct suggestion *s, const struct pci_device *device)
{
	if (!same_ids(&s->id, &device->id) || (s->has_class && pci_class(&s->id) != pci_class(&device->id)) ||
	    (s->has_subsystem && !same_subsystem(&s->id, &device->id)))
		return false;
	if (s->address_count && !pci_addr_in(s->address, s->address_count, &device->addr))
		return false;
	return !pci_addr_in(s->exclude, s->exclude_count, &device->addr);
}

static bool is_suggested(const struct suggestion_list *list, const struct pci_device *device)
{
	for (size_t i = 0; i < list->count; i++) {
		if (suggestion_matches(&list->items[i], device))
			return true;
	}
	return false;
}

/*
 * Adds the class when devices with the same ids differ in it, the subsystem when only that excludes others.
 */
static void narrow_by_ids(struct suggestion *s, const struct suggestion_input *inputs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct pci_identity *id = &inputs[i].device->id;

		if (!same_ids(id, &s->id))
			continue;
		if (pci_class(id) != pci_class(&s->id))
			s->has_class = true;
		else if (!wants_section(inputs, count, &inputs[i]) && !same_subsystem(id, &s->id))
			s->has_subsystem = true;
	}
}

/*
 * Distinguishes the remaining devices by address. Excludes the unintended ones or, when these are too many,
 * lists the intended ones: as many as fit and are not in another section of @list.
 */
static void narrow_by_address(struct suggestion *s, const struct suggestion_list *list,
			      const struct suggestion_input *inputs, size_t count)
{
	struct suggestion all = *s;

	for (size_t i = 0; i < count; i++) {
		const struct pci_device *device = inputs[i].device;

		if (!suggestion_matches(&all, device) || is_suggested(list, device))
			continue;
		if (wants_section(inputs, count, &inputs[i])) {
			if (s->address_count < SUGGESTION_ADDRESSES_MAX)
				s->address[s->address_count++] = device->addr;
		} else if (s->exclude_count <= SUGGESTION_ADDRESSES_MAX) {
			if (s->exclude_count < SUGGESTION_ADDRESSES_MAX)
				s->exclude[s->exclude_count] = device->addr;
			s->exclude_count++;
		}
	}
	if (s->exclude_count > SUGGESTION_ADDRESSES_MAX)
		s->exclude_count = 0;
	else
		s->address_count = 0;
}

static void choose_functions(struct suggestion *s, const struct suggestion_input *inputs, size_t count)
{
	s->functions = FUNCTIONS_ONE;
	for (size_t i = 0; i < count; i++) {
		if (suggestion_matches(s, inputs[i].device) && leads_others(inputs, count, &inputs[i]))
			s->functions = FUNCTIONS_ALL;
	}
}

int suggest_sections(const struct registry *registry, const struct suggestion_input *inputs, size_t count,
		     struct suggestion_list *out, struct error *err)
{
	*out = (struct suggestion_list){ 0 };
	for (size_t i = 0; i < count; i++) {
		struct suggestion s = { .id = inputs[i].device->id, .first = &inputs[i] };

		if (!wants_section(inputs, count, &inputs[i]) || is_suggested(out, inputs[i].device))
			continue;
		narrow_by_ids(&s, inputs, count);
		narrow_by_address(&s, out, inputs, count);
		choose_functions(&s, inputs, count);
		choose_type(registry, out, &s.id, s.type);
		suggestion_name(inputs[i].device_name, &s.id, s.model);
		make_unique(registry, out, s.model);
		if (!ARRAY_APPEND(out->items, out->count, s)) {
			suggestion_list_clear(out);
			return error_set(err, ENOMEM, "cannot hold %zu sections", out->count + 1);
		}
	}
	return 0;
}
