/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/units.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/array.h"
#include "base/log.h"
#include "flow/assign/observe.h"
#include "host/in_use/in_use.h"
#include "host/in_use/unit_holders.h"

/* Time for systemd to tell the states of units. */
#define STATES_MS 5000

/* Interval at which it is checked whether processes that are ending have closed the devices. */
#define HELD_POLL_MS 200

/* Time for a display manager's sessions to end with it. */
#define SESSION_MS 3000

/* Time that each unit has to be started or stopped again, whatever was left for the devices. */
#define UNDO_MS 3000
#define UNDO_POLL_MS 200

/* ---- whether units may help -------------------------------------------------------------------------- */

bool units_may_help(const struct host_state *host)
{
	for (size_t i = 0; i < host->allocation.count; i++) {
		const struct candidate *c = &host->allocation.candidates[i];
		const struct pci_device *culprit;

		if (!c->model->stop_units.count || c->verdict.availability != UNAVAILABLE_HOST_USE)
			continue;
		culprit = topology_find(&host->topology, &c->verdict.culprit);
		if (culprit && culprit->is_held)
			return true;
	}
	return false;
}

/* ---- who holds what ---------------------------------------------------------------------------------- */

/* In memory shared with the process that looks. */
struct result {
	struct progress progress;
	size_t count;
	struct unit_holder_found found[UNIT_HOLDERS_MAX];
};

struct order {
	const struct paths *paths;
	const struct sysfs *sysfs;
	const struct topology *topology;
	const struct progress_skips *skips;
	struct result *result;
};

static int find_holders(const void *arg, struct error *err)
{
	const struct order *order = arg;

	progress_begin(&order->result->progress, order->skips);
	return unit_holders_find(order->sysfs, order->paths->proc, order->paths->sessions, order->topology,
				 order->result->found, &order->result->count, err);
}

/* Gives each device its holders: copied in the order of the devices. */
static int hand_out(const struct result *result, struct host_state *host, struct error *err)
{
	size_t used = 0;

	host->holders = calloc(result->count + 1, sizeof(*host->holders));
	if (!host->holders)
		return error_set(err, ENOMEM, "cannot list %zu processes", result->count);
	for (size_t d = 0; d < host->topology.count; d++) {
		struct pci_device *device = &host->topology.devices[d];

		device->holders = &host->holders[used];
		for (size_t i = 0; i < result->count; i++) {
			if (result->found[i].device == d)
				host->holders[used++] = result->found[i].holder;
		}
		device->holder_count = (size_t)(&host->holders[used] - device->holders);
	}
	return 0;
}

static int look_for_holders(const struct paths *paths, const struct sysfs *sysfs, struct host_state *host,
			    struct error *err)
{
	struct progress_skips skips = { 0 };
	struct order order = { paths, sysfs, &host->topology, &skips, NULL };
	int rc;

