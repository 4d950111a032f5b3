/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/config/ini_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "base/ini_line.h"

/* Position in the text. inih requests a line and reports its parts before it requests the next one. */
struct cursor {
	struct span left;
	unsigned line;
	bool in_section;
	bool failed;
	const char *path;
	const struct ini_sink *sink;
	struct error *err;
};

/* "FILE:LINE: <text>" */
#define fail(cur, ...)                                \
	((void)error_set((cur)->err, 0, __VA_ARGS__), \
	 error_prefix((cur)->err, "%s:%u", (cur)->path, (cur)->line))

static int check_bytes(const struct cursor *cur, struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.at[i];

		if (c == '\0')
			return fail(cur, "a NUL byte; save the file as plain text (ASCII or UTF-8)");
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return fail(cur,
				    "the control character 0x%02x; save the file as plain text with "
				    "one line feed a line",
				    (unsigned)c);
	}
	return 0;
}

/* @text: from '[' on; the closing bracket is removed on success */
static int take_section(struct cursor *cur, char *text)
{
	char *end = strchr(text, ']');

	if (!end || end[1] != '\0')
		return fail(cur, "%.100s is not a section; write [NAME] on a line of its own", text);
	*end = '\0';
	cur->in_section = true;
	return cur->sink->section(cur->sink->user, text + 1, cur->line, cur->err);
}

/* Ensures that inih finds the same '=' as this code. */
static int check_pair(const struct cursor *cur, const char *text, bool indented)
{
	size_t sign = strcspn(text, "=:");

	if (text[sign] == ':')
		return fail(cur,
			    "%.100s has : in front of any =; write KEY = VALUE, an address as "
			    "address = 0000:3b:00.0",
			    text);
	if (text[sign] == '\0' && indented)
		return fail(cur,
			    "%.100s has no =, and an indented line does not continue the one above; "
			    "write the whole value in one line",
			    text);
	if (text[sign] == '\0')
		return fail(cur, "%.100s has no =; write KEY = VALUE, or # in front of a comment", text);
	if (sign == 0)
		return fail(cur, "missing key before =; write KEY = VALUE");
	if (!cur->in_section)
		return fail(cur, "%.100s is outside any section; write [NAME] above it", text);
	return 0;
}

static int check_length(const struct cursor *cur, size_t len, int room)
{
	size_t max = INI_LINE_MAX;

	/* A build of inih with a smaller buffer would truncate the line. */
	if (room < INI_LINE_MAX + 2)
		max = room > 2 ? (size_t)room - 2 : 0;
	if (len > max)
		return fail(cur,
			    "the line has %zu characters, %zu are the most; shorten it, with * in "
			    "patterns or a second model of the same type",
			    len, max);
	return 0;
}

/* Copies the next line, checked, into inih's buffer of @room bytes. Returns -1 when the line is invalid. */
static int feed_line(struct cursor *cur, char *buf, int room)
{
	struct span raw = take_line(&cur->left);
	struct span line = strip_blanks(strip_comment(raw));

	cur->line++;
	if (check_bytes(cur, raw) != 0 || check_length(cur, line.len, room) != 0)
		return -1;
	memcpy(buf, line.at, line.len);
	buf[line.len] = '\0';
	if (buf[0] == '[') {
		if (take_section(cur, buf) != 0)
			return -1;
		/* The sections of inih are not used: it would merge two of the same name. */
		line.len = 0;
	} else if (line.len) {
		if (check_pair(cur, buf, line.at != raw.at) != 0)
			return -1;
	}
	memcpy(buf + line.len, "\n", 2);
	return 0;
}

/* Called by inih like fgets(3). */
static char *next_line(char *buf, int room, void *stream)
{
	struct cursor *cur = stream;

	if (cur->failed || cur->left.len == 0)
		return NULL;
	if (feed_line(cur, buf, room) != 0) {
		cur->failed = true;
		return NULL;
	}
	return buf;
}

/* Called by inih for each pair; 0 means failure. */
static int take_pair(void *user, const char *section UNUSED, const char *key, const char *value)
{
	struct cursor *cur = user;

	if (cur->sink->key(cur->sink->user, key, value, cur->err) != 0)
		cur->failed = error_prefix(cur->err, "%s:%u", cur->path, cur->line) < 0;
	return !cur->failed;
}

int ini_text_read(const char *text, size_t len, const char *path, const struct ini_sink *sink,
		  struct error *err)
{
	struct cursor cur = {
		.left = skip_byte_order_mark((struct span){ text, len }),
		.path = path,
		.sink = sink,
		.err = err,
	};
	int rc = ini_parse_stream(next_line, &cur, take_pair, &cur);

	if (cur.failed)
		return -1;
	if (rc > 0)
		return error_set(err, 0, "%s:%d: the line cannot be read; write KEY = VALUE", path, rc);
	if (rc < 0)
		return error_set(err, ENOMEM, "cannot read %s", path);
	return 0;
}

int ini_file_read(int dirfd, const char *name, const char *path, const struct ini_sink *sink,
		  struct error *err)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_FREE char *text = NULL;
	struct stat st;
	size_t len;

	/* O_NONBLOCK: does not wait for the writer of a FIFO. */
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			return 1;
		return error_set(err, ENOENT, "%s is a dangling symbolic link; fix or remove it", path);
	}
	if (fd < 0 || fstat(fd, &st) != 0)
		return error_set(err, errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, 0, "%s is not a regular file; put a text file there or remove it",
				 path);
	if (read_fd_all(fd, INI_FILE_LIMIT, &text, &len, err) != 0)
		return error_prefix(err, "cannot read %s", path);
	return ini_text_read(text, len, path, sink, err);
}
