/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char *const paths[] = {
	[PCI_ATTRIBUTE_NONE] = "",
	[PCI_ATTRIBUTE_VGPU_TYPE] = "nvidia/current_vgpu_type",
};

#define DIGITS "0123456789"

const char *pci_attribute_path(enum pci_attribute attribute)
{
	return paths[attribute];
}

/* Parses a number from 1 to 65535 without leading zeros. */
static bool parse_value(const char *text, size_t len, uint16_t *out)
{
	unsigned long value = len <= 5 ? strtoul(text, NULL, 10) : 0;

	if (len == 0 || text[0] == '0' || value == 0 || value > UINT16_MAX)
		return false;
	*out = (uint16_t)value;
	return true;
}

/* @len: bytes of @attribute */
static int parse(const char *attribute, size_t len, const char *value, struct pci_setting *out)
{
	for (size_t i = PCI_ATTRIBUTE_NONE + 1; i < ARRAY_SIZE(paths); i++) {
		uint16_t number;

		if (strlen(paths[i]) != len || memcmp(paths[i], attribute, len) != 0)
			continue;
		if (value[strspn(value, DIGITS)] != '\0' || !parse_value(value, strlen(value), &number))
			return PCI_SETTING_VALUE;
		*out = (struct pci_setting){ (enum pci_attribute)i, number };
		return 0;
	}
	return PCI_SETTING_UNKNOWN;
}

int pci_setting_parse(const char *text, struct pci_setting *out)
{
	size_t len = strcspn(text, "=");

	return text[len] ? parse(text, len, text + len + 1, out) : PCI_SETTING_UNKNOWN;
}

#define KEY "set"
#define BLANKS " \t"

bool pci_setting_is_key(const char *key)
{
	size_t len = strlen(KEY);

	return strncmp(key, KEY, len) == 0 && (key[len] == '\0' || strchr(BLANKS, key[len]));
}

int pci_setting_parse_line(const char *key, const char *value, struct pci_setting *out)
{
	const char *attribute = key + strlen(KEY), *number = value;
	size_t len;

	attribute += strspn(attribute, BLANKS);
	len = strlen(attribute);
	if (len == 0) {
		attribute = value;
		len = strcspn(value, "=");
		number = value + len + (value[len] == '=');
		number += strspn(number, BLANKS);
		while (len > 0 && strchr(BLANKS, attribute[len - 1]))
			len--;
	}
	return parse(attribute, len, number, out);
}

char *pci_setting_format(const struct pci_setting *setting, char buf[static PCI_SETTING_LEN])
{
	buf[0] = '\0';
	if (setting->attribute != PCI_ATTRIBUTE_NONE)
		snprintf(buf, PCI_SETTING_LEN, "%s=%u", paths[setting->attribute], setting->value);
	return buf;
}

/* ---- vGPUs ------------------------------------------------------------------------------------------- */

/* Takes the type of a line, "1145  : NVIDIA L40S-1B". */
static bool take_line(const char *line, struct vgpu_state *out)
{
	size_t len = strspn(line, DIGITS);
	uint16_t type;

	if (!parse_value(line, len, &type) || line[len + strspn(line + len, " \t")] != ':')
		return false;
	if (out->count == VGPU_TYPES_MAX)
		out->is_cut = true;
	else
		out->left[out->count++] = type;
	return true;
}

int vgpu_parse_left(const char *text, struct vgpu_state *out)
{
	bool is_first = true;

	out->count = 0;
	out->is_cut = false;
	for (const char *line = text; *line; line += *line == '\n') {
		bool is_header = is_first && strchr(DIGITS, *line) == NULL;

		if (*line != '\n' && !is_header && !take_line(line, out)) {
			out->count = 0;
			out->is_cut = false;
			return 1;
		}
		is_first = false;
		line += strcspn(line, "\n");
	}
	return 0;
}

bool vgpu_has_left(const struct vgpu_state *vgpu, uint16_t type)
{
	for (size_t i = 0; i < vgpu->count; i++) {
		if (vgpu->left[i] == type)
			return true;
	}
	return false;
}

char *vgpu_format_left(const struct vgpu_state *vgpu, char buf[static VGPU_LEFT_LEN])
{
	static const char more[] = ", ...";

	buf[0] = '\0';
	for (size_t i = 0; i < vgpu->count; i++) {
		if (strlen(buf) + strlen(", 65535") + sizeof(more) > VGPU_LEFT_LEN) {
			text_append(buf, VGPU_LEFT_LEN, "%s", more);
			return buf;
		}
		text_append(buf, VGPU_LEFT_LEN, "%s%u", i ? ", " : "", vgpu->left[i]);
	}
	if (vgpu->is_cut)
		text_append(buf, VGPU_LEFT_LEN, "%s", more);
	return buf;
}
