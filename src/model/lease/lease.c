/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

static const char *const state_names[] = {
	[LEASE_BINDING] = "binding",	     [LEASE_BOUND] = "bound", [LEASE_RELEASING] = "releasing",
	[LEASE_QUARANTINED] = "quarantined", [LEASE_HELD] = "held",
};

static const char *const role_names[] = {
	[MEMBER_GIVEN] = "given",
	[MEMBER_HELD] = "held",
};

static const char *const way_names[] = {
	[GRANT_STARTED] = "start",
	[GRANT_ATTACHING] = "attaching",
	[GRANT_ATTACHED] = "attached",
	[GRANT_DETACHING] = "detaching",
};

static const char *const action_names[] = {
	[UNIT_STOPPED] = "stopped",
	[UNIT_STARTED] = "started",
};

const char *lease_state_name(enum lease_state state)
{
	return state_names[state];
}

int lease_state_parse(const char *text, enum lease_state *out)
{
	int i = find_name(state_names, ARRAY_SIZE(state_names), text);

	if (i < 0)
		return 1;
	*out = (enum lease_state)i;
	return 0;
}

const char *member_role_name(enum member_role role)
{
	return role_names[role];
}

int member_role_parse(const char *text, enum member_role *out)
{
	int i = find_name(role_names, ARRAY_SIZE(role_names), text);

	if (i < 0)
		return 1;
	*out = (enum member_role)i;
	return 0;
}

const char *grant_way_name(enum grant_way way)
{
	return way_names[way];
}

int grant_way_parse(const char *text, enum grant_way *out)
{
	int i = find_name(way_names, ARRAY_SIZE(way_names), text);

	if (i < 0)
		return 1;
	*out = (enum grant_way)i;
	return 0;
}

const char *unit_action_name(enum unit_action action)
{
	return action_names[action];
}

int unit_action_parse(const char *text, enum unit_action *out)
{
	int i = find_name(action_names, ARRAY_SIZE(action_names), text);

	if (i < 0)
		return 1;
	*out = (enum unit_action)i;
	return 0;
}

void lease_clear(struct lease *lease)
{
	free(lease->grants);
	free(lease->members);
	free(lease->hostdevs);
	free(lease->units);
	free(lease->nets);
	free(lease->withouts);
	free(lease->drivers);
	free(lease->note);
	free(lease->cleaning);
	*lease = (struct lease){ 0 };
}

void lease_set_note(struct lease *lease, const char *text)
{
	free(lease->note);
	lease->note = text[0] ? strndup(text, LEASE_NOTE_LEN - 1) : NULL;
}

int lease_set_cleaning(struct lease *lease, enum cleaning_state state, const char *since, const char *boot_id,
		       const char *why, struct error *err)
{
	struct cleaning *cleaning = lease->cleaning ? lease->cleaning : malloc(sizeof(*cleaning));

	if (!cleaning)
		return error_set(err, ENOMEM, "cannot note the cleaning of what domain %s has used",
				 lease->domain);
	*cleaning = (struct cleaning){ .state = state };
	snprintf(cleaning->since, sizeof(cleaning->since), "%s", since);
	snprintf(cleaning->why, sizeof(cleaning->why), "%s", why);
	if (state == CLEANING_RUNS)
		snprintf(cleaning->boot_id, sizeof(cleaning->boot_id), "%s", boot_id);
	lease->cleaning = cleaning;
	return 0;
}

void lease_drop_cleaning(struct lease *lease)
{
	free(lease->cleaning);
	lease->cleaning = NULL;
}

