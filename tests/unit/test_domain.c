/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/domain.c model/lease/name.c base/error.c model/lease/options.c model/lease/vf_net.c */
#include "model/lease/domain.h"
#include "test.h"

static struct request request(const char *path)
{
	struct error err = { 0 };
	struct request out;

	if (placeholder_parse(path, &out, &err) != 0)
		fprintf(stderr, "%s\n", err.msg);
	CHECK(err.msg[0] == '\0');
	return out;
}

/* A domain that would pass; the tests break it in one way each. */
static struct domain tagged(const char *const *paths, size_t count)
{
	struct domain d = { .name = "win11",
			    .uuid = "6f1c2f4e-0d0b-4b7c-9b5b-3a2d6f2f6a01",
			    .emulator = "/usr/bin/pcitag-qemu-system-x86_64",
			    .has_container = true };

	for (size_t i = 0; i < count; i++) {
		struct request r = request(paths[i]);

		CHECK(domain_add_request(&d, &r, NULL) == 0);
	}
	return d;
}

static void refused(const struct domain *d, const char *message)
{
	struct error err = { 0 };

	CHECK(domain_check(d, &err) < 0);
	CHECK_STR(err.msg, message);
}

static void test_a_placeholder_names_an_owner_and_a_request(void)
{
	struct request r = request("/dev/pcitag/win11/npu");

	CHECK_STR(r.owner, "win11");
	CHECK_STR(r.text, "npu");
	CHECK_STR(r.name, "npu");
	CHECK(r.index == -1);
	r = request("/dev/pcitag/win11/Atlas-300I.12");
	CHECK_STR(r.text, "Atlas-300I.12");
	CHECK_STR(r.name, "Atlas-300I");
	CHECK(r.index == 12);
}

static void test_the_longest_placeholder_fits(void)
{
#define LONGEST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqr_-09"
	struct request r = request("/dev/pcitag/" LONGEST "/" LONGEST ".999");

	CHECK_STR(r.owner, LONGEST);
	CHECK_STR(r.text, LONGEST ".999");
	CHECK(r.index == 999);
}

static void test_a_bad_shape_is_refused_with_the_form(void)
{
	static const char *const bad[] = { "/dev/pcitag",	   "/dev/pcitag/",
					   "/dev/pcitag/npu",	   "/dev/pcitag/win11/",
					   "/dev/pcitag//npu",	   "/dev/pcitag/win11/npu/0",
					   "//dev/pcitag/win/npu", "/dev/./pcitag/w/npu",
					   "dev/pcitag/w/npu",	   "",
					   "/dev/vfio/14",	   "/dev/pcitag/win11/npu/",
					   "/dev/pcitag/win11//",  "/dev/x/../pcitag/win11/npu" };
	struct request out = { .index = 7 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = { 0 };

		CHECK(placeholder_parse(bad[i], &out, &err) < 0);
		CHECK(strstr(err.msg, bad[i]) && strstr(err.msg, "/dev/pcitag/OWNER/REQUEST"));
	}
	CHECK(out.index == 7);
}

static void test_bad_names_are_refused_with_what_may_be_written(void)
{
	struct request out;
	struct error err = { 0 };

	CHECK(placeholder_parse("/dev/pcitag/win 11/npu", &out, &err) < 0);
	CHECK_STR(err.msg,
		  "placeholder '/dev/pcitag/win 11/npu': the owner 'win 11' is not a name: write 1 to "
		  "48 of the characters A-Z a-z 0-9 _ -");
	CHECK(placeholder_parse("/dev/pcitag/win11/npu.007", &out, &err) < 0);
	CHECK_STR(err.msg,
		  "placeholder '/dev/pcitag/win11/npu.007': 'npu.007' is not a request: write a type or "
		  "a model (1 to 48 of A-Z a-z 0-9 _ -), and an index from .0 to .999 to tell twins "
		  "apart, such as npu or npu.1");
	CHECK(placeholder_parse("/dev/pcitag/../npu", &out, &err) < 0);
	CHECK(placeholder_parse("/dev/pcitag/" LONGEST "x/npu", &out, &err) < 0);
	CHECK(placeholder_parse("/dev/pcitag/win11/" LONGEST "x", &out, &err) < 0);
	CHECK(placeholder_parse("/dev/pcitag/win11/0000:02:00.0", &out, &err) < 0);
}

static void test_the_owner_device_is_reserved(void)
{
	struct request out;
	struct error err = { 0 };

	CHECK(placeholder_parse("/dev/pcitag/device/npu", &out, &err) < 0);
	CHECK_STR(err.msg,
		  "placeholder '/dev/pcitag/device/npu': the owner 'device' is reserved: write another, "
		  "such as the domain's name");
	CHECK(placeholder_parse("/dev/pcitag/device2/npu", &out, &err) == 0);
}

