/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu_emulator.c base/error.c */
#include "model/qemu_emulator.h"
#include "test.h"

static void test_the_emulator_is_the_name_without_pcitag(void)
{
	static const char *const pairs[][2] = {
		{ "/usr/bin/pcitag-qemu-system-x86_64", "/usr/bin/qemu-system-x86_64" },
		{ "pcitag-qemu-system-aarch64", "/usr/bin/qemu-system-aarch64" },
		{ "pcitag-qemu-kvm", "/usr/bin/qemu-kvm" },
		{ "pcitag-kvm", "/usr/bin/kvm" },
		/* The directory it was run from is no say in what it runs. */
		{ "/tmp/evil/../pcitag-qemu-system-x86_64", "/usr/bin/qemu-system-x86_64" },
	};
	char buf[QEMU_EMULATOR_LEN];
	struct error err;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		CHECK(qemu_emulator_path(pairs[i][0], "/usr/bin", buf, &err) == 0);
		CHECK_STR(buf, pairs[i][1]);
	}
}

static void test_any_other_name_says_how_to_use_it(void)
{
	static const char *const bad[] = {
		"/usr/bin/pcitag-qemu",
		"pcitag-",
		"pcitag-qemu-system-",
		"pcitag-qemu-img",
		"pcitag-sh",
		"qemu-system-x86_64",
		"pcitag-qemu-system-x86_64/",
		"pcitag-qemu-system-../sh",
		"pcitag-qemu-system-X86",
		"pcitag-qemu-system-x86_64\n",
		"pcitag-pcitag-qemu-system-x86_64",
		"",
		NULL,
	};
	char buf[QEMU_EMULATOR_LEN];
	struct error err;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(qemu_emulator_path(bad[i], "/usr/bin", buf, &err) == -1);
		CHECK(strstr(err.msg, "<emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>"));
		CHECK(!strchr(err.msg, '\n'));
	}
	CHECK(qemu_emulator_path(bad[0], "/usr/bin", buf, &err) == -1);
	CHECK_STR(
		err.msg,
		"this is the QEMU wrapper of pcitag, run as 'pcitag-qemu': it is run by libvirt, through a "
		"link that names the emulator; write <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator> "
		"in the domain");
}

static void test_a_name_beyond_all_bounds_is_refused(void)
{
	char name[2 * QEMU_EMULATOR_LEN] = "pcitag-qemu-system-", buf[QEMU_EMULATOR_LEN];
	struct error err;

	memset(name + strlen(name), 'x', sizeof(name) - strlen(name) - 1);
	CHECK(qemu_emulator_path(name, "/usr/bin", buf, &err) == -1);
	CHECK(strstr(err.msg, "too long"));
}

int main(void)
{
	RUN(test_the_emulator_is_the_name_without_pcitag);
	RUN(test_any_other_name_says_how_to_use_it);
	RUN(test_a_name_beyond_all_bounds_is_refused);
	return 0;
}
