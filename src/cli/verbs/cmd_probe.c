/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag probe: lists the devices of this machine, and proposes registry sections for them. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/verb.h"
#include "cli/output/survey.h"
#include "cli/output/state.h"
#include "flow/view/inventory.h"

#define INDENT "    "

/*
 * Prints the other members of the function's group. Bridges are marked: they do not leave the host with it.
 */
static void print_members(const struct survey *survey, const struct survey_item *item)
{
	const struct survey_item *other = NULL;
	const char *separator = " with ";
	char addr[PCI_ADDR_LEN];

	while ((other = survey_next_member(survey, item, other))) {
		printf("%s%s%s", separator, other->device->is_bridge ? "bridge " : "",
		       pci_addr_format(&other->device->addr, addr));
		separator = ", ";
	}
}

static void print_place(const struct survey *survey, const struct survey_item *item)
{
	const struct pci_device *device = item->device;
	char link[SURVEY_TEXT_LEN];

	printf(INDENT);
	if (device->group == PCI_NO_GROUP) {
		printf("no IOMMU group");
	} else {
		printf("group %d", device->group);
		print_members(survey, item);
	}
	if (device->numa_node != PCI_NO_NODE)
		printf("; NUMA node %d", device->numa_node);
	if (item->facts.now.width)
		printf("; link %s", survey_link(item, link));
	printf("; reset %s", item->facts.reset_methods[0] ? item->facts.reset_methods : "none");
	printf("; driver %s\n", device->driver[0] ? device->driver : "none");
}

/* The current user of a device without a model is told. A missing IOMMU is reported once for all devices. */
static bool is_worth_saying(const struct verdict *verdict)
{
	return verdict->availability != AVAILABLE && verdict->availability != UNAVAILABLE_NO_GROUP;
}

static void print_standing(const struct survey_item *item)
{
	enum colour colour = item->section ? COLOUR_GOOD : COLOUR_FAINT;
	char why[VERDICT_LEN];

	if (item->model || item->section)
		verdict_format(&item->verdict, why);
	else
		survey_format_reason(item, why);
	keep_one_line(why); /* domain names may contain any character */
	if (item->model)
		colour = verdict_colour(&item->verdict);
	printf(INDENT "%s", colour_on(colour));
	if (item->model)
		printf("model %s, type %s: %s", item->model->name, item->model->type, why);
	else if (item->section)
		printf("no model matches it yet: section [%s]%s%s", item->section->model,
		       is_worth_saying(&item->verdict) ? "; now " : "",
		       is_worth_saying(&item->verdict) ? why : "");
	else
		printf("no section: %s", why);
	printf("%s\n", colour_off(colour));
}

static void print_item(const struct survey *survey, const struct survey_item *item)
{
	char addr[PCI_ADDR_LEN], name[SURVEY_TEXT_LEN], class_name[SURVEY_TEXT_LEN], ids[SURVEY_TEXT_LEN];

	printf("%s  %s\n", pci_addr_format(&item->device->addr, addr), survey_name(item, name));
	printf(INDENT "class %s; %s\n", survey_class(item, class_name), survey_ids(item, ids));
	print_place(survey, item);
	if (!item->facts.reset_methods[0] && pci_device_is_endpoint(item->device))
		printf(INDENT "no reset of its own: " SURVEY_NO_RESET "\n");
	print_standing(item);
	printf("\n");
}

static int print_sections(const struct survey *survey)
{
	if (!survey->sections.count) {
		printf("; no section to add: every device of this host has a model, or is the host's\n");
		return EXIT_DONE;
	}
	printf("; For " PCITAG_SYSCONFDIR
	       "/pcitag/registry.ini, or a file in registry.d: delete what no guest is to have.\n"
	       "; Models and types are proposals; what a domain asks for is what stands here.\n");
	for (size_t i = 0; i < survey->sections.count; i++) {
		char *text = suggestion_text(&survey->sections.items[i], survey->inputs, survey->count);

		if (!text)
			return report_text(0, "no memory to write section %s",
					   survey->sections.items[i].model);
		printf("\n%s", text);
		free(text);
	}
	return EXIT_DONE;
}

static int print_text(const struct survey *survey, bool all)
{
	size_t shown = 0;

	for (size_t i = 0; i < survey->count; i++) {
		if (!all && !survey_is_shown(&survey->items[i]))
			continue;
		print_item(survey, &survey->items[i]);
		shown++;
	}
	if (shown < survey->count)
		printf("part of the machine, and not shown: %zu; pcitag probe --all\n",
		       survey->count - shown);
	survey_print_remarks(survey, "");
	printf("\n");
	return print_sections(survey);
}

static void put_addresses(struct json_object *object, const char *key, const struct pci_addr *list,
			  size_t count)
{
	struct json_object *array = json_put_array(object, key);

	for (size_t i = 0; i < count; i++)
		json_add_address(array, &list[i]);
}

static void put_section(struct json_object *object, const struct survey *survey, const struct suggestion *s)
{
	CLEANUP_FREE char *text = suggestion_text(s, survey->inputs, survey->count);
	char id[16];

	json_put_string(object, "model", s->model);
	json_put_string(object, "type", s->type);
	json_put_hex(object, "vendor", 4, s->id.vendor);
	json_put_hex(object, "device", 4, s->id.device);
	snprintf(id, sizeof(id), "%04x:%04x", s->id.subsystem_vendor, s->id.subsystem_device);
	json_put_string(object, "subsystem", s->has_subsystem ? id : NULL);
	snprintf(id, sizeof(id), "%04x", pci_class(&s->id));
	json_put_string(object, "class", s->has_class ? id : NULL);
	put_addresses(object, "address", s->address, s->address_count);
	put_addresses(object, "exclude", s->exclude, s->exclude_count);
	json_put_string(object, "functions", s->functions == FUNCTIONS_ALL ? "all" : "one");
	json_put_string(object, "text", text);
}

/* The functions that are still to be printed. */
struct rest {
	const struct survey *survey;
	size_t next;
	bool all;
};

static struct json_object *next_device(void *context)
{
	struct rest *rest = context;
	const struct survey *survey = rest->survey;

	while (rest->next < survey->count) {
		const struct survey_item *item = &survey->items[rest->next++];

		if (rest->all || survey_is_shown(item))
			return survey_item_json(survey, item);
	}
	return NULL;
}

static void print_json(const struct survey *survey, bool all)
{
	struct json_object *object = survey_json_start(survey);
	struct rest rest = { survey, 0, all };
	struct json_object *sections;

	json_put_array(object, "devices");
	sections = json_put_array(object, "sections");
	for (size_t i = 0; i < survey->sections.count; i++)
		put_section(json_add_object(sections), survey, &survey->sections.items[i]);
	json_output_print_array(object, "devices", next_device, &rest);
}

static int run(const struct arguments *arguments)
{
	CLEANUP(survey_clear) struct survey survey = { 0 };
	bool all = arguments_option(arguments, "all");
	struct error err;

	if (survey_read(&host_paths, NULL, &survey, &err) < 0)
		return report(&err);
	if (arguments->json) {
		print_json(&survey, all);
		return EXIT_DONE;
	}
	if (!arguments_option(arguments, "registry"))
		return print_text(&survey, all);
	survey_print_remarks(&survey, "; ");
	return print_sections(&survey);
}

const struct verb verb_probe = {
	.name = "probe",
	.help = "what is in this machine, and what to write into the registry for it",
	.options = { { "all", NULL, "bridges and the like, too" },
		     { "registry", NULL, "only the text for the registry" } },
	.run = run,
};