int lease_copy(const struct lease *lease, struct lease *out, struct error *err)
{
	*out = *lease;
	out->references = 0;
	out->grants = array_copy(lease->grants, lease->grant_count, sizeof(*out->grants));
	out->members = array_copy(lease->members, lease->member_count, sizeof(*out->members));
	out->hostdevs = array_copy(lease->hostdevs, lease->hostdev_count, sizeof(*out->hostdevs));
	out->units = array_copy(lease->units, lease->unit_count, sizeof(*out->units));
	out->nets = array_copy(lease->nets, lease->net_count, sizeof(*out->nets));
	out->withouts = array_copy(lease->withouts, lease->without_count, sizeof(*out->withouts));
	out->drivers = lease->drivers ? strdup(lease->drivers) : NULL;
	out->note = lease->note ? strdup(lease->note) : NULL;
	out->cleaning = array_copy(lease->cleaning, lease->cleaning != NULL, sizeof(*out->cleaning));
	if ((lease->cleaning && !out->cleaning) || (lease->note && !out->note) ||
	    (lease->grant_count && !out->grants) || (lease->member_count && !out->members) ||
	    (lease->hostdev_count && !out->hostdevs) || (lease->unit_count && !out->units) ||
	    (lease->net_count && !out->nets) || (lease->without_count && !out->withouts) ||
	    (lease->drivers && !out->drivers)) {
		lease_clear(out);
		return error_set(err, ENOMEM, "cannot keep the lease of domain %s", lease->domain);
	}
	return 0;
}

struct lease *lease_share(struct lease *lease, struct error *err)
{
	struct lease *shared = malloc(sizeof(*shared));

	if (!shared) {
		(void)error_set(err, ENOMEM, "cannot hold the lease of domain %s", lease->domain);
		lease_clear(lease);
		return NULL;
	}
	*shared = *lease;
	shared->references = 1;
	*lease = (struct lease){ 0 };
	return shared;
}

void lease_unref(struct lease *lease)
{
	if (!lease || --lease->references > 0)
		return;
	lease_clear(lease);
	free(lease);
}

void lease_list_clear(struct lease_list *list)
{
	bool is_last = !list->holders || --*list->holders == 0;

	for (size_t i = 0; i < list->count && is_last; i++)
		lease_unref(list->leases[i]);
	if (is_last) {
		free(list->leases);
		free(list->holders);
	}
	*list = (struct lease_list){ 0 };
}

int lease_list_share(struct lease_list *list, struct lease_list *out, struct error *err)
{
	*out = (struct lease_list){ 0 };
	if (!list->holders) {
		list->holders = malloc(sizeof(*list->holders));
		if (!list->holders)
			return error_set(err, ENOMEM, "cannot list %zu leases", list->count);
		*list->holders = 1;
	}
	++*list->holders;
	*out = *list;
	return 0;
}

/* Gives @list an array of its own. */
static int unshare(struct lease_list *list)
{
	struct lease_list own = { array_copy(list->leases, list->count, sizeof(void *)), list->count, NULL,
				  list->has_used };

	if (list->count && !own.leases)
		return -1;
	for (size_t i = 0; i < own.count; i++)
		own.leases[i]->references++;
	lease_list_clear(list);
	*list = own;
	return 0;
}

bool lease_is_of(const struct lease *lease, const char *name)
{
	return strcmp(lease->domain, name) == 0 || strcmp(lease->uuid, name) == 0;
}

int lease_add_grant(struct lease *lease, const struct lease_grant *grant, struct error *err)
{
	if (!ARRAY_APPEND(lease->grants, lease->grant_count, *grant))
		return error_set(err, ENOMEM, "cannot note the grant of %s", grant->request.text);
	return 0;
}

int lease_add_member(struct lease *lease, const struct lease_member *member, struct error *err)
{
	if (!ARRAY_APPEND(lease->members, lease->member_count, *member))
		return error_set(err, ENOMEM, "cannot note a member of group %d", member->group);
	return 0;
}

int lease_add_hostdev(struct lease *lease, const struct lease_hostdev *hostdev, struct error *err)
{
	if (!ARRAY_APPEND(lease->hostdevs, lease->hostdev_count, *hostdev))
		return error_set(err, ENOMEM, "cannot note a host device of group %d", hostdev->group);
	return 0;
}

int lease_add_unit(struct lease *lease, const struct lease_unit *unit, struct error *err)
{
	if (lease->unit_count == LEASE_UNITS_MAX)
		return error_set(err, 0, "domain %s needs more than %d units of systemd stopped or started",
				 lease->domain, LEASE_UNITS_MAX);
	if (!ARRAY_APPEND(lease->units, lease->unit_count, *unit))
		return error_set(err, ENOMEM, "cannot note the unit %s", unit->name);
	return 0;
}

int lease_add_net(struct lease *lease, const struct lease_net *net, struct error *err)
{
	if (!ARRAY_APPEND(lease->nets, lease->net_count, *net))
		return error_set(err, ENOMEM, "cannot note what a function of group %d is told", net->group);
	return 0;
}

