/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes a suggested section as text. */
#include "model/suggest/suggestion.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "model/allocate/card.h"
#include "model/registry/text.h"

/* Whether memory has run out is asked once, at the end. */
#define add(text, ...) (void)registry_text_add(text, NULL, __VA_ARGS__)

/* A line end would end the comment, and the names come from a file that other users may have edited. */
static void add_name(struct registry_text *text, const char *name)
{
	for (; *name; name++)
		add(text, "%c", (unsigned char)*name < 0x20 || *name == 0x7f ? '?' : *name);
}

static void add_names(struct registry_text *text, const struct suggestion_input *input)
{
	add(text, "; ");
	if (input->vendor_name[0]) {
		add_name(text, input->vendor_name);
		add(text, " ");
	}
	if (input->device_name[0])
		add_name(text, input->device_name);
	else
		add(text, "device %04x:%04x", input->device->id.vendor, input->device->id.device);
	if (input->class_name[0]) {
		add(text, " (");
		add_name(text, input->class_name);
		add(text, ")");
	}
	add(text, "\n");
}

/* Adds one more address to a comment, or, when that is too long, how many more there are. */
static void add_address(struct registry_text *text, const struct pci_addr *addr, size_t nth, size_t all)
{
	char buf[PCI_ADDR_LEN];

	if (nth < SUGGESTION_ADDRESSES_MAX)
		add(text, " %s", pci_addr_format(addr, buf));
	else if (nth == SUGGESTION_ADDRESSES_MAX)
		add(text, " and %zu more", all - nth);
}

static void add_addresses(struct registry_text *text, const struct suggestion *s,
			  const struct suggestion_input *inputs, size_t count)
{
	size_t all = 0, nth = 0;

	for (size_t i = 0; i < count; i++)
		all += suggestion_matches(s, inputs[i].device);
	add(text, "; on this host:");
	for (size_t i = 0; i < count; i++) {
		if (suggestion_matches(s, inputs[i].device))
			add_address(text, &inputs[i].device->addr, nth++, all);
	}
	add(text, "\n");
}

/* An input by its group. */
struct place {
	int group;
	size_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Adds the endpoints of the group at places[@at], if several, unless an earlier function of it matches. */
static void add_group(struct registry_text *text, const struct suggestion *s,
		      const struct suggestion_input *inputs, const struct place *places, size_t count,
		      size_t at)
{
	const int group = places[at].group;
	size_t begin = at, end, all = 0, nth = 0;

	for (; begin > 0 && places[begin - 1].group == group; begin--) {
		if (suggestion_matches(s, inputs[places[begin - 1].index].device))
			return;
	}
	for (end = begin; end < count && places[end].group == group; end++)
		all += pci_device_is_endpoint(inputs[places[end].index].device);
	if (all < 2)
		return;
	add(text, "; group %d goes to one domain as a whole:", group);
	for (size_t i = begin; i < end; i++) {
		const struct pci_device *device = inputs[places[i].index].device;

		if (pci_device_is_endpoint(device))
			add_address(text, &device->addr, nth++, all);
	}
	add(text, "\n");
}

/* Each group is named once, in the order of the first functions that the section matches. */
static void add_groups(struct registry_text *text, const struct suggestion *s,
		       const struct suggestion_input *inputs, size_t count)
{
	CLEANUP_FREE struct place *places = calloc(count + 1, sizeof(*places));

	if (!places) {
		text->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place){ inputs[i].device->group, i };
	qsort(places, count, sizeof(*places), compare_places);
	for (size_t i = 0; i < count; i++) {
		const struct place key = { inputs[i].device->group, i }, *at;

		if (key.group == PCI_NO_GROUP || !suggestion_matches(s, inputs[i].device))
			continue;
		at = bsearch(&key, places, count, sizeof(key), compare_places);
		if (at)
			add_group(text, s, inputs, places, count, (size_t)(at - places));
	}
}

/* Names functions that are in different groups but can only be assigned to one domain. */
static void add_card(struct registry_text *text, const struct suggestion_input *input,
		     const struct suggestion_input *inputs, size_t count)
{
	char addr[PCI_ADDR_LEN], own[PCI_ADDR_LEN];

	for (size_t i = 0; i < count; i++) {
		const struct pci_device *other = inputs[i].device;

		if (inputs[i].is_candidate && card_goes_together(input->device, other))
			add(text,
			    "; %s (group %d) is of the same card as %s: both go to one domain, by a request "
			    "each\n",
			    pci_addr_format(&other->addr, addr), other->group,
			    pci_addr_format(&input->device->addr, own));
	}
}

static void add_cards(struct registry_text *text, const struct suggestion *s,
		      const struct suggestion_input *inputs, size_t count)
{
	size_t nth = 0;

	for (size_t i = 0; i < count && nth < SUGGESTION_ADDRESSES_MAX; i++) {
		if (suggestion_matches(s, inputs[i].device)) {
			add_card(text, &inputs[i], inputs, count);
			nth++;
		}
	}
}

static void add_list(struct registry_text *text, const char *key, const struct pci_addr *list, size_t count)
{
	char addr[PCI_ADDR_LEN];

	if (!count)
		return;
	add(text, "%s =", key);
	for (size_t i = 0; i < count; i++)
		add(text, " %s", pci_addr_format(&list[i], addr));
	add(text, "\n");
}

char *suggestion_text(const struct suggestion *s, const struct suggestion_input *inputs, size_t count)
{
	struct registry_text text = { 0 };

	add_names(&text, s->first);
	add_addresses(&text, s, inputs, count);
	add_groups(&text, s, inputs, count);
	add_cards(&text, s, inputs, count);
	add(&text, "[%s]\ntype = %s\nvendor = %04x\ndevice = %04x\n", s->model, s->type, s->id.vendor,
	    s->id.device);
	if (s->has_subsystem)
		add(&text, "subsystem = %04x:%04x\n", s->id.subsystem_vendor, s->id.subsystem_device);
	if (s->has_class)
		add(&text, "class = %04x\n", pci_class(&s->id));
	add_list(&text, "address", s->address, s->address_count);
	add_list(&text, "exclude", s->exclude, s->exclude_count);
	if (s->functions == FUNCTIONS_ALL)
		add(&text, "functions = all\n");
	if (text.failed) {
		free(text.at);
		return NULL;
	}
	return text.at;
}
