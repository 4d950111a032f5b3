/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file that a verb writes for other programs. */
#ifndef PCITAG_CLI_OUTPUT_OUTPUT_FILE_H
#define PCITAG_CLI_OUTPUT_OUTPUT_FILE_H

#include <stddef.h>

#include "base/error.h"

/*
 * Writes it as base/atomic_file.h does, readable by all: a program that reads the file never sees half of it.
 * Fails when a directory of @path is a symbolic link, because another user could redirect root's file, and
 * when what has its name is not a regular file.
 */
int output_file_write(const char *path, const char *text, size_t len, struct error *err);

#endif
