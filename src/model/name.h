/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one rule for names of types, models and owners: [A-Za-z0-9_-]{1,48}; and that for UUIDs. Pure. */
#ifndef PCITAG_MODEL_NAME_H
#define PCITAG_MODEL_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* 48 characters and the NUL. inih cuts section names silently at 49 characters, so nothing longer may be
 * legal. */
#define NAME_LEN 49

/*
 * Makes a name of any text: runs of what no name may have become one '-', none at either end; cut to fit.
 * @size: of @out, at most NAME_LEN; "" when nothing is left
 */
void name_make(const char *text, char *out, size_t size);

/* "<name>.<index>" and its NUL: a dot and at most 3 digits. */
#define REQUEST_LEN (NAME_LEN + 4)

/* Says whether the @len bytes at @text are a legal name; nothing needs to be terminated. */
bool name_valid_n(const char *text, size_t len);
bool name_valid(const char *text);

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" and its NUL. */
#define UUID_LEN 37

/* Is @text a UUID in lower case and nothing else? It becomes a file name. */
bool uuid_valid(const char *text);

/*
 * Splits a request such as "npu.1" into its name and index.
 * @text:  the request, terminated
 * @name:  receives "npu"
 * @index: receives 1, or -1 when the request has none
 * Returns 0, or 1 when @text is no request: the name is not legal, or the index is not
 * a decimal number of 1 to 3 digits without leading zeros.
 */
int request_parse(const char *text, char name[static NAME_LEN], int *index);

#endif