	order.result =
		mmap(NULL, sizeof(*order.result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (order.result == MAP_FAILED)
		return error_set(err, errno, "cannot look for what holds devices");
	rc = observe_run(find_holders, &order, &order.result->progress, OBSERVE_PATIENTLY_MS, &skips, err);
	if (rc == 0)
		rc = hand_out(order.result, host, err);
	(void)munmap(order.result, sizeof(*order.result));
	return rc < 0 ? -1 : 0;
}

/* ---- what systemd says ------------------------------------------------------------------------------- */

static struct unit_state *find_state(struct unit_state *units, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

static int want_state(struct unit_state **units, size_t *count, const char *name, struct error *err)
{
	struct unit_state *unit;

	if (find_state(*units, *count, name))
		return 0;
	unit = ARRAY_ADD(*units, *count);
	if (!unit)
		return error_set(err, ENOMEM, "cannot list %zu units", *count + 1);
	snprintf(unit->name, sizeof(unit->name), "%s", name);
	return 0;
}

/* True for a model that a request might be met with; where nothing is requested, for each. */
static bool is_wanted(const struct host_state *host, const struct model *model)
{
	for (size_t i = 0; i < host->allocation.count; i++) {
		if (host->allocation.candidates[i].model == model)
			return true;
	}
	return !host->allocation.count;
}

/* The units of all models that are wanted. */
static int read_stop_units(struct host_state *host, struct error *err)
{
	for (size_t i = 0; i < host->registry.count; i++) {
		const struct model *model = &host->registry.models[i];

		for (size_t k = 0; k < model->stop_units.count && is_wanted(host, model); k++) {
			if (want_state(&host->units, &host->unit_count, model->stop_units.items[k], err) < 0)
				return -1;
		}
	}
	return unit_program_read(host->units, host->unit_count, deadline_in(STATES_MS), err);
}

/* A control group has a unit's own name, and a registry may have another: display-manager.service. */
static void resolve_aliases(struct host_state *host, size_t holders)
{
	for (size_t i = 0; i < holders; i++) {
		struct unit_holder *holder = &host->holders[i];

		for (size_t k = 0; k < host->unit_count; k++) {
			const struct unit_state *unit = &host->units[k];

			if (strcmp(unit->id, unit->name) != 0 &&
			    (strcmp(unit->id, holder->unit) == 0 || strcmp(unit->id, holder->starter) == 0))
				memcpy(holder->alias, unit->name, sizeof(holder->alias));
		}
	}
}

static const struct unit_holder *find_unlisted(const struct model *model, const struct pci_device *device)
{
	for (size_t i = 0; i < device->holder_count; i++) {
		if (!model_stops(model, &device->holders[i]))
			return &device->holders[i];
	}
	return NULL;
}

/* Of several processes, a refusal names the one that no unit accounts for. */
static void name_unlisted(struct host_state *host)
{
	for (size_t i = 0; i < host->allocation.count; i++) {
		const struct candidate *c = &host->allocation.candidates[i];

		for (size_t d = 0; d < host->topology.count && c->model->stop_units.count; d++) {
			struct pci_device *device = &host->topology.devices[d];
			const struct unit_holder *holder = find_unlisted(c->model, device);

			if (device->group == c->device->group && device->is_held && holder)
				(void)use_text(device->host_use,
					       "process %d (%s) has %s open, and %s is not in stop_units",
					       (int)holder->pid, holder->command, holder->node,
					       holder->unit[0] ? holder->unit : "its unit");
		}
	}
}

int units_look(const struct paths *paths, const struct sysfs *sysfs, struct host_state *host,
	       struct error *err)
{
	size_t holders = 0;

	if (read_stop_units(host, err) < 0 || look_for_holders(paths, sysfs, host, err) < 0)
		return -1;
	for (size_t i = 0; i < host->topology.count; i++)
		holders += host->topology.devices[i].holder_count;
	resolve_aliases(host, holders);
	name_unlisted(host);
	return 0;
}

bool units_give_choice(const struct paths *paths, const struct sysfs *sysfs, struct host_state *host,
		       const char *domain)
{
	struct error why;

	if (!units_may_help(host))
		return false;
	if (units_look(paths, sysfs, host, &why) < 0) {
		log_warning("domain '%s': what its stop_units hold cannot be told: %s", domain, why.msg);
		return false;
	}
	host_state_forget_leases(host);
	return true;
}

/* ---- the units of a choice --------------------------------------------------------------------------- */

/* Iterates over the members of the choice's group that processes hold and units can free. @choice: NULL for a
 * request that goes without a device */
static const struct pci_device *next_held(const struct host_state *host, const struct candidate *choice,
					  const struct pci_device *previous)
{
	if (!choice)
		return NULL;
	do {
		previous = topology_next_member(&host->topology, choice->device->group, previous);
	} while (previous && !allocator_lets_go(choice->model, previous));
	return previous;
}

/* Returns the process of the choice's group that needs this unit to be stopped, or NULL. */
static const struct unit_holder *find_holder(const struct host_state *host, const struct candidate *choice,
					     const char *name)
{
	const struct pci_device *device = NULL;

	while ((device = next_held(host, choice, device))) {
		for (size_t i = 0; i < device->holder_count; i++) {
			if (strcmp(model_stops(choice->model, &device->holders[i]), name) == 0)
				return &device->holders[i];
		}
	}
	return NULL;
}

static int add_unit(struct lease *lease, const char *name, enum unit_action action, int group,
		    struct error *err)
{
	struct lease_unit unit = { .action = action, .group = group };

	if (lease_find_unit(lease, name))
		return 0;
	snprintf(unit.name, sizeof(unit.name), "%s", name);
	return lease_add_unit(lease, &unit, err);
}

static int choose_stops(const struct host_state *host, const struct candidate *choice, struct lease *lease,
			struct error *err)
{
	const struct pattern_list *list = &choice->model->stop_units;

	for (size_t i = 0; i < list->count; i++) {
		const struct unit_state *state = find_state(host->units, host->unit_count, list->items[i]);

		if (!state || !unit_state_is_active(state) || !find_holder(host, choice, list->items[i]))
			continue;
		if (add_unit(lease, state->id, UNIT_STOPPED, choice->device->group, err) < 0)
			return -1;
	}
	return 0;
}

static int want_starts(const struct candidate *choice, struct unit_state **units, size_t *count,
		       struct error *err)
{
	const struct pattern_list *list = &choice->model->start_units;
	char addr[PCI_ADDR_LEN], name[UNIT_NAME_LEN];

	pci_addr_format(&choice->device->addr, addr);
	for (size_t i = 0; i < list->count; i++) {
		if (!unit_name_instantiate(list->items[i], addr, name))
			return error_set(err, 0, "the instance of %.100s for %s has too long a name",
					 list->items[i], addr);
		if (want_state(units, count, name, err) < 0)
			return -1;
	}
	return 0;
}

/* True when another domain's start has started this unit: it stays for as long as one of them has it. */
static bool is_started_for_another(const struct lease_list *leases, const char *uuid, const char *name)
{
	for (size_t i = 0; i < leases->count; i++) {
		const struct lease_unit *unit = lease_find_unit(leases->leases[i], name);

		if (unit && unit->action == UNIT_STARTED && strcmp(leases->leases[i]->uuid, uuid) != 0)
			return true;
	}
	return false;
}

static int add_starts(const struct host_state *host, const struct domain *domain,
		      const struct candidate *choice, struct unit_state *units, size_t count,
		      struct lease *lease, struct error *err)
{
	const struct pattern_list *list = &choice->model->start_units;
	char addr[PCI_ADDR_LEN], name[UNIT_NAME_LEN];

	pci_addr_format(&choice->device->addr, addr);
	for (size_t i = 0; i < list->count; i++) {
		const struct unit_state *state;

		(void)unit_name_instantiate(list->items[i], addr, name);
		state = find_state(units, count, name);
		if (!state || (unit_state_is_active(state) &&
			       !is_started_for_another(&host->leases, domain->uuid, state->id)))
			continue;
		if (add_unit(lease, state->id, UNIT_STARTED, choice->device->group, err) < 0)
			return -1;
	}
	return 0;
}

static int choose_starts(const struct host_state *host, const struct domain *domain, struct lease *lease,
			 struct error *err)
{
	CLEANUP_FREE struct unit_state *units = NULL;
	size_t count = 0;
	int rc = 0;

	for (size_t r = 0; r < domain->request_count && rc == 0; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		rc = choice ? want_starts(choice, &units, &count, err) : 0;
	}
	if (rc == 0)
		rc = unit_program_read(units, count, deadline_in(STATES_MS), err);
	for (size_t r = 0; r < domain->request_count && rc == 0; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		rc = choice ? add_starts(host, domain, choice, units, count, lease, err) : 0;
	}
	return rc;
}

static bool needs_stop(const struct host_state *host, const struct domain *domain)
{
	for (size_t r = 0; r < domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		if (choice && choice->verdict.needs_stop)
			return true;
	}
	return false;
}

bool units_are_named(const struct host_state *host, const struct domain *domain)
{
	for (size_t r = 0; r < domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		if (choice && (choice->verdict.needs_stop || choice->model->start_units.count))
			return true;
	}
	return false;
}

int units_choose(const struct host_state *host, const struct domain *domain, struct lease *lease,
		 struct error *err)
{
	for (size_t r = 0; r < domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		if (choice && choice->verdict.needs_stop && choose_stops(host, choice, lease, err) < 0)
			return -1;
	}
	return choose_starts(host, domain, lease, err);
}

/* The session may be that of another process than the one that is named. */
static void find_session(const struct host_state *host, const struct lease_unit *unit,
			 struct unit_reason *out)
{
	for (size_t d = 0; d < host->topology.count; d++) {
		const struct pci_device *device = &host->topology.devices[d];

		for (size_t i = 0; i < device->holder_count; i++) {
			const struct unit_holder *holder = &device->holders[i];

			if (!holder->has_session || strcmp(holder->starter, unit->name) != 0)
				continue;
			out->ends_session = true;
			out->uid = holder->uid;
			return;
		}
	}
}

void units_explain(const struct host_state *host, const struct lease_unit *unit, struct unit_reason *out)
{
	*out = (struct unit_reason){ .listed = unit->name };
	for (size_t i = 0; i < host->allocation.count && unit->action == UNIT_STOPPED; i++) {
		const struct candidate *c = &host->allocation.candidates[i];

		for (size_t k = 0; c->is_chosen && k < host->unit_count && !out->holder; k++) {
			if (strcmp(host->units[k].id, unit->name) != 0)
				continue;
			out->holder = find_holder(host, c, host->units[k].name);
			out->listed = host->units[k].name;
		}
	}
	if (unit->action == UNIT_STOPPED)
		find_session(host, unit, out);
}

/* ---- stopping and starting --------------------------------------------------------------------------- */

static int apply_unit(const struct host_state *host, const struct lease *lease, const struct lease_unit *unit,
		      struct deadline deadline, struct error *err)
{
	struct unit_reason why;

	if (unit->action == UNIT_STARTED) {
		log_info("domain '%s': starting %s", lease->domain, unit->name);
		return unit_program_start(unit->name, deadline, err);
	}
	units_explain(host, unit, &why);
	if (why.holder)
		log_warning("domain '%s': stopping %s: process %d (%s) has %s open", lease->domain,
			    unit->name, (int)why.holder->pid, why.holder->command, why.holder->node);
	return unit_program_stop(unit->name, deadline, err);
}

struct again {
	const struct paths *paths;
	const struct sysfs *sysfs;
	const struct host_state *host;
	const struct domain *domain;
	const struct lease *lease;
};

/* Those functions once more that processes held, as they were before but for what uses them. */
static int look_again(const void *arg, struct observation *out, struct error *err)
{
	const struct again *again = arg;

	for (size_t r = 0; r < again->domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&again->host->allocation, r);
		const struct pci_device *device = NULL;

		while ((device = next_held(again->host, choice, device))) {
			struct pci_device fresh = *device;

			fresh.host_use[0] = '\0';
			fresh.is_held = fresh.is_console_input = false;
			fresh.holders = NULL;
			fresh.holder_count = 0;
			if (topology_add(&out->topology, &fresh, err) < 0)
				return -1;
		}
	}
	topology_sort(&out->topology);
	return in_use_scan(again->sysfs, again->paths->proc, &out->topology, err);
}

/* Returns 0, -1, or FLOW_REFUSED with *err saying who has a device. */
static int check_free(const struct again *again, struct error *err)
{
	struct progress_skips skips = { 0 };
	struct observation found;
	char addr[PCI_ADDR_LEN];
	int rc = observe(look_again, again, OBSERVE_PATIENTLY_MS, &skips, &found, err);

	for (size_t i = 0; rc == 0 && i < found.topology.count; i++) {
		const struct pci_device *device = &found.topology.devices[i];

		pci_addr_format(&device->addr, addr);
		if (device->host_use[0])
			rc = error_refuse(err, FLOW_REFUSED, "%s is still used by the host: %s", addr,
					  device->host_use);
	}
	topology_clear(&found.topology);
	if (rc == 0 && skips.count)
		return error_refuse(err, FLOW_REFUSED, "what uses the devices cannot be told in time");
	return rc;
}

/*
 * Stops the sessions of @device's holders that a stopped unit has begun and left behind, as loginctl
 * terminate-session does. What becomes of it is seen at the next look.
 */
static void end_sessions(const struct again *again, const struct pci_device *device, struct deadline deadline)
{
	for (size_t i = 0; i < device->holder_count; i++) {
		const struct unit_holder *holder = &device->holders[i];
		struct error why;

		if (!holder->has_session || !lease_find_unit(again->lease, holder->starter) ||
		    (i > 0 && strcmp(holder->scope, holder[-1].scope) == 0))
			continue;
		log_warning("domain '%s': stopping %s, which %s has left behind: process %d (%s) has %s open",
			    again->lease->domain, holder->scope, holder->starter, (int)holder->pid,
			    holder->command, holder->node);
		if (unit_program_stop(holder->scope, deadline, &why) != 0)
			log_warning("domain '%s': %s", again->lease->domain, why.msg);
	}
}

static void end_all_sessions(const struct again *again, struct deadline deadline)
{
	for (size_t r = 0; r < again->domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&again->host->allocation, r);
		const struct pci_device *device = NULL;

		while ((device = next_held(again->host, choice, device)))
			end_sessions(again, device, deadline);
	}
}

/* A session ends after its display manager, and a user's manager ten seconds later (logind.conf(5)). */
static int await_free(const struct again *again, struct deadline deadline, struct error *err)
{
	struct deadline by_itself = deadline_in(SESSION_MS);
	bool are_ended = false;
	int rc;

	while ((rc = check_free(again, err)) == FLOW_REFUSED && deadline_left(deadline)) {
		if (!are_ended && !deadline_left(by_itself)) {
			end_all_sessions(again, deadline);
			are_ended = true;
		}
		sleep_ms(HELD_POLL_MS);
	}
	return rc ? error_prefix(err, "its units have stopped, but") : 0;
}

int units_apply(const struct paths *paths, const struct sysfs *sysfs, const struct host_state *host,
		const struct domain *domain, const struct lease *lease, struct deadline deadline,
		struct error *err)
{
	const struct again again = { paths, sysfs, host, domain, lease };

