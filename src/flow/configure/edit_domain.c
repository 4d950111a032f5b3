/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/edit_domain.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/libvirt/domain.h"
#include "host/system/domain_file.h"
#include "host/system/emulator_file.h"
#include "host/xml/domain.h"
#include "host/xml/domain_edit.h"
#include "model/lease/domain.h"

/* State of one edit of a domain definition. */
struct work {
	struct libvirt_domain libvirt; /* of a file: only its name and uuid */
	struct domain_file file;       /* closed, unless the definition is in one */
	struct domain domain;	       /* as parsed from its definition */
	char *xml;		       /* the original definition */
	struct domain_edit edit;
	const struct domain_addition *addition; /* add: what is to be added */
	char wish[DOMAIN_WISH_LEN];		/* add: the requests that are there then, for the wish */
	struct domain_change *change;
	bool is_changed; /* edit differs from xml */
};

/* ---- reading and writing ------------------------------------------------------------------------ */

static int parse(const char *xml, struct domain *domain, struct error *err)
{
	return domain_xml_parse(xml, strlen(xml), domain, err);
}

static bool is_file(const struct work *work)
{
	return work->file.dir >= 0;
}

/* Returns the definition as it is now, which the caller frees; NULL with *err. */
static char *read_definition(struct work *work, struct error *err)
{
	return is_file(work) ? domain_file_read(&work->file, err) : libvirt_domain_xml(&work->libvirt, err);
}

/* As libvirt tells it of a domain that it knows. */
static int identify(struct work *work, struct error *err)
{
	memcpy(work->libvirt.name, work->domain.name, sizeof(work->libvirt.name));
	memcpy(work->libvirt.uuid, work->domain.uuid, sizeof(work->libvirt.uuid));
	memcpy(work->change->name, work->domain.name, sizeof(work->change->name));
	memcpy(work->change->uuid, work->domain.uuid, sizeof(work->change->uuid));
	if (work->domain.uuid[0] || owner_valid(work->domain.name))
		return 0;
	return error_set(err, 0,
			 "%s: the XML of domain '%s' has no <uuid>, which an owner is made of when the name "
			 "is none: write one, as uuidgen prints it",
			 work->file.path, work->domain.name);
}

/* What both kinds of definitions have to go through. */
static int open_edit(struct work *work, struct error *err)
{
	if (work->domain.request_count)
		memcpy(work->change->owner, work->domain.requests[0].owner, sizeof(work->change->owner));
	return domain_edit_open(work->xml, &work->edit, err);
}

static int start_file(struct work *work, const char *path, struct domain_change *change, struct error *err)
{
	*work = (struct work){ .file = DOMAIN_FILE_CLOSED, .change = change };
	*change = (struct domain_change){ 0 };
	if (domain_file_open(path, &work->file, err) < 0)
		return -1;
	work->xml = read_definition(work, err);
	if (!work->xml || parse(work->xml, &work->domain, err) < 0 || identify(work, err) < 0)
		return -1;
	return open_edit(work, err);
}

static int start(struct work *work, const char *who, struct domain_change *change, struct error *err)
{
	*work = (struct work){ .file = DOMAIN_FILE_CLOSED, .change = change };
	*change = (struct domain_change){ 0 };
	if (libvirt_domain_open(who, &work->libvirt, err) < 0)
		return -1;
	if (!work->libvirt.is_persistent)
		return error_set(err, 0,
				 "domain '%s' is transient: it has no definition that a later start would "
				 "use; `virsh define` makes one",
				 work->libvirt.name);
	memcpy(change->name, work->libvirt.name, sizeof(change->name));
	memcpy(change->uuid, work->libvirt.uuid, sizeof(change->uuid));
	change->is_running = work->libvirt.is_running;
	change->is_saved = work->libvirt.is_saved;
	work->xml = read_definition(work, err);
	if (!work->xml || parse(work->xml, &work->domain, err) < 0)
		return -1;
	return open_edit(work, err);
}

static void finish(struct work *work)
{
	domain_edit_close(&work->edit);
	free(work->xml);
	domain_clear(&work->domain);
	libvirt_domain_close(&work->libvirt);
	domain_file_close(&work->file);
}

/* Makes the checks that prepare makes on the XML alone. */
static int check(const char *xml, struct error *err)
{
	CLEANUP(domain_clear) struct domain domain = { 0 };

	if (parse(xml, &domain, err) < 0 || domain_check(&domain, err) < 0)
		return -1;
	return emulator_file_check(&emulator_places, &domain, err);
}

