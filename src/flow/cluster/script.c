/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/cluster/script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "host/cluster/pacemaker.h"

void cluster_script_clear(struct cluster_script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		for (size_t k = 0; k < script->commands[i].count; k++)
			free(script->commands[i].words[k]);
		free(script->commands[i].words);
	}
	free(script->commands);
	for (size_t i = 0; i < script->remark_count; i++)
		free(script->remarks[i]);
	free(script->remarks);
	*script = (struct cluster_script){ 0 };
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot hold the commands for the cluster");
}

/* Adds a word; the array always ends with NULL. */
int cluster_command_add_word(struct cluster_command *command, const char *word, struct error *err)
{
	char **grown = reallocarray(command->words, command->count + 2, sizeof(*grown));

	if (!grown)
		return no_memory(err);
	command->words = grown;
	grown[command->count] = strdup(word);
	if (!grown[command->count])
		return no_memory(err);
	grown[++command->count] = NULL;
	return 0;
}

/* Adds the words of a text with single blanks between them. */
static int add_words(struct cluster_command *command, const char *words, struct error *err)
{
	char word[CLUSTER_PATH_LEN];

	while (*words) {
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (cluster_command_add_word(command, word, err) < 0)
			return -1;
		words += len + (words[len] == ' ');
	}
	return 0;
}

static PRINTF_LIKE(3, 0) int add_text(struct cluster_command *command, struct error *err, const char *fmt,
				      va_list args)
{
	CLEANUP_FREE char *words = NULL;

	if (vasprintf(&words, fmt, args) < 0) {
		words = NULL;
		return no_memory(err);
	}
	return add_words(command, words, err);
}

int cluster_command_add(struct cluster_command *command, struct error *err, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = add_text(command, err, fmt, args);
	va_end(args);
	return rc;
}

struct cluster_command *cluster_script_begin(struct cluster_script *script, struct error *err)
{
	struct cluster_command *command = ARRAY_ADD(script->commands, script->count);
	const char *program = script->shell == CLUSTER_SHELL_PCS ? CLUSTER_PCS : CLUSTER_CRM;

	if (!command) {
		(void)no_memory(err);
		return NULL;
	}
	return cluster_command_add_word(command, program, err) < 0 ? NULL : command;
}

int cluster_script_add(struct cluster_script *script, struct error *err, const char *fmt, ...)
{
	struct cluster_command *command = cluster_script_begin(script, err);
	va_list args;
	int rc;

	if (!command)
		return -1;
	va_start(args, fmt);
	rc = add_text(command, err, fmt, args);
	va_end(args);
	return rc;
}

int cluster_script_remark(struct cluster_script *script, struct error *err, const char *fmt, ...)
{
	char **remark = ARRAY_ADD(script->remarks, script->remark_count);
	va_list args;
	int rc = -1;

	va_start(args, fmt);
	if (remark)
		rc = vasprintf(remark, fmt, args);
	va_end(args);
	if (rc >= 0)
		return 0;
	if (remark)
		*remark = NULL;
	return no_memory(err);
}

/* Characters that no shell takes for anything else. */
static bool is_plain(const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=+,@%";

	return *word && word[strspn(word, plain)] == '\0';
}

static void add_quoted(FILE *out, const char *word)
{
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

char *cluster_command_text(const struct cluster_command *command)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	for (size_t i = 0; out && i < command->count; i++) {
		/* The program by its name: a person's shell finds it. */
		const char *word = i ? command->words[i] : strrchr(command->words[i], '/') + 1;

		if (i)
			fputc(' ', out);
		if (is_plain(word))
			fputs(word, out);
		else
			add_quoted(out, word);
	}
	failed = !out || ferror(out);
	if (out && fclose(out) != 0)
		failed = true;
	if (!failed)
		return text;
	free(text);
	return NULL;
}
