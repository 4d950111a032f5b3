/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of the registry with a number each, ordered by name. Pure. */
#ifndef PCITAG_MODEL_FLEET_COUNTS_H
#define PCITAG_MODEL_FLEET_COUNTS_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/name.h"

/* In front of a name in the cluster's attributes: "pcitag-npu". */
#define FLEET_PREFIX "pcitag-"

struct fleet_count {
	char name[NAME_LEN];
	unsigned value;
};

/* {0} is empty. The owner frees it with fleet_counts_clear(). */
struct fleet_counts {
	struct fleet_count *items; /* owned, ordered by strcmp(3) */
	size_t count;
};

void fleet_counts_clear(struct fleet_counts *counts);

/* Adds @value to the number of @name, which is there afterwards, also with 0. Fails when out of memory. */
int fleet_counts_add(struct fleet_counts *counts, const char *name, unsigned value, struct error *err);

/* Raises the number of @name to @value, if it is lower. Fails when out of memory. */
int fleet_counts_raise(struct fleet_counts *counts, const char *name, unsigned value, struct error *err);

/* Returns the number of @name, 0 for one that is not there. */
unsigned fleet_counts_get(const struct fleet_counts *counts, const char *name);

/* The most that a word of fleet_counts_parse() may say. */
#define FLEET_COUNT_MAX 99999

/*
 * Reads what `pcitag utilization` prints, "pcitag-npu=1 pcitag-Atlas-300I=1", with blanks or line breaks
 * between the words; "" is nothing. A word without "=" is for people.
 * @out: empty; the caller clears it, also after a failure
 * Fails with the word that is not of this form, or is there twice.
 */
int fleet_counts_parse(const char *text, struct fleet_counts *out, struct error *err);

#endif