/* libvirt has no lock for read and write: the definition is read again and compared, as by `virsh edit`. */
static int check_unchanged(struct work *work, const char *expected, struct error *err)
{
	CLEANUP_FREE char *xml = read_definition(work, err);

	if (!xml)
		return -1;
	if (strcmp(xml, expected) != 0)
		return error_set(err, 0,
				 "domain '%s': its definition was changed at the same time: try again",
				 work->libvirt.name);
	return 0;
}

/* A file without an XML declaration gets none. */
static int write_definition(const struct work *work, const char *xml, struct error *err)
{
	static const char declaration[] = "<?xml";
	size_t len = strlen(declaration);

	if (!is_file(work))
		return libvirt_domain_define(&work->libvirt, xml, err);
	if (strncmp(work->xml, declaration, len) != 0 && strncmp(xml, declaration, len) == 0)
		xml += strcspn(xml, "\n") + 1;
	return domain_file_write(&work->file, xml, err);
}

/* @expected: the definition that was read */
static int define(struct work *work, const char *expected, struct error *err)
{
	CLEANUP_FREE char *xml = domain_edit_text(&work->edit, err);

	if (!xml || check(xml, err) < 0 || check_unchanged(work, expected, err) < 0 ||
	    write_definition(work, xml, err) < 0)
		return -1;
	work->change->is_changed = true;
	return 0;
}

static void report_request(struct domain_change *change, const struct request *request)
{
	if (change->count < DOMAIN_REQUESTS_MAX)
		change->requests[change->count++] = *request;
}

/* ---- owners -------------------------------------------------------------------------------------- */

/* Refuses the owner in work->change when another domain has placeholders of it. @data: the work */
static int find_clash(const char *xml, void *data, struct error *err)
{
	const struct work *work = data;
	const char *ours = work->libvirt.name, *owner = work->change->owner;
	CLEANUP(domain_clear) struct domain other = { 0 };
	char own[NAME_LEN];

	/* A domain whose XML pcitag cannot parse does not start with devices either. */
	if (parse(xml, &other, NULL) < 0)
		return 0;
	owner_of_domain(ours, work->libvirt.uuid, own);
	for (size_t i = 0; i < other.request_count; i++) {
		if (strcmp(other.requests[i].owner, owner) != 0)
			continue;
		return error_set(
			err, 0,
			"domain '%s': domain '%s' has placeholders of the owner %s, and each owner is "
			"for one domain: `pcitag rename-owner %s` first",
			ours, other.name, owner, strcmp(own, owner) == 0 ? other.name : ours);
	}
	return 0;
}

/* ---- add ----------------------------------------------------------------------------------------- */

/* A request without an index counts as index 0, so that the next one after "npu" is "npu.1". */
static const struct request *find_request(const struct domain *domain, const struct request *wanted)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		const struct request *had = &domain->requests[i];

		if (strcmp(had->name, wanted->name) == 0 &&
		    (had->index < 0 ? 0 : had->index) == (wanted->index < 0 ? 0 : wanted->index))
			return had;
	}
	return NULL;
}

static int add_options(struct work *work, const struct request *request, struct error *err)
{
	const struct request_options *had = domain_find_request_options(&work->domain, request->text);
	struct request_options made = { .request = "" };
	char text[REQUEST_OPTIONS_LEN];
	int rc;

	if (had)
		made = *had;
	if (request_options_merge(&made, work->addition->options, err) < 0)
		return error_prefix(err, "domain '%s': request %s", work->libvirt.name, request->text);
	rc = domain_edit_set_options(&work->edit, request, request_options_text(&made, text), err);
	work->is_changed |= rc == DOMAIN_EDIT_CHANGED;
	return rc < 0 ? -1 : 0;
}

static int add_one(struct work *work, const struct request *wanted, struct error *err)
{
	const struct request *had = find_request(&work->domain, wanted);
	const struct pci_addr *guest = work->addition->guest;
	int rc;

	text_append(work->wish, sizeof(work->wish), "%s%s", work->wish[0] ? " " : "",
		    had ? had->text : wanted->text);
	if (had) {
		rc = guest ? domain_edit_place(&work->edit, had, guest, err) : 0;
		work->is_changed |= rc == DOMAIN_EDIT_CHANGED;
		return rc < 0 ? -1 : add_options(work, had, err);
	}
	work->is_changed = true;
	report_request(work->change, wanted);
	if (domain_edit_add_placeholder(&work->edit, wanted, guest, err) < 0)
		return -1;
	return add_options(work, wanted, err);
}

/* Adds @wanted, or so many of it as are to be there. */
static int add_request(struct work *work, struct request *wanted, struct error *err)
{
	memcpy(wanted->owner, work->change->owner, sizeof(wanted->owner));
	if (work->addition->count == 0)
		return add_one(work, wanted, err);
	for (unsigned i = 0; i < work->addition->count; i++) {
		wanted->index = (int)i;
		(void)snprintf(wanted->text, sizeof(wanted->text), "%s.%u", wanted->name, i % 1000);
		if (add_one(work, wanted, err) < 0)
			return -1;
	}
	return 0;
}

