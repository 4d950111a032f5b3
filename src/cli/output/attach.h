/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of attach and detach. */
#ifndef PCITAG_CLI_OUTPUT_ATTACH_H
#define PCITAG_CLI_OUTPUT_ATTACH_H

#include "flow/hotplug/attach.h"

/* Prints "domain 'vm': npu: 0000:01:00.0 attached"; several functions are listed individually. */
void attach_print_text(const struct attach_result *result, const char *what);

/* Fields: domain, uuid, request, model, type, group, addresses. */
void attach_print_json(const struct attach_result *result);

#endif
