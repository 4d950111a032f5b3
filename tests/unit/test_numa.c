/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/wish/number_set.c model/wish/pinning.c base/error.c */
#include "base/cleanup.h"
#include "model/wish/pinning.h"
#include "test.h"

static struct number_set set_of(const char *text)
{
	struct number_set set = { { 0 } };

	CHECK(text[0] == '\0' || number_set_parse(text, NUMBER_SET_MAX, &set) == 0);
	return set;
}

static void check_set(const struct number_set *set, const char *text)
{
	char buf[NUMBER_SET_LEN];

	CHECK_STR(number_set_format(set, buf), text);
}

static void test_sets_are_read_as_libvirt_and_the_kernel_write_them(void)
{
	static const struct {
		const char *text, *set;
	} cases[] = {
		{ "0", "0" },
		{ "0-3", "0-3" },
		{ "3,1,2", "1-3" },
		{ "0-3,^2", "0-1,3" },
		{ "0-3, 8 ,10-11\n", "0-3,8,10-11" },
		{ "8191", "8191" },
		{ "0-8191", "0-8191" },
		{ "63-64", "63-64" },
		{ "5-5", "5" },
		{ "007", "7" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct number_set set = set_of(cases[i].text);

		check_set(&set, cases[i].set);
	}
}

static void test_other_texts_are_no_sets(void)
{
	static const char *const bad[] = { "",
					   " ",
					   ",",
					   "1,",
					   ",1",
					   "1-",
					   "-1",
					   "3-1",
					   "^1",
					   "0,^0",
					   "^0-3",
					   "8192",
					   "0-8192",
					   "1;2",
					   "x",
					   "0x1",
					   "1 2",
					   "1--2",
					   "18446744073709551617",
					   "+1" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct number_set set = set_of("7");

		CHECK(number_set_parse(bad[i], NUMBER_SET_MAX, &set) == 1);
		check_set(&set, "7");
	}
	CHECK(number_set_parse("1024", NUMA_NODES_MAX, &(struct number_set){ { 0 } }) == 1);
	CHECK(number_set_parse("1023", NUMA_NODES_MAX, &(struct number_set){ { 0 } }) == 0);
}

static void test_sets_are_joined(void)
{
	struct number_set a = set_of("0-3"), b = set_of("3-5"), c = set_of("7"), none = { { 0 } };

	CHECK(number_set_intersects(&a, &b) && !number_set_intersects(&a, &c));
	CHECK(number_set_count(&a) == 4 && number_set_is_empty(&none));
	CHECK(number_set_has(&b, 5) && !number_set_has(&b, 6) && !number_set_has(&b, SIZE_MAX));
	number_set_add(&none, NUMBER_SET_MAX);
	CHECK(number_set_is_empty(&none));
	number_set_unite(&a, &c);
	check_set(&a, "0-3,7");
	number_set_intersect(&a, &b);
	check_set(&a, "3");
}

static void test_a_long_text_is_cut_behind_a_part(void)
{
	struct number_set set = { { 0 } };
	char buf[NUMBER_SET_LEN];

	for (size_t i = 1000; i < 1200; i += 2)
		number_set_add(&set, i);
	CHECK_STR(number_set_format(&set, buf), "1000,1002,1004,1006,1008,1010,1012,1014,1016,1018...");
}

static struct pinning pinning_of(const char *memory, const char *vcpu, const char *pins, const char *pinned,
				 size_t vcpus)
{
	return (struct pinning){ .memory = set_of(memory),
				 .vcpu_cpus = set_of(vcpu),
				 .pinned_cpus = set_of(pins),
				 .pinned = set_of(pinned),
				 .vcpus = vcpus };
}

static void test_processors_are_those_of_the_pins_and_of_what_has_none(void)
{
	static const struct {
		const char *vcpu, *pins, *pinned, *cpus;
		size_t vcpus;
	} cases[] = {
		{ "0-7", "", "", "0-7", 4 },	 { "0-7", "2-3", "0-1", "2-3", 2 },
		{ "0-7", "9", "0", "0-7,9", 2 }, { "", "9", "0", "9", 2 },
		{ "0-7", "9", "0", "0-7,9", 0 }, { "", "", "", "", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pinning pinning =
			pinning_of("", cases[i].vcpu, cases[i].pins, cases[i].pinned, cases[i].vcpus);
		struct number_set cpus;

		CHECK(pinning_cpus(&pinning, &cpus) == (cases[i].cpus[0] != '\0'));
		check_set(&cpus, cases[i].cpus);
		pinning.is_unclear = true;
		CHECK(!pinning_cpus(&pinning, &cpus));
	}
}

static void test_a_domain_is_where_its_memory_is(void)
{
	static const struct {
		const char *memory, *cpus, *nodes;
	} cases[] = {
		{ "1", "", "1" },
		{ "1", "1", "1" },
		{ "0-1", "1", "1" },
		{ "0-1", "0-1", "0-1" },
		{ "1", "0-1", "1" },
		{ "", "0", "0" },
		{ "", "", "" },
		/* Processors elsewhere do not move the memory. */
		{ "1", "0", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pinning pinning = pinning_of(cases[i].memory, "", "", "", 1);
		struct number_set cpus = set_of(cases[i].cpus), nodes;

		CHECK(pinning_nodes(&pinning, &cpus, &nodes) == (cases[i].nodes[0] != '\0'));
		check_set(&nodes, cases[i].nodes);
		pinning.is_unclear = true;
		CHECK(!pinning_nodes(&pinning, &cpus, &nodes));
	}
}

int main(void)
{
	RUN(test_sets_are_read_as_libvirt_and_the_kernel_write_them);
	RUN(test_other_texts_are_no_sets);
	RUN(test_sets_are_joined);
	RUN(test_a_long_text_is_cut_behind_a_part);
	RUN(test_processors_are_those_of_the_pins_and_of_what_has_none);
	RUN(test_a_domain_is_where_its_memory_is);
	return 0;
}
