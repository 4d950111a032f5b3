/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/domain.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

#define PLACEHOLDER_FORM PLACEHOLDER_DIR "OWNER/REQUEST"
#define REQUEST_HELP                                                                                        \
	"write a type or a model (1 to %d of A-Z a-z 0-9 _ -), and an index from .0 to .999 to tell twins " \
	"apart, such as npu or npu.1"
#define CONTAINER_ELEMENT "<input type='evdev'><source dev='" VFIO_CONTAINER_PATH "'/></input>"

void domain_clear(struct domain *domain)
{
	free(domain->requests);
	free(domain->hostdevs);
	free(domain->options);
	for (size_t i = 0; i < domain->wish_count; i++)
		free(domain->wishes[i].names);
	free(domain->wishes);
	free(domain->pinning);
	*domain = (struct domain){ 0 };
}

/*
 * Handles one more component of the path; @depth components are kept, and @matched of them match
 * "/dev/pcitag".
 */
static void walk(const char *part, size_t len, size_t *depth, size_t *matched)
{
	static const char *const ours[] = { "dev", "pcitag" };

	if (len == 0 || (len == 1 && part[0] == '.'))
		return;
	if (len == 2 && memcmp(part, "..", 2) == 0) {
		if (*depth > 0)
			(*depth)--;
		if (*matched > *depth)
			*matched = *depth;
		return;
	}
	if (*matched == *depth && *depth < ARRAY_SIZE(ours) && strlen(ours[*depth]) == len &&
	    memcmp(part, ours[*depth], len) == 0)
		(*matched)++;
	(*depth)++;
}

bool placeholder_path(const char *path)
{
	size_t depth = 0, matched = 0;

	if (path[0] != '/')
		return false;
	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		walk(path, len, &depth, &matched);
		path += len;
	}
	return matched == 2;
}

/* Returns 0, or 1 when @text is not a request. The owner stays unchanged. */
static int read_request(const char *text, struct request *out)
{
	if (request_parse(text, out->name, &out->index) != 0)
		return 1;
	/* A valid request is at most as long as its parts together. */
	memcpy(out->text, text, strlen(text) + 1);
	return 0;
}

int request_read(const char *text, struct request *out, struct error *err)
{
	struct request request = { 0 };

	if (read_request(text, &request) != 0)
		return error_set(err, 0, "'%s' is not a request: " REQUEST_HELP, text, NAME_LEN - 1);
	*out = request;
	return 0;
}

static int refuse_shape(const char *path, struct error *err)
{
	return error_set(err, 0,
			 "placeholder '%s' is not of the form " PLACEHOLDER_FORM
			 ": write the owner (the domain's name, say) and the type or model you want, such "
			 "as " PLACEHOLDER_DIR "win11/npu",
			 path);
}

int placeholder_parse(const char *path, struct request *out, struct error *err)
{
	struct request request = { 0 };
	const char *owner, *text;
	size_t len;

	if (strncmp(path, PLACEHOLDER_DIR, strlen(PLACEHOLDER_DIR)) != 0)
		return refuse_shape(path, err);
	owner = path + strlen(PLACEHOLDER_DIR);
	len = strcspn(owner, "/");
	if (len == 0 || owner[len] == '\0')
		return refuse_shape(path, err);
	text = owner + len + 1;
	if (*text == '\0' || strchr(text, '/'))
		return refuse_shape(path, err);
	if (!name_valid_n(owner, len))
		return error_set(err, 0,
				 "placeholder '%s': the owner '%.*s' is not a name: write 1 to %d of the "
				 "characters A-Z a-z 0-9 _ -",
				 path, (int)(len > 255 ? 255 : len), owner, NAME_LEN - 1);
	memcpy(request.owner, owner, len);
	if (strcmp(request.owner, PLACEHOLDER_RESERVED_OWNER) == 0)
		return error_set(err, 0,
				 "placeholder '%s': the owner '" PLACEHOLDER_RESERVED_OWNER
				 "' is reserved: write another, such as the domain's name",
				 path);
	if (read_request(text, &request) != 0)
		return error_set(err, 0, "placeholder '%s': '%s' is not a request: " REQUEST_HELP, path, text,
				 NAME_LEN - 1);
	*out = request;
	return 0;
}

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "no memory for the devices of a domain");
}

