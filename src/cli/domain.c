/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/program.h"
#include "cli/domain_list.h"
#include "cli/output/json.h"
#include "flow/configure/edit_domain.h"
#include "host/libvirt/domain_protocol.h"
#include "host/libvirt/domain.h"
#include "host/xml/domain_wishes.h"

/* ---- output of add, remove and rename-owner ------------------------------------------------------- */

/* The words for the result of a command. */
struct outcome {
	const char *done;    /* "added"; also the name of the array in JSON */
	const char *nothing; /* why nothing was done */
	bool is_rename;
};

static void print_json(const struct domain_change *change, const struct outcome *outcome)
{
	struct json_object *object = json_output_start(), *requests;

	json_put_string(object, "domain", change->name);
	json_put_string(object, "uuid", change->uuid);
	json_put_string(object, "owner", change->owner);
	if (outcome->is_rename)
		json_put_string(object, "previous_owner", change->previous_owner);
	requests = json_put_array(object, outcome->done);
	for (size_t i = 0; i < change->count; i++)
		json_object_array_add(requests, json_object_new_string(change->requests[i].text));
	json_put_bool(object, "changed", change->is_changed);
	json_put_bool(object, "running", change->is_running);
	json_put_bool(object, "saved", change->is_saved);
	json_output_print(object);
}

/* Returns when the change takes effect; "" for the next start. */
static const char *when(const struct domain_change *change)
{
	if (change->is_running)
		return "; it runs, so this is for its next start";
	if (change->is_saved)
		return "; its next start goes on from a saved state, so this is for the one after that";
	return "";
}

static void print_text(const struct domain_change *change, const struct outcome *outcome)
{
	char name[DOMAIN_NAME_LEN];

	/* A domain name may contain any character, including terminal control sequences. */
	memcpy(name, change->name, sizeof(name));
	keep_one_line(name);
	printf("domain '%s': ", name);
	if (!change->is_changed) {
		printf("%s; nothing changed\n", outcome->nothing);
		return;
	}
	for (size_t i = 0; i < change->count; i++)
		printf("%s%s", i ? ", " : "", change->requests[i].text);
	if (change->count == 0)
		printf("definition changed");
	else
		printf(" %s", outcome->done);
	if (change->owner[0])
		printf(" (owner %s)", change->owner);
	printf("%s\n", when(change));
}

static int finish(int rc, bool json, const struct domain_change *change, const struct outcome *outcome,
		  const struct error *err)
{
	if (rc < 0)
		return report(err);
	if (json)
		print_json(change, outcome);
	else
		print_text(change, outcome);
	return EXIT_DONE;
}

/* ---- add, remove and rename-owner ----------------------------------------------------------------- */

/* Sets *count to 0 for "". Returns 0, or -1 with *err when the text is not a valid number of devices. */
static int read_count(const char *text, const struct request *request, unsigned *count, struct error *err)
{
	char *end;
	unsigned long value;

	*count = 0;
	if (text[0] == '\0')
		return 0;
	value = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || value < 1 || value > DOMAIN_REQUESTS_MAX)
		return error_set(err, 0, "add --count %.64s: write a number from 1 to %d", text,
				 DOMAIN_REQUESTS_MAX);
	if (request->index >= 0)
		return error_set(err, 0, "add %s --count %.64s: it numbers them itself; write %s",
				 request->text, text, request->name);
	*count = (unsigned)value;
	return 0;
}

/* Reads the list of requests. @only: receives the first one. Returns how many there are, or -1. */
static int read_requests(const char *list, struct request *only, struct error *err)
{
	char word[REQUEST_LEN + 1];
	struct request request;
	int count = 0;

	while (request_list_next(&list, word)) {
		if (request_read(word, count ? &request : only, err) < 0)
			return -1;
		count++;
	}
	return count ? count : error_set(err, 0, "add needs REQUEST");
}

/* --count and --address are about one request. */
static int check_single(int requests, const char *count, const char *address, struct error *err)
{
	if (requests == 1 || (!count[0] && !address[0]))
		return 0;
	return error_set(err, 0, "add %s %.64s with %d requests: it is for one; add the others on their own",
			 count[0] ? "--count" : "--address", count[0] ? count : address, requests);
}

static int read_wishes(char *const words[], int requests, unsigned count, struct wishes *wishes,
		       struct error *err)
{
	*wishes = (struct wishes){ 0 };
	for (size_t i = 0; domain_wish_keys[i]; i++) {
		const char *key = domain_wish_keys[i];

		/* An option without a value comes as its name. */
		if (words[i][0] &&
		    wishes_set(wishes, key, strcmp(words[i], key) == 0 ? "yes" : words[i], err) != 0)
			return -1;
	}
	if ((wishes->together || wishes->apart) && requests == 1 && count < 2)
		return error_set(err, 0,
				 "add --%s %s with one request: it is about several; name the others, too",
				 wishes->together ? "together" : "apart",
				 wish_level_name(wishes->together ? wishes->together : wishes->apart));
	return wishes_check(wishes, err);
}

