/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/device.c model/qemu/option.c model/lease/placeholder.c model/pci/address.c base/error.c model/lease/name.c model/lease/options.c */
/* libs: json-c */
#include "model/lease/placeholder.h"
#include "model/qemu/device.h"
#include "test.h"

#define SYS "/sys/bus/pci/devices/"
#define INPUT "virtio-input-host-pci,id=input0,evdev=/dev/pcitag/win11/gpu,bus=pci.2"
#define VFIO "vfio-pci,id=input0,sysfsdev=" SYS

/* Swaps @text for the grant of the middle link @link; the results joined by " | ", or the error. */
static const char *swapped(const char *text, const char *link)
{
	static char joined[4096];
	char *out[PCI_FUNCTIONS];
	struct qemu_option option;
	struct qemu_grant grant;
	struct error err;
	size_t count;

	CHECK(grant_link_parse(link, &grant.addr, &grant.functions, &grant.options) == 0);
	CHECK(qemu_option_parse(text, "driver", &option, &err) == 0);
	joined[0] = '\0';
	if (qemu_device_swap(&option, &grant, out, &count, &err) == 0) {
		for (size_t i = 0; i < count; i++) {
			strcat(joined, i ? " | " : "");
			strcat(joined, out[i]);
			free(out[i]);
		}
	} else {
		strcpy(joined, err.msg);
	}
	qemu_option_clear(&option);
	return joined;
}

static const char *refusal(const char *text)
{
	static struct error err;
	struct qemu_option option;

	CHECK(qemu_option_parse(text, "driver", &option, &err) == 0);
	CHECK(qemu_device_placeholder(&option));
	strcpy(err.msg, "");
	CHECK(qemu_device_check(&option, &err) == (err.msg[0] ? -1 : 0));
	qemu_option_clear(&option);
	return err.msg;
}

static void test_every_key_stays_in_its_place(void)
{
	CHECK_STR(swapped("{\"driver\":\"virtio-input-host-pci\",\"id\":\"input0\",\"evdev\":\"/dev/pcitag/a/"
			  "b\","
			  "\"bus\":\"pci.2\",\"multifunction\":true,\"addr\":\"0x0\",\"acpi-index\":7,"
			  "\"bootindex\":1,\"rombar\":0}",
			  "0000:02:00.0"),
		  "{\"driver\":\"vfio-pci\",\"id\":\"input0\",\"sysfsdev\":\"" SYS "0000:02:00.0\","
		  "\"bus\":\"pci.2\",\"multifunction\":true,\"addr\":\"0x0\",\"acpi-index\":7,"
		  "\"bootindex\":1,\"rombar\":0}");
	CHECK_STR(swapped(INPUT ",addr=0x0,bootindex=1", "0000:02:00.0"),
		  VFIO "0000:02:00.0,bus=pci.2,addr=0x0,bootindex=1");
}

static void test_what_speaks_of_virtio_queues_goes(void)
{
	CHECK_STR(swapped("{\"driver\":\"virtio-input-host-pci\",\"iommu_platform\":true,\"ats\":true,"
			  "\"packed\":"
			  "false,\"page-per-vq\":true,\"id\":\"i\",\"evdev\":\"/dev/pcitag/a/b\"}",
			  "0000:02:00.0"),
		  "{\"driver\":\"vfio-pci\",\"id\":\"i\",\"sysfsdev\":\"" SYS "0000:02:00.0\"}");
	CHECK_STR(swapped(INPUT ",disable-legacy=on,disable-modern=off,addr=0x0", "0000:02:00.0"),
		  VFIO "0000:02:00.0,bus=pci.2,addr=0x0");
}

static void test_one_function_goes_where_libvirt_put_it(void)
{
	/* Host function 1 alone is guest function 0; and a user may place two requests in one guest slot. */
	CHECK_STR(swapped(INPUT ",addr=0x0", "0000:02:00.1"), VFIO "0000:02:00.1,bus=pci.2,addr=0x0");
	CHECK_STR(swapped(INPUT ",addr=0x0.0x1", "0000:02:00.0"), VFIO "0000:02:00.0,bus=pci.2,addr=0x0.0x1");
	CHECK_STR(swapped("virtio-input-host-pci,evdev=/dev/pcitag/a/b", "10000:01:00.0"),
		  "vfio-pci,sysfsdev=" SYS "10000:01:00.0");
}

