/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of --json: one object with a "version" that changes when a field changes its meaning. */
#ifndef PCITAG_CLI_OUTPUT_JSON_H
#define PCITAG_CLI_OUTPUT_JSON_H

#include <stdbool.h>

#include <json-c/json.h>

#include "model/pci/address.h"

#define JSON_OUTPUT_VERSION 1

/* Returns a new object that contains "version"; json_output_print() frees it. */
struct json_object *json_output_start(void);
void json_output_print(struct json_object *object);

/* Returns the same as text, which is valid as long as the object. */
const char *json_output_text(struct json_object *object);

/* An empty string is added as null, so that programs test for null instead of for an empty string. */
void json_put_string(struct json_object *object, const char *key, const char *value);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_put_address(struct json_object *object, const char *key, const struct pci_addr *addr);

#endif
