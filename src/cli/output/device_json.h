/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices and verdicts in the output of --json, with the same fields for all verbs. */
#ifndef PCITAG_CLI_OUTPUT_DEVICE_JSON_H
#define PCITAG_CLI_OUTPUT_DEVICE_JSON_H

#include "cli/output/json.h"
#include "flow/assign/host_state.h"

/*
 * Adds the fields that every device has: address, vendor, device, class, group, numa and driver (null for
 * none).
 */
void json_put_device(struct json_object *object, const struct pci_device *device);

/* Adds model, type, state, domain (of a lease) and reason (null when free). */
void json_put_verdict(struct json_object *object, const struct model *model, const struct verdict *verdict);

#endif