static void test_several_functions_share_the_guest_slot(void)
{
	CHECK_STR(swapped(INPUT ",addr=0x3", "0000:02:00.0+1+3"),
		  VFIO "0000:02:00.0,bus=pci.2,addr=0x3,multifunction=on"
		       " | vfio-pci,sysfsdev=" SYS "0000:02:00.1,id=input0-fn1,bus=pci.2,addr=0x3.0x1"
		       " | vfio-pci,sysfsdev=" SYS "0000:02:00.3,id=input0-fn3,bus=pci.2,addr=0x3.0x3");
	CHECK_STR(swapped("{\"driver\":\"virtio-input-host-pci\",\"id\":\"i\",\"evdev\":\"/dev/pcitag/a/b\","
			  "\"multifunction\":false,\"addr\":24}",
			  "0000:02:00.0+1"),
		  "{\"driver\":\"vfio-pci\",\"id\":\"i\",\"sysfsdev\":\"" SYS "0000:02:00.0\","
		  "\"multifunction\":true,\"addr\":24}"
		  " | {\"driver\":\"vfio-pci\",\"sysfsdev\":\"" SYS "0000:02:00.1\",\"id\":\"i-fn1\","
		  "\"addr\":\"0x3.0x1\"}");
}

static void test_the_function_that_matched_keeps_the_id(void)
{
	CHECK_STR(swapped(INPUT ",addr=0x0", "0000:02:00.1+0"),
		  VFIO "0000:02:00.1,bus=pci.2,addr=0x0.0x1"
		       " | vfio-pci,sysfsdev=" SYS
		       "0000:02:00.0,id=input0-fn0,bus=pci.2,multifunction=on,addr=0x0.0x0");
}

static void test_without_function_0_the_lowest_becomes_it(void)
{
	CHECK_STR(swapped(INPUT ",addr=0x0", "0000:02:00.2+5"),
		  VFIO "0000:02:00.2,bus=pci.2,addr=0x0,multifunction=on"
		       " | vfio-pci,sysfsdev=" SYS "0000:02:00.5,id=input0-fn5,bus=pci.2,addr=0x0.0x5");
	CHECK_STR(swapped(INPUT ",addr=0x0", "0000:02:00.5+2"),
		  VFIO "0000:02:00.5,bus=pci.2,addr=0x0.0x5"
		       " | vfio-pci,sysfsdev=" SYS
		       "0000:02:00.2,id=input0-fn2,bus=pci.2,multifunction=on,addr=0x0.0x0");
}

static void test_without_an_id_no_function_gets_one(void)
{
	CHECK_STR(swapped("virtio-input-host-pci,evdev=/dev/pcitag/a/b,addr=1f", "0000:02:00.0+7"),
		  "vfio-pci,sysfsdev=" SYS "0000:02:00.0,addr=1f,multifunction=on"
		  " | vfio-pci,sysfsdev=" SYS "0000:02:00.7,addr=0x1f.0x7");
}

static void test_all_eight_functions_fit(void)
{
	const char *text = swapped(INPUT ",addr=0x0", "ffffffff:ff:1f.7+0+1+2+3+4+5+6");

	CHECK(strstr(text, VFIO "ffffffff:ff:1f.7,bus=pci.2,addr=0x0.0x7 | ") == text);
	CHECK(strstr(text, "ffffffff:ff:1f.6,id=input0-fn6,bus=pci.2,addr=0x0.0x6"));
}

static void test_several_functions_need_an_address_at_function_0(void)
{
	static const char *const addrs[] = { "",	 ",addr=0x0.0x1",     ",addr=20",
					     ",addr=x",	 ",addr=0x0.8",	      ",addr=-1",
					     ",addr=0.", ",addr=0x0.0x0junk", ",addr=0x0000000000" };
	char text[256];

	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		snprintf(text, sizeof(text), INPUT "%s", addrs[i]);
		if (strstr(addrs[i], "0000000000"))
			CHECK(strstr(swapped(text, "0000:02:00.0+1"), "multifunction=on"));
		else
			CHECK_STR(swapped(text, "0000:02:00.0+1"),
				  "placeholder '/dev/pcitag/win11/gpu' stands for several functions of "
				  "0000:02:00.0, which need a guest slot of their own: leave its <address> "
				  "out, or write one with function='0x0'");
	}
	CHECK(strstr(
		swapped("{\"driver\":\"virtio-input-host-pci\",\"evdev\":\"/dev/pcitag/a/b\",\"addr\":-1}",
			"0000:02:00.0+1"),
		"several functions"));
	CHECK(strstr(
		swapped("{\"driver\":\"virtio-input-host-pci\",\"evdev\":\"/dev/pcitag/a/b\",\"addr\":1}",
			"0000:02:00.0+1"),
		"several functions"));
}

static void test_a_json_null_is_left_for_qemu_to_refuse(void)
{
	CHECK_STR(swapped("{\"driver\":\"virtio-input-host-pci\",\"evdev\":\"/dev/pcitag/a/b\",\"id\":null}",
			  "0000:02:00.0"),
		  "{\"driver\":\"vfio-pci\",\"sysfsdev\":\"" SYS "0000:02:00.0\",\"id\":null}");
}

