/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What attach and detach have done, told in the same way. */
#ifndef PCITAG_CLI_ATTACH_OUTPUT_H
#define PCITAG_CLI_ATTACH_OUTPUT_H

#include "flow/attach.h"

/* "domain 'vm': npu: 0000:01:00.0 attached"; several functions are named one by one. */
void attach_print_text(const struct attach_result *result, const char *what);

/* Fields: domain, uuid, request, model, type, group, addresses. */
void attach_print_json(const struct attach_result *result);

#endif
