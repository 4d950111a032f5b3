/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void keep_one_line(char *text)
{
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
		else if (*c == '\xc2' && (c[1] & '\xe0') == '\x80')
			c[0] = c[1] = '?';
	}
}

static void mark_cut(char *msg, size_t size, size_t wanted)
{
	if (wanted >= size)
		memcpy(msg + size - 4, "...", 4);
}

/* The text, then ": " and @behind unless that is NULL, in one line of bounded length. */
static void PRINTF_LIKE(3, 0) fill(struct error *err, const char *behind, const char *fmt, va_list args)
{
	int n = vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	size_t len = n > 0 ? (size_t)n : 0;

	if (behind && len < sizeof(err->msg))
		len += (size_t)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", behind);
	mark_cut(err->msg, sizeof(err->msg), len);
	keep_one_line(err->msg);
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	int saved = errno;
	va_list args;

	if (!err)
		return -1;
	err->code = code;
	va_start(args, fmt);
	fill(err, code ? strerror(code) : NULL, fmt, args);
	va_end(args);
	errno = saved;
	return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	char old[ERROR_MSG_LEN];
	int saved = errno;
	va_list args;

	if (!err)
		return -1;
	memcpy(old, err->msg, sizeof(old));
	va_start(args, fmt);
	fill(err, old, fmt, args);
	va_end(args);
	errno = saved;
	return -1;
}
