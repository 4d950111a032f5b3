/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: base/error.c */
#include "base/error.h"

#include <errno.h>

#include "test.h"

enum { REFUSED = 3 };

static void test_a_refusal_has_its_text_and_no_errno(void)
{
	struct error err = { .code = EIO };

	errno = EBUSY;
	CHECK(error_refuse(&err, REFUSED, "%s of %d", "none", 2) == REFUSED);
	CHECK(errno == EBUSY);
	CHECK(err.code == 0);
	CHECK_STR(err.msg, "none of 2");
}

static void test_a_refusal_that_nothing_reads_has_its_result(void)
{
	CHECK(error_refuse(NULL, REFUSED, "none") == REFUSED);
}

static void test_a_failure_names_its_cause(void)
{
	struct error err = { 0 };

	CHECK(error_set(&err, ENOENT, "cannot open %s", "x") == -1);
	CHECK(err.code == ENOENT);
	CHECK_STR(err.msg, "cannot open x: No such file or directory");
	CHECK(error_prefix(&err, "domain '%s'", "vm") == -1);
	CHECK(err.code == ENOENT);
	CHECK_STR(err.msg, "domain 'vm': cannot open x: No such file or directory");
}

int main(void)
{
	RUN(test_a_refusal_has_its_text_and_no_errno);
	RUN(test_a_refusal_that_nothing_reads_has_its_result);
	RUN(test_a_failure_names_its_cause);
	return 0;
}
