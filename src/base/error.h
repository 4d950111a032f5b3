/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Errors are values. A function that can fail takes a struct error * as its last
 * parameter and returns
 *   negative: it failed and *err says why, in one line;
 *   0:        it did what its name says, *err is untouched;
 *   positive: a refusal that its header comment names; *err is untouched unless the
 *             comment says otherwise.
 * Nobody below the edge (a main, a hook operation) prints. The buffer is part of the
 * struct, so reporting cannot fail for want of memory during a rollback.
 */
#ifndef PCITAG_BASE_ERROR_H
#define PCITAG_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* libvirt shows a hook's standard error to the user of `virsh start`: one line, 1 KiB with its prefix. */
#define ERROR_MSG_LEN 960

struct error {
	int code; /* an errno value, or 0 when no system call failed */
	char msg[ERROR_MSG_LEN];
};

/*
 * Records a failure.
 * @err:  where to; NULL is allowed and ignored
 * @code: errno value of the cause; when it is not 0 ": <strerror>" is appended
 * Over-long text is cut and ends in "...". Control characters become '?', so that a
 * hostile name cannot forge a second line. Returns -1 always, errno preserved.
 */
int error_set(struct error *err, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Must the character that @text, which is not empty, begins with be kept from terminals? Control characters,
 * those of U+0080 to U+009F too: terminals obey U+009B as they do ESC [. Characters that are not seen but
 * reorder or split what is (Unicode 15, 23.2 and 23.3: zero width, line separators, bidirectional embeddings
 * and isolates, byte order mark). Bytes that are no UTF-8.
 * @len:  receives its length in bytes
 * @code: receives its code point, U+FFFD for a byte that is no UTF-8
 */
bool text_is_hidden(const char *text, size_t *len, uint32_t *code);

/* Replaces each byte of such characters by '?'. For whatever others chose and people are shown. */
void keep_one_line(char *text);

/* Puts "<text>: " in front of what *err says. Returns -1 always. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
