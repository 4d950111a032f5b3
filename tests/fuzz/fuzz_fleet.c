/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/fleet/remote.c model/fleet/counts.c model/json/fields.c model/lease/name.c model/pci/address.c base/error.c */
/* libs: json-c */
/*
 * What another host has published, and the file of a domain of the cluster: what is accepted has valid names,
 * ordered, and each once.
 */
#include "model/fleet/remote.h"
#include "fuzz.h"

static void check_names(const struct fleet_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++) {
		REQUIRE(name_valid(counts->items[i].name));
		REQUIRE(counts->items[i].value <= FLEET_COUNT_MAX);
		REQUIRE(i == 0 || strcmp(counts->items[i - 1].name, counts->items[i].name) < 0);
	}
}

static void check_report(const char *text)
{
	struct remote_report report = { 0 };
	struct error err = { 0 };

	if (remote_report_read(text, &report, &err) < 0) {
		require_message(&err);
	} else {
		require_no_message(&err);
		REQUIRE(strlen(text) < FLEET_REPORT_MAX && report.time >= 0);
		for (size_t i = 0; i < report.count; i++) {
			check_names(&report.devices[i].names);
			REQUIRE(report.devices[i].count > 0);
		}
	}
	remote_report_clear(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct fleet_counts counts = { 0 };
	struct error err = { 0 };

	check_report(text);
	if (fleet_counts_parse(text, &counts, &err) < 0)
		require_message(&err);
	check_names(&counts);
	fleet_counts_clear(&counts);
	free(text);
	return 0;
}
