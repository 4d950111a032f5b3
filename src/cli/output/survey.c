/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/survey.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/output/device_json.h"

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

static void put_hex(struct json_object *object, const char *key, int digits, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", digits, value);
	json_put_string(object, key, text);
}

static struct json_object *link_json(const struct pci_facts *facts)
{
	struct json_object *link;

	if (!facts->now.width)
		return NULL;
	link = json_object_new_object();
	json_put_string(link, "speed", facts->now.speed);
	json_object_object_add(link, "width", json_object_new_int((int)facts->now.width));
	json_put_string(link, "max_speed", facts->most.speed);
	json_object_object_add(link, "max_width", json_object_new_int((int)facts->most.width));
	return link;
}

static struct json_object *reset_json(const char *methods)
{
	struct json_object *array = json_object_new_array();

	for (const char *c = methods + strspn(methods, " "); *c; c += strspn(c, " ")) {
		size_t len = strcspn(c, " ");

		json_object_array_add(array, json_object_new_string_len(c, (int)len));
		c += len;
	}
	return array;
}

static struct json_object *members_json(const struct survey *survey, const struct survey_item *item)
{
	struct json_object *members = json_object_new_array();
	const struct survey_item *other = NULL;
	char name[SURVEY_TEXT_LEN];

	while ((other = survey_next_member(survey, item, other))) {
		struct json_object *member;

		member = json_object_new_object();
		json_put_address(member, "address", &other->device->addr);
		json_put_string(member, "name", survey_name(other, name));
		json_put_string(member, "driver", other->device->driver);
		json_object_object_add(member, "bridge", json_object_new_boolean(other->device->is_bridge));
		json_object_array_add(members, member);
	}
	return members;
}

static void put_names(struct json_object *object, const struct survey_item *item)
{
	const struct pci_identity *id = &item->device->id;

	json_put_string(object, "vendor_name", item->names.vendor);
	json_put_string(object, "device_name", item->names.device);
	json_put_string(object, "class_name", item->names.class_name);
	put_hex(object, "subsystem_vendor", 4, id->subsystem_vendor);
	put_hex(object, "subsystem_device", 4, id->subsystem_device);
	json_put_string(object, "subsystem_name", item->names.subsystem);
	put_hex(object, "revision", 2, item->device->revision);
}

static void put_facts(struct json_object *object, const struct survey_item *item)
{
	char nodedev[PCI_NODEDEV_LEN];

	json_put_string(object, "nodedev", pci_addr_nodedev(&item->device->addr, nodedev));
	json_object_object_add(object, "link", link_json(&item->facts));
	json_object_object_add(object, "reset_methods", reset_json(item->facts.reset_methods));
	if (item->facts.is_virtual)
		json_put_address(object, "physical_function", &item->facts.physical);
	else
		json_object_object_add(object, "physical_function", NULL);
	json_object_object_add(object, "virtual_functions",
			       json_object_new_int((int)item->device->vfs_enabled));
	json_object_object_add(object, "virtual_functions_max",
			       json_object_new_int((int)item->facts.vfs_possible));
}

struct json_object *survey_item_json(const struct survey *survey, const struct survey_item *item)
{
	static const struct model none = { 0 };
	struct json_object *object = json_object_new_object();
	char reason[VERDICT_LEN];

	json_put_device(object, item->device);
	put_names(object, item);
	put_facts(object, item);
	json_object_object_add(object, "bridge", json_object_new_boolean(item->device->is_bridge));
	json_object_object_add(object, "members", members_json(survey, item));
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

	json_object_object_add(object, "iommu", json_object_new_boolean(survey->host.has_iommu));
	json_object_object_add(object, "complete", json_object_new_boolean(geteuid() == 0));
	json_object_object_add(object, "names", json_object_new_boolean(survey->has_names));
	return object;
}