int domain_add_request(struct domain *domain, const struct request *request, struct error *err)
{
	if (domain->request_count >= DOMAIN_REQUESTS_MAX)
		return error_set(err, 0,
				 "domain '%s' has more than %d placeholders (the next one: %s%s/%s): "
				 "give it fewer devices",
				 domain->name, DOMAIN_REQUESTS_MAX, PLACEHOLDER_DIR, request->owner,
				 request->text);
	return ARRAY_APPEND(domain->requests, domain->request_count, *request) ? 0 : no_memory(err);
}

int domain_add_hostdev(struct domain *domain, const struct pci_addr *addr, struct error *err)
{
	return ARRAY_APPEND(domain->hostdevs, domain->hostdev_count, *addr) ? 0 : no_memory(err);
}

const struct request_options *domain_find_request_options(const struct domain *domain, const char *request)
{
	for (size_t i = 0; i < domain->option_count; i++) {
		if (strcmp(domain->options[i].request, request) == 0)
			return &domain->options[i];
	}
	return NULL;
}

const struct device_options *domain_find_options(const struct domain *domain, const char *request)
{
	const struct request_options *found = domain_find_request_options(domain, request);

	return found ? &found->options : NULL;
}

/* Longer than any valid "NAME=VALUE". */
#define PAIR_MAX 128

int request_options_set_list(struct request_options *options, const char *list, struct error *err)
{
	while (*list) {
		size_t len = strcspn(list, ","), name = strcspn(list, "=,");
		char pair[PAIR_MAX];
		int rc;

		/* The text as it is, when it is longer, is no option either. */
		snprintf(pair, sizeof(pair), "%.*s", (int)len, list);
		if (len < sizeof(pair) && pair[name] == '=' && vf_net_knows(pair, name)) {
			pair[name] = '\0';
			rc = vf_net_set(&options->net, pair, pair + name + 1, err);
		} else {
			rc = device_options_set_text(&options->options, OPTION_OF_DOMAIN,
						     len < sizeof(pair) ? pair : list, err);
		}
		if (rc < 0)
			return -1;
		list += len;
		list += *list == ',';
	}
	return 0;
}

int request_options_merge(struct request_options *options, const struct request_options *wish,
			  struct error *err)
{
	vf_net_merge(&options->net, &wish->net);
	return device_options_merge(&options->options, &wish->options, err);
}

char *request_options_text(const struct request_options *options, char buf[static REQUEST_OPTIONS_LEN])
{
	char net[VF_NET_LEN];

	vf_net_text(&options->net, net);
	snprintf(buf, REQUEST_OPTIONS_LEN, "%s%s%s", options->options.text,
		 options->options.text[0] && net[0] ? "," : "", net);
	return buf;
}

int domain_add_options(struct domain *domain, const char *request, const char *list, struct error *err)
{
	struct request_options made = { .request = "" };
	struct request parsed;

	if (request_read(request, &parsed, err) < 0 || request_options_set_list(&made, list, err) < 0)
		return -1;
	if (domain->option_count >= DOMAIN_REQUESTS_MAX || domain_find_options(domain, request))
		return error_set(err, 0, "the options of request %s are there twice, or there are too many",
				 request);
	memcpy(made.request, parsed.text, sizeof(made.request));
	return ARRAY_APPEND(domain->options, domain->option_count, made) ? 0 : no_memory(err);
}

bool request_list_next(const char **at, char word[static REQUEST_LEN + 1])
{
	const char *c = *at + strspn(*at, " \t\n");
	size_t len = strcspn(c, " \t\n");

	(void)snprintf(word, REQUEST_LEN + 1, "%.*s", (int)(len < REQUEST_LEN ? len : REQUEST_LEN), c);
	*at = c + len;
	return len > 0;
}

bool domain_wish_is_about(const struct domain_wish *wish, const char *request)
{
	char word[REQUEST_LEN + 1];
	const char *at = wish->names;

	while (request_list_next(&at, word)) {
		if (strcmp(word, request) == 0)
			return true;
	}
	return false;
}

/* True when the first @count words of a list have @word. */
static bool is_listed(const char *list, size_t count, const char *word)
{
	char other[REQUEST_LEN + 1];

	while (count-- > 0 && request_list_next(&list, other)) {
		if (strcmp(other, word) == 0)
			return true;
	}
	return false;
}

