/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/device_json.h"

#include <stdio.h>

static void put_hex(struct json_object *object, const char *key, int digits, unsigned value)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", digits, value);
	json_put_string(object, key, text);
}

void json_put_device(struct json_object *object, const struct pci_device *device)
{
	json_put_address(object, "address", &device->addr);
	put_hex(object, "vendor", 4, device->id.vendor);
	put_hex(object, "device", 4, device->id.device);
	put_hex(object, "class", 6, device->id.class_code);
	json_object_object_add(object, "group",
			       device->group == PCI_NO_GROUP ? NULL : json_object_new_int(device->group));
	json_object_object_add(object, "numa",
			       device->numa_node == PCI_NO_NODE ? NULL
								: json_object_new_int(device->numa_node));
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
