/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/option.c base/error.c */
/* libs: json-c */
#include "model/qemu/option.h"
#include "test.h"

/* Reads @text as a -device and writes it again. */
static char *again(const char *text)
{
	struct qemu_option option;
	struct error err;
	char *out;

	CHECK(qemu_option_parse(text, "driver", &option, &err) == 0);
	out = qemu_option_format(&option);
	qemu_option_clear(&option);
	CHECK(out);
	return out;
}

static void check_again(const char *text, const char *expected)
{
	char *out = again(text);

	CHECK_STR(out, expected);
	free(out);
}

static void check_unreadable(const char *text, const char *why)
{
	struct qemu_option option;
	struct error err = { .msg = "" };

	CHECK(qemu_option_parse(text, "driver", &option, &err) == -1);
	qemu_option_clear(&option);
	if (!strstr(err.msg, why))
		CHECK_STR(err.msg, why);
}

static void test_json_comes_back_as_it_was(void)
{
	static const char *const texts[] = {
		"{\"driver\":\"vfio-pci\",\"id\":\"a\",\"multifunction\":true,\"addr\":\"0x1.0x2\"}",
		"{\"driver\":\"x\",\"a\":-1,\"b\":18446744073709551615,\"c\":1.50}",
		"{\"driver\":\"x\",\"d\":null,\"e\":[1,{\"f\":{}}]}",
		"{\"driver\":\"x\",\"path\":\"/dev/pcitag/a/b\",\"text\":\"\\u0000\\n\\\"\\\\\xc3\xa9\"}",
		"{\"\xc3\xa9\":\"\xe2\x82\xac\",\"driver\":\"\xf0\x9f\x98\x80\"}",
		"{}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_again(texts[i], texts[i]);
}

static void test_legacy_comes_back_as_it_was(void)
{
	static const char *const texts[] = {
		"vfio-pci,id=a,bus=pci.0,addr=0x1.0x2",
		"vfio-pci",
		"id=a,driver=vfio-pci",
		"driver=a=b,id=c",
		"x,path=/a,,b,,,,c,d=,e==",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_again(texts[i], texts[i]);
}

static void test_legacy_flags_become_on_and_off(void)
{
	check_again("x,multifunction,norombar", "x,multifunction=on,rombar=off");
	check_again("driver=x,id=a,", "x,id=a");
}

static void test_a_first_value_that_would_be_read_otherwise_keeps_its_key(void)
{
	check_again(",", "driver=");
	check_again("driver=,id=a", "driver=,id=a");
	check_again("driver={\"a\":1}", "driver={\"a\":1}");
}

static void test_doubled_commas_belong_to_the_value(void)
{
	struct qemu_option option;
	struct error err;

	CHECK(qemu_option_parse("a,,b,evdev=/dev/x,,y,id=z", "driver", &option, &err) == 0);
	CHECK_STR(qemu_option_string(&option, "driver"), "a,b");
	CHECK_STR(qemu_option_string(&option, "evdev"), "/dev/x,y");
	CHECK_STR(qemu_option_string(&option, "id"), "z");
	CHECK(!qemu_option_string(&option, "bus"));
	qemu_option_clear(&option);
}

static void test_only_a_whole_string_is_a_string(void)
{
	struct qemu_option option;
	struct error err;

	CHECK(qemu_option_parse("{\"a\":1,\"b\":null,\"c\":\"x\\u0000y\",\"d\":{\"e\":\"f\"}}", "driver",
				&option, &err) == 0);
	CHECK(!qemu_option_string(&option, "a") && !qemu_option_string(&option, "b"));
	CHECK(!qemu_option_string(&option, "c") && !qemu_option_string(&option, "d"));
	qemu_option_clear(&option);
}

static void test_what_cannot_be_read_says_why(void)
{
	char *deep = calloc(1, 200 + 8), *lengthy = malloc(QEMU_OPTION_MAX + 2);

	check_unreadable("{\"driver\":\"x\"", "ends too early");
	check_unreadable("{\"driver\":\"x\"} ,", "not JSON");
	check_unreadable("{'driver':'x'}", "not JSON");
	check_unreadable("{\"driver\":\"\xff\"}", "not JSON");
	check_unreadable("{\"driver\":\"\xc3\xa9\"} ,", "not JSON");
	check_unreadable("{'driver':'\xc3\xa9'}", "not JSON");
	check_unreadable("{\"driver\":\"\xc3\xa9\"", "ends too early");
	check_unreadable("x,id=a,id=b", "'id' twice");
	check_unreadable("x,driver=y", "'driver' twice");

	memset(deep, '[', 200);
	memcpy(deep, "{\"a\":", 5);
	check_unreadable(deep, "not JSON");

	memset(lengthy, 'x', QEMU_OPTION_MAX + 1);
	lengthy[QEMU_OPTION_MAX + 1] = '\0';
	check_unreadable(lengthy, "longer than 65536 bytes");
	lengthy[QEMU_OPTION_MAX] = '\0';
	check_again(lengthy, lengthy);
	free(deep);
	free(lengthy);
}

static void test_an_option_is_its_name_and_a_value(void)
{
	char dev[] = "-device", two[] = "--device", m[] = "-m", x[] = "x", none[] = "";
	char *argv[] = { none, dev, x, two, x, dev, two, x, m, dev, NULL };

	CHECK(!qemu_option_value(argv, 0, "device"));
	CHECK(qemu_option_value(argv, 1, "device") == x);
	CHECK(!qemu_option_value(argv, 1, "object"));
	CHECK(!qemu_option_value(argv, 2, "device"));
	CHECK(qemu_option_value(argv, 3, "device") == x);
	/* "-device -device x": the second is the option, the first some other option's text */
	CHECK(!qemu_option_value(argv, 5, "device"));
	CHECK(qemu_option_value(argv, 6, "device") == x);
	CHECK(!qemu_option_value(argv, 8, "m"));
	CHECK(!qemu_option_value(argv, 9, "device"));
}

int main(void)
{
	RUN(test_json_comes_back_as_it_was);
	RUN(test_legacy_comes_back_as_it_was);
	RUN(test_legacy_flags_become_on_and_off);
	RUN(test_a_first_value_that_would_be_read_otherwise_keeps_its_key);
	RUN(test_doubled_commas_belong_to_the_value);
	RUN(test_only_a_whole_string_is_a_string);
	RUN(test_what_cannot_be_read_says_why);
	RUN(test_an_option_is_its_name_and_a_value);
	return 0;
}
