/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag test: looks at a device again, and clears or renews what was found against it. */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/json.h"
#include "cli/output/state.h"
#include "flow/recover/test.h"

static const char *about_reset(enum test_reset reset)
{
	static const char *const texts[] = {
		[TEST_RESET_DONE] = "after a reset",
		[TEST_RESET_NONE] = "without a reset: it has none",
		[TEST_RESET_DRIVER] = "without a reset: a driver of the host has it",
	};

	return texts[reset];
}

static void print_json(const struct pci_addr *addr, const struct test_result *result)
{
	struct json_object *object = json_output_start();

	json_put_address(object, "address", addr);
	json_put_string(object, "condition", pci_condition_name(result->condition));
	json_put_string(object, "evidence", result->evidence);
	json_put_string(object, "reset", test_reset_name(result->reset));
	json_put_bool(object, "had_finding", result->had_finding);
	json_output_print(object);
}

static int run(const struct arguments *arguments)
{
	struct test_result result;
	struct pci_addr addr;
	char text[PCI_ADDR_LEN];
	struct error err;

	if (pci_addr_parse_any(arguments->plain[0], &addr) != 0)
		return report_usage_text("test: invalid PCI address '%.64s'; write 0000:02:00.0, 02:00.0 or, "
					 "as libvirt does, pci_0000_02_00_0",
					 arguments->plain[0]);
	if (flow_test(&host_paths, &addr, &result, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(&addr, &result);
	else
		print_line("%s: %s%s%s (%s)", pci_addr_format(&addr, text),
			   pci_condition_name(result.condition), result.evidence[0] ? ": " : "",
			   result.evidence, about_reset(result.reset));
	return result.condition == PCI_WELL ? EXIT_DONE : EXIT_FINDINGS;
}

const struct verb verb_test = {
	.name = "test",
	.help = "look at a device again: is it well? clears or renews its state",
	.arguments = "ADDRESS",
	.needs_root = "resets a device that is not in use",
	.run = run,
};
