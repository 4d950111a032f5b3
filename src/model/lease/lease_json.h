/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Converts a lease to JSON text, and back. The format is documented in pcitag-hook(8) and identified by
 * "version".
 */
#ifndef PCITAG_MODEL_LEASE_LEASE_JSON_H
#define PCITAG_MODEL_LEASE_LEASE_JSON_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/lease.h"

struct json_object;

/* Returns a new object, which the caller releases with json_object_put(), or NULL when there is no memory. */
struct json_object *lease_to_json(const struct lease *lease);

/* Returns the lease as readable text, which the caller frees, or NULL when there is no memory. */
char *lease_to_text(const struct lease *lease);

enum { LEASE_JSON_NEWER = 1 };

/*
 * Parses the text of lease_to_text(). The type, length and meaning of every field are checked.
 * @out: set only on success; the caller frees it with lease_clear()
 * Returns 0, LEASE_JSON_NEWER with *err set when only a later pcitag knows its version, or -1.
 */
int lease_from_json(const char *text, size_t len, struct lease *out, struct error *err);

#endif