int lease_add_without(struct lease *lease, const struct request *request, struct error *err)
{
	if (!ARRAY_APPEND(lease->withouts, lease->without_count, *request))
		return error_set(err, ENOMEM, "cannot note that %s got no device", request->text);
	return 0;
}

void lease_drop_withouts(struct lease *lease)
{
	lease->without_count = 0;
}

const struct lease_net *lease_find_net(const struct lease *lease, const struct pci_addr *addr)
{
	for (size_t i = 0; i < lease->net_count; i++) {
		if (pci_addr_equal(&lease->nets[i].addr, addr))
			return &lease->nets[i];
	}
	return NULL;
}

bool lease_has_nets(const struct lease *lease, int group)
{
	for (size_t i = 0; i < lease->net_count; i++) {
		if (lease->nets[i].group == group)
			return true;
	}
	return false;
}

void lease_drop_net(struct lease *lease, const struct pci_addr *addr)
{
	size_t kept = 0;

	for (size_t i = 0; i < lease->net_count; i++) {
		if (!pci_addr_equal(&lease->nets[i].addr, addr))
			lease->nets[kept++] = lease->nets[i];
	}
	lease->net_count = kept;
}

const struct lease_unit *lease_find_unit(const struct lease *lease, const char *name)
{
	for (size_t i = 0; i < lease->unit_count; i++) {
		if (strcmp(lease->units[i].name, name) == 0)
			return &lease->units[i];
	}
	return NULL;
}

int lease_list_add(struct lease_list *list, struct lease *lease, struct error *err)
{
	void *grown = list->holders && unshare(list) < 0
			      ? NULL
			      : array_grow(list->leases, list->count, sizeof(void *)); /* of pointers */

	if (!grown)
		return error_set(err, ENOMEM, "cannot list %zu leases", list->count + 1);
	list->leases = grown;
	list->leases[list->count++] = lease;
	lease->references++;
	return 0;
}

bool lease_holds_group(const struct lease *lease, int group)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		if (lease->members[i].group == group)
			return true;
	}
	return false;
}

bool lease_has_member(const struct lease *lease, const struct pci_addr *addr)
{
	for (size_t i = 0; i < lease->member_count; i++) {
		if (pci_addr_equal(&lease->members[i].addr, addr))
			return true;
	}
	return false;
}

static bool owns(const struct lease *lease, const struct pci_addr *addr, int group)
{
	return lease_has_member(lease, addr) || (group != PCI_NO_GROUP && lease_holds_group(lease, group));
}

const struct lease *lease_list_find_owner(const struct lease_list *list, const struct pci_addr *addr,
					  int group, const char *uuid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (owns(list->leases[i], addr, group) && strcmp(list->leases[i]->uuid, uuid) != 0)
			return list->leases[i];
	}
	return NULL;
}

static bool names(const struct lease *lease, const struct pci_addr *addr, int group)
{
	for (size_t i = 0; i < lease->hostdev_count; i++) {
		const struct lease_hostdev *hostdev = &lease->hostdevs[i];

		if (pci_addr_equal(&hostdev->addr, addr) ||
		    (group != PCI_NO_GROUP && hostdev->group == group))
			return true;
	}
	return false;
}

const struct lease *lease_list_find_hostdev(const struct lease_list *list, const struct pci_addr *addr,
					    int group, const char *uuid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (names(list->leases[i], addr, group) && strcmp(list->leases[i]->uuid, uuid) != 0)
			return list->leases[i];
	}
	return NULL;
}

static bool is_same(const struct request *a, const struct request *b)
{
	return strcmp(a->owner, b->owner) == 0 && strcmp(a->text, b->text) == 0;
}

const struct lease *lease_list_find_placeholder(const struct lease_list *list, const struct request *request)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct lease *lease = list->leases[i];

		for (size_t g = 0; g < lease->grant_count; g++) {
			if (is_same(&lease->grants[g].request, request))
				return lease;
		}
		for (size_t w = 0; w < lease->without_count; w++) {
			if (is_same(&lease->withouts[w], request))
				return lease;
		}
	}
	return NULL;
}

void lease_drop_member(struct lease *lease, size_t index)
{
	lease->member_count--;
	memmove(&lease->members[index], &lease->members[index + 1],
		(lease->member_count - index) * sizeof(*lease->members));
}