static void test_only_a_pci_input_can_be_swapped(void)
{
	CHECK_STR(refusal(INPUT), "");
	CHECK_STR(
		refusal("virtio-input-host-ccw,evdev=/dev/pcitag/a/b"),
		"placeholder '/dev/pcitag/a/b' is the evdev of a virtio-input-host-ccw device, which has no "
		"PCI "
		"address in the guest: write <input type='passthrough' bus='virtio'> in a domain with a PCI "
		"bus");
	CHECK(strstr(refusal("virtio-input-host-device,evdev=/dev/pcitag/a/b"), "no PCI address"));
	CHECK(strstr(refusal("evdev=/dev/pcitag/a/b"), "a nameless device"));
	CHECK(strstr(refusal(INPUT ",host=02:00.0"), "by 'host': leave that out"));
	CHECK(strstr(refusal(INPUT ",sysfsdev=/sys/x"), "by 'sysfsdev': leave that out"));
	CHECK(strstr(refusal(INPUT ",fd=17"), "by 'fd': leave that out"));
	CHECK(strstr(refusal(INPUT ",iommufd=iommufd0"), "by 'iommufd': leave that out"));
}

static void test_options_are_properties_with_the_types_of_qemu(void)
{
	CHECK_STR(swapped("{\"driver\":\"virtio-input-host-pci\",\"id\":\"input0\",\"evdev\":\"/dev/pcitag/a/"
			  "b\"}",
			  "0000:02:00.0,bootindex=1,rombar=0,romfile=x.rom,x-igd-legacy-mode=off,x-pci-"
			  "vendor-id=0x10de,"
			  "x-vga=on"),
		  "{\"driver\":\"vfio-pci\",\"id\":\"input0\",\"sysfsdev\":\"" SYS "0000:02:00.0\","
		  "\"bootindex\":1,\"rombar\":0,\"romfile\":\"/var/lib/pcitag/rom/x.rom\","
		  "\"x-igd-legacy-mode\":\"off\",\"x-pci-vendor-id\":4318,\"x-vga\":true}");
	CHECK_STR(swapped(INPUT ",addr=0x0", "0000:02:00.0,bootindex=1,rombar=0,romfile=x.rom,"
					     "x-pci-vendor-id=0x10de,x-vga=off"),
		  VFIO "0000:02:00.0,bus=pci.2,addr=0x0,bootindex=1,rombar=0,"
		       "romfile=/var/lib/pcitag/rom/x.rom,x-pci-vendor-id=0x10de,x-vga=off");
}

/* <qemu:override> names the placeholder by its alias, and libvirt has written it into the -device. */
static void test_what_an_override_says_stands_above_the_options(void)
{
	CHECK_STR(swapped("{\"driver\":\"virtio-input-host-pci\",\"id\":\"ua-gpu\",\"evdev\":\"/dev/pcitag/a/"
			  "b\","
			  "\"x-vga\":true,\"romfile\":\"/usr/share/other.rom\"}",
			  "0000:02:00.0,bootindex=1,romfile=x.rom,x-vga=off"),
		  "{\"driver\":\"vfio-pci\",\"id\":\"ua-gpu\",\"sysfsdev\":\"" SYS "0000:02:00.0\","
		  "\"x-vga\":true,\"romfile\":\"/usr/share/other.rom\",\"bootindex\":1}");
}

static void test_only_the_function_that_matched_has_a_rom_and_a_place_in_the_boot_order(void)
{
	CHECK_STR(swapped(INPUT ",addr=0x0",
			  "0000:02:00.1+0,bootindex=1,rombar=0,romfile=x.rom,x-no-mmap=on,x-vga=on"),
		  VFIO "0000:02:00.1,bus=pci.2,addr=0x0.0x1,bootindex=1,rombar=0,"
		       "romfile=/var/lib/pcitag/rom/x.rom,x-no-mmap=on,x-vga=on | "
		       "vfio-pci,sysfsdev=" SYS
		       "0000:02:00.0,id=input0-fn0,bus=pci.2,multifunction=on,addr=0x0.0x0,"
		       "x-no-mmap=on");
}

int main(void)
{
	RUN(test_every_key_stays_in_its_place);
	RUN(test_what_speaks_of_virtio_queues_goes);
	RUN(test_one_function_goes_where_libvirt_put_it);
	RUN(test_several_functions_share_the_guest_slot);
	RUN(test_the_function_that_matched_keeps_the_id);
	RUN(test_without_function_0_the_lowest_becomes_it);
	RUN(test_without_an_id_no_function_gets_one);
	RUN(test_all_eight_functions_fit);
	RUN(test_several_functions_need_an_address_at_function_0);
	RUN(test_a_json_null_is_left_for_qemu_to_refuse);
	RUN(test_only_a_pci_input_can_be_swapped);
	RUN(test_options_are_properties_with_the_types_of_qemu);
	RUN(test_what_an_override_says_stands_above_the_options);
	RUN(test_only_the_function_that_matched_has_a_rom_and_a_place_in_the_boot_order);
	return 0;
}
