/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/system/host_text.c base/text.c base/error.c */
/* What the kernel and kmod write, and administrators may: every reader of it, on the same bytes. */
#include "model/system/host_text.h"
#include "fuzz.h"

static void require_value(bool found, const char *value)
{
	if (found)
		REQUIRE(strnlen(value, MODULE_OPTION_LEN) < MODULE_OPTION_LEN && !strpbrk(value, " \t\n\""));
	else
		REQUIRE(strcmp(value, "untouched") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char value[MODULE_OPTION_LEN] = "untouched";
	char *text = fuzz_text(data, size);
	uint64_t hard;

	require_value(cmdline_option(text, "vfio-pci", "ids", value), value);
	strcpy(value, "untouched");
	require_value(modprobe_option(text, "vfio-pci", "ids", value), value);
	if (cmdline_has(text, "intel_iommu=on"))
		REQUIRE(strstr(text, "intel_iommu=on"));
	if (module_list_has(text, "vfio-pci"))
		REQUIRE(strstr(text, ".ko"));
	if (modules_load_names(text, "vfio-pci"))
		REQUIRE(strstr(text, "pci"));
	if (limits_memlock(text, &hard))
		REQUIRE(strstr(text, "Max locked memory "));
	if (interrupts_remapping(text) == REMAPPING_ON)
		REQUIRE(strstr(text, "IR-") || strstr(text, "ITS-"));
	if (libvirt_conf_is_empty_list(text, "namespaces"))
		REQUIRE(strstr(text, "namespaces") && strchr(text, '[') && strchr(text, ']'));
	free(text);
	return 0;
}
