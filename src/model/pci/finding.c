/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/finding.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "model/json/fields.h"

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

char *finding_to_text(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();
	char addr[PCI_ADDR_LEN], *copy;
	const char *text;

	if (!object)
		return NULL;
	fields_put_number(object, "version", FINDING_VERSION);
	fields_put_string(object, "address", pci_addr_format(&finding->addr, addr));
	fields_put_number(object, "vendor", finding->id.vendor);
	fields_put_number(object, "device", finding->id.device);
	fields_put_number(object, "subsystem_vendor", finding->id.subsystem_vendor);
	fields_put_number(object, "subsystem_device", finding->id.subsystem_device);
	fields_put_number(object, "class", finding->id.class_code);
	fields_put_string(object, "condition", pci_condition_name(finding->condition));
	fields_put_number(object, "since", finding->since);
	fields_put_string(object, "when", finding->when);
	fields_put_string(object, "evidence", finding->evidence);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	copy = text ? strdup(text) : NULL;
	json_object_put(object);
	return copy;
}

/* It becomes a part of messages: on one line, and not empty. */
static int get_line(struct json_object *object, const char *key, char *buf, size_t size, struct error *err)
{
	if (fields_string(object, key, buf, size, err) < 0)
		return -1;
	for (const char *c = buf; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fields_wrong(key, err);
	}
	return buf[0] ? 0 : fields_wrong(key, err);
}

static int get_identity(struct json_object *object, struct pci_identity *out, struct error *err)
{
	int64_t vendor, device, subvendor, subdevice, class_code;

	if (fields_number(object, "vendor", 0, UINT16_MAX, &vendor, err) < 0 ||
	    fields_number(object, "device", 0, UINT16_MAX, &device, err) < 0 ||
	    fields_number(object, "subsystem_vendor", 0, UINT16_MAX, &subvendor, err) < 0 ||
	    fields_number(object, "subsystem_device", 0, UINT16_MAX, &subdevice, err) < 0 ||
	    fields_number(object, "class", 0, 0xffffff, &class_code, err) < 0)
		return -1;
	*out = (struct pci_identity){ (uint16_t)vendor, (uint16_t)device, (uint16_t)subvendor,
				      (uint16_t)subdevice, (uint32_t)class_code };
	return 0;
}

static int from_json(struct json_object *object, struct finding *out, struct error *err)
{
	char addr[PCI_ADDR_LEN], condition[16];
	int64_t version;

	if (fields_number(object, "version", 0, FINDING_VERSION, &version, err) < 0 ||
	    get_line(object, "address", addr, sizeof(addr), err) < 0 ||
	    get_identity(object, &out->id, err) < 0 ||
	    get_line(object, "condition", condition, sizeof(condition), err) < 0 ||
	    fields_number(object, "since", 0, INT64_MAX, &out->since, err) < 0 ||
	    get_line(object, "when", out->when, sizeof(out->when), err) < 0 ||
	    get_line(object, "evidence", out->evidence, sizeof(out->evidence), err) < 0)
		return -1;
	if (pci_addr_parse(addr, &out->addr) != 0)
		return fields_wrong("address", err);
	if (pci_condition_parse(condition, &out->condition) != 0 || out->condition == PCI_WELL)
		return fields_wrong("condition", err);
	return 0;
}

int finding_from_text(const char *text, size_t len, struct finding *out, struct error *err)
{
	struct finding finding = { .is_of_any = false };
	struct json_object *object;
	int rc = fields_parse(text, len, &object, err);

	if (rc == 0)
		rc = from_json(object, &finding, err);
	json_object_put(object);
	if (rc == 0)
		*out = finding;
	return rc;
}
