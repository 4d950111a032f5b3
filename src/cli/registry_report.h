/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the verbs that change the registry say afterwards: what was done, and what this host has of the model.
 */
#ifndef PCITAG_CLI_REGISTRY_REPORT_H
#define PCITAG_CLI_REGISTRY_REPORT_H

#include <stdbool.h>

#include "cli/json_output.h"
#include "flow/registry_edit.h"

/* One word for programs: "added", "unchanged". */
const char *edit_outcome_name(enum edit_outcome outcome);

/* Starts what --json prints with model, type, file, outcome and enabled. */
struct json_object *registry_change_json(const char *model, const struct registry_change *change);

/*
 * Prints how many devices of this host @model matches, which of them are free or why none is, and what to
 * type next. @object: NULL; or what --json prints, which gets the field devices and is printed. Returns
 * EXIT_DONE, or EXIT_FINDINGS after a message when the host cannot be looked at.
 */
int report_devices(const char *model, struct json_object *object);

#endif
