/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Output of pcitag-domain for --json, which is flat: in the format of json_output.h, but without its library.
 * Strings are UTF-8, as libvirt returns them.
 */
#ifndef PCITAG_CLI_JSON_TEXT_H
#define PCITAG_CLI_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Starts an object on standard output that contains "version". */
void json_text_start(void);
void json_text_end(void);

/* An empty string is printed as null, so that programs test for null instead of for an empty string. */
void json_text_string(const char *key, const char *value);
void json_text_bool(const char *key, bool value);

/* An array of strings: call start, string for each of them, end. */
void json_text_array_start(const char *key);
void json_text_array_string(const char *value, bool is_first);
void json_text_array_end(void);

#endif
