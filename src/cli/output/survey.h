/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Output of `probe` and `show` for a function of this host. */
#ifndef PCITAG_CLI_OUTPUT_SURVEY_H
#define PCITAG_CLI_OUTPUT_SURVEY_H

#include "cli/output/json.h"
#include "flow/view/inventory.h"

#define SURVEY_TEXT_LEN 512

/* "Intel Corporation 82574L Gigabit Network Connection"; "unknown device 1234:11e8". Each returns @buf. */
char *survey_name(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN]);

/* "0200 Ethernet controller" */
char *survey_class(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN]);

/* What a device without a reset means to its next guest. */
#define SURVEY_NO_RESET "what a guest leaves in its memory is there for the next one"

/* "8086:10d3, subsystem 8086:0000 (Intel Corporation), revision 00" */
char *survey_ids(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN]);

/* "8.0 GT/s x8, could do 16.0 GT/s x16"; "none" */
char *survey_link(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN]);

/* Returns a new object with the fields of one device, as pcitag(8) documents them. */
struct json_object *survey_item_json(const struct survey *survey, const struct survey_item *item);

/* Returns a new object with version, iommu, complete and names, which apply to the whole survey. */
struct json_object *survey_json_start(const struct survey *survey);

/* Prints the limitations of this survey, one per line, each with @prefix: no IOMMU, no root, no names. */
void survey_print_remarks(const struct survey *survey, const char *prefix);

#endif
