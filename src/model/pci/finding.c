/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/finding.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

#include "base/array.h"

#define FINDING_VERSION 1

void finding_list_clear(struct finding_list *list)
{
	free(list->items);
	*list = (struct finding_list){ 0 };
}

int finding_list_add(struct finding_list *list, const struct finding *finding, struct error *err)
{
	if (ARRAY_APPEND(list->items, list->count, *finding))
		return 0;
	return error_set(err, ENOMEM, "cannot hold %zu findings", list->count + 1);
}

bool finding_is_of(const struct finding *finding, const struct pci_device *device)
{
	return pci_addr_equal(&finding->addr, &device->addr) &&
	       (finding->is_of_any || pci_identity_equal(&finding->id, &device->id));
}

static void put_string(struct json_object *object, const char *key, const char *value)
{
	json_object_object_add(object, key, json_object_new_string(value));
}

static void put_number(struct json_object *object, const char *key, int64_t value)
{
	json_object_object_add(object, key, json_object_new_int64(value));
}

char *finding_to_text(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();
	char addr[PCI_ADDR_LEN], *copy;
	const char *text;

	if (!object)
		return NULL;
	put_number(object, "version", FINDING_VERSION);
	put_string(object, "address", pci_addr_format(&finding->addr, addr));
	put_number(object, "vendor", finding->id.vendor);
	put_number(object, "device", finding->id.device);
	put_number(object, "subsystem_vendor", finding->id.subsystem_vendor);
	put_number(object, "subsystem_device", finding->id.subsystem_device);
	put_number(object, "class", finding->id.class_code);
	put_string(object, "condition", pci_condition_name(finding->condition));
	put_number(object, "since", finding->since);
	put_string(object, "when", finding->when);
	put_string(object, "evidence", finding->evidence);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	copy = text ? strdup(text) : NULL;
	json_object_put(object);
	return copy;
}

static int wrong(const char *key, struct error *err)
{
	return error_set(err, 0, "field \"%s\" is missing or wrong", key);
}

static int get_number(struct json_object *object, const char *key, int64_t max, int64_t *out,
		      struct error *err)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_int))
		return wrong(key, err);
	*out = json_object_get_int64(value);
	return *out < 0 || *out > max ? wrong(key, err) : 0;
}

/* Reads a text of less than @size bytes on one line: it becomes a part of messages. */
static int get_string(struct json_object *object, const char *key, char *buf, size_t size, struct error *err)
{
	struct json_object *value;
	const char *text;
	size_t len;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string))
		return wrong(key, err);
	text = json_object_get_string(value);
	len = strlen(text);
	if (len == 0 || len >= size || len != (size_t)json_object_get_string_len(value))
		return wrong(key, err);
	memcpy(buf, text, len + 1);
	for (const char *c = buf; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return wrong(key, err);
	}
	return 0;
}

static int get_identity(struct json_object *object, struct pci_identity *out, struct error *err)
{
	int64_t vendor, device, subvendor, subdevice, class_code;

	if (get_number(object, "vendor", UINT16_MAX, &vendor, err) < 0 ||
	    get_number(object, "device", UINT16_MAX, &device, err) < 0 ||
	    get_number(object, "subsystem_vendor", UINT16_MAX, &subvendor, err) < 0 ||
	    get_number(object, "subsystem_device", UINT16_MAX, &subdevice, err) < 0 ||
	    get_number(object, "class", 0xffffff, &class_code, err) < 0)
		return -1;
	*out = (struct pci_identity){ (uint16_t)vendor, (uint16_t)device, (uint16_t)subvendor,
				      (uint16_t)subdevice, (uint32_t)class_code };
	return 0;
}

static int from_json(struct json_object *object, struct finding *out, struct error *err)
{
	char addr[PCI_ADDR_LEN], condition[16];
	int64_t version;

	if (get_number(object, "version", FINDING_VERSION, &version, err) < 0 ||
	    get_string(object, "address", addr, sizeof(addr), err) < 0 ||
	    get_identity(object, &out->id, err) < 0 ||
	    get_string(object, "condition", condition, sizeof(condition), err) < 0 ||
	    get_number(object, "since", INT64_MAX, &out->since, err) < 0 ||
	    get_string(object, "when", out->when, sizeof(out->when), err) < 0 ||
	    get_string(object, "evidence", out->evidence, sizeof(out->evidence), err) < 0)
		return -1;
	if (pci_addr_parse(addr, &out->addr) != 0)
		return wrong("address", err);
	if (pci_condition_parse(condition, &out->condition) != 0 || out->condition == PCI_WELL)
		return wrong("condition", err);
	return 0;
}

int finding_from_text(const char *text, size_t len, struct finding *out, struct error *err)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = NULL;
	struct finding finding = { .is_of_any = false };
	int rc;

	if (!tokener || len > INT32_MAX) {
		if (tokener)
			json_tokener_free(tokener);
		return error_set(err, ENOMEM, "cannot read JSON");
	}
	object = json_tokener_parse_ex(tokener, text, (int)len);
	if (!object || !json_object_is_type(object, json_type_object))
		rc = error_set(err, 0, "it is not a complete JSON object");
	else
		rc = from_json(object, &finding, err);
	json_object_put(object);
	json_tokener_free(tokener);
	if (rc == 0)
		*out = finding;
	return rc;
}