	for (size_t i = 0; i < lease->unit_count && lease->units[i].action == UNIT_STOPPED; i++) {
		if (apply_unit(host, lease, &lease->units[i], deadline, err) != 0)
			return error_prefix(err, "cannot free its devices");
	}
	if (needs_stop(host, domain) && await_free(&again, deadline, err) < 0)
		return -1;
	for (size_t i = 0; i < lease->unit_count; i++) {
		if (lease->units[i].action == UNIT_STARTED &&
		    apply_unit(host, lease, &lease->units[i], deadline, err) != 0)
			return error_prefix(err, "cannot start what its devices need");
	}
	return 0;
}

/* ---- undoing ----------------------------------------------------------------------------------------- */

/* Returns 1 when another lease has started it, 0 when none has, or -1. */
static int has_another(const struct lease_store *store, const struct lease *lease, const char *name,
		       struct error *err)
{
	CLEANUP(lease_list_clear) struct lease_list leases = { 0 };

	if (lease_store_load_all(store, &leases, err) != 0)
		return -1;
	return is_started_for_another(&leases, lease->uuid, name);
}

/* Of undo_unit(): it stays as it is. */
#define UNDO_NEEDED 2

static int undo_once(const struct lease_store *store, const struct lease *lease,
		     const struct lease_unit *unit, struct deadline deadline, struct error *err)
{
	int rc;

	if (unit->action == UNIT_STOPPED)
		return unit_program_start(unit->name, deadline, err);
	rc = has_another(store, lease, unit->name, err);
	if (rc != 0)
		return rc < 0 ? -1 : UNDO_NEEDED;
	return unit_program_stop(unit->name, deadline, err);
}

/* What cannot be asked at this moment, because systemd reloads itself, can be asked again. */
static int undo_unit(const struct lease_store *store, const struct lease *lease,
		     const struct lease_unit *unit, struct deadline deadline, struct error *err)
{
	int rc;

	while ((rc = undo_once(store, lease, unit, deadline, err)) < 0 && deadline_left(deadline))
		sleep_ms(UNDO_POLL_MS);
	return rc;
}

static void log_undone(const struct lease *lease, const struct lease_unit *unit, int rc,
		       const struct error *why)
{
	const char *what = unit->action == UNIT_STOPPED ? "started" : "stopped";

	if (rc == UNDO_NEEDED)
		log_info("domain '%s': %s stays: another domain needs it", lease->domain, unit->name);
	else if (rc != 0)
		log_warning("domain '%s': its devices are back, but %s is not %s again: %s", lease->domain,
			    unit->name, what, why->msg);
	else
		log_info("domain '%s': %s is %s again", lease->domain, unit->name, what);
}

void units_undo(const struct lease_store *store, struct lease *lease, struct deadline deadline)
{
	for (; lease->unit_count > 0; lease->unit_count--) {
		const struct lease_unit *unit = &lease->units[lease->unit_count - 1];
		struct deadline own = deadline_in(UNDO_MS);
		struct error err;

		if (deadline_left(deadline) > UNDO_MS)
			own = deadline;
		log_undone(lease, unit, undo_unit(store, lease, unit, own, &err), &err);
	}
}
