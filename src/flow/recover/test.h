/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at a device again, at the administrator's request: what was found against it is cleared or renewed.
 */
#ifndef PCITAG_FLOW_RECOVER_TEST_H
#define PCITAG_FLOW_RECOVER_TEST_H

#include <stdbool.h>

#include "base/error.h"
#include "flow/paths.h"
#include "model/pci/address.h"
#include "model/pci/finding.h"

enum test_reset {
	TEST_RESET_DONE,   /* the look was after a reset */
	TEST_RESET_NONE,   /* the kernel has no reset for it */
	TEST_RESET_DRIVER, /* a driver of the host has it: it is looked at as it is */
};

struct test_result {
	enum pci_condition condition;
	enum test_reset reset;
	char evidence[FINDING_TEXT_LEN]; /* "" when it is well */
	bool had_finding;		 /* something was kept against it before */
};

/* Returns "done", "none" or "driver". */
const char *test_reset_name(enum test_reset reset);

/*
 * Looks at the function at @addr: configuration space, link, power state, errors; after a reset through sysfs
 * when it has no driver, or a VFIO driver that is not in use. What was kept against it is removed, or
 * replaced. While it is looked at, a lease keeps every domain from it; reconcile removes that after a crash.
 * The kernel may take the time of bind_timeout; a function that does not come back by then is out. Returns 0
 * with @out; FLOW_REFUSED with one line in *err when there is no such function, or a guest or the host has
 * it; or -1.
 */
int flow_test(const struct paths *paths, const struct pci_addr *addr, struct test_result *out,
	      struct error *err);

#endif
