/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/survey.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output/state.h"

/* ---- text ------------------------------------------------------------------------------------------- */

char *survey_name(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN])
{
	const struct pci_names *names = &item->names;
	const struct pci_identity *id = &item->device->id;

	if (names->device[0])
		snprintf(buf, SURVEY_TEXT_LEN, "%s %s", names->vendor, names->device);
	else if (names->vendor[0])
		snprintf(buf, SURVEY_TEXT_LEN, "%s device %04x", names->vendor, id->device);
	else
		snprintf(buf, SURVEY_TEXT_LEN, "unknown device %04x:%04x", id->vendor, id->device);
	return buf;
}

char *survey_class(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN])
{
	snprintf(buf, SURVEY_TEXT_LEN, "%04x%s%s", pci_class(&item->device->id),
		 item->names.class_name[0] ? " " : "", item->names.class_name);
	return buf;
}

char *survey_ids(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN])
{
	const struct pci_identity *id = &item->device->id;
	const char *name = item->names.subsystem[0] ? item->names.subsystem : item->names.subsystem_vendor;

	snprintf(buf, SURVEY_TEXT_LEN, "%04x:%04x, subsystem %04x:%04x%s%s%s, revision %02x", id->vendor,
		 id->device, id->subsystem_vendor, id->subsystem_device, name[0] ? " (" : "", name,
		 name[0] ? ")" : "", item->device->revision);
	return buf;
}

char *survey_link(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN])
{
	const struct pci_link *now = &item->facts.now, *most = &item->facts.most;

	if (!now->width)
		snprintf(buf, SURVEY_TEXT_LEN, "none");
	else if (!most->width || (now->width == most->width && strcmp(now->speed, most->speed) == 0))
		snprintf(buf, SURVEY_TEXT_LEN, "%s x%u", now->speed, now->width);
	else
		snprintf(buf, SURVEY_TEXT_LEN, "%s x%u, could do %s x%u", now->speed, now->width, most->speed,
			 most->width);
	return buf;
}

void survey_print_remarks(const struct survey *survey, const char *prefix)
{
	if (survey->iommu_advice)
		printf("%sthis host has no IOMMU group, so no guest can have any of its devices: %s\n",
		       prefix, survey->iommu_advice);
	if (!survey->has_names)
		printf("%sno names: this machine has no pci.ids\n", prefix);
	if (geteuid() != 0)
		printf("%sonly root sees which groups are open, which disks the kernel has claimed, and what "
		       "the processes of others have open\n",
		       prefix);
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static void put_link(struct json_object *object, const struct pci_facts *facts)
{
	struct json_object *link = facts->now.width ? json_object_new_object() : NULL;

	json_object_object_add(object, "link", link);
	if (!link)
		return;
	json_put_string(link, "speed", facts->now.speed);
	json_put_int(link, "width", facts->now.width);
	json_put_string(link, "max_speed", facts->most.speed);
	json_put_int(link, "max_width", facts->most.width);
}

static void put_reset_methods(struct json_object *object, const char *methods)
{
	struct json_object *array = json_put_array(object, "reset_methods");

	for (const char *c = methods + strspn(methods, " "); *c; c += strspn(c, " ")) {
		size_t len = strcspn(c, " ");

		json_object_array_add(array, json_object_new_string_len(c, (int)len));
		c += len;
	}
}

static void put_members(struct json_object *object, const struct survey *survey,
			const struct survey_item *item)
{
	struct json_object *members = json_put_array(object, "members");
	const struct survey_item *other = NULL;
	char name[SURVEY_TEXT_LEN];

	while ((other = survey_next_member(survey, item, other))) {
		struct json_object *member = json_add_object(members);

		json_put_address(member, "address", &other->device->addr);
		json_put_string(member, "name", survey_name(other, name));
		json_put_string(member, "driver", other->device->driver);
		json_put_bool(member, "bridge", other->device->is_bridge);
	}
}

static void put_names(struct json_object *object, const struct survey_item *item)
{
	const struct pci_identity *id = &item->device->id;

	json_put_string(object, "vendor_name", item->names.vendor);
	json_put_string(object, "device_name", item->names.device);
	json_put_string(object, "class_name", item->names.class_name);
	json_put_hex(object, "subsystem_vendor", 4, id->subsystem_vendor);
	json_put_hex(object, "subsystem_device", 4, id->subsystem_device);
	json_put_string(object, "subsystem_name", item->names.subsystem);
	json_put_hex(object, "revision", 2, item->device->revision);
}

static void put_facts(struct json_object *object, const struct survey_item *item)
{
	char nodedev[PCI_NODEDEV_LEN];

	json_put_string(object, "nodedev", pci_addr_nodedev(&item->device->addr, nodedev));
	put_link(object, &item->facts);
	put_reset_methods(object, item->facts.reset_methods);
	json_put_bool(object, "own_reset", item->facts.reset_methods[0] != '\0');
	if (item->facts.is_virtual)
		json_put_address(object, "physical_function", &item->facts.physical);
	else
		json_put_string(object, "physical_function", NULL);
	json_put_int(object, "virtual_functions", item->device->vfs_enabled);
	json_put_int(object, "virtual_functions_max", item->facts.vfs_possible);
}

struct json_object *survey_item_json(const struct survey *survey, const struct survey_item *item)
{
	static const struct model none = { 0 };
	struct json_object *object = json_object_new_object();
	char reason[VERDICT_LEN];

	json_put_device(object, item->device);
	json_put_place(object, &item->device->place);
	put_names(object, item);
	put_facts(object, item);
	json_put_bool(object, "bridge", item->device->is_bridge);
	put_members(object, survey, item);
	json_put_verdict(object, item->model ? item->model : &none, &item->verdict);
	json_put_string(object, "host_need",
			item->need.availability == AVAILABLE ? NULL : verdict_format(&item->need, reason));
	json_put_string(object, "section", item->section ? item->section->model : NULL);
	json_put_string(object, "no_section", item->model ? NULL : survey_format_reason(item, reason));
	return object;
}

struct json_object *survey_json_start(const struct survey *survey)
{
	struct json_object *object = json_output_start();

	json_put_bool(object, "iommu", survey->host.has_iommu);
	json_put_bool(object, "complete", geteuid() == 0);
	json_put_bool(object, "names", survey->has_names);
	return object;
}
