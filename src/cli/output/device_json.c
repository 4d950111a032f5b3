/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/device_json.h"

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
