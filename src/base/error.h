/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors are values. A function that can fail takes a struct error * as its last parameter and returns
 *   negative: it failed, and *err has the reason in one line;
 *   0:        it succeeded, *err is untouched;
 *   positive: a refusal that its header comment names; *err is untouched unless that states otherwise.
 * Only a main function or a hook operation prints. The buffer is part of the struct, so that reporting cannot
 * fail for lack of memory during a rollback.
 */
#ifndef PCITAG_BASE_ERROR_H
#define PCITAG_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* libvirt shows a hook's standard error to the user of `virsh start`: one line, 1 KiB with its prefix. */
#define ERROR_MSG_LEN 960

struct error {
	int code; /* an errno value, or 0 when no system call failed */
	char msg[ERROR_MSG_LEN];
};

/*
 * Records a failure.
 * @err: destination; NULL is allowed and ignored
 * @code: errno value of the cause; when it is not 0, ": <strerror>" is appended
 * Text that is too long is cut and ends in "...". Control characters become '?', so that a hostile name
 * cannot forge a second line. Always returns -1; errno is preserved.
 */
int error_set(struct error *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Records a refusal, like error_set() with code 0. The value is @result, the named refusal to return. A
 * macro, because static analysis looks at one file at a time and must see that value.
 */
#define error_refuse(err, result, ...) ((void)error_set(err, 0, __VA_ARGS__), (result))

/*
 * True when the first character of @text, which must not be empty, must not be sent to a terminal: control
 * characters, including U+0080 to U+009F, because terminals treat U+009B like ESC [; invisible characters
 * that reorder or split visible text (Unicode 15, 23.2 and 23.3: zero width, line separators, bidirectional
 * embeddings and isolates, byte order mark); and bytes that are not UTF-8.
 * @len: receives its length in bytes
 * @code: receives its code point, U+FFFD for a byte that is not UTF-8
 */
bool text_is_hidden(const char *text, size_t *len, uint32_t *code);

/* Replaces each byte of such characters with '?'. For text from other users or programs that is displayed. */
void keep_one_line(char *text);

/* Appends to the text in @buf like printf(3), cut at @size bytes with the NUL. */
void text_append(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Passes a failure on: copies @cause to *err, unless @err is NULL. Always returns -1. */
static inline int error_pass(struct error *err, const struct error *cause)
{
	if (err)
		*err = *cause;
	return -1;
}

/* Inserts "<text>: " before the message in *err. Always returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
