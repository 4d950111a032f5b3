/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that configure a cluster, in the words of pcs or of crmsh, and what a person has to know. */
#ifndef PCITAG_FLOW_CLUSTER_SCRIPT_H
#define PCITAG_FLOW_CLUSTER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum cluster_shell { CLUSTER_SHELL_PCS, CLUSTER_SHELL_CRM };

/* One command; words[0] is the path of its program. */
struct cluster_command {
	char **words; /* owned, and so is each; NULL behind the last one */
	size_t count;
};

struct cluster_script {
	enum cluster_shell shell;
	struct cluster_command *commands; /* owned, in the order in which they are to be run */
	size_t count;
	char **remarks; /* owned: what a person has to know or do; one line each */
	size_t remark_count;
};

void cluster_script_clear(struct cluster_script *script);

/* Begins a command with the program of the shell. It is valid until the next one begins; NULL: no memory. */
struct cluster_command *cluster_script_begin(struct cluster_script *script, struct error *err);

/* Adds a whole command: the words of a text with single blanks between them. Returns 0 or -1. */
int cluster_script_add(struct cluster_script *script, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Adds a line for a person. Returns 0 or -1. */
int cluster_script_remark(struct cluster_script *script, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Adds one word, which may have blanks. Returns 0 or -1. */
int cluster_command_add_word(struct cluster_command *command, const char *word, struct error *err);

/* Adds the words of a text with single blanks between them. Returns 0 or -1. */
int cluster_command_add(struct cluster_command *command, struct error *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Writes a command as a line for a shell, with quotes where it needs them. The caller frees it; NULL: no
 * memory. */
char *cluster_command_text(const struct cluster_command *command);

#endif