void lease_drop_ended_grants(struct lease *lease)
{
	size_t kept = 0;

	for (size_t i = 0; i < lease->grant_count; i++) {
		if (lease_holds_group(lease, lease->grants[i].group))
			lease->grants[kept++] = lease->grants[i];
	}
	lease->grant_count = kept;
}

bool lease_is_empty(const struct lease *lease)
{
	return lease->grant_count == 0 && lease->member_count == 0 && lease->hostdev_count == 0 &&
	       lease->unit_count == 0 && lease->without_count == 0;
}

struct lease_grant *lease_find_function(const struct lease *lease, const struct pci_addr *addr)
{
	for (size_t i = 0; i < lease->grant_count; i++) {
		struct lease_grant *grant = &lease->grants[i];

		if (pci_addr_same_slot(&grant->addr, addr) && (grant->functions & (1U << addr->function)))
			return grant;
	}
	return NULL;
}

struct lease_grant *lease_find_request(const struct lease *lease, const char *request)
{
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (strcmp(lease->grants[i].request.text, request) == 0)
			return &lease->grants[i];
	}
	return NULL;
}

/* Replaces *drivers with a copy of @list. */
static int copy_drivers(char **drivers, const char *list, struct error *err)
{
	char *copy = strdup(list);

	if (!copy)
		return error_set(err, ENOMEM, "cannot note the drivers of the kernel");
	free(*drivers);
	*drivers = copy;
	return 0;
}

/*
 * The newer list of drivers applies to all members. When in doubt, a member that had no driver stays without
 * one.
 */
int lease_append(struct lease *lease, const struct lease *more, struct error *err)
{
	size_t grants = lease->grant_count, members = lease->member_count, units = lease->unit_count;
	size_t nets = lease->net_count;
	int rc = 0;

	if (more->drivers && copy_drivers(&lease->drivers, more->drivers, err) < 0)
		return -1;

	for (size_t i = 0; i < more->grant_count && rc == 0; i++)
		rc = lease_add_grant(lease, &more->grants[i], err);
	for (size_t i = 0; i < more->member_count && rc == 0; i++)
		rc = lease_add_member(lease, &more->members[i], err);
	for (size_t i = 0; i < more->unit_count && rc == 0; i++)
		rc = lease_add_unit(lease, &more->units[i], err);
	for (size_t i = 0; i < more->net_count && rc == 0; i++)
		rc = lease_add_net(lease, &more->nets[i], err);
	if (rc < 0) {
		lease->grant_count = grants;
		lease->member_count = members;
		lease->unit_count = units;
		lease->net_count = nets;
	}
	return rc;
}

int lease_copy_group(const struct lease *lease, int group, struct lease *out, struct error *err)
{
	*out = (struct lease){ .daemon = lease->daemon, .state = lease->state, .since = lease->since };
	strcpy(out->uuid, lease->uuid);
	strcpy(out->domain, lease->domain);
	strcpy(out->boot_id, lease->boot_id);
	if (lease->drivers && copy_drivers(&out->drivers, lease->drivers, err) < 0)
		return -1;
	for (size_t i = 0; i < lease->grant_count; i++) {
		if (lease->grants[i].group == group && lease_add_grant(out, &lease->grants[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < lease->member_count; i++) {
		if (lease->members[i].group == group && lease_add_member(out, &lease->members[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < lease->unit_count; i++) {
		if (lease->units[i].group == group && lease_add_unit(out, &lease->units[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < lease->net_count; i++) {
		if (lease->nets[i].group == group && lease_add_net(out, &lease->nets[i], err) < 0)
			return -1;
	}
	return 0;
}

void lease_drop_units(struct lease *lease, int group)
{
	size_t kept = 0;

	for (size_t i = 0; i < lease->unit_count; i++) {
		if (lease->units[i].group != group)
			lease->units[kept++] = lease->units[i];
	}
	lease->unit_count = kept;
}

void lease_drop_group(struct lease *lease, int group)
{
	for (size_t i = lease->member_count; i-- > 0;) {
		if (lease->members[i].group != group)
			continue;
		lease_drop_net(lease, &lease->members[i].addr);
		lease_drop_member(lease, i);
	}
	lease_drop_ended_grants(lease);
}
