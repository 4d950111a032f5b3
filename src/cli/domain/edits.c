/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands add, remove and rename-owner of pcitag-domain: arguments and output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "cli/domain/commands.h"
#include "cli/output/json.h"
#include "flow/configure/edit_domain.h"

/* ---- output ------------------------------------------------------------------------------------- */

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

/* ---- arguments ---------------------------------------------------------------------------------- */

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

int domain_add(char *const words[], bool json)
{
	static const struct outcome added = { .done = "added", .nothing = "asks for that already" };
	struct domain_change change;
	struct request request;
	struct pci_addr guest;
	struct error err;
	unsigned count;
	int rc;

	if (request_read(words[1], &request, &err) < 0 || read_count(words[2], &request, &count, &err) < 0 ||
	    read_address(words[3], count, &guest, &err) < 0)
		return report_usage(&err);
	rc = edit_domain_add(words[0], &request, count, words[3][0] ? &guest : NULL, &change, &err);
	return finish(rc, json, &change, &added, &err);
}

int domain_remove(char *const words[], bool json)
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
	rc = edit_domain_remove(words[0], is_given ? &request : NULL, all, &change, &err);
	return finish(rc, json, &change, &removed, &err);
}

int domain_rename_owner(char *const words[], bool json)
{
	struct outcome outcome = { .done = "renamed", .is_rename = true };
	struct domain_change change;
	struct error err;
	int rc = edit_domain_rename_owner(words[0], words[1][0] ? words[1] : NULL, &change, &err);

	outcome.nothing = change.owner[0] ? "its placeholders have that owner already" : "has no placeholder";
	return finish(rc, json, &change, &outcome, &err);
}
