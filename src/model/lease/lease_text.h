/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the text of a lease as lease_to_text() writes it, without a parser: a host may have hundreds of
 * leases, and each start reads all of them.
 */
#ifndef PCITAG_MODEL_LEASE_LEASE_TEXT_H
#define PCITAG_MODEL_LEASE_LEASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/lease/lease.h"

/*
 * Returns true when @text consists of the fields of lease_to_text() in its order, and each of them is valid.
 * Then @out is what lease_from_json() would read; the caller frees it with lease_clear(). Any other text,
 * valid or not, must be given to lease_from_json(): false, and @out is untouched. Also false when out of
 * memory.
 */
bool lease_text_read(const char *text, size_t len, struct lease *out);

#endif
