/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/store/placeholder_read.c model/lease/domain.c model/lease/placeholder.c model/lease/name.c model/pci/address.c base/error.c model/lease/options.c model/lease/vf_net.c */
#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "host/store/placeholder_read.h"
#include "test.h"

/* The kernel's part: two links at most. */
static const char *request_target, *device_target;

ssize_t readlink(const char *restrict path, char *restrict buf, size_t size)
{
	const char *target = strncmp(path, "/dev/pcitag/device/", 19) == 0 ? device_target : request_target;
	size_t len;

	if (!target) {
		errno = ENOENT;
		return -1;
	}
	len = strlen(target);
	if (len > size)
		len = size;
	memcpy(buf, target, len);
	return (ssize_t)len;
}

/* What is at /dev/null: mode 0 for nothing. */
static struct stat null_stat;

int lstat(const char *restrict path, struct stat *restrict st)
{
	CHECK_STR(path, "/dev/null");
	*st = null_stat;
	errno = ENOENT;
	return null_stat.st_mode ? 0 : -1;
}

static struct qemu_grant grant;

static const char *resolve(const char *path, const char *request, const char *device)
{
	static struct error err;

	strcpy(err.msg, "");
	request_target = request;
	device_target = device;
	CHECK(placeholder_link_resolve(NULL, path, &grant, &err) == (err.msg[0] ? -1 : 0));
	CHECK(!strchr(err.msg, '\n'));
	return err.msg;
}

#define PATH "/dev/pcitag/win11/npu"
#define DEVICE "/dev/pcitag/device/0000:02:00.0"

static void test_the_middle_link_tells_address_and_functions(void)
{
	CHECK_STR(resolve(PATH, DEVICE "+1", "/dev/vfio/14"), "");
	CHECK(grant.addr.bus == 2 && grant.addr.function == 0 && grant.functions == 3);
	CHECK_STR(resolve("/dev/pcitag/win11/npu.1", DEVICE, "/dev/vfio/0"), "");
	CHECK(grant.functions == 1);
}

static void test_the_middle_link_tells_the_options(void)
{
	char longest[300] = DEVICE "+1+2+3+4+5+6+7,romfile=";

	CHECK_STR(resolve(PATH, DEVICE ",bootindex=1,romfile=x.rom", "/dev/vfio/14"), "");
	CHECK_STR(grant.options.text, "bootindex=1,romfile=x.rom");
	CHECK_STR(resolve(PATH, DEVICE, "/dev/vfio/14"), "");
	CHECK_STR(grant.options.text, "");
	/* A name of 255 bytes is one, if the options are right. */
	memset(longest + strlen(longest), 'r', 64);
	strcat(longest,
	       ",x-igd-gms=1,x-igd-legacy-mode=auto,x-intx-mmap-timeout-ms=1,x-no-kvm-intx=on,x-no-mmap=on,"
	       "x-req=off,x-vga=on");
	CHECK_STR(resolve(PATH, longest, "/dev/vfio/14"), "");
	CHECK(grant.functions == 0xff && strlen(grant.options.text) > 150);
}

static void test_a_missing_link_says_that_the_hook_did_not_run(void)
{
	CHECK_STR(
		resolve(PATH, NULL, NULL),
		"no device for request 'npu' of 'win11': cannot read the link /dev/pcitag/win11/npu: No such "
		"file or directory: the pcitag hook did not prepare this start; run 'systemctl reload "
		"libvirtd' (or virtqemud), so that libvirt sees the hook, and start the domain again");
	CHECK(strstr(resolve(PATH, DEVICE, NULL), "cannot read the link " DEVICE ": No such file"));
}

static void test_a_link_that_leads_elsewhere_is_refused(void)
{
	static const char *const devices[] = {
		"device/0000:02:00.0",
		"../device/0000:02:00.0",
		"/dev/vfio/14",
		"/dev/pcitag/device/",
		"/dev/pcitag/device/0000:02:00.0,rombar=off",
		"/dev/pcitag/device/0000:02:00.0,romfile=../x",
		"/dev/pcitag/device/0000:02:00.0,sysfsdev=x",
		"/dev/pcitag/device/0000:02:00.0,x-vga=on,rombar=0",
		"/dev/pcitag/device/../../vfio/14",
		"/dev/pcitag/device/0000:02:00.0/",
		"",
	};
	static const char *const nodes[] = {
		"/dev/vfio/vfio2",
		"/dev/vfio/",
		"/dev/vfio/14/",
		"/dev/vfio/-1",
		"/dev/vfio/12345678901",
		"14",
		"../../vfio/14",
		"/dev/sda",
		"",
	};

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		CHECK(strstr(resolve(PATH, devices[i], "/dev/vfio/14"), "not to an address under"));
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		CHECK(strstr(resolve(PATH, DEVICE, nodes[i]), "not to a node of VFIO"));
}