static int check_list(const char *list, struct error *err)
{
	char word[REQUEST_LEN + 1];
	struct request request;
	const char *at = list;
	size_t count = 0;

	while (request_list_next(&at, word)) {
		if (request_read(word, &request, err) < 0)
			return -1;
		if (is_listed(list, count, word))
			return error_set(err, 0, "a wish names request %s twice: delete one of the two",
					 word);
		if (++count > DOMAIN_REQUESTS_MAX)
			return error_set(err, 0, "a wish names more than %d requests", DOMAIN_REQUESTS_MAX);
	}
	return count ? 0 : error_set(err, 0, "a wish names no request: write those that it is for");
}

int domain_add_wish(struct domain *domain, const char *requests, const struct wishes *wishes,
		    struct error *err)
{
	struct domain_wish made = { .wishes = *wishes };

	if (check_list(requests, err) < 0)
		return -1;
	if (domain->wish_count >= DOMAIN_REQUESTS_MAX)
		return error_set(err, 0, "there are more than %d wishes", DOMAIN_REQUESTS_MAX);
	made.names = strdup(requests);
	if (made.names && ARRAY_APPEND(domain->wishes, domain->wish_count, made))
		return 0;
	free(made.names);
	return no_memory(err);
}

void domain_resolve_wishes(struct domain *domain)
{
	for (size_t i = 0; i < domain->wish_count; i++) {
		struct domain_wish *wish = &domain->wishes[i];

		wish->requests = 0;
		for (size_t r = 0; r < domain->request_count; r++) {
			if (is_listed(wish->names, SIZE_MAX, domain->requests[r].text))
				wish->requests |= UINT64_C(1) << r;
		}
	}
}

static int refuse_twice(const struct domain *domain, const struct request *r, struct error *err)
{
	if (r->index >= 0)
		return error_set(err, 0,
				 "domain '%s' has the placeholder " PLACEHOLDER_DIR
				 "%s/%s twice: each stands for one device; give one of them another index",
				 domain->name, r->owner, r->text);
	return error_set(err, 0,
			 "domain '%s' has the placeholder " PLACEHOLDER_DIR
			 "%s/%s twice: each stands for one device; write " PLACEHOLDER_DIR
			 "%s/%s.0 and " PLACEHOLDER_DIR "%s/%s.1",
			 domain->name, r->owner, r->text, r->owner, r->name, r->owner, r->name);
}

static int check_unique(const struct domain *domain, struct error *err)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		const struct request *a = &domain->requests[i];

		for (size_t j = 0; j < i; j++) {
			const struct request *b = &domain->requests[j];

			if (strcmp(a->owner, b->owner) == 0 && strcmp(a->text, b->text) == 0)
				return refuse_twice(domain, a, err);
		}
	}
	return 0;
}

static int refuse_boot_clash(const struct domain *domain, struct error *err)
{
	return error_set(
		err, 0,
		"domain '%s': a request has a bootindex, and the domain has %s as well, which is another "
		"place in the boot order: remove <boot dev=...> from <os>, give each disk or interface to "
		"boot from a <boot order='N'/> of its own, and each request another number",
		domain->name, domain->boot_clash);
}

int domain_check(const struct domain *domain, struct error *err)
{
	if (domain->request_count == 0)
		return 0;
	if (check_unique(domain, err) < 0)
		return -1;
	if (!domain->has_container)
		return error_set(err, 0,
				 "domain '%s' requests '%s' but does not have the VFIO container: "
				 "add " CONTAINER_ELEMENT " to <devices>",
				 domain->name, domain->requests[0].text);
	return domain->boot_clash[0] ? refuse_boot_clash(domain, err) : 0;
}

/* Characters of a uuid before its first dash. */
#define MARK_LEN 8

bool owner_valid(const char *owner)
{
	return name_valid(owner) && strcmp(owner, PLACEHOLDER_RESERVED_OWNER) != 0;
}

void owner_of_domain(const char *name, const char *uuid, char owner[static NAME_LEN])
{
	int room = NAME_LEN - 1 - MARK_LEN - 1;

	if (owner_valid(name)) {
		(void)snprintf(owner, NAME_LEN, "%s", name);
		return;
	}
	(void)snprintf(owner, NAME_LEN, "%.*s", room, name);
	for (char *c = owner; *c; c++) {
		if (!name_valid_n(c, 1))
			*c = '_';
	}
	(void)snprintf(owner + strlen(owner), MARK_LEN + 2, "-%.*s", MARK_LEN, uuid);
}
