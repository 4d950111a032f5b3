/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag domains: what libvirt's domains request. pcitag add, pcitag remove, pcitag rename-owner: change what
 * a domain requests from its next start on. pcitag-domain executes them, so that pcitag does not depend on
 * libvirt.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/verb.h"
#include "flow/view/inventory.h"
#include "host/libvirt/domain_protocol.h"

#define GUEST_NUMA "guest-numa"

/*
 * Returns the word for option @i of the verb: its value; its name when it takes none.
 * @near: the word for GUEST_NUMA
 */
static const char *option_word(const struct arguments *arguments, size_t i, const char *near)
{
	const struct verb_option *option = &arguments->verb->options[i];

	if (strcmp(option->name, GUEST_NUMA) == 0)
		return near;
	return option->value ? arguments->values[i] : option->name;
}

#define FILE_OPTION                                                                                        \
	{                                                                                                  \
		"file", "FILE", "instead of DOMAIN: a definition in a file, for virsh create or a cluster" \
	}

/* Returns the command of the verb: its name, or that for a definition in a file. */
static const char *command_of(const struct arguments *arguments)
{
	const char *name = arguments->verb->name;

	if (!arguments_option(arguments, "file"))
		return name;
	return strcmp(name, DOMAIN_ADD) == 0 ? DOMAIN_ADD_FILE : DOMAIN_REMOVE_FILE;
}

/* Returns the domain, or the file with its definition. */
static const char *subject_of(const struct arguments *arguments)
{
	const char *file = arguments_option(arguments, "file");

	return file ? file : arguments->plain[0];
}

/*
 * Executes pcitag-domain with the command of the verb. Its words (host/libvirt/domain_protocol.h) are
 * the verb's arguments, then its options; "" is an omitted one. The environment is empty: libvirt's client
 * needs none for qemu:///system, and would take debugging switches and other sockets from it. Returns on
 * failure only.
 */
static int run_domain_near(const struct arguments *arguments, const char *near)
{
	/* The program, its command, --json, its words, NULL. */
	const char *argv[DOMAIN_WORDS_MAX + 4] = { "pcitag-domain", command_of(arguments) };
	char *const environment[] = { NULL };
	size_t n = 2;

	if (arguments->json)
		argv[n++] = "--json";
	if (arguments->plain_count)
		argv[n++] = subject_of(arguments);
	for (size_t i = 1; i < arguments->plain_count; i++)
		argv[n++] = arguments->plain[i] ? arguments->plain[i] : "";
	for (size_t i = 0; arguments->verb->options[i].name; i++) {
		if (strcmp(arguments->verb->options[i].name, "file") != 0)
			argv[n++] = arguments->values[i] ? option_word(arguments, i, near) : "";
	}
	(void)fflush(NULL);
	/* execve(2) takes pointers to char and changes none of the strings. */
	execve(DOMAIN_PROGRAM, (char *const *)(uintptr_t)argv, environment);
	return report_text(errno, "cannot run " DOMAIN_PROGRAM ", which speaks to libvirt for this command");
}

static int run_domain(const struct arguments *arguments)
{
	return run_domain_near(arguments, "");
}

/*
 * Checks one request; a device that is not here may be there when the domain starts.
 * @near: receives, appended, what pcitag-domain is told of its nodes
 */
static int check_request(const char *domain, const struct request *request, char *near, size_t size)
{
	struct request_view view;
	char nodes[NUMBER_SET_LEN];
	struct error err;

	if (flow_check_request(&host_paths, request, &view, &err) != 0)
		return report(&err);
	text_append(near, size, "%s%s:%s", near[0] ? " " : "", wish_numa_name(view.numa),
		    number_set_format(&view.nodes, nodes));
	if (view.devices == 0)
		(void)report_text(0,
				  "domain '%s': no device of this host matches %s in the registry, so it "
				  "will not start here: pcitag probe shows what is",
				  domain, request->name);
	return EXIT_DONE;
}

static int run_add(const struct arguments *arguments)
{
	const char *list = arguments_option(arguments, "option"), *at = arguments->plain[1];
	struct request_options options = { .request = "" };
	char word[REQUEST_LEN + 1], near[DOMAIN_REQUESTS_MAX * DOMAIN_NEAR_LEN] = "";
	struct request request;
	struct error err;

	if (list && request_options_set_list(&options, list, &err) < 0)
		return report_usage(&err);
	while (request_list_next(&at, word)) {
		int rc = request_read(word, &request, &err) < 0
				 ? report_usage(&err)
				 : check_request(subject_of(arguments), &request, near, sizeof(near));

		if (rc != EXIT_DONE)
			return rc;
	}
	return run_domain_near(arguments, near);
}

const struct verb verb_add = {
	.name = "add",
	.help = "let a domain ask for a device, from its next start on",
	.arguments = "DOMAIN REQUEST...",
	.options = { { "count", "N", "so many of them in all: REQUEST.0, REQUEST.1, ..." },
		     { "address", "ADDRESS", "where the guest finds it: 0000:05:00.0" },
		     { "option", "NAME=VALUE", "what its device is told: bootindex=1; may be repeated" },
		     /* As in domain_wish_keys. */
		     { "numa", "required|preferred|none", "near the domain's memory and processors" },
		     { "together", "card|switch|root|numa", "the devices of these requests in one place" },
		     { "apart", "card|switch|root|numa", "in different places" },
		     { "prefer", "first|last|spread|pack", "which of several: last is what it had before" },
		     { "optional", NULL, "start without it when none is free" },
		     { GUEST_NUMA, NULL, "let the guest see its NUMA node" },
		     FILE_OPTION },
	.instead = "file",
	.list_option = "option",
	.run = run_add,
};

const struct verb verb_remove = {
	.name = "remove",
	.help = "the reverse of add",
	.arguments = "DOMAIN [REQUEST]",
	.options = { { "all", NULL, "REQUEST with any index; without REQUEST, whatever it asks for" },
		     FILE_OPTION },
	.instead = "file",
	.run = run_domain,
};

const struct verb verb_domains = {
	.name = DOMAIN_LIST,
	.help = "libvirt's domains, and the devices that they ask for",
	.run = run_domain,
};

const struct verb verb_rename_owner = {
	.name = "rename-owner",
	.help = "give a copied or renamed domain placeholders of its own",
	.arguments = "DOMAIN [OWNER]",
	.run = run_domain,
};
