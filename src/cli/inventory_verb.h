/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Common part of the verbs that read the inventory and print it as a table or as JSON. */
#ifndef PCITAG_CLI_INVENTORY_VERB_H
#define PCITAG_CLI_INVENTORY_VERB_H

#include "cli/device_filter.h"
#include "cli/verb.h"
#include "flow/view/inventory.h"

typedef void inventory_print_fn(const struct inventory *inventory, const struct device_filter *filter);

/*
 * Reads the filter and the inventory, and prints it with @print_text or @print_json. Returns the exit code.
 */
int inventory_verb(const struct arguments *arguments, inventory_print_fn *print_text,
		   inventory_print_fn *print_json);

#endif
