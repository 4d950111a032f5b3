/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/array.h"

#define JOURNALCTL "/usr/bin/journalctl"

/*
 * journalctl prints fields of up to 4096 bytes, each byte as at most "255,", and this query requests two
 * fields.
 */
#define LINE_LEN ((size_t)64 * 1024)

#define ARGUMENTS_MAX 12
#define ARGUMENT_LEN 256

struct reading {
	pid_t pid;
	FILE *lines;
	int complaints; /* its standard error, in a memfd */
};

struct command {
	char since[ARGUMENT_LEN], lines[ARGUMENT_LEN];
	const char *argv[ARGUMENTS_MAX];
};

static void make_command(const struct journal_query *query, struct command *out)
{
	size_t n = 0;

	out->argv[n++] = "journalctl";
	out->argv[n++] = "--quiet";
	out->argv[n++] = "--no-pager";
	out->argv[n++] = "--identifier=pcitag";
	/* Any process may log as pcitag; the user ID comes from the kernel (systemd.journal-fields(7)). */
	out->argv[n++] = "_UID=0";
	out->argv[n++] = "--output=json";
	out->argv[n++] = "--output-fields=MESSAGE,PRIORITY";
	if (query->this_boot)
		out->argv[n++] = "--boot";
	if (query->since) {
		snprintf(out->since, sizeof(out->since), "--since=%s", query->since);
		out->argv[n++] = out->since;
	}
	/* Lines of a domain are selected after reading. */
	if (!query->domain) {
		snprintf(out->lines, sizeof(out->lines), "--lines=%zu", query->lines);
		out->argv[n++] = out->lines;
	}
	out->argv[n] = NULL;
}

static int spawn(const struct command *command, int out, int complaints, pid_t *pid, struct error *err)
{
	char *envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C.UTF-8", NULL };
	posix_spawn_file_actions_t actions;
	int code = posix_spawn_file_actions_init(&actions);

	if (code)
		return error_set(err, code, "cannot run " JOURNALCTL);
	code = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!code)
		code = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!code)
		code = posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
	/* posix_spawn(3) requires pointers to char, and modifies none of the strings. */
	if (!code)
		code = posix_spawn(pid, JOURNALCTL, &actions, NULL, (char *const *)(uintptr_t)command->argv,
				   envp);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (code == ENOENT)
		return error_refuse(
			err, JOURNAL_ABSENT,
			"this host has no " JOURNALCTL
			"; without systemd pcitag's lines are where syslog keeps those of daemons");
	return code ? error_set(err, code, "cannot run " JOURNALCTL) : 0;
}

static int start(const struct journal_query *query, struct reading *reading, struct error *err)
{
	CLEANUP_CLOSE int complaints = memfd_create("complaints", MFD_CLOEXEC), from = -1, to = -1;
	struct command command;
	int ends[2], rc;

	if (complaints < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, errno, "cannot run " JOURNALCTL);
	from = ends[0];
	to = ends[1];
	make_command(query, &command);
	rc = spawn(&command, to, complaints, &reading->pid, err);
	if (rc != 0)
		return rc;
	reading->lines = fdopen(from, "re");
	if (!reading->lines) {
		(void)error_set(err, errno, "cannot read from " JOURNALCTL);
		(void)close(take_fd(&from)); /* journalctl ends when its pipe has no reader */
		while (waitpid(reading->pid, NULL, 0) < 0 && errno == EINTR)
			;
		return -1;
	}
	(void)take_fd(&from);
	reading->complaints = take_fd(&complaints);
	return 0;
}

/* Copies the first line of its standard error to *err. */
static int complain(int complaints, int status, struct error *err)
{
	char text[512];
	ssize_t len = pread(complaints, text, sizeof(text) - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text[0])
		return error_set(err, 0, "journalctl: %s", text);
	return error_set(err, 0, JOURNALCTL " failed (status %#x)", (unsigned)status);
}

static int finish(struct reading *reading, struct error *err)
{
	int status, rc = 0;

	(void)fclose(reading->lines);
	while (waitpid(reading->pid, &status, 0) < 0) {
		if (errno != EINTR)
			rc = error_set(err, errno, "cannot wait for " JOURNALCTL);
		if (rc < 0)
			break;
	}
	if (rc == 0 && status != 0)
		rc = complain(reading->complaints, status, err);
	(void)close(reading->complaints);
	return rc;
}

/*
 * Keeps the last @limit entries. @out is a ring until it is rotated at the end; @next is the index of the
 * next entry.
 */
static int keep(struct journal_lines *out, size_t limit, size_t *next, const struct journal_entry *entry,
		struct error *err)
{
	if (out->count < limit && !ARRAY_ADD(out->entries, out->count))
		return error_set(err, ENOMEM, "cannot keep %zu lines", out->count + 1);
	out->entries[*next] = *entry;
	*next = *next + 1 < limit ? *next + 1 : 0;
	return 0;
}

static void reverse(struct journal_entry *entries, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct journal_entry other = entries[i];

		entries[i] = entries[count - 1 - i];
		entries[count - 1 - i] = other;
	}
}

/* Rotates the ring so that its oldest entry, @first, comes first. */
static void turn(struct journal_lines *out, size_t first)
{
	reverse(out->entries, first);
	reverse(out->entries + first, out->count - first);
	reverse(out->entries, out->count);
}

static int read_lines(FILE *from, const struct journal_query *query, struct journal_lines *out,
		      struct error *err)
{
	CLEANUP_FREE char *line = malloc(LINE_LEN);
	char domain[DOMAIN_NAME_LEN] = "";
	bool is_whole = true;
	size_t next = 0;

	if (!line)
		return error_set(err, ENOMEM, "cannot read from " JOURNALCTL);
	/* In the form in which it was logged. */
	snprintf(domain, sizeof(domain), "%s", query->domain ? query->domain : "");
	keep_one_line(domain);
	while (fgets(line, (int)LINE_LEN, from)) {
		bool was_whole = is_whole;
		struct journal_entry entry;
		size_t len = strlen(line);

		is_whole = len > 0 && line[len - 1] == '\n';
		if (!was_whole || !is_whole || journal_entry_parse(line, len, &entry) != 0)
			continue;
		if (query->domain && strcmp(entry.domain, domain) != 0)
			continue;
		if (keep(out, query->lines, &next, &entry, err) < 0)
			return -1;
	}
	if (out->count == query->lines)
		turn(out, next);
	return 0;
}

int journal_read(const struct journal_query *query, struct journal_lines *out, struct error *err)
{
	struct reading reading = { 0 };
	struct error cause;
	int rc, end;

	*out = (struct journal_lines){ 0 };
	rc = start(query, &reading, err);
	if (rc != 0)
		return rc;
	rc = read_lines(reading.lines, query, out, err);
	end = finish(&reading, &cause);
	if (rc == 0 && end < 0) {
		if (err)
			*err = cause;
		rc = -1;
	}
	if (rc < 0) {
		free(out->entries);
		*out = (struct journal_lines){ 0 };
	}
	return rc;
}