static int add_requests(struct work *work, struct error *err)
{
	const char *at = work->addition->requests;
	char word[REQUEST_LEN + 1];
	struct request wanted;

	while (request_list_next(&at, word)) {
		if (request_read(word, &wanted, err) < 0 || add_request(work, &wanted, err) < 0)
			return -1;
	}
	return 0;
}

static int add_wish(struct work *work, struct error *err)
{
	int rc = wishes_are_none(work->addition->wishes)
			 ? 0
			 : domain_edit_add_wish(&work->edit, work->wish, work->addition->wishes, err);

	work->is_changed |= rc == DOMAIN_EDIT_CHANGED;
	return rc < 0 ? -1 : 0;
}

static int add_surroundings(struct work *work, struct error *err)
{
	char wrapper[DOMAIN_PATH_LEN];

	if (emulator_file_wrapper(&emulator_places, work->domain.emulator, wrapper, err) < 0)
		return error_prefix(err, "domain '%s'", work->libvirt.name);
	if (strcmp(wrapper, work->domain.emulator) != 0) {
		work->is_changed = true;
		if (domain_edit_set_emulator(&work->edit, wrapper, err) < 0)
			return -1;
	}
	if (work->domain.has_container)
		return 0;
	work->is_changed = true;
	return domain_edit_add_container(&work->edit, err);
}

/* Records the PCI controllers that libvirt may have added; remove needs them. */
static int note_controllers(struct work *work, const struct request *request, struct error *err)
{
	CLEANUP_FREE char *xml = libvirt_domain_xml(&work->libvirt, err);
	CLEANUP(domain_edit_close) struct domain_edit before = { 0 };
	int rc = -1;

	domain_edit_close(&work->edit);
	if (xml && domain_edit_open(work->xml, &before, err) == 0 &&
	    domain_edit_open(xml, &work->edit, err) == 0)
		rc = domain_edit_note_controllers(&work->edit, &before, request, err);
	if (rc == DOMAIN_EDIT_CHANGED)
		rc = define(work, xml, err);
	if (rc < 0)
		return error_prefix(err,
				    "domain '%s' has its placeholder, but what libvirt made for it, and "
				    "remove has to take away, could not be noted",
				    work->libvirt.name);
	return 0;
}

/* Returns the request for which libvirt's controllers are recorded: the first new one, or the first. */
static int first_request(const struct work *work, struct request *out, struct error *err)
{
	const char *at = work->addition->requests;
	char word[REQUEST_LEN + 1];

	if (work->change->count) {
		*out = work->change->requests[0];
		return 0;
	}
	(void)request_list_next(&at, word);
	return request_read(word, out, err);
}

static int add(struct work *work, struct error *err)
{
	struct domain_change *change = work->change;
	struct request first;

	if (change->owner[0] == '\0')
		owner_of_domain(change->name, change->uuid, change->owner);
	/* What other domains there are on the hosts of a file's domain is not known here. */
	if (!is_file(work) && libvirt_domain_others(&work->libvirt, find_clash, work, err) < 0)
		return -1;
	if (add_requests(work, err) < 0 || add_wish(work, err) < 0 || add_surroundings(work, err) < 0)
		return -1;
	if (!work->is_changed)
		return 0;
	if (define(work, work->xml, err) < 0)
		return -1;
	/* libvirt adds none to a file. */
	return is_file(work)			      ? 0
	       : first_request(work, &first, err) < 0 ? -1
						      : note_controllers(work, &first, err);
}

int edit_domain_add(const char *who, const struct domain_addition *addition, struct domain_change *change,
		    struct error *err)
{
	CLEANUP(finish) struct work work = { .file = DOMAIN_FILE_CLOSED };

	if (start(&work, who, change, err) < 0)
		return -1;
	work.addition = addition;
	return add(&work, err);
}

int edit_file_add(const char *path, const struct domain_addition *addition, struct domain_change *change,
		  struct error *err)
{
	CLEANUP(finish) struct work work = { .file = DOMAIN_FILE_CLOSED };

	if (start_file(&work, path, change, err) < 0)
		return -1;
	work.addition = addition;
	return add(&work, err);
}

/* ---- remove -------------------------------------------------------------------------------------- */

static bool is_meant(const struct request *request, const struct request *wanted, bool all)
{
	if (!wanted)
		return true;
	return all ? strcmp(request->name, wanted->name) == 0 : strcmp(request->text, wanted->text) == 0;
}