static void test_what_leads_to_the_null_device_is_without_a_device(void)
{
	CHECK_STR(resolve(PATH, "/dev/null", NULL), "");
	CHECK(grant.is_without);
	CHECK_STR(resolve(PATH, DEVICE, "/dev/vfio/14"), "");
	CHECK(!grant.is_without);
	/* Only the first link does, and no other spelling of it. */
	CHECK(strstr(resolve(PATH, DEVICE, "/dev/null"), "not to a node of VFIO"));
	CHECK(strstr(resolve(PATH, "/dev//null", NULL), "not to an address under"));
	CHECK(strstr(resolve(PATH, "/dev/null/", NULL), "not to an address under"));
	CHECK(strstr(resolve(PATH, "/dev/zero", NULL), "not to an address under"));
	CHECK(strstr(resolve(PATH, "/dev/pcitag/win11/npu.1", "/dev/null"), "not to an address under"));
}

static void test_a_null_device_that_is_none_is_refused(void)
{
	const struct stat others[] = {
		{ .st_mode = S_IFCHR | 0666, .st_rdev = makedev(1, 5) },
		{ .st_mode = S_IFCHR | 0666, .st_rdev = makedev(13, 3) },
		{ .st_mode = S_IFBLK | 0666, .st_rdev = makedev(1, 3) },
		{ .st_mode = S_IFREG | 0666, .st_rdev = makedev(1, 3) },
		{ .st_mode = S_IFLNK | 0777 },
	};
	const struct stat before = null_stat;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		null_stat = others[i];
		CHECK(strstr(resolve(PATH, "/dev/null", NULL), "which is not the kernel's null device"));
	}
	null_stat.st_mode = 0;
	CHECK(strstr(resolve(PATH, "/dev/null", NULL), "cannot look at /dev/null: No such file"));
	null_stat = before;
}

static void test_a_further_grant_of_a_group_leads_to_the_container(void)
{
	CHECK_STR(resolve(PATH, DEVICE, "/dev/vfio/vfio"), "");
}

static void test_an_overlong_or_forged_link_is_refused_in_one_line(void)
{
	char lengthy[300];

	memset(lengthy, '/', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	CHECK(strstr(resolve(PATH, lengthy, NULL), "longer than any of pcitag's"));
	CHECK(strstr(resolve(PATH, "/x\nroot: all is well", NULL), "'/x?root: all is well'"));
}

static void test_a_path_that_is_no_placeholder_is_not_read(void)
{
	static const char *const bad[] = {
		"/dev/pcitag/",		  "/dev/pcitag/win11",
		"/dev/pcitag/win11/",	  "/dev/pcitag/win11/npu/",
		"/dev/pcitag//npu",	  "/dev/pcitag/device/0000:02:00.0",
		"/dev/pcitag/../sda/x",	  "/dev/pcitag/a/../b",
		"/dev/pcitag/win 11/npu", "/dev/pcitag/win11/npu.1000",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(strstr(resolve(bad[i], DEVICE, "/dev/vfio/14"), "placeholder '"));
}

int main(void)
{
	null_stat = (struct stat){ .st_mode = S_IFCHR | 0666, .st_rdev = makedev(1, 3) };
	RUN(test_the_middle_link_tells_address_and_functions);
	RUN(test_the_middle_link_tells_the_options);
	RUN(test_a_missing_link_says_that_the_hook_did_not_run);
	RUN(test_a_link_that_leads_elsewhere_is_refused);
	RUN(test_what_leads_to_the_null_device_is_without_a_device);
	RUN(test_a_null_device_that_is_none_is_refused);
	RUN(test_a_further_grant_of_a_group_leads_to_the_container);
	RUN(test_an_overlong_or_forged_link_is_refused_in_one_line);
	RUN(test_a_path_that_is_no_placeholder_is_not_read);
	return 0;
}
