/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/setting.c base/error.c */
/*
 * The key `set`, of the registry and of a lease, and the types of vGPUs that a driver shows. The first byte
 * says which of the two: a setting that is accepted is one of the list, and is the same when it is written
 * and read again; of types, each can be the value of a setting.
 */
#include "model/pci/setting.h"
#include "fuzz.h"

static void check_setting(const char *text)
{
	struct pci_setting setting = { 0 }, again;
	char written[PCI_SETTING_LEN];

	if (pci_setting_parse(text, &setting) != 0) {
		REQUIRE(setting.attribute == PCI_ATTRIBUTE_NONE && setting.value == 0);
		return;
	}
	REQUIRE(setting.attribute == PCI_ATTRIBUTE_VGPU_TYPE && setting.value != 0);
	REQUIRE(strcmp(pci_setting_format(&setting, written), text) == 0);
	REQUIRE(pci_setting_parse(written, &again) == 0 && again.value == setting.value);
	/* It becomes a path below a function. */
	REQUIRE(!strstr(pci_attribute_path(setting.attribute), ".."));
}

static void check_types(const char *text)
{
	struct vgpu_state vgpu = { 0 };
	char left[VGPU_LEFT_LEN];
	bool is_read = vgpu_parse_left(text, &vgpu) == 0;

	REQUIRE(is_read || vgpu.count == 0);
	REQUIRE(vgpu.count <= VGPU_TYPES_MAX && !vgpu_has_left(&vgpu, 0));
	for (size_t i = 0; i < vgpu.count; i++)
		REQUIRE(vgpu_has_left(&vgpu, vgpu.left[i]));
	vgpu_format_left(&vgpu, left);
	REQUIRE((left[0] != '\0') == (vgpu.count > 0) && strlen(left) < VGPU_LEFT_LEN);
	REQUIRE(left[strspn(left, "0123456789, .")] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (text[0] == 's')
		check_setting(text + 1);
	else if (text[0])
		check_types(text + 1);
	free(text);
	return 0;
}
