/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/registry/match_text.h"

#include <stdio.h>
#include <string.h>

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
	else if (strcmp(key, "address") == 0)
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its key address names others");
	else if (strcmp(key, "exclude") == 0)
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its key exclude names the device");
	else
		snprintf(buf, MATCH_TEXT_LEN, "does not match: its %s is another", key);
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
