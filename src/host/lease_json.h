/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lease as JSON text, and back. The shape is in pcitag-hook(8); "version" guards it. */
#ifndef PCITAG_HOST_LEASE_JSON_H
#define PCITAG_HOST_LEASE_JSON_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease.h"

struct json_object;

/* Returns a new object (the caller puts it), or NULL for want of memory. */
struct json_object *lease_to_json(const struct lease *lease);

/* The same as text that people can read. Returns it for the caller to free, or NULL for want of memory. */
char *lease_to_text(const struct lease *lease);

#define LEASE_JSON_NEWER 1

/*
 * Reads what lease_to_text() wrote. Every field is checked: its type, its length, its
 * meaning. @out is filled only on success; free it with lease_clear().
 * Returns 0, LEASE_JSON_NEWER with *err when its version is one that only a later pcitag knows, or -1.
 */
int lease_from_json(const char *text, size_t len, struct lease *out, struct error *err);

#endif
