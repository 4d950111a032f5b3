/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/system/host_text.c base/text.c */
#include "model/system/host_text.h"
#include "test.h"

static char value[MODULE_OPTION_LEN];

static void test_an_option_of_a_module_on_the_command_line(void)
{
	CHECK(cmdline_option("quiet vfio-pci.ids=10de:2204,10de:1aef ro\n", "vfio-pci", "ids", value));
	CHECK_STR(value, "10de:2204,10de:1aef");
	CHECK(cmdline_option("vfio_pci.ids=\"1234:11e8\"", "vfio-pci", "ids", value));
	CHECK_STR(value, "1234:11e8");
	CHECK(cmdline_option("a=1 \"vfio-pci.ids=1234:11e8\"", "vfio-pci", "ids", value));
	CHECK_STR(value, "1234:11e8");
	CHECK(!cmdline_option("xvfio-pci.ids=1 vfio-pci.idsx=1 vfio-pci ids=1 vfio-pci.ids", "vfio-pci",
			      "ids", value));
	CHECK(!cmdline_option("", "vfio-pci", "ids", value));
}

static void test_a_long_value_is_cut(void)
{
	char line[512] = "vfio-pci.ids=";

	memset(line + strlen(line), 'x', 300);
	CHECK(cmdline_option(line, "vfio-pci", "ids", value));
	CHECK(strlen(value) == MODULE_OPTION_LEN - 1);
}

static void test_a_word_on_the_command_line_is_compared_whole(void)
{
	CHECK(cmdline_has("ro intel_iommu=on\n", "intel_iommu=on"));
	CHECK(!cmdline_has("ro intel_iommu=on,sm_on\n", "intel_iommu=on"));
	CHECK(!cmdline_has("", "intel_iommu=on"));
}

static void test_an_options_line_of_modprobe(void)
{
	CHECK(modprobe_option("options vfio_pci disable_vga=1 ids=10de:2204\nnext", "vfio-pci", "ids",
			      value));
	CHECK_STR(value, "10de:2204");
	CHECK(modprobe_option("\toptions\tvfio-pci\tids=1:2", "vfio-pci", "ids", value));
	CHECK_STR(value, "1:2");
	CHECK(!modprobe_option("options vfio-pci-extra ids=1:2", "vfio-pci", "ids", value));
	CHECK(!modprobe_option("options vfio-pci\nids=1:2", "vfio-pci", "ids", value));
	CHECK(!modprobe_option("softdep nouveau pre: vfio-pci", "vfio-pci", "ids", value));
	CHECK(!modprobe_option("options", "vfio-pci", "ids", value));
	CHECK(!modprobe_option("", "vfio-pci", "ids", value));
}

static void test_a_module_in_a_list(void)
{
	static const char dep[] = "kernel/fs/fuse.ko.xz:\n"
				  "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/vfio.ko.xz\n";

	CHECK(module_list_has(dep, "vfio-pci"));
	CHECK(module_list_has(dep, "vfio_pci"));
	CHECK(module_list_has(dep, "fuse"));
	CHECK(!module_list_has(dep, "vfio")); /* as what another one needs */
	CHECK(!module_list_has(dep, "vfio-pc"));
	CHECK(module_list_has("kernel/vfio-pci.ko", "vfio-pci"));
	CHECK(module_list_has("vfio-pci.ko\n", "vfio-pci"));
	CHECK(!module_list_has("kernel/vfio-pci.so\nkernel/nvfio-pci.ko\n", "vfio-pci"));
	CHECK(!module_list_has("", "vfio-pci"));
}

static void test_a_line_of_modules_load(void)
{
	CHECK(modules_load_names("  vfio_pci\n", "vfio-pci"));
	CHECK(!modules_load_names("vfio-pci-core\n", "vfio-pci"));
	CHECK(!modules_load_names("# vfio-pci\n", "vfio-pci"));
}

static void test_the_limit_for_locked_memory(void)
{
	static const char limits[] =
		"Limit                     Soft Limit           Hard Limit           Units\n"
		"Max open files            1024                 524288               files\n"
		"Max locked memory         67108864             %s bytes\n";
	char text[512];
	uint64_t hard = 0;

	snprintf(text, sizeof(text), limits, "unlimited           ");
	CHECK(limits_memlock(text, &hard) && hard == MEMLOCK_UNLIMITED);
	snprintf(text, sizeof(text), limits, "8388608             ");
	CHECK(limits_memlock(text, &hard) && hard == 8388608);
	CHECK(!limits_memlock("Max locked memory         1\n", &hard));
	CHECK(!limits_memlock("Max open files 1 2 files\n", &hard));
	CHECK(!limits_memlock("", &hard));
}

static void test_chips_that_remap_are_known_by_their_names(void)
{
	CHECK(interrupts_remapping("            CPU0       CPU1\n"
				   "   1:          9          0  IR-IO-APIC    1-edge      i8042\n") ==
	      REMAPPING_ON);
	CHECK(interrupts_remapping(
		      " 24:  0  IO-APIC 1-edge timer\n 25: 3 IR-PCI-MSIX-0000:01:00.0 0-edge eth0\n") ==
	      REMAPPING_ON);
	CHECK(interrupts_remapping(" 25: 3 ITS-PCI-MSI 0 Edge nvme0q0\n") == REMAPPING_ON);
	CHECK(interrupts_remapping("  1:  9  0  IO-APIC   1-edge   IR-receiver\n") == REMAPPING_OFF);
	CHECK(interrupts_remapping(" 28:  0  0 PCI-MSIX-0000:00:01.0   0-edge virtio0\n") == REMAPPING_OFF);
	CHECK(interrupts_remapping(" 11:  7  GICv3  30 Level arch_timer\nNMI: 0 Non-maskable interrupts\n") ==
	      REMAPPING_UNKNOWN);
	CHECK(interrupts_remapping("") == REMAPPING_UNKNOWN);
}

static void test_an_empty_list_in_a_file_of_libvirt(void)
{
	static const char *const empty[] = { "namespaces = []", "namespaces = [ ]\n",
					     "x = 1\n\t namespaces=[\n]\n", "namespaces = [ # none\n ]",
					     "namespaces = [ \"mount\" ]\nnamespaces = []" };
	static const char *const other[] = { "",
					     "#namespaces = []",
					     "namespaces = [ \"mount\" ]",
					     "my_namespaces = []",
					     "namespaces_x = []",
					     "namespaces []",
					     "namespaces =",
					     "namespaces = [",
					     "namespaces = []\nnamespaces = [\n \"mount\" ]",
					     "namespaces = 1 # []" };

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		CHECK(libvirt_conf_is_empty_list(empty[i], "namespaces"));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		CHECK(!libvirt_conf_is_empty_list(other[i], "namespaces"));
}

int main(void)
{
	RUN(test_an_option_of_a_module_on_the_command_line);
	RUN(test_a_long_value_is_cut);
	RUN(test_a_word_on_the_command_line_is_compared_whole);
	RUN(test_an_options_line_of_modprobe);
	RUN(test_a_module_in_a_list);
	RUN(test_a_line_of_modules_load);
	RUN(test_the_limit_for_locked_memory);
	RUN(test_chips_that_remap_are_known_by_their_names);
	RUN(test_an_empty_list_in_a_file_of_libvirt);
	return 0;
}