static int read_address(const char *text, unsigned count, struct pci_addr *addr, struct error *err)
{
	if (text[0] == '\0')
		return 0;
	if (pci_addr_parse(text, addr) != 0)
		return error_set(err, 0,
				 "add --address %.64s: write an address in the guest, such as 0000:05:00.0",
				 text);
	if (count > 1)
		return error_set(err, 0,
				 "add --address %.64s --count %u: only one device can be there; add the "
				 "others on their own",
				 text, count);
	return 0;
}

/* Reads "NUMA:NODES". */
static int read_near(const char *word, struct guest_cell_request *out, struct error *err)
{
	const char *colon = strchr(word, ':');
	struct wishes wishes = { 0 };
	char numa[16] = "";

	*out = (struct guest_cell_request){ .text = "" };
	if (colon && (size_t)(colon - word) < sizeof(numa))
		memcpy(numa, word, (size_t)(colon - word));
	if (!colon || (numa[0] && wishes_set(&wishes, "numa", numa, err) != 0) ||
	    (colon[1] && number_set_parse(colon + 1, NUMA_NODES_MAX, &out->nodes) != 0))
		return error_set(err, 0, "pcitag-domain: invalid nodes '%.64s'", word);
	out->numa = wishes.numa;
	return 0;
}

/* Reads what the registry says of each request, which the caller frees. */
static int read_all_near(const char *list, int requests, const char *address,
			 struct domain_addition *addition, struct error *err)
{
	if (list[0] == '\0')
		return 0;
	if (address[0])
		return error_set(err, 0,
				 "add --guest-numa --address %.64s: it chooses the address itself, behind an "
				 "expander bus of the guest's cell; leave one of them out",
				 address);
	addition->near = calloc((size_t)requests, sizeof(*addition->near));
	if (!addition->near)
		return error_set(err, ENOMEM, "cannot add %d requests", requests);
	for (; *list && addition->near_count < (size_t)requests; list += strspn(list, " ")) {
		size_t len = strcspn(list, " ");
		char word[DOMAIN_NEAR_LEN] = "";

		if (len < sizeof(word))
			memcpy(word, list, len);
		if (read_near(word, &addition->near[addition->near_count++], err) < 0)
			return -1;
		list += len;
	}
	return 0;
}

static int add(char *const words[], bool json, bool is_file)
{
	static const struct outcome added = { .done = "added", .nothing = "asks for that already" };
	struct request_options options = { .request = "" };
	struct domain_change change;
	struct request request = { 0 };
	struct domain_addition addition = { .requests = words[1], .options = &options };
	struct wishes wishes;
	struct pci_addr guest;
	struct error err;
	int rc = read_requests(words[1], &request, &err);

	if (rc < 0 || check_single(rc, words[2], words[3], &err) < 0 ||
	    read_count(words[2], &request, &addition.count, &err) < 0 ||
	    read_address(words[3], addition.count, &guest, &err) < 0 ||
	    request_options_set_list(&options, words[4], &err) < 0 ||
	    read_wishes(words + DOMAIN_ADD_WISHES, rc, addition.count, &wishes, &err) < 0 ||
	    read_all_near(words[DOMAIN_ADD_NEAR], rc, words[3], &addition, &err) < 0) {
		free(addition.near);
		return report_usage(&err);
	}
	addition.guest = words[3][0] ? &guest : NULL;
	addition.wishes = &wishes;
	rc = is_file ? edit_file_add(words[0], &addition, &change, &err)
		     : edit_domain_add(words[0], &addition, &change, &err);
	free(addition.near);
	return finish(rc, json, &change, &added, &err);
}

static int domain_add(char *const words[], bool json)
{
	return add(words, json, false);
}

static int domain_add_file(char *const words[], bool json)
{
	return add(words, json, true);
}

static int take_away(char *const words[], bool json, bool is_file)
{
	static const struct outcome removed = { .done = "removed", .nothing = "does not ask for that" };
	bool is_given = words[1][0] != '\0', all = words[2][0] != '\0';
	struct domain_change change;
	struct request request;
	struct error err;
	int rc;

	if (!is_given && !all)
		return report_usage_text("remove needs REQUEST, or --all for whatever the domain asks for");
	if (is_given && request_read(words[1], &request, &err) < 0)
		return report_usage(&err);
	rc = (is_file ? edit_file_remove : edit_domain_remove)(words[0], is_given ? &request : NULL, all,
							       &change, &err);
	return finish(rc, json, &change, &removed, &err);
}

static int domain_remove(char *const words[], bool json)
{
	return take_away(words, json, false);
}

static int domain_remove_file(char *const words[], bool json)
{
	return take_away(words, json, true);
}

