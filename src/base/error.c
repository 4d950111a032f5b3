/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* Returns the code point at @text and its length, or U+FFFD and 1 for invalid UTF-8 (RFC 3629, section 4). */
static uint32_t decode(const char *text, size_t *len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *c = (const unsigned char *)text;
	size_t n = *c < 0x80 ? 1 : *c >= 0xf0 && *c < 0xf8 ? 4 : *c >= 0xe0 ? 3 : 2;
	uint32_t code = n == 1 ? *c : *c & (0x7fU >> n);

	*len = 1;
	if (n > 1 && (*c < 0xc0 || *c >= 0xf8))
		return 0xfffd;
	for (size_t i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0xfffd;
		code = code << 6 | (c[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0xfffd;
	*len = n;
	return code;
}

bool text_is_hidden(const char *text, size_t *len, uint32_t *code)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0x61c, 0x61c },   { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
	};

	*code = decode(text, len);
	if (*code == 0xfffd && *len == 1)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		if (*code >= hidden[i].first && *code <= hidden[i].last)
			return true;
	}
	return false;
}

void keep_one_line(char *text)
{
	uint32_t code;
	size_t len;

	for (; *text; text += len) {
		if (text_is_hidden(text, &len, &code))
			memset(text, '?', len);
	}
}

void text_append(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(buf + len, size - len, fmt, args);
	va_end(args);
}

/* Writes the text, then ": " and @behind unless that is NULL, as one line; "..." ends one that is cut. */
static void PRINTF_LIKE(3, 0) fill(struct error *err, const char *behind, const char *fmt, va_list args)
{
	int n = vsnprintf(err->msg, sizeof(err->msg), fmt, args);
	size_t len = n > 0 ? (size_t)n : 0;

	if (behind && len < sizeof(err->msg))
		len += (size_t)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", behind);
	if (len >= sizeof(err->msg))
		memcpy(err->msg + sizeof(err->msg) - 4, "...", 4);
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
