/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/doubts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Base classes (pci.ids, "C"): 01 storage, 02 network, 03 display, 04 multimedia, 0b processors, 0c serial
 * buses, 12 accelerators. Compute-only GPUs use any of 03, 0b, 12. */
static const struct {
	const char *word;
	const char *what;
	uint8_t classes[4];
} words[] = {
	{ "npu", "an accelerator", { 0x12, 0x0b, 0x03, 0x08 } },
	{ "tpu", "an accelerator", { 0x12, 0x0b, 0x03, 0x08 } },
	{ "accelerator", "an accelerator", { 0x12, 0x0b, 0x03, 0x08 } },
	{ "gpu", "a GPU", { 0x03, 0x0b, 0x12, 0x04 } },
	{ "vga", "a display", { 0x03 } },
	{ "nic", "a network card", { 0x02, 0x0c } }, /* 0c: InfiniBand */
	{ "net", "a network card", { 0x02, 0x0c } },
	{ "nvme", "a disk", { 0x01 } },
	{ "ssd", "a disk", { 0x01 } },
	{ "disk", "a disk", { 0x01 } },
	{ "audio", "a sound card", { 0x04 } },
	{ "sound", "a sound card", { 0x04 } },
	{ "usb", "a USB controller", { 0x0c } },
};

static bool has_word(const char *type, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = type; *at; at += strcspn(at, "-_"), at += strspn(at, "-_")) {
		if (strcspn(at, "-_") == len && strncasecmp(at, word, len) == 0)
			return true;
	}
	return false;
}

const char *type_contradicts_class(const char *type, uint32_t class_code)
{
	uint8_t base = (uint8_t)(class_code >> 16);
	const char *what = NULL;

	if (base == 0 || base == 0xff)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!has_word(type, words[i].word))
			continue;
		if (memchr(words[i].classes, base, sizeof(words[i].classes)))
			return NULL;
		what = words[i].what;
	}
	return what;
}

bool id_looks_like_class(uint16_t device)
{
	/* pci.ids: SATA, NVMe, Ethernet, network, VGA, 3D, display, audio, HDA, co-processor, USB,
	 * accelerator */
	static const uint16_t classes[] = { 0x0106, 0x0108, 0x0200, 0x0280, 0x0300, 0x0302,
					    0x0380, 0x0401, 0x0403, 0x0b40, 0x0c03, 0x1200 };

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (classes[i] == device)
			return true;
	}
	return false;
}

bool model_forces_all(const struct model *model, const struct topology *topology)
{
	size_t matched = 0, forced = 0;

	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *device = &topology->devices[i];

		if (!model_matches(model, device))
			continue;
		matched++;
		forced += model_forces(model, &device->addr);
	}
	return matched && matched == forced;
}

size_t model_count_matches(const struct model *model, const struct topology *topology)
{
	size_t count = 0;

	for (size_t i = 0; i < topology->count; i++)
		count += model_matches(model, &topology->devices[i]);
	return count;
}

/* A copy of the model with its ids and, of the other keys, only number @key. @model still owns its lists. */
static struct model with_one_key(const struct model *model, int key)
{
	struct model one = *model;

	one.has_subsystem &= key == 0;
	one.class_digits = key == 1 ? one.class_digits : 0;
	one.has_revision &= key == 2;
	one.address.count = key == 3 ? one.address.count : 0;
	one.exclude.count = key == 4 ? one.exclude.count : 0;
	one.identity = key == 5 ? one.identity : NULL;
	return one;
}

char *model_missed(const struct model *model, const struct topology *topology,
		   char buf[static MODEL_MISSED_LEN])
{
	static const char *const keys[] = { "subsystem", "class",   "revision",
					    "address",	 "exclude", "serial, wwid, slot or path" };
	struct model ids = with_one_key(model, -1);
	size_t with_ids = model_count_matches(&ids, topology);
	const char *missed = NULL;
	char devices[MODEL_DEVICES_LEN];

	if (!with_ids) {
		snprintf(buf, MODEL_MISSED_LEN, "no device of this host has the ids %04x:%s", model->vendor,
			 model_devices(model, devices));
		return buf;
	}
	for (int key = 0; key < (int)ARRAY_SIZE(keys) && !missed; key++) {
		struct model one = with_one_key(model, key);

		if (!model_count_matches(&one, topology))
			missed = keys[key];
	}
	if (missed)
		snprintf(buf, MODEL_MISSED_LEN, "%zu here with the ids %04x:%s, but its key %s fits none",
			 with_ids, model->vendor, model_devices(model, devices), missed);
	else
		snprintf(buf, MODEL_MISSED_LEN,
			 "%zu here with the ids %04x:%s, but none that fits all its keys", with_ids,
			 model->vendor, model_devices(model, devices));
	return buf;
}

static void explain(const struct model *model, const struct pci_device *device, const char *key,
		    char buf[static MATCH_TEXT_LEN])
{
	const struct pci_identity *id = &device->id;
	int digits = (int)model->class_digits;

	if (strcmp(key, "subsystem") == 0)
		snprintf(buf, MATCH_TEXT_LEN,
			 "does not match: its subsystem is %04x:%04x, that of the device %04x:%04x",
			 model->subsystem_vendor, model->subsystem_device, id->subsystem_vendor,
			 id->subsystem_device);
	else if (strcmp(key, "class") == 0)
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its class is %0*x, that of the device %0*x",
			 digits, model->class_code, digits, id->class_code >> (24 - 4 * digits));
	else if (strcmp(key, "revision") == 0)
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its revision is %02x, that of the device %02x",
			 model->revision, device->revision);
	else if (strcmp(key, "exclude") == 0)
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its key exclude names the device");
	else if (strcmp(key, "vendor") == 0 || strcmp(key, "device") == 0)
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its %s is another", key);
	else
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its key %s names others", key);
}

char *match_text(const struct model *model, const struct pci_device *device, const char *hostname,
		 char buf[static MATCH_TEXT_LEN])
{
	const char *key = model_mismatch(model, device);

	if (key)
		explain(model, device, key, buf);
	else if (!model->enabled)
		snprintf(buf, MATCH_TEXT_LEN, "matches, but has enabled = no");
	else if (!model_applies_to_host(model, hostname))
		snprintf(buf, MATCH_TEXT_LEN, "matches, but its key hosts names others");
	else
		snprintf(buf, MATCH_TEXT_LEN, "matches");
	return buf;
}
