/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/emulator.c base/error.c */
#include "model/qemu/emulator.h"
#include "test.h"

static void test_a_wrapper_runs_its_name_without_pcitag(void)
{
	static const char *const pairs[][2] = {
		{ "/usr/bin/pcitag-qemu-system-x86_64", "qemu-system-x86_64" },
		{ "pcitag-qemu-system-aarch64", "qemu-system-aarch64" },
		{ "pcitag-qemu-kvm", "qemu-kvm" },
		{ "pcitag-kvm", "kvm" },
		{ "pcitag-kvm-spice", "kvm-spice" },
		/* The directory it was run from is no say in what it runs. */
		{ "/tmp/evil/../pcitag-qemu-system-x86_64", "qemu-system-x86_64" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		CHECK_STR(qemu_emulator_of_wrapper(pairs[i][0]), pairs[i][1]);
}

static void test_any_other_name_runs_nothing(void)
{
	static const char *const bad[] = {
		"/usr/bin/pcitag-qemu",
		"pcitag-",
		"pcitag-qemu-system-",
		"pcitag-qemu-img",
		"pcitag-qemu-wrapper.sh",
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

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!qemu_emulator_of_wrapper(bad[i]));
}

static void test_each_directory_in_turn(void)
{
	char buf[QEMU_EMULATOR_LEN], name[2 * QEMU_EMULATOR_LEN];

	CHECK(qemu_emulator_path("/usr/bin:/usr/libexec", 0, "kvm", buf));
	CHECK_STR(buf, "/usr/bin/kvm");
	CHECK(qemu_emulator_path("/usr/bin:/usr/libexec", 1, "kvm", buf));
	CHECK_STR(buf, "/usr/libexec/kvm");
	CHECK(!qemu_emulator_path("/usr/bin:/usr/libexec", 2, "kvm", buf));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	CHECK(!qemu_emulator_path("/usr/bin", 0, name, buf));
}

static void test_what_has_a_wrapper_is_valid(void)
{
	size_t count = 0;

	for (; qemu_emulator_known(count); count++)
		CHECK(qemu_emulator_name_valid(qemu_emulator_known(count)));
	CHECK(count > 0);
}

int main(void)
{
	RUN(test_a_wrapper_runs_its_name_without_pcitag);
	RUN(test_any_other_name_runs_nothing);
	RUN(test_each_directory_in_turn);
	RUN(test_what_has_a_wrapper_is_valid);
	return 0;
}
