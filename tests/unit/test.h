/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole harness: a test is a function, a failed check ends the program with its place and text. */
#ifndef PCITAG_TEST_H
#define PCITAG_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                          \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			exit(1);                                                                  \
		}                                                                                 \
	} while (0)

#define CHECK_STR(actual, expected)                                                                         \
	do {                                                                                                \
		const char *actual_ = (actual), *expected_ = (expected);                                    \
		if (strcmp(actual_, expected_) != 0) {                                                      \
			fprintf(stderr, "%s:%d: got      \"%s\"\n%*sexpected \"%s\"\n", __FILE__, __LINE__, \
				actual_, 4, "", expected_);                                                 \
			exit(1);                                                                            \
		}                                                                                           \
	} while (0)

/*
 * Prints one TAP line a test: `make check` adds them up. Each RUN leaves a byte in a section of its own,
 * and the linker says how many there are (ld(1): __start_SECNAME): that is the plan.
 */
#define RUN(test)                                                                    \
	do {                                                                         \
		static const char mark_ __attribute__((section("test_runs"), used)); \
		test();                                                              \
		printf("ok - %s\n", &(#test)[5]);                                    \
		fflush(stdout);                                                      \
	} while (0)

extern const char __start_test_runs[], __stop_test_runs[];

__attribute__((constructor)) static void print_plan(void)
{
	printf("1..%d\n", (int)(__stop_test_runs - __start_test_runs));
	fflush(stdout);
}

#endif
