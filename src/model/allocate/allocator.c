/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate/allocator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/allocate/assignment.h"
#include "model/allocate/choice.h"
#include "model/allocate/request_wishes.h"

void allocation_clear(struct allocation *allocation)
{
	free(allocation->candidates);
	free(allocation->withouts);
	*allocation = (struct allocation){ 0 };
}

/* What the guest gets with @asked: this function, or all functions of its slot that share its group. */
static uint8_t functions_of(const struct topology *topology, const struct model *model,
			    const struct pci_device *asked)
{
	uint8_t functions = (uint8_t)(1U << asked->addr.function);

	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *device = &topology->devices[i];

		if (model_gives(model, asked, device))
			functions |= (uint8_t)(1U << device->addr.function);
	}
	return functions;
}

static int add_candidate(struct allocation *out, const struct candidate *candidate, struct error *err)
{
	if (!ARRAY_APPEND(out->candidates, out->count, *candidate))
		return error_set(err, ENOMEM, "cannot list %zu candidates", out->count + 1);
	return 0;
}

/* Puts the model last into the list, but before those that the profile ranks behind it. */
static void insert_by_rank(const struct profile *profile, const struct model **list, size_t count)
{
	const struct model *model = list[count];

	for (; count > 0 && profile_rank(profile, list[count - 1]) > profile_rank(profile, model); count--)
		list[count] = list[count - 1];
	list[count] = model;
}

/*
 * Returns the models that answer to a name, as name, type or by a profile, in order, then NULL: the order of
 * the registry, or that of the profile. The caller frees the array.
 */
static const struct model **find_answering(const struct registry *registry, const char *name)
{
	const struct model **found = calloc(registry->count + 1, sizeof(struct model *));
	const struct profile *profile = registry_find_profile(registry, name);
	size_t count = 0;

	for (size_t i = 0; found && i < registry->count; i++) {
		if (!registry_answers(registry, &registry->models[i], name))
			continue;
		found[count] = &registry->models[i];
		if (profile)
			insert_by_rank(profile, found, count);
		count++;
	}
	return found;
}

static int collect_for(const struct allocation_input *in, size_t request, struct allocation *out,
		       struct error *err)
{
	CLEANUP_FREE const struct model **models = find_answering(in->registry, in->requests[request].name);

	if (!models)
		return error_set(err, ENOMEM, "cannot list %zu models", in->registry->count);
	for (size_t d = 0; d < in->topology->count; d++) {
		struct candidate c = { .request = request, .device = &in->topology->devices[d] };
		const struct model **model = models;

		while (*model && !model_matches(*model, c.device))
			model++;
		if (!*model)
			continue;
		c.model = *model;
		c.functions = functions_of(in->topology, c.model, c.device);
		allocator_judge(in, c.model, c.device, &c.verdict);
		if (add_candidate(out, &c, err) < 0)
			return -1;
	}
	return 0;
}

/* An earlier request by the same name has the same candidates. */
static int collect_as(struct allocation *out, size_t earlier, size_t request, struct error *err)
{
	size_t count = out->count;

	for (size_t i = 0; i < count; i++) {
		struct candidate c = out->candidates[i];

		if (c.request != earlier)
			continue;
		c.request = request;
		if (add_candidate(out, &c, err) < 0)
			return -1;
	}
	return 0;
}

