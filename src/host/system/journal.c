/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/system/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <syslog.h>

#include "base/array.h"

#define JOURNALCTL "/usr/bin/journalctl"

/* journalctl prints both fields, each of up to 4096 bytes, with at most "255," for a byte. */
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
	reading->lines = fdopen(from, "re");
	if (!reading->lines)
		return error_set(err, errno, "cannot read from " JOURNALCTL);
	(void)take_fd(&from);
	make_command(query, &command);
	rc = spawn(&command, to, complaints, &reading->pid, err);
	if (rc != 0)
		(void)fclose(reading->lines);
	else
		reading->complaints = take_fd(&complaints);
	return rc;
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

/* Text that is not UTF-8 or has control characters is an array of bytes; a field that is too long is null. */
static bool copy_text(struct json_object *value, char *buf, size_t size)
{
	size_t len;

	if (json_object_is_type(value, json_type_string)) {
		snprintf(buf, size, "%s", json_object_get_string(value));
		return true;
	}
	if (!json_object_is_type(value, json_type_array))
		return false;
	len = json_object_array_length(value);
	if (len > size - 1)
		len = size - 1;
	for (size_t i = 0; i < len; i++) {
		int byte = json_object_get_int(json_object_array_get_idx(value, i));

		buf[i] = byte > 0 && byte < 256 ? (char)byte : '?';
	}
	buf[len] = '\0';
	return true;
}

/* All fields are strings, including numbers. */
static int64_t number(struct json_object *object, const char *key, int64_t otherwise)
{
	struct json_object *value;
	const char *text;
	char *end;
	long long n;

	if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_string))
		return otherwise;
	text = json_object_get_string(value);
	n = strtoll(text, &end, 10);
	return end == text || *end || n < 0 ? otherwise : n;
}

/* Moves the domain from the start of the message to its own field, when there is one. */
static void split(struct journal_entry *entry)
{
	static const char *const subjects[] = { "domain '", "owner '" };

	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		size_t len = strlen(subjects[i]);
		const char *name = entry->message + len, *end;

		if (strncmp(entry->message, subjects[i], len) != 0)
			continue;
		end = strstr(name, "': ");
		if (!end || (size_t)(end - name) >= sizeof(entry->domain))
			continue;
		memcpy(entry->domain, name, (size_t)(end - name));
		entry->domain[end - name] = '\0';
		memmove(entry->message, end + 3, strlen(end + 3) + 1);
		return;
	}
}

static bool read_entry(struct json_object *object, struct journal_entry *out)
{
	struct json_object *message;
	int64_t priority = number(object, "PRIORITY", LOG_INFO);

	*out = (struct journal_entry){ .usec = number(object, "__REALTIME_TIMESTAMP", -1) };
	if (out->usec < 0 || !json_object_object_get_ex(object, "MESSAGE", &message) ||
	    !copy_text(message, out->message, sizeof(out->message)))
		return false;
	out->priority = priority <= LOG_DEBUG ? (int)priority : LOG_DEBUG;
	keep_one_line(out->message);
	split(out);
	return true;
}

bool journal_entry_parse(const char *text, size_t len, struct journal_entry *out)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = NULL;
	bool is_entry;

	if (tokener && len <= INT32_MAX)
		object = json_tokener_parse_ex(tokener, text, (int)len);
	is_entry = json_object_is_type(object, json_type_object) && read_entry(object, out);
	json_object_put(object);
	if (tokener)
		json_tokener_free(tokener);
	return is_entry;
}

/* Keeps the last @limit entries. */
static void drop_oldest(struct journal_lines *out, size_t limit)
{
	if (out->count <= limit)
		return;
	memmove(out->entries, out->entries + out->count - limit, limit * sizeof(*out->entries));
	out->count = limit;
}

/* Adds an entry; of twice @limit entries, drops the older half. */
static int keep(struct journal_lines *out, size_t limit, const struct journal_entry *entry, struct error *err)
{
	if (out->count / 2 == limit)
		drop_oldest(out, limit);
	if (!ARRAY_APPEND(out->entries, out->count, *entry))
		return error_set(err, ENOMEM, "cannot keep %zu lines", out->count + 1);
	return 0;
}

static int read_lines(FILE *from, const struct journal_query *query, struct journal_lines *out,
		      struct error *err)
{
	CLEANUP_FREE char *line = malloc(LINE_LEN);
	char domain[DOMAIN_NAME_LEN] = "";
	bool is_whole = true;

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
		if (!was_whole || !is_whole || !journal_entry_parse(line, len, &entry))
			continue;
		if (query->domain && strcmp(entry.domain, domain) != 0)
			continue;
		if (keep(out, query->lines, &entry, err) < 0)
			return -1;
	}
	drop_oldest(out, query->lines);
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
	if (rc == 0 && end < 0)
		rc = error_pass(err, &cause);
	if (rc < 0) {
		free(out->entries);
		*out = (struct journal_lines){ 0 };
	}
	return rc;
}
