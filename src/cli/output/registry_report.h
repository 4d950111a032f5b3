/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of the verbs that change the registry: what was done, and which devices the model matches here. */
#ifndef PCITAG_CLI_OUTPUT_REGISTRY_REPORT_H
#define PCITAG_CLI_OUTPUT_REGISTRY_REPORT_H

#include "cli/output/json.h"
#include "flow/configure/registry_edit.h"

/* Returns one word for machine-readable output: "added", "unchanged". */
const char *edit_outcome_name(enum edit_outcome outcome);

/* Returns a new object for --json with model, type, file, outcome and enabled. */
struct json_object *registry_change_json(const char *model, const struct registry_change *change);

/*
 * Prints how many devices of this host @model matches, which of them are free or why none is, and which
 * command to run next.
 * @object: NULL; or the object for --json, to which the field devices is added and which is then printed
 * Returns EXIT_DONE, or EXIT_FINDINGS after a message when the host cannot be read.
 */
int report_devices(const char *model, struct json_object *object);

#endif