static int domain_rename_owner(char *const words[], bool json)
{
	struct outcome outcome = { .done = "renamed", .is_rename = true };
	struct domain_change change;
	struct error err;
	int rc = edit_domain_rename_owner(words[0], words[1][0] ? words[1] : NULL, &change, &err);

	outcome.nothing = change.owner[0] ? "its placeholders have that owner already" : "has no placeholder";
	return finish(rc, json, &change, &outcome, &err);
}

/* ---- devices of a running domain ------------------------------------------------------------------ */

struct addresses {
	struct pci_addr items[PCI_FUNCTIONS];
	size_t count;
};

static int read_addresses(const char *text, struct addresses *out, struct error *err)
{
	*out = (struct addresses){ .count = 0 };
	for (;;) {
		size_t len = strcspn(text, ",");
		char one[PCI_ADDR_LEN] = "";

		if (len < sizeof(one))
			memcpy(one, text, len);
		if (out->count == ARRAY_SIZE(out->items) || pci_addr_parse(one, &out->items[out->count]) != 0)
			return error_set(err, 0, "invalid list of addresses of one slot '%.64s'", text);
		out->count++;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static int open_running(const char *who, struct libvirt_domain *out, struct error *err)
{
	if (libvirt_domain_open(who, out, err) < 0)
		return -1;
	if (!out->is_running)
		return error_set(
			err, 0,
			"domain '%s' does not run: pcitag add lets it have a device from its next start on",
			out->name);
	return 0;
}

static int domain_live_xml(char *const words[], bool json UNUSED)
{
	CLEANUP(libvirt_domain_close) struct libvirt_domain domain = { 0 };
	CLEANUP_FREE char *xml = NULL;
	struct error err;

	if (open_running(words[0], &domain, &err) == 0)
		xml = libvirt_domain_live_xml(&domain, &err);
	if (!xml)
		return report(&err);
	printf("%s", xml);
	return EXIT_DONE;
}

/* After a failure, what is already attached is detached again; the first failure is the one to report. */
static int attach_all(const struct libvirt_domain *domain, const struct addresses *addresses,
		      struct error *err)
{
	for (size_t i = 0; i < addresses->count; i++) {
		if (libvirt_domain_attach(domain, &addresses->items[i], err) == 0)
			continue;
		if (i > 0)
			(void)libvirt_domain_detach(domain, addresses->items, i,
						    deadline_in(DOMAIN_DETACH_SECONDS * 1000), NULL);
		return -1;
	}
	return 0;
}

/* EXIT_FINDINGS: the guest keeps the device. */
static int move(char *const words[], bool is_attach)
{
	CLEANUP(libvirt_domain_close) struct libvirt_domain domain = { 0 };
	struct addresses addresses;
	struct error err;
	int rc = read_addresses(words[1], &addresses, &err);

	if (rc == 0)
		rc = libvirt_domain_listen(&err);
	if (rc == 0)
		rc = open_running(words[0], &domain, &err);
	if (rc == 0)
		rc = is_attach ? attach_all(&domain, &addresses, &err)
			       : libvirt_domain_detach(&domain, addresses.items, addresses.count,
						       deadline_in(DOMAIN_DETACH_SECONDS * 1000), &err);
	if (rc == 0)
		return EXIT_DONE;
	(void)report(&err);
	return rc == LIBVIRT_HOSTDEV_KEPT ? EXIT_FINDINGS : EXIT_FAILED;
}

static int domain_attach_hostdev(char *const words[], bool json UNUSED)
{
	return move(words, true);
}

static int domain_detach_hostdev(char *const words[], bool json UNUSED)
{
	return move(words, false);
}

/* ---- the commands ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int words; /* number of arguments; "" for an omitted one */
	/* Returns the exit code, after all output has been printed. The last three are without --json. */
	int (*run)(char *const words[], bool json);
} commands[] = {
	{ DOMAIN_ADD, DOMAIN_WORDS_MAX, domain_add },
	{ DOMAIN_REMOVE, 3, domain_remove },
	{ DOMAIN_ADD_FILE, DOMAIN_WORDS_MAX, domain_add_file },
	{ DOMAIN_REMOVE_FILE, 3, domain_remove_file },
	{ DOMAIN_RENAME_OWNER, 2, domain_rename_owner },
	{ DOMAIN_LIST, 0, domain_list },
	{ DOMAIN_LIVE_XML, 1, domain_live_xml },
	{ DOMAIN_ATTACH, 2, domain_attach_hostdev },
	{ DOMAIN_DETACH, 2, domain_detach_hostdev },
};

int domain_main(int argc, char *argv[])
{
	for (size_t i = 0; argc >= 2 && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		if (argc - 2 == commands[i].words)
			return commands[i].run(argv + 2, false);
		if (argc - 3 == commands[i].words && strcmp(argv[2], "--json") == 0)
			return commands[i].run(argv + 3, true);
	}
	return report_usage_text("pcitag-domain is run by pcitag: pcitag --help lists the commands");
}
