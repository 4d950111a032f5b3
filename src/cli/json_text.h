/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pcitag-domain prints for --json, which is flat: in the form of json_output.h, without its library.
 * Texts are UTF-8, as libvirt has them.
 */
#ifndef PCITAG_CLI_JSON_TEXT_H
#define PCITAG_CLI_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Begins an object on standard output that holds "version". */
void json_text_start(void);
void json_text_end(void);

/* An empty text is null: programs ask "is there one", not "is it empty". */
void json_text_string(const char *key, const char *value);
void json_text_bool(const char *key, bool value);

/* An array of texts: begin, each text, end. */
void json_text_array_start(const char *key);
void json_text_array_string(const char *value, bool is_first);
void json_text_array_end(void);

#endif
