/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a device after a guest had it: the value of the registry's key `after_use`. Pure. */
#ifndef PCITAG_MODEL_LEASE_AFTER_USE_H
#define PCITAG_MODEL_LEASE_AFTER_USE_H

enum after_use {
	AFTER_RETURN, /* it goes back to the host, and to the next guest */
	AFTER_HOLD, /* it stays with its VFIO driver, and no guest gets it, until an administrator frees it */
	AFTER_CLEAN, /* the same, until the clean_units of its model have succeeded */
};

/* Returns the word for it, as in the registry and in a lease. */
const char *after_use_name(enum after_use after);

/* Returns 0, or 1 when @text is not such a word (@out untouched). */
int after_use_parse(const char *text, enum after_use *out);

#endif
