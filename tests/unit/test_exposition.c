/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: cli/output/exposition.c */
/* libs: json-c */
#include <json-c/json.h>

#include "cli/output/exposition.h"
#include "test.h"

static void check_text(struct json_object *families, const char *expected)
{
	size_t len;
	char *text = exposition_text(families, &len);

	CHECK(text && len == strlen(text));
	CHECK_STR(text, expected);
	free(text);
	json_object_put(families);
}

static void test_a_family_has_its_help_and_type_in_front(void)
{
	struct json_object *families = json_object_new_array(), *family;
	const char *labels[] = { "type", "npu", "model", "Edu", NULL };

	family = exposition_family(families, "pcitag_devices", "gauge", "Devices.");
	exposition_sample(family, "", labels, 3);
	exposition_sample(exposition_family(families, "pcitag_leases", "gauge", "Leases."), "", NULL, 0);
	check_text(families, "# HELP pcitag_devices Devices.\n"
			     "# TYPE pcitag_devices gauge\n"
			     "pcitag_devices{type=\"npu\",model=\"Edu\"} 3\n"
			     "# HELP pcitag_leases Leases.\n"
			     "# TYPE pcitag_leases gauge\n"
			     "pcitag_leases 0\n");
}

static void test_label_values_are_escaped(void)
{
	struct json_object *families = json_object_new_array();
	const char *labels[] = { "name", "a\"b\\c\nd\xc3\xa9", NULL };

	exposition_sample(exposition_family(families, "m", "gauge", "h"), "", labels, 1);
	check_text(families, "# HELP m h\n# TYPE m gauge\nm{name=\"a\\\"b\\\\c\\nd\xc3\xa9\"} 1\n");
}

static void test_numbers_are_whole_where_they_can_be(void)
{
	struct json_object *families = json_object_new_array(), *family;

	family = exposition_family(families, "m", "histogram", "h");
	exposition_sample(family, "_sum", NULL, 0.125);
	exposition_sample(family, "_count", NULL, 123456789012345);
	check_text(families, "# HELP m h\n# TYPE m histogram\nm_sum 0.125\nm_count 123456789012345\n");
}

static void test_nothing_is_nothing(void)
{
	check_text(json_object_new_array(), "");
}

int main(void)
{
	RUN(test_a_family_has_its_help_and_type_in_front);
	RUN(test_label_values_are_escaped);
	RUN(test_numbers_are_whole_where_they_can_be);
	RUN(test_nothing_is_nothing);
	return 0;
}
