/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: cli/output/json.c model/pci/address.c base/error.c */
/* libs: json-c */
#include <sys/mman.h>
#include <unistd.h>

#include "cli/output/json.h"
#include "test.h"

/* What print(@object) writes to the standard output. The caller frees it; the object is freed. */
static char *printed(void (*print)(struct json_object *object), struct json_object *object)
{
	int memory = memfd_create("output", MFD_CLOEXEC), saved = dup(STDOUT_FILENO);
	char *text = calloc(1, 4096);

	CHECK(memory >= 0 && saved >= 0 && text);
	CHECK(fflush(stdout) == 0 && dup2(memory, STDOUT_FILENO) >= 0);
	print(object);
	CHECK(fflush(stdout) == 0 && dup2(saved, STDOUT_FILENO) >= 0);
	CHECK(pread(memory, text, 4095, 0) > 0);
	close(memory);
	close(saved);
	return text;
}

/* An element of the array: with a nested object, an empty array, and text that is escaped. */
static struct json_object *element(int number)
{
	struct json_object *object = json_object_new_object();

	json_put_int(object, "number", number);
	json_put_string(object, "text", "line\nand \"quote\"/\xc2\x9b\xc3\xa9");
	json_put_array(object, "none");
	json_put_string(json_add_object(json_put_array(object, "inner")), "empty", "");
	return object;
}

static struct json_object *around(void)
{
	struct json_object *object = json_output_start();

	json_put_array(object, "elements");
	json_put_int(json_add_object(json_put_array(object, "after")), "a", 1);
	return object;
}

static int made, wanted;

static struct json_object *next(void *context)
{
	CHECK(context == &made);
	return made < wanted ? element(made++) : NULL;
}

static void print_one_at_a_time(struct json_object *object)
{
	json_output_print_array(object, "elements", next, &made);
}

static void test_an_array_made_while_it_is_printed_looks_the_same(void)
{
	for (wanted = 1; wanted <= 3; wanted++) {
		struct json_object *whole = around(), *array;
		char *expected, *text;

		CHECK(json_object_object_get_ex(whole, "elements", &array));
		for (int i = 0; i < wanted; i++)
			json_object_array_add(array, element(i));
		expected = printed(json_output_print, whole);
		made = 0;
		text = printed(print_one_at_a_time, around());
		CHECK_STR(text, expected);
		CHECK(made == wanted);
		free(expected);
		free(text);
	}
}

static void test_an_array_without_elements(void)
{
	char *text;

	made = wanted = 0;
	text = printed(print_one_at_a_time, around());
	CHECK(strstr(text, "  \"elements\":[],\n  \"after\":["));
	free(text);
}

static void test_control_characters_are_escaped(void)
{
	char *text = printed(json_output_print, element(1));

	CHECK(strstr(text, "line\\nand \\\"quote\\\"/\\u009b\xc3\xa9\""));
	CHECK(text[strlen(text) - 1] == '\n');
	free(text);
}

int main(void)
{
	RUN(test_an_array_made_while_it_is_printed_looks_the_same);
	RUN(test_an_array_without_elements);
	RUN(test_control_characters_are_escaped);
	return 0;
}
