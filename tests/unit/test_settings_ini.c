/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/config/registry_ini.c host/config/ini_file.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/fileio.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* libs: inih */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "host/config/registry_ini.h"
#include "test.h"

static void put(const char *text)
{
	struct error err = { 0 };
	int fd = open("etc/pcitag.ini", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write_all(fd, text, strlen(text), &err) == 0);
	CHECK(close(fd) == 0);
}

static bool enabled_by(const char *text)
{
	struct settings settings = { 0 };
	struct error err = { 0 };

	put(text);
	CHECK(settings_load("etc", &settings, &err) == 0);
	return settings.enabled;
}

static void refused(const char *text, const char *message)
{
	struct settings settings = { .enabled = false };
	struct error err = { 0 };

	put(text);
	CHECK(settings_load("etc", &settings, &err) < 0);
	CHECK_STR(err.msg, message);
	CHECK(!settings.enabled);
}

static void test_pcitag_is_enabled_unless_told_otherwise(void)
{
	struct settings settings = { 0 };
	struct error err = { 0 };

	CHECK(settings_load("nowhere", &settings, &err) == 0 && settings.enabled);
	settings.enabled = false;
	CHECK(settings_load("etc", &settings, &err) == 0 && settings.enabled);
	CHECK(enabled_by(""));
	CHECK(enabled_by("# nothing\n"));
	CHECK(enabled_by("[pcitag]\n"));
}

static void test_enabled_is_read(void)
{
	CHECK(enabled_by("[pcitag]\nenabled = yes\n"));
	CHECK(enabled_by("[pcitag]\nenabled=ON ; for now\n"));
	CHECK(!enabled_by("[pcitag]\nenabled = no\n"));
	CHECK(!enabled_by("[pcitag]\r\n\tenabled = 0\r\n"));
}

static void test_times_are_seconds(void)
{
	struct settings settings = { 0 };
	struct error err;

	put("[pcitag]\nbind_timeout = 120\nrelease_timeout=1\n");
	CHECK(settings_load("etc", &settings, &err) == 0);
	CHECK(settings.bind_timeout == 120 && settings.release_timeout == 1);
	put("[pcitag]\n");
	CHECK(settings_load("etc", &settings, &err) == 0);
	CHECK(settings.bind_timeout == 60 && settings.release_timeout == 10);
}

static void test_mistakes_are_named(void)
{
	refused("[pcitag]\nrelease_timeout = 0\n",
		"etc/pcitag.ini:2: release_timeout = 0: write a number of seconds, 1 to 3600");
	refused("[pcitag]\nbind_timeout = 10s\n",
		"etc/pcitag.ini:2: bind_timeout = 10s: write a number of seconds, 1 to 3600");
	refused("[pcitag]\nbind_timeout = 99999999999999999999\n",
		"etc/pcitag.ini:2: bind_timeout = 99999999999999999999: write a number of seconds, 1 to "
		"3600");
	refused("[pcitag]\nenabled = perhaps\n", "etc/pcitag.ini:2: enabled = perhaps is neither yes nor no; "
						 "write enabled = yes or enabled = no");
	refused("[pcitag]\nenabled =\n",
		"etc/pcitag.ini:2: enabled has no value; write enabled = yes or enabled = no");
	refused("[pcitag]\nlog = yes\n", "etc/pcitag.ini:2: unknown key log; the keys of this file are "
					 "enabled, bind_timeout and release_timeout");
	refused("[pcitag]\nenabled = yes\nenabled = no\n",
		"etc/pcitag.ini:3: enabled is given twice; delete one of the two");
	refused("[Atlas]\ntype = npu\n", "etc/pcitag.ini:1: unknown section [Atlas]; the only one of this "
					 "file is [pcitag], models belong to "
					 "registry.ini");
	refused("[pcitag]\n\n[pcitag]\n",
		"etc/pcitag.ini:3: [pcitag] is already at etc/pcitag.ini:1; merge the two");
	refused("enabled = no\n",
		"etc/pcitag.ini:1: enabled = no is outside any section; write [NAME] above it");
}

static void test_a_directory_in_its_place_is_refused(void)
{
	struct settings settings = { 0 };
	struct error err = { 0 };

	CHECK(unlink("etc/pcitag.ini") == 0 && mkdir("etc/pcitag.ini", 0700) == 0);
	CHECK(settings_load("etc", &settings, &err) < 0);
	CHECK_STR(err.msg, "etc/pcitag.ini is not a regular file; put a text file there or remove it");
	CHECK(rmdir("etc/pcitag.ini") == 0);
}

int main(void)
{
	char dir[] = "/tmp/pcitag-settings-XXXXXX";

	CHECK(mkdtemp(dir) && chdir(dir) == 0 && mkdir("etc", 0700) == 0);
	RUN(test_pcitag_is_enabled_unless_told_otherwise);
	RUN(test_enabled_is_read);
	RUN(test_times_are_seconds);
	RUN(test_mistakes_are_named);
	RUN(test_a_directory_in_its_place_is_refused);
	CHECK(rmdir("etc") == 0 && chdir("/") == 0 && rmdir(dir) == 0);
	return 0;
}
