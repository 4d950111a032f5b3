/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/system/emulator_file.c model/qemu/emulator.c base/error.c */
/* The layouts of distributions in a directory: whatever <emulator> a domain has, what is said of it works. */
#include <sys/utsname.h>

#include "host/system/emulator_file.h"
#include "fake_tree.h"

static char bindir[128], dirs[512];
static struct emulator_places places = { .bindir = bindir, .dirs = dirs };

static char *in_tree(const char *path, char buf[static 256])
{
	snprintf(buf, 256, "%s/%s", tree, path);
	return buf;
}

static void program(const char *path)
{
	char whole[256];

	tree_file(path, "#!");
	CHECK(chmod(in_tree(path, whole), 0755) == 0);
}

/* An empty host, with the wrappers that `make install` makes. */
static void start(void)
{
	tree_start();
	snprintf(bindir, sizeof(bindir), "%s/usr/bin", tree);
	snprintf(dirs, sizeof(dirs), "%s/usr/bin:%s/usr/libexec:%s/usr/lib/qemu-kvm/bin", tree, tree, tree);
	program("usr/bin/pcitag-qemu");
	for (size_t i = 0; qemu_emulator_known(i); i++) {
		char path[128];

		snprintf(path, sizeof(path), "usr/bin/pcitag-%s", qemu_emulator_known(i));
		tree_link(path, "pcitag-qemu");
	}
}

/* @wrapper: relative to the tree */
static void maps(const char *emulator, const char *wrapper)
{
	char from[256], to[256], got[DOMAIN_PATH_LEN];
	struct error err = { 0 };

	CHECK(emulator_file_wrapper(&places, in_tree(emulator, from), got, &err) == 0);
	CHECK_STR(got, in_tree(wrapper, to));
}

/* @message: with %s for the tree, in the order in which it comes */
static void refuses(const char *emulator, const char *const parts[static 2])
{
	char from[256], got[DOMAIN_PATH_LEN], part[256];
	struct error err = { 0 };

	CHECK(emulator_file_wrapper(&places, in_tree(emulator, from), got, &err) < 0);
	CHECK(strstr(err.msg, parts[0]));
	CHECK(strstr(err.msg, in_tree(parts[1], part)));
}

static const char *native(void)
{
	static char name[128];
	struct utsname system;

	CHECK(uname(&system) == 0);
	snprintf(name, sizeof(name), "qemu-system-%s", system.machine);
	return name;
}

static void test_debian(void)
{
	start();
	program("usr/bin/qemu-system-x86_64");
	tree_link("usr/bin/kvm", "qemu-system-x86_64");
	tree_link("usr/bin/kvm-spice", "kvm");
	tree_link("bin", "usr/bin");
	tree_link("usr/sbin", "bin");
	maps("usr/bin/qemu-system-x86_64", "usr/bin/pcitag-qemu-system-x86_64");
	maps("usr/bin/kvm", "usr/bin/pcitag-kvm");
	maps("usr/bin/kvm-spice", "usr/bin/pcitag-kvm-spice");
	maps("bin/qemu-system-x86_64", "usr/bin/pcitag-qemu-system-x86_64");
	maps("usr/sbin/qemu-system-x86_64", "usr/bin/pcitag-qemu-system-x86_64");
	maps("usr/sbin/pcitag-qemu-system-x86_64", "usr/bin/pcitag-qemu-system-x86_64");
	maps("usr/bin/pcitag-kvm", "usr/bin/pcitag-kvm");
	tree_remove();
}

static void test_red_hat(void)
{
	start();
	program("usr/libexec/qemu-kvm");
	maps("usr/libexec/qemu-kvm", "usr/bin/pcitag-qemu-kvm");
	refuses("usr/bin/qemu-system-x86_64", (const char *const[]){ "is not there: write <emulator>",
								     "usr/bin/pcitag-qemu-kvm</emulator>" });
	tree_remove();
}

static void test_a_link_of_any_name_leads_to_its_file(void)
{
	start();
	program("usr/lib/qemu-kvm/bin/qemu-system-x86_64");
	program("usr/bin/qemu-system-aarch64");
	tree_link("usr/bin/qemu", "qemu-system-aarch64");
	maps("usr/lib/qemu-kvm/bin/qemu-system-x86_64", "usr/bin/pcitag-qemu-system-x86_64");
	maps("usr/bin/qemu", "usr/bin/pcitag-qemu-system-aarch64");
	tree_remove();
}

static void test_another_file_of_the_same_name_is_another_qemu(void)
{
	start();
	program("usr/bin/qemu-system-x86_64");
	program("opt/bin/qemu-system-x86_64");
	refuses("opt/bin/qemu-system-x86_64",
		(const char *const[]){ "is not what pcitag's wrapper would run, which is",
				       "usr/bin/pcitag-qemu-system-x86_64</emulator>" });
	tree_remove();
}