static void test_a_path_of_ours_is_known_however_it_is_spelt(void)
{
	static const char *const ours[] = { "/dev/pcitag",	     "/dev/pcitag/",
					    "/dev/pcitag/win11/npu", "//dev///pcitag/x",
					    "/dev/./pcitag/x",	     "/dev/vfio/../pcitag/x",
					    "/../dev/pcitag",	     "/run/../dev/x/../pcitag",
					    "/dev/../dev/pcitag/x",  "/dev/pcitag/../pcitag/x" };
	static const char *const others[] = { "",
					      "/",
					      "/dev",
					      "/dev/pcitagged",
					      "/dev/pcita",
					      "dev/pcitag/x",
					      "/run/dev/pcitag/x",
					      "/dev/pcitag/../vfio",
					      "/dev/x/pcitag",
					      "/usr/bin/pcitag-qemu-system-x86_64",
					      "my /dev/pcitag/x",
					      "/dev/pcitag/../.." };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		CHECK(placeholder_path(ours[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK(!placeholder_path(others[i]));
}

static void test_a_complete_domain_passes(void)
{
	static const char *const paths[] = { "/dev/pcitag/win11/npu", "/dev/pcitag/win11/npu.1",
					     "/dev/pcitag/other/npu" };
	struct domain d = tagged(paths, 3);
	struct error err = { 0 };

	CHECK(domain_check(&d, &err) == 0);
	domain_clear(&d);
	CHECK(d.request_count == 0 && d.name[0] == '\0');
}

static void test_a_domain_without_requests_needs_nothing(void)
{
	struct domain d = { .name = "plain", .emulator = "/usr/bin/qemu-system-x86_64" };
	struct error err = { 0 };

	CHECK(domain_check(&d, &err) == 0);
}

static void test_the_same_placeholder_twice_is_told_how_to_be_two(void)
{
	static const char *const plain[] = { "/dev/pcitag/win11/gpu", "/dev/pcitag/win11/npu",
					     "/dev/pcitag/win11/npu" };
	static const char *const indexed[] = { "/dev/pcitag/win11/npu.1", "/dev/pcitag/win11/npu.1" };
	struct domain d = tagged(plain, 3);

	refused(&d,
		"domain 'win11' has the placeholder /dev/pcitag/win11/npu twice: each stands for one device; "
		"write /dev/pcitag/win11/npu.0 and /dev/pcitag/win11/npu.1");
	domain_clear(&d);
	d = tagged(indexed, 2);
	refused(&d, "domain 'win11' has the placeholder /dev/pcitag/win11/npu.1 twice: each stands for one "
		    "device; give one of them another index");
	domain_clear(&d);
}

static void test_a_missing_container_is_printed_as_the_element_to_add(void)
{
	static const char *const paths[] = { "/dev/pcitag/win11/npu" };
	struct domain d = tagged(paths, 1);

	d.has_container = false;
	refused(&d, "domain 'win11' requests 'npu' but does not have the VFIO container: add "
		    "<input type='evdev'><source dev='/dev/vfio/vfio'/></input> to <devices>");
	domain_clear(&d);
}

static void test_the_number_of_placeholders_is_bounded(void)
{
	struct request r = request("/dev/pcitag/win11/npu");
	struct domain d = { .name = "win11" };
	struct error err = { 0 };

	for (r.index = 0; r.index < DOMAIN_REQUESTS_MAX; r.index++)
		CHECK(domain_add_request(&d, &r, &err) == 0);
	CHECK(domain_add_request(&d, &r, &err) < 0);
	CHECK_STR(err.msg,
		  "domain 'win11' has more than 64 placeholders (the next one: /dev/pcitag/win11/npu): "
		  "give it fewer devices");
	CHECK(d.request_count == DOMAIN_REQUESTS_MAX && d.requests[63].index == 63);
	domain_clear(&d);
}

static void test_host_devices_are_kept_in_order(void)
{
	struct domain d = { 0 };

	for (unsigned i = 0; i < 100; i++) {
		struct pci_addr addr = { .bus = (uint8_t)i };

		CHECK(domain_add_hostdev(&d, &addr, NULL) == 0);
	}
	CHECK(d.hostdev_count == 100 && d.hostdevs[0].bus == 0 && d.hostdevs[99].bus == 99);
	domain_clear(&d);
}

static void test_two_boot_orders_are_refused(void)
{
	const char *const paths[] = { "/dev/pcitag/win11/npu" };
	struct domain d = tagged(paths, 1);

	strcpy(d.boot_clash, "<boot dev='hd'/>");
	refused(&d, "domain 'win11': a request has a bootindex, and the domain has <boot dev='hd'/> as well, "
		    "which is "
		    "another place in the boot order: remove <boot dev=...> from <os>, give each disk or "
		    "interface "
		    "to boot from a <boot order='N'/> of its own, and each request another number");
	domain_clear(&d);
}

static void test_options_are_those_of_one_request(void)
{
	struct domain d = { .name = "win11" };
	struct error err = { 0 };

	CHECK(domain_add_options(&d, "npu.1", "rombar=off", &err) == 0);
	CHECK(domain_add_options(&d, "npu", "x-vga=on", &err) == 0);
	CHECK_STR(domain_find_options(&d, "npu.1")->text, "rombar=0");
	CHECK_STR(domain_find_options(&d, "npu")->text, "x-vga=on");
	CHECK(!domain_find_options(&d, "npu.0"));
	CHECK(domain_add_options(&d, "npu", "x-vga=off", &err) == -1);
	CHECK(domain_add_options(&d, "npu.2", "x-vga=perhaps", &err) == -1);
	CHECK(d.option_count == 2);
	domain_clear(&d);
}

static void test_options_of_a_virtual_function_are_not_qemus(void)
{
	struct request_options options = { .request = "" }, more = { .request = "" };
	struct domain d = { .name = "win11" };
	char text[REQUEST_OPTIONS_LEN];
	struct error err = { 0 };

	CHECK(request_options_set_list(&options, "vlan=10:5,rombar=off,mac=stable,bootindex=1", &err) == 0);
	CHECK_STR(options.options.text, "bootindex=1,rombar=0");
	CHECK_STR(request_options_text(&options, text), "bootindex=1,rombar=0,mac=stable,vlan=10:5");
	CHECK(request_options_set_list(&more, "mac=52:54:00:12:34:56,x-vga=on", &err) == 0);
	CHECK(request_options_merge(&options, &more, &err) == 0);
	CHECK_STR(request_options_text(&options, text),
		  "bootindex=1,rombar=0,x-vga=on,mac=52:54:00:12:34:56,vlan=10:5");
	CHECK(domain_add_options(&d, "nic", text, &err) == 0);
	CHECK_STR(domain_find_options(&d, "nic")->text, "bootindex=1,rombar=0,x-vga=on");
	CHECK(vf_net_has(&domain_find_request_options(&d, "nic")->net, VF_NET_MAC));
	CHECK(!domain_find_request_options(&d, "npu"));
	domain_clear(&d);
	options = (struct request_options){ .request = "" };
	CHECK_STR(request_options_text(&options, text), "");
	CHECK(request_options_set_list(&options, "trust=on", &err) == 0);
	CHECK_STR(request_options_text(&options, text), "trust=on");
}

static void test_bad_options_are_refused_whichever_kind_they_are(void)
{
	static const char *const bad[] = {
		"vlan",
		"vlan=4095",
		"trust=on,,mac=stable",
		"=on",
		"mac=stable x=1",
		"rombar=maybe",
		"vlan=1,teapot=1",
		"mac=52:54:00:12:34:56:78:9a:bc:de:f0:12:34:56:78:9a:bc:de:f0:12:34:56:78:9a:"
		"bc:de:f0:12:34:56:78:9a:bc:de:f0:12:34:56:78:9a:bc:de:f0:12:34:56:78:9a:bc"
	};
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct request_options options = { .request = "" };

		err.msg[0] = '\0';
		CHECK(request_options_set_list(&options, bad[i], &err) == -1 && err.msg[0]);
	}
}

int main(void)
{
	RUN(test_a_placeholder_names_an_owner_and_a_request);
	RUN(test_the_longest_placeholder_fits);
	RUN(test_a_bad_shape_is_refused_with_the_form);
	RUN(test_bad_names_are_refused_with_what_may_be_written);
	RUN(test_the_owner_device_is_reserved);
	RUN(test_a_path_of_ours_is_known_however_it_is_spelt);
	RUN(test_a_complete_domain_passes);
	RUN(test_a_domain_without_requests_needs_nothing);
	RUN(test_the_same_placeholder_twice_is_told_how_to_be_two);
	RUN(test_a_missing_container_is_printed_as_the_element_to_add);
	RUN(test_the_number_of_placeholders_is_bounded);
	RUN(test_host_devices_are_kept_in_order);
	RUN(test_two_boot_orders_are_refused);
	RUN(test_options_are_those_of_one_request);
	RUN(test_options_of_a_virtual_function_are_not_qemus);
	RUN(test_bad_options_are_refused_whichever_kind_they_are);
	return 0;
}
