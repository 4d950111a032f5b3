/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/setting.c model/lease/vf_net.c host/config/registry_ini.c host/config/ini_file.c model/registry/registry.c model/registry/keys.c model/registry/unit_keys.c model/registry/profile.c model/wish/wish.c model/wish/pattern_list.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/fileio.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/registry/identity.c */
/* libs: inih */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "host/config/registry_ini.h"
#include "test.h"

#define A100 "[A100]\ntype = gpu\nvendor = 10de\ndevice = 20b0\n"
#define L40 "[L40]\ntype = gpu\nvendor = 10de\ndevice = 26b5\n"
#define NIC "[X710]\ntype = nic\nvendor = 8086\ndevice = 1572\n"

static void put(const char *text)
{
	struct error err = { 0 };
	int fd = open("etc/registry.ini", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write_all(fd, text, strlen(text), &err) == 0 && close(fd) == 0);
}

static struct registry loaded(const char *text)
{
	struct registry registry = { 0 };
	struct error err = { 0 };

	put(text);
	if (registry_load("etc", &registry, &err) != 0)
		CHECK_STR(err.msg, "");
	return registry;
}

static void refused(const char *text, const char *message)
{
	struct registry registry = { 0 };
	struct error err = { 0 };

	put(text);
	CHECK(registry_load("etc", &registry, &err) < 0);
	CHECK_STR(err.msg, message);
	CHECK(!registry.models && !registry.profiles);
}

static void test_a_section_with_any_is_a_profile(void)
{
	struct registry registry = loaded(
		"[fast]\nnuma = required\nallow = web-*, !web-test\nany = A100, gpu\ntogether = switch\n"
		"apart = card\nprefer = last\noptional = yes\nlimit = 2\nper_domain = 1\n" A100 L40 NIC);
	const struct profile *profile = registry_find_profile(&registry, "fast");
	char text[WISHES_LEN];

	CHECK(registry.count == 3 && registry.profile_count == 1 && profile);
	CHECK_STR(profile->file, "etc/registry.ini");
	CHECK(profile->line == 1 && profile->any.count == 2 && profile->allow.count == 2);
	CHECK_STR(profile->any.items[1], "gpu");
	CHECK_STR(wishes_format(&profile->wishes, text),
		  "numa=required together=switch apart=card prefer=last optional=yes limit=2 per_domain=1");
	CHECK(wish_allows(&profile->allow, "web-1", "") && !wish_allows(&profile->allow, "web-test", ""));
	registry_clear(&registry);
}

static void test_a_request_for_a_profile_is_answered_by_what_it_lists(void)
{
	struct registry registry = loaded(A100 L40 NIC "[fast]\nany = gpu, A100\n[one]\nany = L40\n");
	const struct profile *fast = registry_find_profile(&registry, "fast");
	const struct model *a100 = registry_find(&registry, "A100"), *l40 = registry_find(&registry, "L40");
	const struct model *x710 = registry_find(&registry, "X710");
	struct pci_device device = { .id = { .vendor = 0x10de, .device = 0x26b5 } };

	CHECK(registry_knows(&registry, "fast") && registry_knows(&registry, "gpu"));
	CHECK(!registry_knows(&registry, "slow") && !registry_find(&registry, "fast"));
	CHECK(registry_answers(&registry, a100, "fast") && registry_answers(&registry, a100, "gpu"));
	CHECK(!registry_answers(&registry, a100, "one") && registry_answers(&registry, l40, "one"));
	CHECK(!registry_answers(&registry, x710, "fast"));
	/* The first place counts, by whichever name. */
	CHECK(profile_rank(fast, a100) == 0 && profile_rank(fast, l40) == 0);
	CHECK(profile_rank(fast, x710) == PROFILE_NO_RANK);
	CHECK(registry_first_match(&registry, "one", &device) == l40);
	CHECK(registry_first_match(&registry, "fast", &device) == l40);
	CHECK(!registry_first_match(&registry, "nic", &device));
	registry_clear(&registry);
}

static void test_models_have_some_of_the_keys(void)
{
	struct registry registry =
		loaded(A100 "allow = uuid:6f1c2f4e-0000-4000-8000-0123456789ab\nlimit = 3\nper_domain = 2\n"
			    "prefer = pack\n" L40);
	const struct model *model = registry_find(&registry, "A100");
	char text[WISHES_LEN];

	CHECK(registry.profile_count == 0 && model->allow.count == 1);
	CHECK_STR(wishes_format(&model->wishes, text), "prefer=pack limit=3 per_domain=2");
	CHECK_STR(model_hand_written(model), "allow");
	CHECK(!model_hand_written(registry_find(&registry, "L40")));
	registry_clear(&registry);
}

