/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* States on a terminal and in --json, the same for all verbs: colours, times, fields. */
#ifndef PCITAG_CLI_OUTPUT_STATE_H
#define PCITAG_CLI_OUTPUT_STATE_H

#include <stdint.h>

#include "cli/output/json.h"
#include "cli/output/table.h"
#include "flow/assign/host_state.h"
#include "flow/recover/reconcile.h"

enum colour verdict_colour(const struct verdict *verdict);
enum colour lease_colour(enum lease_state state);
enum colour outcome_colour(enum reconcile_outcome outcome);

#define LOCAL_TIME_LEN 32

/* Writes @when, in seconds since the epoch: "2026-11-21 04:14:23" in this host's zone, "-" when invalid. */
const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN]);

/* Adds what every device has: address, vendor, device, class, group, numa and driver (null for none). */
void json_put_device(struct json_object *object, const struct pci_device *device);

/* Adds the object "place": path, card, switch (null for none), root and node; null when it is not known. */
void json_put_place(struct json_object *object, const struct pci_place *place);

/* Adds model, type, state, domain (of a lease) and reason (null when free). */
void json_put_verdict(struct json_object *object, const struct model *model, const struct verdict *verdict);

#endif