static int collect(const struct allocation_input *in, struct allocation *out, struct error *err)
{
	for (size_t r = 0; r < in->request_count; r++) {
		size_t earlier = 0;
		int rc;

		while (strcmp(in->requests[earlier].name, in->requests[r].name) != 0)
			earlier++;
		rc = earlier < r ? collect_as(out, earlier, r, err) : collect_for(in, r, out, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static size_t count_candidates(const struct allocation *allocation, size_t request, bool available_only)
{
	size_t n = 0;

	for (size_t i = 0; i < allocation->count; i++) {
		const struct candidate *c = &allocation->candidates[i];

		if (c->request == request && (!available_only || verdict_is_free(&c->verdict)))
			n++;
	}
	return n;
}

int allocator_check_name(const struct registry *registry, const struct request *request, struct error *err)
{
	char types[ERROR_MSG_LEN / 2], profiles[ERROR_MSG_LEN / 4];

	if (registry_knows(registry, request->name))
		return 0;
	if (registry->count == 0)
		return error_refuse(err, ALLOCATION_REFUSED,
				    "request %s: the registry is empty; describe the device with pcitag "
				    "define, or in " PCITAG_SYSCONFDIR "/pcitag/registry.ini",
				    request->text);
	return error_refuse(err, ALLOCATION_REFUSED,
			    "request %s: the registry has no type or model %s; its types are: %s%s%s",
			    request->text, request->name, registry_list_types(registry, types, sizeof(types)),
			    registry->profile_count ? "; its profiles are: " : "",
			    registry_list_profiles(registry, profiles, sizeof(profiles)));
}

#define ANY_REQUEST SIZE_MAX

/*
 * Appends "<separator>ADDRESS: why; ..." for the devices that @request matches but that are not available;
 * with ANY_REQUEST, for those of all requests that the text does not have yet.
 */
static void append_reasons(const struct allocation *allocation, size_t request, const char *separator,
			   char *text, size_t size)
{
	for (size_t i = 0; i < allocation->count; i++) {
		const struct candidate *c = &allocation->candidates[i];
		char addr[PCI_ADDR_LEN], why[VERDICT_LEN];

		pci_addr_format(&c->device->addr, addr);
		if (verdict_is_free(&c->verdict) ||
		    (request == ANY_REQUEST ? strstr(text, addr) != NULL : c->request != request))
			continue;
		text_append(text, size, "%s%s: %s", separator, addr, verdict_format(&c->verdict, why));
		separator = "; ";
	}
}

static int refuse_unavailable(const struct allocation_input *in, const struct allocation *allocation,
			      size_t r, struct error *err)
{
	const struct request *request = &in->requests[r];
	size_t matching = count_candidates(allocation, r, false);
	char reasons[ERROR_MSG_LEN] = "";

	if (matching == 0)
		return error_refuse(err, ALLOCATION_REFUSED,
				    "request %s: no device of this host matches %s in the registry; pcitag "
				    "probe shows what is here",
				    request->text, request->name);
	append_reasons(allocation, r, "", reasons, sizeof(reasons));
	return error_refuse(err, ALLOCATION_REFUSED, "request %s: %zu %s of this host, none free: %s",
			    request->text, matching, matching == 1 ? "device" : "devices", reasons);
}

/* Each request has an available device, but not all at once. Names the requests and the free devices. */
static int refuse_together(const struct allocation_input *in, const struct allocation *allocation,
			   struct error *err)
{
	char asked[ERROR_MSG_LEN / 2] = "", free_ones[ERROR_MSG_LEN] = "", addr[PCI_ADDR_LEN];

	for (size_t r = 0; r < in->request_count; r++)
		text_append(asked, sizeof(asked), "%s%s", r ? ", " : "", in->requests[r].text);
	for (size_t i = 0; i < allocation->count; i++) {
		const struct candidate *c = &allocation->candidates[i];

		if (!verdict_is_free(&c->verdict))
			continue;
		if (!strstr(free_ones, pci_addr_format(&c->device->addr, addr)))
			text_append(free_ones, sizeof(free_ones), "%s%s", free_ones[0] ? ", " : "", addr);
	}
	append_reasons(allocation, ANY_REQUEST, "; not free: ", free_ones, sizeof(free_ones));
	return error_refuse(
		err, ALLOCATION_REFUSED,
		"requests %s cannot all be met at once; the free devices that match any of them are: %s",
		asked, free_ones);
}

static int refuse_hopeless(const struct allocation_input *in, const struct allocation *out, struct error *err)
{
	for (size_t r = 0; r < in->request_count; r++) {
		if (allocator_check_name(in->registry, &in->requests[r], err) != 0)
			return ALLOCATION_REFUSED;
	}
	for (size_t r = 0; r < in->request_count; r++) {
		if (count_candidates(out, r, true) == 0 &&
		    !request_is_optional(in->registry, in->domain, &in->requests[r]))
			return refuse_unavailable(in, out, r, err);
	}
	return 0;
}

/* Why requests go without a device for which no wish is the reason. */
static void explain_withouts(const struct allocation_input *in, struct allocation *out)
{
	for (size_t i = 0; i < out->without_count; i++) {
		struct without *without = &out->withouts[i];
		struct error why;

		if (without->why[0])
			continue;
		if (count_candidates(out, without->request, true) == 0)
			(void)refuse_unavailable(in, out, without->request, &why);
		else
			(void)refuse_together(in, out, &why);
		strcpy(without->why, why.msg);
	}
}

/* Adds an option for a candidate. Returns the number of options. */
static size_t add_option(const struct allocation *allocation, size_t i, struct match_option *options,
			 size_t *where, size_t n)
{
	const struct candidate *c = &allocation->candidates[i];

	options[n] = (struct match_option){ .request = c->request,
					    .slot = c->device->addr,
					    .functions = c->functions };
	options[n].slot.function = 0;
	where[n] = i;
	return n + 1;
}

/* In which order a request takes its devices: well ones, then those for which units must be stopped, then
 * those that are degraded. */
enum rank { RANK_FIRST, RANK_STOPPING, RANK_DEGRADED, RANKS };

static enum rank rank_of(const struct verdict *verdict)
{
	if (verdict->availability == AVAILABLE_DEGRADED)
		return RANK_DEGRADED;
	return verdict->needs_stop ? RANK_STOPPING : RANK_FIRST;
}

/*
 * Makes the available candidates options of a matching; where[i] is the index of option i's candidate. Those
 * of a request are ordered by rank.
 */
static size_t make_options(const struct allocation *allocation, struct match_option *options, size_t *where)
{
	size_t n = 0, first = 0, later = 0;

	for (size_t i = 0; i < allocation->count; i++) {
		const struct candidate *c = &allocation->candidates[i];
		bool is_last = i + 1 == allocation->count || c[1].request != c->request;

		if (verdict_is_free(&c->verdict)) {
			if (rank_of(&c->verdict) == RANK_FIRST)
				n = add_option(allocation, i, options, where, n);
			else
				later++;
		}
		for (unsigned rank = RANK_STOPPING; is_last && later && rank < RANKS; rank++) {
			for (size_t k = first; k <= i; k++) {
				const struct verdict *verdict = &allocation->candidates[k].verdict;

				if (!verdict_is_free(verdict) || rank_of(verdict) != rank)
					continue;
				n = add_option(allocation, k, options, where, n);
				later--;
			}
		}
		if (is_last)
			first = i + 1;
	}
	return n;
}

/* Without wishes: the lowest addresses that leave each request a device. */
static int take_lowest(const struct allocation_input *in, struct allocation *out, struct error *err)
{
	CLEANUP_FREE struct match_option *options = NULL;
	CLEANUP_FREE size_t *where = NULL;
	size_t chosen[DOMAIN_REQUESTS_MAX], n;
	int rc;

	options = calloc(out->count, sizeof(*options));
	where = calloc(out->count, sizeof(*where));
	if (!options || !where)
		return error_set(err, ENOMEM, "cannot match %zu candidates", out->count);
	n = make_options(out, options, where);
	rc = assignment_find(options, n, in->request_count, chosen, err);
	if (rc == MATCH_NONE)
		return refuse_together(in, out, err);
	if (rc != 0)
		return rc;
	for (size_t r = 0; r < in->request_count; r++)
		out->candidates[where[chosen[r]]].is_chosen = true;
	return 0;
}

int allocate(const struct allocation_input *in, struct allocation *out, struct error *err)
{
	int rc;

	*out = (struct allocation){ 0 };
	if (collect(in, out, err) < 0)
		return -1;
	rc = refuse_hopeless(in, out, err);
	if (rc != 0 || in->request_count == 0)
		return rc;
	if (!choice_is_wished(in, out))
		return take_lowest(in, out, err);
	rc = choice_make(in, out, err);
	if (rc == 0)
		explain_withouts(in, out);
	return rc == CHOICE_NONE ? refuse_together(in, out, err) : rc;
}

const char *allocation_why_without(const struct allocation_input *in, const struct without *without)
{
	const char *name = in->requests[without->request].text, *why = without->why;
	static const char word[] = "request ";
	size_t len = strlen(name);

	if (strncmp(why, word, strlen(word)) != 0 || strncmp(why + strlen(word), name, len) != 0 ||
	    strncmp(why + strlen(word) + len, ": ", 2) != 0)
		return why;
	return why + strlen(word) + len + 2;
}

const struct candidate *allocation_choice(const struct allocation *allocation, size_t request)
{
	for (size_t i = 0; i < allocation->count; i++) {
		if (allocation->candidates[i].request == request && allocation->candidates[i].is_chosen)
			return &allocation->candidates[i];
	}
	return NULL;
}

static bool overlaps_any(const struct candidate *candidate, const struct candidate *const choices[],
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if ((choices[i]->functions & candidate->functions) &&
		    pci_addr_same_slot(&choices[i]->device->addr, &candidate->device->addr))
			return true;
	}
	return false;
}

bool allocation_is_lowest(const struct allocation *allocation)
{
	const struct candidate *choices[DOMAIN_REQUESTS_MAX]; /* of the requests up to here */
	size_t count = 0;

	for (size_t i = 0; i < allocation->count; i++) {
		const struct candidate *c = &allocation->candidates[i];

		/* Another one might be well. */
		if (c->is_chosen && c->verdict.availability == AVAILABLE_DEGRADED)
			return false;
		if (c->is_chosen)
			choices[count++] = c;
		else if (c->request == count && c->verdict.availability == AVAILABLE &&
			 !overlaps_any(c, choices, count))
			return false;
	}
	return true;
}

/* The choice that gives @device to the guest. NULL when the device is only another member of its group. */
static const struct candidate *giver_of(const struct allocation *allocation, const struct pci_device *device)
{
	for (size_t i = 0; i < allocation->count; i++) {
		const struct candidate *c = &allocation->candidates[i];

		if (c->is_chosen && pci_addr_same_slot(&c->device->addr, &device->addr) &&
		    (c->functions & (1U << device->addr.function)))
			return c;
	}
	return NULL;
}

static bool group_is_chosen(const struct allocation *allocation, int group)
{
	for (size_t i = 0; i < allocation->count; i++) {
		if (allocation->candidates[i].is_chosen && allocation->candidates[i].device->group == group)
			return true;
	}
	return false;
}

static int add_members(const struct topology *topology, const struct allocation *allocation,
		       struct lease *lease, struct error *err)
{
	for (size_t i = 0; i < topology->count; i++) {
		const struct pci_device *device = &topology->devices[i];
		const struct candidate *giver = giver_of(allocation, device);
		struct lease_member member = { .addr = device->addr,
					       .id = device->id,
					       .serial = device->serial,
					       .marks = device->marks,
					       .group = device->group };

		if (!pci_device_is_endpoint(device) || !group_is_chosen(allocation, device->group))
			continue;
		if (!giver && device->driver[0] == '\0')
			continue;
		member.role = giver ? MEMBER_GIVEN : MEMBER_HELD;
		strcpy(member.driver, giver ? giver->model->driver : REGISTRY_DRIVER_DEFAULT);
		member.resets = giver ? giver->model->resets : 0;
		if (giver && !(device->vgpu && device->vgpu->type))
			member.setting = giver->model->setting;
		if (giver && model_keeps_driver(giver->model))
			strcpy(member.driver, device->driver);
		/* A member that a VFIO driver has already (a variant, for example) stays bound to it. */
		if (!giver && device->is_vfio)
			strcpy(member.driver, device->driver);
		strcpy(member.previous_driver, device->driver);
		strcpy(member.previous_override, device->override);
		if (lease_add_member(lease, &member, err) < 0)
			return -1;
	}
	return 0;
}

/* What the domain wants stands above what the model says. */
static int set_options(const struct allocation_input *in, const struct model *model,
		       struct lease_grant *grant, struct error *err)
{
	const struct device_options *wish =
		in->domain ? domain_find_options(in->domain, grant->request.text) : NULL;

	if (model->options)
		grant->options = *model->options;
	if (!wish || device_options_merge(&grant->options, wish, err) == 0)
		return 0;
	return error_prefix(err, "request %s", grant->request.text);
}

/* Whether the domain wants the same device again, when it starts the next time. */
static bool is_remembered(const struct allocation_input *in, const struct request *request,
			  const struct model *model)
{
	struct wishes wishes;

	return request_wishes(in->registry, in->domain, request, &wishes, NULL) == 0 &&
	       request_prefers(&wishes, model) == WISH_PREFER_LAST;
}

int allocation_to_lease(const struct allocation_input *in, const struct allocation *allocation,
			struct lease *lease, struct error *err)
{
	for (size_t r = 0; r < in->request_count; r++) {
		const struct candidate *c = allocation_choice(allocation, r);
		struct lease_grant grant = { .request = in->requests[r] };

		if (!c && lease_add_without(lease, &grant.request, err) < 0)
			return -1;
		if (!c)
			continue;
		grant.addr = c->device->addr;
		grant.functions = c->functions;
		grant.group = c->device->group;
		grant.after_use = c->model->after_use;
		strcpy(grant.model, c->model->name);
		strcpy(grant.type, c->model->type);
		grant.is_remembered = is_remembered(in, &grant.request, c->model);
		if (set_options(in, c->model, &grant, err) < 0)
			return ALLOCATION_REFUSED;
		if (lease_add_grant(lease, &grant, err) < 0)
			return -1;
	}
	return add_members(in->topology, allocation, lease, err);
}
