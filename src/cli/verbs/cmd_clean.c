/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag clean: frees a device that is held after its use (the registry's key after_use). */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/json.h"
#include "cli/output/state.h"
#include "flow/recover/clean.h"

static void print_json(const char *address, const struct clean_result *done)
{
	struct json_object *object = json_output_start();

	json_put_string(object, "address", address);
	json_put_string(object, "domain", done->domain);
	json_put_bool(object, "clean", done->is_clean);
	json_put_string(object, "outcome", reconcile_outcome_name(done->outcome));
	json_put_string(object, "why", done->why);
	json_output_print(object);
}

static int run(const struct arguments *arguments)
{
	const char *address = arguments->plain[0];
	bool as_is = arguments_option(arguments, "as-is") != NULL;
	struct clean_result done;
	struct pci_addr addr;
	struct error err;

	if (pci_addr_parse(address, &addr) != 0)
		return report_usage_text("clean: invalid PCI address %.64s; write it as lspci -D shows it",
					 address);
	if (flow_clean(&host_paths, &addr, as_is, &done, &err) != 0)
		return report(&err);
	if (arguments->json)
		print_json(address, &done);
	else
		print_line("%s: used by %s until %s: %s%s%s%s", address, done.domain, done.since,
			   done.is_clean ? "cleaned, " : "", reconcile_outcome_name(done.outcome),
			   done.why[0] ? ": " : "", done.why);
	return done.outcome == RECONCILE_QUARANTINED ? EXIT_FINDINGS : EXIT_DONE;
}

const struct verb verb_clean = {
	.name = "clean",
	.help = "clean a device that is held after its use, and free it",
	.arguments = "ADDRESS",
	.options = { { "as-is", NULL, "free it with whatever its last guest has left in it" } },
	.needs_root = "moves devices between drivers",
	.run = run,
};
