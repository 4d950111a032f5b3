/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The syntax of names of types, models and owners, [A-Za-z0-9_-]{1,48}, and of UUIDs. Pure. */
#ifndef PCITAG_MODEL_LEASE_NAME_H
#define PCITAG_MODEL_LEASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* 48 characters and the NUL. inih cuts section names at 49 characters without an error, so longer names
 * are not valid. */
#define NAME_LEN 49

/*
 * Makes a name from any text: each run of invalid characters becomes one '-', with none at either end. The
 * result is cut to fit; it is "" when nothing is left.
 * @size: size of @out in bytes, at most NAME_LEN
 */
void name_make(const char *text, char *out, size_t size);

/* "<name>.<index>" and its NUL: a dot and at most 3 digits. */
#define REQUEST_LEN (NAME_LEN + 4)

/* True when the @len bytes at @text are a valid name; @text need not be terminated. */
bool name_valid_n(const char *text, size_t len);
bool name_valid(const char *text);

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" and its NUL. */
#define UUID_LEN 37

/* True when @text is exactly a UUID in lower case. It is used as a file name. */
bool uuid_valid(const char *text);

/*
 * Splits a request such as "npu.1" into its name and index.
 * @text: the request, NUL-terminated
 * @name: receives "npu"
 * @index: receives 1, or -1 when the request has no index
 * Returns 0, or 1 when @text is not a request: the name is invalid, or the index is not a decimal number of 1
 * to 3 digits without leading zeros.
 */
int request_parse(const char *text, char name[static NAME_LEN], int *index);

/* A word of this length or longer is not a misspelling of any known one. */
#define NAME_DISTANCE_MAX 40

/*
 * Returns how many edits turn @a into @b, but for case (Levenshtein), to find the word that a misspelled one
 * means. @b is in lower case. Returns NAME_DISTANCE_MAX when either is too long.
 */
unsigned name_distance(const char *a, const char *b);

#endif