static void test_mistakes_in_a_profile_are_named(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ A100 "[fast]\nany = A100\nvendor = 10de\n",
		  "etc/registry.ini:5: [fast] has any, which makes it a profile, and vendor, a key of "
		  "models; write "
		  "vendor into the section of a model, and its name into any" },
		{ A100 "[fast]\ntype = x\nany = A100\n",
		  "etc/registry.ini:5: [fast] has any, which makes it a profile, and type, a key of models; "
		  "write type "
		  "into the section of a model, and its name into any" },
		{ A100 "numa = required\n", "etc/registry.ini:1: [A100] has numa, a key of profiles, and no "
					    "any; write any = MODEL or TYPE ..., or "
					    "delete the line" },
		{ "[fast]\nany = gpu, B200\n" A100, "etc/registry.ini:1: [fast] lists B200 in any, which is "
						    "neither a model nor a type of the registry; correct "
						    "or delete the word" },
		{ A100 "[fast]\nany = A100\n[faster]\nany = fast\n",
		  "etc/registry.ini:7: [faster] lists the profile fast in any; write the models and types "
		  "that it lists" },
		{ A100 "[fast]\nany = A100, fast\n", "etc/registry.ini:5: [fast] lists itself in any; a "
						     "profile has models and types, rename it or delete "
						     "the word" },
		{ A100 "[fast]\nany = A100 gpu A100\n",
		  "etc/registry.ini:5: [fast] lists A100 twice in any; delete one of the two" },
		{ A100 "[fast]\nany = A100.0\n", "etc/registry.ini:6: any: invalid name A100.0; write models "
						 "or types of the registry, in the order of "
						 "preference, such as A100, gpu" },
		{ A100 "[fast]\nany = A100\nany = gpu\n",
		  "etc/registry.ini:7: any is given twice in [fast]; delete one of the two" },
		{ A100 "[fast]\nany =\n",
		  "etc/registry.ini:6: any has no value; write one or delete the line" },
		{ A100 "[fast]\nany = A100\ntogether = card\napart = root\n",
		  "etc/registry.ini:5: [fast]: together = card and apart = root contradict each other: "
		  "devices of one card "
		  "are not apart; write a nearer place for apart, or delete one of the two" },
		{ A100 "[fast]\nany = A100\nnuma = yes\n",
		  "etc/registry.ini:7: numa = yes is neither required nor preferred nor none; write required "
		  "for a "
		  "device on a NUMA node where the domain has memory and processors, preferred for such a "
		  "one if there "
		  "is one, none for any" },
		{ A100 "[fast]\nany = A100\nallow = a/b\n",
		  "etc/registry.ini:7: allow: a/b fits no domain; write names with * and ?, or uuid:UUID as "
		  "virsh domuuid "
		  "prints it, and ! right in front to exclude, such as web-*, !web-test" },
		{ A100 "[fast]\nany = A100\nlimit = none\n",
		  "etc/registry.ini:7: limit = none: write a number of devices, 1 to 9999" },
		{ A100 "[fast]\nany = A100\ntogehter = card\n",
		  "etc/registry.ini:7: unknown key togehter; write together if that is meant" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refused(cases[i].text, cases[i].message);
}

static void test_a_name_is_a_type_a_model_or_a_profile(void)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ A100 "[gpu]\nany = A100\n", "etc/registry.ini:5: profile gpu has the name of a type, which "
					      "[A100] at etc/registry.ini:1 uses; a name "
					      "is a type, a model or a profile, rename one of the two" },
		{ A100 "[A100]\nany = gpu\n", "etc/registry.ini:5: profile A100 has the name of a model, "
					      "which [A100] at etc/registry.ini:1 uses; a "
					      "name is a type, a model or a profile, rename one of the two" },
		{ A100 "[fast]\nany = gpu\n[fast]\nany = A100\n",
		  "etc/registry.ini:7: profile fast is already at etc/registry.ini:5; rename or delete one "
		  "of the two" },
		{ "[A100]\nany = X710\n" A100, "etc/registry.ini:3: model A100 has the name of the profile "
					       "at etc/registry.ini:1; a name is a type, a "
					       "model or a profile, rename one of the two" },
		{ "[gpu]\nany = X710\n" A100, "etc/registry.ini:3: type gpu has the name of the profile at "
					      "etc/registry.ini:1; a name is a type, a "
					      "model or a profile, rename one of the two" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refused(cases[i].text, cases[i].message);
}

static void test_there_is_a_limit(void)
{
	static char text[16384];
	size_t len = (size_t)sprintf(text, A100);

	for (int i = 0; i <= REGISTRY_PROFILES_MAX; i++)
		len += (size_t)sprintf(text + len, "[p%d]\nany = gpu\n", i);
	refused(text, "etc/registry.ini:517: [p256] exceeds the limit of 256 profiles; delete some");
}

/* What a model is compared with before it replaces another one. */
static void test_a_part_of_a_registry_may_lack_what_profiles_list(void)
{
	struct registry_draft draft = { .file = REGISTRY_FILE, .text = "[f]\nany = A100\n", .len = 15 };
	struct registry registry = { 0 };
	struct error err = { 0 };

	CHECK(registry_load_draft("etc", &draft, &registry, &err) < 0);
	draft.is_partial = true;
	CHECK(registry_load_draft("etc", &draft, &registry, &err) == 0 && registry.profile_count == 1);
	registry_clear(&registry);
}

int main(void)
{
	char dir[] = "/tmp/pcitag-profile-XXXXXX";

	CHECK(mkdtemp(dir) && chdir(dir) == 0 && mkdir("etc", 0700) == 0);
	RUN(test_a_section_with_any_is_a_profile);
	RUN(test_a_request_for_a_profile_is_answered_by_what_it_lists);
	RUN(test_models_have_some_of_the_keys);
	RUN(test_mistakes_in_a_profile_are_named);
	RUN(test_a_name_is_a_type_a_model_or_a_profile);
	RUN(test_there_is_a_limit);
	RUN(test_a_part_of_a_registry_may_lack_what_profiles_list);
	CHECK(unlink("etc/registry.ini") == 0 && rmdir("etc") == 0 && chdir("/") == 0 && rmdir(dir) == 0);
	return 0;
}