static void test_what_is_no_qemu_is_told_one_that_works(void)
{
	static const char *const strangers[] = {
		"usr/local/bin/qemu-wrapper.sh", "usr/bin/qemu-img", "usr/bin/pcitag-qemu",
		"usr/bin/pcitag-domain",	 "usr/bin/pcitag-",  "usr/bin/",
	};
	char path[128], wrapper[128];

	start();
	snprintf(path, sizeof(path), "usr/bin/%s", native());
	snprintf(wrapper, sizeof(wrapper), "usr/bin/pcitag-%s</emulator>", native());
	program(path);
	snprintf(path, sizeof(path), "usr/bin/pcitag-%s", native());
	if (strcmp(native(), "qemu-system-x86_64") != 0)
		tree_link(path, "pcitag-qemu");
	program("usr/local/bin/qemu-wrapper.sh");
	program("usr/bin/qemu-img");
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++)
		refuses(strangers[i], (const char *const[]){ ": write <emulator>", wrapper });
	refuses("usr/bin/pcitag-qemu-kvm", (const char *const[]){ "the emulator qemu-kvm, which ", wrapper });
	tree_remove();
}

static void test_a_host_without_qemu(void)
{
	start();
	refuses("usr/bin/qemu-system-x86_64",
		(const char *const[]){ "is not there: install QEMU first, into one of", "usr/bin:" });
	tree_remove();
}

static void test_a_wrapper_that_is_missing_can_be_made(void)
{
	start();
	program("usr/bin/qemu-system-mine");
	refuses("usr/bin/qemu-system-mine",
		(const char *const[]){ "` makes one for ", "usr/bin/qemu-system-mine" });
	tree_link("usr/bin/pcitag-qemu-system-mine", "pcitag-qemu");
	maps("usr/bin/qemu-system-mine", "usr/bin/pcitag-qemu-system-mine");
	tree_remove();
}

static void test_the_way_back(void)
{
	char path[256], got[DOMAIN_PATH_LEN];
	struct error err = { 0 };

	start();
	program("usr/libexec/qemu-kvm");
	CHECK(emulator_file_original(&places, in_tree("usr/bin/pcitag-qemu-kvm", path), got, &err) == 0);
	CHECK_STR(got, in_tree("usr/libexec/qemu-kvm", path));
	CHECK(emulator_file_original(&places, "/some/qemu", got, &err) == 0);
	CHECK_STR(got, "/some/qemu");
	CHECK(emulator_file_original(&places, in_tree("usr/bin/pcitag-kvm", path), got, &err) < 0);
	CHECK(strstr(err.msg, "the emulator kvm, which "));
	tree_remove();
}

/* What prepare and plan ask. */
static void test_a_domain_with_requests_needs_a_wrapper(void)
{
	struct request requests[1] = { { .text = "npu" } };
	struct domain d = { .name = "win11", .requests = requests };
	struct error err = { 0 };
	char path[256], message[768];

	start();
	program("usr/bin/qemu-system-x86_64");
	tree_link("usr/sbin", "bin");
	in_tree("usr/bin/qemu-system-x86_64", d.emulator);
	CHECK(emulator_file_check(&places, &d, &err) == 0); /* without requests anything will do */
	d.request_count = 1;
	CHECK(emulator_file_check(&places, &d, &err) < 0);
	snprintf(message, sizeof(message),
		 "domain 'win11' requests 'npu' but its emulator %s does not know placeholders: write "
		 "<emulator>%s</emulator>",
		 d.emulator, in_tree("usr/bin/pcitag-qemu-system-x86_64", path));
	CHECK_STR(err.msg, message);
	in_tree("usr/bin/pcitag-qemu-system-x86_64", d.emulator);
	CHECK(emulator_file_check(&places, &d, &err) == 0);
	in_tree("usr/sbin/pcitag-qemu-system-x86_64", d.emulator);
	CHECK(emulator_file_check(&places, &d, &err) == 0);
	in_tree("opt/pcitag-qemu-system-x86_64", d.emulator);
	CHECK(emulator_file_check(&places, &d, &err) < 0);
	d.emulator[0] = '\0';
	CHECK(emulator_file_check(&places, &d, &err) < 0);
	CHECK(strstr(err.msg, "domain 'win11' requests 'npu' but names no emulator: write <emulator>"));
	tree_remove();
}

int main(void)
{
	RUN(test_debian);
	RUN(test_red_hat);
	RUN(test_a_link_of_any_name_leads_to_its_file);
	RUN(test_another_file_of_the_same_name_is_another_qemu);
	RUN(test_what_is_no_qemu_is_told_one_that_works);
	RUN(test_a_host_without_qemu);
	RUN(test_a_wrapper_that_is_missing_can_be_made);
	RUN(test_the_way_back);
	RUN(test_a_domain_with_requests_needs_a_wrapper);
	return 0;
}
