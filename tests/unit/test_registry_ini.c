/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/config/registry_ini.c host/config/ini_file.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/fileio.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c model/lease/vf_net.c model/pci/setting.c model/registry/identity.c */
/* libs: inih */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "host/config/ini_file.h"
#include "host/config/registry_ini.h"
#include "test.h"

#define NPU "type = npu\nvendor = 19e5\ndevice = d500\n"

static void put(const char *path, const char *text)
{
	struct error err = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write_all(fd, text, strlen(text), &err) == 0);
	CHECK(close(fd) == 0);
}

static struct registry loaded(void)
{
	struct registry registry = { 0 };
	struct error err = { 0 };

	if (registry_load("etc", &registry, &err) != 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	return registry;
}

/* Loads what one file says; it must hold one model called Atlas, an npu. */
static struct model only_model(const char *text)
{
	struct registry registry;
	struct model model;

	put("etc/registry.ini", text);
	registry = loaded();
	CHECK(registry.count == 1);
	CHECK_STR(registry.models[0].name, "Atlas");
	CHECK_STR(registry.models[0].type, "npu");
	CHECK(registry.models[0].vendor == 0x19e5 && registry.models[0].device == 0xd500);
	model = registry.models[0];
	registry.count = 0;
	registry_clear(&registry);
	return model;
}

static void test_nothing_there_is_an_empty_registry(void)
{
	struct registry registry = { 0 };
	struct error err = { 0 };

	CHECK(registry_load("nowhere", &registry, &err) == 0 && registry.count == 0);
	CHECK(registry_load("etc", &registry, &err) == 0 && registry.count == 0);
	put("etc/registry.ini", "");
	CHECK(registry_load("etc", &registry, &err) == 0 && registry.count == 0);
	put("etc/registry.ini", "# nothing yet\n\n; nor here\n");
	CHECK(registry_load("etc", &registry, &err) == 0 && registry.count == 0);
	CHECK(mkdir("etc/registry.d", 0700) == 0);
	CHECK(registry_load("etc", &registry, &err) == 0 && registry.count == 0);
	CHECK(unlink("etc/registry.ini") == 0 && rmdir("etc/registry.d") == 0);
}

static size_t drafted(const char *file, const char *text)
{
	const struct registry_draft draft = { .file = file, .text = text, .len = text ? strlen(text) : 0 };
	struct registry registry = { 0 };
	struct error err = { 0 };
	size_t count;

	CHECK(registry_load_draft("etc", &draft, &registry, &err) == 0);
	count = registry.count;
	for (size_t i = 0; i < count; i++)
		CHECK_STR(registry_file_of("etc", &registry.models[i]),
			  strcmp(registry.models[i].name, "Base") == 0 ? "registry.ini" : "registry.d/b.ini");
	registry_clear(&registry);
	return count;
}

static void test_a_draft_takes_the_place_of_a_file(void)
{
	const struct registry_draft twice = { .file = "registry.d/a.ini",
					      .text = "[Base]\n" NPU,
					      .len = strlen("[Base]\n" NPU) };
	struct registry registry = { 0 };
	struct error err = { 0 };

	put("etc/registry.ini", "[Base]\n" NPU);
	CHECK(mkdir("etc/registry.d", 0700) == 0);
	CHECK(drafted("registry.d/b.ini", "[New]\n" NPU) == 2);
	put("etc/registry.d/b.ini", "[Old]\n" NPU "nonsense");
	CHECK(drafted("registry.d/b.ini", "[New]\n" NPU) == 2);
	CHECK(drafted("registry.d/b.ini", NULL) == 1);
	put("etc/registry.d/b.ini", "[Old]\n" NPU);
	CHECK(drafted("registry.ini", NULL) == 1);
	/* Read in its place among the others. */
	CHECK(registry_load_draft("etc", &twice, &registry, &err) == -1);
	CHECK_STR(err.msg,
		  "etc/registry.d/a.ini:1: model Base is already at etc/registry.ini:1; rename or delete "
		  "one of the two");
	CHECK(unlink("etc/registry.d/b.ini") == 0 && rmdir("etc/registry.d") == 0 &&
	      unlink("etc/registry.ini") == 0);
}

static void test_every_way_to_write_the_same_section(void)
{
	static const char *const texts[] = {
		"[Atlas]\ntype = npu\nvendor = 19e5\ndevice = d500\n",
		"[Atlas]\ntype=npu\nvendor=0x19e5\ndevice=0XD500",
		"\xef\xbb\xbf[Atlas]\r\ntype = npu\r\nvendor = 19E5\r\ndevice = D500\r\n",
		"\n\n  [Atlas]\t; the card\n\ttype = npu\t# what domains ask for\n    vendor = 19e5 ;c\n  "
		"device=d500",
		"# c\n; c\n  # c\n[Atlas] # c\ntype\t=\tnpu\nvendor = 19e5 ; a = b : c [d]\ndevice = d500   "
		"\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct model model = only_model(texts[i]);

		model_clear(&model);
	}
}

static void test_a_model_knows_where_it_stands(void)
{
	struct model model = only_model("# head\n\n[Atlas]\n" NPU);

	CHECK_STR(model.file, "etc/registry.ini");
	CHECK(model.line == 3);
	model_clear(&model);
}

static void test_a_comment_may_be_longer_than_a_line(void)
{
	char text[4096] = "[Atlas]\n" NPU "#";
	struct model model;

	memset(text + strlen(text), 'x', 3000);
	model = only_model(text);
	model_clear(&model);
}

static void test_the_longest_line_is_read_whole(void)
{
	char text[1024] = "[Atlas]\n" NPU "address = ";
	size_t start = strlen(text) - strlen("address = ");
	struct model model;

	while (strlen(text) - start + strlen("0000:3b:00.0,") <= INI_LINE_MAX)
		strcat(text, "0000:3b:00.0,");
	while (strlen(text) - start < INI_LINE_MAX)
		strcat(text, ",");
	model = only_model(text);
	CHECK(model.address.count == (INI_LINE_MAX - strlen("address = ")) / strlen("0000:3b:00.0,"));
	for (size_t i = 0; i < model.address.count; i++)
		CHECK_STR(model.address.items[i], "0000:3b:00.0");
	model_clear(&model);
}

static void test_names_that_differ_in_the_last_letter_stay_apart(void)
{
	char text[512], a[NAME_LEN], b[NAME_LEN];
	struct registry registry;

	memset(a, 'm', sizeof(a));
	a[NAME_LEN - 1] = '\0';
	memcpy(b, a, sizeof(b));
	b[NAME_LEN - 2] = 'n';
	snprintf(text, sizeof(text), "[%s]\n" NPU "[%s]\n" NPU, a, b);
	put("etc/registry.ini", text);
	registry = loaded();
	CHECK(registry.count == 2);
	CHECK_STR(registry.models[0].name, a);
	CHECK_STR(registry.models[1].name, b);
	registry_clear(&registry);
}

static void test_the_directory_is_read_in_byte_order_after_the_file(void)
{
	static const char *const expected[] = { "z", "ten", "nine", "capital", "linked" };
	struct registry registry;

	put("etc/registry.ini", "[z]\n" NPU);
	CHECK(mkdir("etc/registry.d", 0700) == 0);
	put("etc/registry.d/9.ini", "[nine]\n" NPU);
	put("etc/registry.d/10.ini", "[ten]\n" NPU);
	put("etc/registry.d/Z.ini", "[capital]\n" NPU);
	put("etc/target", "[linked]\n" NPU);
	CHECK(symlink("../target", "etc/registry.d/a.ini") == 0);
	put("etc/registry.d/.hidden.ini", "not read");
	put("etc/registry.d/9.ini~", "not read");
	put("etc/registry.d/9.ini.dpkg-new", "not read");
	put("etc/registry.d/.ini", "not read");
	put("etc/registry.d/ini", "not read");
	CHECK(mkdir("etc/registry.d/old", 0700) == 0);

	registry = loaded();
	CHECK(registry.count == ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		CHECK_STR(registry.models[i].name, expected[i]);
	CHECK_STR(registry.models[4].file, "etc/registry.d/a.ini");
	registry_clear(&registry);
	CHECK(unlink("etc/registry.ini") == 0);
	registry = loaded();
	CHECK(registry.count == ARRAY_SIZE(expected) - 1);
	registry_clear(&registry);

	CHECK(unlink("etc/target") == 0 && rmdir("etc/registry.d/old") == 0);
	for (const char *const *name =
		     (const char *const[]){ "9.ini", "10.ini", "Z.ini", "a.ini", ".hidden.ini", "9.ini~",
					    "9.ini.dpkg-new", ".ini", "ini", NULL };
	     *name; name++) {
		char path[64];

		snprintf(path, sizeof(path), "etc/registry.d/%s", *name);
		CHECK(unlink(path) == 0);
	}
	CHECK(rmdir("etc/registry.d") == 0);
}

static void test_loading_again_replaces_what_was_there(void)
{
	struct registry registry;
	struct error err = { 0 };

	put("etc/registry.ini", "[a]\n" NPU "address = 3b:00.0\n[b]\n" NPU);
	registry = loaded();
	CHECK(registry.count == 2);
	put("etc/registry.ini", "[c]\n" NPU);
	CHECK(registry_load("etc", &registry, &err) == 0);
	CHECK(registry.count == 1);
	CHECK_STR(registry.models[0].name, "c");
	registry_clear(&registry);
}

static int count_pairs(void *user, const char *key, const char *value, struct error *err)
{
	(void)key, (void)value, (void)err;
	++*(int *)user;
	return 0;
}

static int any_section(void *user, const char *name, unsigned line, struct error *err)
{
	(void)user, (void)name, (void)line, (void)err;
	return 0;
}

/* Bytes of every value at every place of a small file: read or refused, never misread or a crash. */
static void test_any_byte_anywhere_is_read_or_refused(void)
{
	static const char text[] = "[a]\nk = v ; c\n j=w\n[b]\nk = v\n";
	char copy[sizeof(text)];
	struct error err;
	int pairs;

	for (size_t at = 0; at < sizeof(text) - 1; at++) {
		for (int byte = 0; byte < 256; byte++) {
			const struct ini_sink sink = { any_section, count_pairs, &pairs };
			int rc;

			memcpy(copy, text, sizeof(text));
			copy[at] = (char)byte;
			pairs = 0;
			err = (struct error){ 0 };
			rc = ini_text_read(copy, sizeof(text) - 1, "f", &sink, &err);
			CHECK(rc == 0 ? pairs >= 2 && err.msg[0] == '\0' : err.msg[0] == 'f');
		}
	}
}

/* The sample as an administrator would have it after removing every # right in front of a section or key. */
static char *sample;

static void read_sample(void)
{
	struct error err = { 0 };
	char *to;

	CHECK(read_file_at(AT_FDCWD, "etc/registry.ini", INI_FILE_LIMIT, &sample, NULL, &err) == 0);
	to = sample;
	for (const char *from = sample; *from; from++) {
		bool starts = to == sample || to[-1] == '\n';

		if (!(starts && *from == '#' && (from[1] == '[' || (from[1] >= 'a' && from[1] <= 'z'))))
			*to++ = *from;
	}
	*to = '\0';
}

static void test_the_shipped_sample_gives_nothing_away(void)
{
	struct registry registry = loaded();

	CHECK(registry.count == 0);
}

static void test_the_shipped_sample_is_good_once_uncommented(void)
{
	struct registry registry;

	put("etc/registry.ini", sample);
	registry = loaded();
	CHECK(registry.count == 21 && registry.profile_count == 1);
	CHECK_STR(registry.models[0].name, "Atlas-300I");
	CHECK_STR(registry.models[11].name, "QAT-4xxx-VF");
	CHECK_STR(model_options(&registry.models[13])->text, "romfile=gtx-1080.rom,x-vga=on");
	registry_clear(&registry);
	free(sample);
}

/* Runs from the top of the tree, where the sample is. */
int main(void)
{
	char dir[] = "/tmp/pcitag-registry-XXXXXX";

	read_sample();
	RUN(test_the_shipped_sample_gives_nothing_away);
	CHECK(mkdtemp(dir) && chdir(dir) == 0 && mkdir("etc", 0700) == 0);
	RUN(test_nothing_there_is_an_empty_registry);
	RUN(test_a_draft_takes_the_place_of_a_file);
	RUN(test_every_way_to_write_the_same_section);
	RUN(test_a_model_knows_where_it_stands);
	RUN(test_a_comment_may_be_longer_than_a_line);
	RUN(test_the_longest_line_is_read_whole);
	RUN(test_names_that_differ_in_the_last_letter_stay_apart);
	RUN(test_the_directory_is_read_in_byte_order_after_the_file);
	RUN(test_loading_again_replaces_what_was_there);
	RUN(test_any_byte_anywhere_is_read_or_refused);
	RUN(test_the_shipped_sample_is_good_once_uncommented);
	CHECK(unlink("etc/registry.ini") == 0 && rmdir("etc") == 0 && chdir("/") == 0 && rmdir(dir) == 0);
	return 0;
}
