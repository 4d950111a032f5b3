/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/registry/overlap.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c model/lease/vf_net.c model/pci/setting.c model/registry/identity.c */
#include "model/registry/overlap.h"
#include "test.h"

static struct error err;

/* Returns a model with the ids 1234:000a, unless @text says otherwise: "key=value;key=value". */
static struct model make(const char *text)
{
	struct model model;
	bool has_device = strstr(text, "device=") != NULL;

	CHECK(model_init(&model, "M", "registry.ini", 1, &err) == 0);
	CHECK(model_set(&model, "vendor", strstr(text, "vendor=") ? "1235" : "1234", &err) == 0);
	if (!has_device)
		CHECK(model_set(&model, "device", "000a", &err) == 0);
	while (*text) {
		char word[128], *value;
		size_t len = strcspn(text, ";");

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		value = strchr(word, '=');
		CHECK(value);
		*value++ = '\0';
		if (strcmp(word, "vendor") != 0)
			CHECK(model_set(&model, word, value, &err) == 0);
		text += len + (text[len] == ';');
	}
	return model;
}

static bool covers(const char *wide, const char *narrow)
{
	struct model a = make(wide), b = make(narrow);
	bool result = model_covers(&a, &b);

	/* What covers another one shares devices with it. */
	CHECK(!result || models_may_share(&a, &b));
	model_clear(&a);
	model_clear(&b);
	return result;
}

static bool share(const char *first, const char *second)
{
	struct model a = make(first), b = make(second);
	bool result = models_may_share(&a, &b);

	CHECK(models_may_share(&b, &a) == result);
	model_clear(&a);
	model_clear(&b);
	return result;
}

static void test_ids(void)
{
	CHECK(covers("", ""));
	CHECK(covers("device=000a 000b", "") && !covers("", "device=000a 000b"));
	CHECK(share("device=000b 000a", "device=000c 000a") && !share("device=000b", "device=000a 000c"));
	CHECK(!share("vendor=1235", "") && !covers("vendor=1235", ""));
	CHECK(covers("device=*;class=12", "class=1200") && !covers("class=12", "device=*;class=12"));
	CHECK(share("device=*;class=12", "") && !share("device=*;class=12", "class=03"));
}

static void test_subsystem_class_and_revision(void)
{
	CHECK(covers("", "subsystem=1af4:1100") && !covers("subsystem=1af4:1100", ""));
	CHECK(!share("subsystem=1af4:1100", "subsystem=1af4:1101") && share("subsystem=1af4:1100", ""));
	CHECK(covers("class=03", "class=0300") && !covers("class=0300", "class=03"));
	CHECK(!share("class=0302", "class=0300") && share("class=03", "class=030200"));
	CHECK(covers("", "revision=10") && !covers("revision=10", "") &&
	      !share("revision=10", "revision=11"));
}

static void test_addresses(void)
{
	CHECK(covers("", "address=0000:01:00.0") && !covers("address=0000:01:00.0", ""));
	CHECK(covers("address=0000:01:00.*", "address=0000:01:00.1"));
	CHECK(!covers("address=0000:01:00.*", "address=0000:01:00.1 0000:02:00.0"));
	CHECK(!share("address=0000:01:00.*", "address=0000:02:*.*"));
	CHECK(share("address=0000:01:00.*", "address=*:*:*.1"));
	CHECK(!share("exclude=0000:01:00.0", "address=0000:01:00.0"));
	CHECK(share("exclude=0000:01:00.0", "address=0000:01:00.*"));
	CHECK(covers("exclude=0000:01:00.0", "address=0000:02:00.0"));
	CHECK(!covers("exclude=0000:01:00.0", "address=0000:01:00.*"));
	CHECK(!covers("exclude=0000:01:00.0", "") && covers("exclude=0000:01:00.0", "exclude=0000:01:*.*"));
}

static void test_what_tells_devices_apart(void)
{
	CHECK(!share("serial=A1", "serial=B2") && share("serial=A1 b2", "serial=B2"));
	CHECK(share("serial=A1", "slot=x*") && share("slot=x*", "slot=y*"));
	CHECK(!share("path=0000:00/01.0/00.0", "path=0000:00/02.0/00.0"));
	CHECK(covers("", "serial=A1") && !covers("serial=A1", "") && covers("serial=A1", "serial=A1"));
	CHECK(!covers("serial=A1", "serial=B2"));
}

int main(void)
{
	RUN(test_ids);
	RUN(test_subsystem_class_and_revision);
	RUN(test_addresses);
	RUN(test_what_tells_devices_apart);
	return 0;
}
