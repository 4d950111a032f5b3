/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/run_domain.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/report.h"
#include "host/libvirt/domain_protocol.h"

int run_domain(const struct arguments *arguments, const char *const words[])
{
	/* The program, its command, --json, its words, NULL. */
	const char *argv[DOMAIN_WORDS_MAX + 4] = { "pcitag-domain", arguments->verb->name };
	char *const environment[] = { NULL };
	struct error err;
	size_t n = 2;

	if (arguments->json)
		argv[n++] = "--json";
	for (size_t i = 0; i < DOMAIN_WORDS_MAX && words[i]; i++)
		argv[n++] = words[i];
	(void)fflush(NULL);
	/* execve(2) takes pointers to char and changes none of the strings. */
	execve(DOMAIN_PROGRAM, (char *const *)(uintptr_t)argv, environment);
	(void)error_set(&err, errno,
			"cannot run " DOMAIN_PROGRAM ", which speaks to libvirt for this command");
	return report(&err);
}
