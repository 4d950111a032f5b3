/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/state.h"

#include <time.h>

enum colour verdict_colour(const struct verdict *verdict)
{
	static const enum colour colours[] = {
		[VERDICT_GOOD] = COLOUR_GOOD, [VERDICT_ATTENTION] = COLOUR_WARNING, [VERDICT_BAD] = COLOUR_BAD
	};

	return colours[verdict_rows[verdict->availability].meaning];
}

enum colour lease_colour(enum lease_state state)
{
	return state == LEASE_BOUND ? COLOUR_GOOD : state == LEASE_QUARANTINED ? COLOUR_BAD : COLOUR_WARNING;
}

enum colour outcome_colour(enum reconcile_outcome outcome)
{
	static const enum colour colours[] = { [RECONCILE_GIVEN_BACK] = COLOUR_GOOD,
					       [RECONCILE_DRIVERLESS] = COLOUR_WARNING,
					       [RECONCILE_FORGOTTEN] = COLOUR_FAINT,
					       [RECONCILE_QUARANTINED] = COLOUR_BAD,
					       [RECONCILE_UNREADABLE] = COLOUR_BAD };

	return colours[outcome];
}

const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN])
{
	time_t seconds = (time_t)when;
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || strftime(buf, LOCAL_TIME_LEN, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return "-";
	return buf;
}

static void put_number(struct json_object *object, const char *key, int number, int none)
{
	if (number == none)
		json_put_string(object, key, NULL);
	else
		json_put_int(object, key, number);
}

void json_put_device(struct json_object *object, const struct pci_device *device)
{
	json_put_address(object, "address", &device->addr);
	json_put_hex(object, "vendor", 4, device->id.vendor);
	json_put_hex(object, "device", 4, device->id.device);
	json_put_hex(object, "class", 6, device->id.class_code);
	put_number(object, "group", device->group, PCI_NO_GROUP);
	put_number(object, "numa", device->numa_node, PCI_NO_NODE);
	json_put_string(object, "driver", device->driver);
}

void json_put_place(struct json_object *object, const struct pci_place *place)
{
	struct json_object *entry = place->is_known ? json_object_new_object() : NULL;
	char root[PCI_ADDR_LEN];

	json_object_object_add(object, "place", entry);
	if (!entry)
		return;
	snprintf(root, sizeof(root), "%04x:%02x", place->root_domain, place->root_bus);
	json_put_string(entry, "path", place->path);
	json_put_address(entry, "card", &place->card);
	if (place->has_switch)
		json_put_address(entry, "switch", &place->switch_port);
	else
		json_put_string(entry, "switch", NULL);
	json_put_string(entry, "root", root);
	put_number(entry, "node", place->has_node ? place->node : PCI_NO_NODE, PCI_NO_NODE);
}

void json_put_verdict(struct json_object *object, const struct model *model, const struct verdict *verdict)
{
	char reason[VERDICT_LEN];

	json_put_string(object, "model", model->name);
	json_put_string(object, "type", model->type);
	json_put_string(object, "state", verdict_rows[verdict->availability].state);
	json_put_string(object, "domain", verdict->holder);
	json_put_string(object, "reason",
			verdict->availability == AVAILABLE ? NULL : verdict_format(verdict, reason));
}
