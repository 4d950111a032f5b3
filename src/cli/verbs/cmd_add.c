/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag add: lets a domain request a device from its next start on. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/run_domain.h"
#include "flow/configure/check_request.h"

static void warn_of_no_device(const char *domain, const struct request *request)
{
	struct error warning;

	(void)error_set(
		&warning, 0,
		"domain '%s': no device of this host matches %s in the registry, so it will not start "
		"here: pcitag probe shows what is",
		domain, request->name);
	(void)report(&warning);
}

/* Returns the value of an option, "" when it was not given. */
static const char *option_or_nothing(const struct arguments *arguments, const char *name)
{
	const char *value = arguments_option(arguments, name);

	return value ? value : "";
}

static int run(const struct arguments *arguments)
{
	const char *domain = arguments->plain[0], *text = arguments->plain[1];
	const char *const words[] = { domain, text, option_or_nothing(arguments, "count"),
				      option_or_nothing(arguments, "address"), NULL };
	struct request request;
	struct error err;
	size_t devices;

	if (request_read(text, &request, &err) < 0)
		return report_usage(&err);
	if (flow_check_request(&host_paths, &request, &devices, &err) != 0)
		return report(&err);
	if (devices == 0)
		warn_of_no_device(domain, &request);
	return run_domain(arguments, words);
}

const struct verb verb_add = {
	.name = "add",
	.topic = TOPIC_DOMAIN,
	.help = "let a domain ask for a device, from its next start on",
	.arguments = "DOMAIN REQUEST",
	.options = { { "count", "N", "so many of them in all: REQUEST.0, REQUEST.1, ..." },
		     { "address", "ADDRESS", "where the guest finds it: 0000:05:00.0" } },
	.run = run,
};
