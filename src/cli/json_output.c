/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/json_output.h"

#include <stdio.h>

#include "flow/inventory.h"

struct json_object *json_output_start(void)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "version", json_object_new_int(JSON_OUTPUT_VERSION));
	return object;
}

const char *json_output_text(struct json_object *object)
{
	return json_object_to_json_string_ext(object,
					      JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
}

/*
 * Characters outside ASCII occur only in strings, where those that must not reach a terminal are escaped (RFC
 * 8259, section 7); none of them is beyond U+FFFF. json-c has already escaped what JSON requires, and breaks
 * lines only outside strings.
 */
static void print_escaped(const char *json)
{
	uint32_t code;
	size_t len;

	for (; *json; json += len) {
		if (*json != '\n' && text_is_hidden(json, &len, &code))
			printf("\\u%04x", (unsigned)code);
		else
			fwrite(json, 1, *json == '\n' ? (len = 1) : len, stdout);
	}
	putchar('\n');
}

void json_output_print(struct json_object *object)
{
	print_escaped(json_output_text(object));
	json_object_put(object);
}

/* A NULL or empty string is added as null, so that programs test for null instead of for an empty string. */
void json_put_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, value && value[0] ? json_object_new_string(value) : NULL);
}

void json_put_address(struct json_object *object, const char *key, const struct pci_addr *addr)
{
	char text[PCI_ADDR_LEN];

	json_put_string(object, key, pci_addr_format(addr, text));
}

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
	json_put_string(object, "state", inventory_state(verdict));
	json_put_string(object, "domain", verdict->holder);
	json_put_string(object, "reason",
			verdict->availability == AVAILABLE ? NULL : verdict_format(verdict, reason));
}