/* Its namesakes, as "npu.0, npu.1", may be meant. */
static int nothing_meant(const struct work *work, const struct request *wanted, struct error *err)
{
	char namesakes[ERROR_MSG_LEN] = "";

	for (size_t i = 0; wanted && i < work->domain.request_count; i++) {
		const struct request *request = &work->domain.requests[i];

		if (strcmp(request->name, wanted->name) == 0)
			text_append(namesakes, sizeof(namesakes), "%s%s", namesakes[0] ? ", " : "",
				    request->text);
	}
	if (namesakes[0] == '\0')
		return 0;
	return error_set(err, 0, "domain '%s' has no placeholder %s, but %s: name one of them, or give --all",
			 work->libvirt.name, wanted->text, namesakes);
}

static int remove_surroundings(struct work *work, struct error *err)
{
	char emulator[DOMAIN_PATH_LEN];

	domain_edit_remove_container(&work->edit);
	domain_edit_drop_controllers(&work->edit, NULL);
	if (emulator_file_original(&emulator_places, work->domain.emulator, emulator, err) < 0)
		return error_prefix(err, "domain '%s'", work->libvirt.name);
	return domain_edit_set_emulator(&work->edit, emulator, err);
}

static int drop_options(struct work *work, const struct request *request, struct error *err)
{
	return domain_edit_set_options(&work->edit, request, "", err) < 0 ? -1 : 0;
}

static int remove_placeholders(struct work *work, const struct request *wanted, bool all, struct error *err)
{
	struct domain_change *change = work->change;

	for (size_t i = 0; i < work->domain.request_count; i++) {
		if (!is_meant(&work->domain.requests[i], wanted, all))
			continue;
		report_request(change, &work->domain.requests[i]);
		domain_edit_remove_placeholder(&work->edit, &work->domain.requests[i]);
		if (drop_options(work, &work->domain.requests[i], err) < 0 ||
		    domain_edit_drop_wishes(&work->edit, &work->domain.requests[i], err) < 0)
			return -1;
	}
	if (change->count == 0)
		return nothing_meant(work, wanted, err);
	if (change->count < work->domain.request_count) {
		for (size_t i = 0; i < change->count; i++)
			domain_edit_drop_controllers(&work->edit, &change->requests[i]);
	} else {
		change->owner[0] = '\0';
		if (remove_surroundings(work, err) < 0)
			return -1;
	}
	return define(work, work->xml, err);
}

int edit_domain_remove(const char *who, const struct request *request, bool all, struct domain_change *change,
		       struct error *err)
{
	CLEANUP(finish) struct work work = { .file = DOMAIN_FILE_CLOSED };

	return start(&work, who, change, err) < 0 ? -1 : remove_placeholders(&work, request, all, err);
}

int edit_file_remove(const char *path, const struct request *request, bool all, struct domain_change *change,
		     struct error *err)
{
	CLEANUP(finish) struct work work = { .file = DOMAIN_FILE_CLOSED };

	return start_file(&work, path, change, err) < 0 ? -1 : remove_placeholders(&work, request, all, err);
}

/* ---- rename-owner -------------------------------------------------------------------------------- */

static int rename_owner(struct work *work, const char *owner, struct error *err)
{
	struct domain_change *change = work->change;

	memcpy(change->previous_owner, change->owner, sizeof(change->previous_owner));
	if (work->domain.request_count == 0)
		return 0;
	if (owner)
		(void)snprintf(change->owner, sizeof(change->owner), "%s", owner);
	else
		owner_of_domain(change->name, change->uuid, change->owner);
	if (libvirt_domain_others(&work->libvirt, find_clash, work, err) < 0)
		return -1;
	for (size_t i = 0; i < work->domain.request_count; i++) {
		const struct request *request = &work->domain.requests[i];

		if (strcmp(request->owner, change->owner) == 0)
			continue;
		report_request(change, request);
		if (domain_edit_rename_owner(&work->edit, request, change->owner, err) < 0)
			return -1;
	}
	return change->count ? define(work, work->xml, err) : 0;
}

int edit_domain_rename_owner(const char *who, const char *owner, struct domain_change *change,
			     struct error *err)
{
	CLEANUP(finish) struct work work = { .file = DOMAIN_FILE_CLOSED };

	if (owner && !owner_valid(owner))
		return error_set(err, 0,
				 "'%s' cannot be an owner: write 1 to %d of the characters A-Z a-z 0-9 _ -, "
				 "and not '" PLACEHOLDER_RESERVED_OWNER "'",
				 owner, NAME_LEN - 1);
	return start(&work, who, change, err) < 0 ? -1 : rename_owner(&work, owner, err);
}
