/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/cluster/setup.h"

#include <stdio.h>
#include <string.h>

#include "flow/cluster/members.h"
#include "flow/cluster/order.h"
#include "host/cluster/pacemaker.h"

#define CAPACITY "pcitag-capacity"

struct setup {
	struct cluster_members domains;
	struct cluster_script *script; /* the caller's */
};

static void setup_clear(struct setup *setup)
{
	cluster_members_clear(&setup->domains);
}

enum cluster_shell cluster_setup_shell(void)
{
	return cluster_has(CLUSTER_PCS) || !cluster_has(CLUSTER_CRM) ? CLUSTER_SHELL_PCS : CLUSTER_SHELL_CRM;
}

static bool is_pcs(const struct setup *setup)
{
	return setup->script->shell == CLUSTER_SHELL_PCS;
}

static int set_strategy(struct setup *setup, struct error *err)
{
	if (setup->domains.config.places_by_numbers)
		return 0;
	return cluster_script_add(setup->script, err,
				  is_pcs(setup) ? "property set placement-strategy=utilization"
						: "configure property placement-strategy=utilization");
}

static int make_capacity(struct setup *setup, struct error *err)
{
	struct cluster_config *config = &setup->domains.config;

	if (config->capacity_clone[0])
		return 0;
	if (!config->capacity[0] && is_pcs(setup)) {
		strcpy(config->capacity_clone, CAPACITY "-clone");
		return cluster_script_add(setup->script, err,
					  "resource create " CAPACITY
					  " ocf:pcitag:capacity op monitor interval=30s timeout=60s clone");
	}
	if (!config->capacity[0]) {
		strcpy(config->capacity, CAPACITY);
		if (cluster_script_add(setup->script, err,
				       "configure primitive " CAPACITY
				       " ocf:pcitag:capacity op monitor interval=30s timeout=60s") < 0)
			return -1;
	}
	snprintf(config->capacity_clone, sizeof(config->capacity_clone), "%.100s-clone", config->capacity);
	if (is_pcs(setup))
		return cluster_script_add(setup->script, err, "resource clone %s", config->capacity);
	return cluster_script_add(setup->script, err, "configure clone %s %s", config->capacity_clone,
				  config->capacity);
}

static int append_demand(struct cluster_command *command, const struct fleet_counts *demand,
			 struct error *err)
{
	for (size_t i = 0; i < demand->count; i++) {
		if (cluster_command_add(command, err, FLEET_PREFIX "%s=%u", demand->items[i].name,
					demand->items[i].value) < 0)
			return -1;
	}
	return 0;
}

/*
 * A path may have blanks; it is one word. pcs sets the utilization by a command of its own: until then the
 * resource must not start, because it would be placed on any node.
 */
static int make_resource(struct setup *setup, const struct cluster_member *member, struct error *err)
{
	struct cluster_command *command = cluster_script_begin(setup->script, err);
	char config[CLUSTER_PATH_LEN + 8];

	snprintf(config, sizeof(config), "config=%s", member->path);
	if (!command || cluster_command_add(command, err,
					    is_pcs(setup) ? "resource create %s ocf:pcitag:Domain"
							  : "configure primitive %s ocf:pcitag:Domain params",
					    member->id) < 0)
		return -1;
	if (cluster_command_add_word(command, config, err) < 0 ||
	    cluster_command_add(command, err, "meta allow-migrate=false") < 0)
		return -1;
	if (!member->demand.count)
		return 0;
	if (is_pcs(setup)) {
		if (cluster_command_add(command, err, "--disabled") < 0)
			return -1;
		command = cluster_script_begin(setup->script, err);
		if (!command || cluster_command_add(command, err, "resource utilization %s", member->id) < 0)
			return -1;
	} else if (cluster_command_add(command, err, "utilization") < 0) {
		return -1;
	}
	return append_demand(command, &member->demand, err);
}

/* Sets one number; 0 removes it. */
static int set_number(struct setup *setup, const struct cluster_member *member, const char *name,
		      unsigned value, struct cluster_command **pcs, struct error *err)
{
	if (!is_pcs(setup))
		return value ? cluster_script_add(setup->script, err,
						  "resource utilization %s set " FLEET_PREFIX "%s %u",
						  member->id, name, value)
			     : cluster_script_add(setup->script, err,
						  "resource utilization %s delete " FLEET_PREFIX "%s",
						  member->id, name);
	if (!*pcs) {
		*pcs = cluster_script_begin(setup->script, err);
		if (!*pcs || cluster_command_add(*pcs, err, "resource utilization %s", member->id) < 0)
			return -1;
	}
	return value ? cluster_command_add(*pcs, err, FLEET_PREFIX "%s=%u", name, value)
		     : cluster_command_add(*pcs, err, FLEET_PREFIX "%s=", name);
}

static int update_resource(struct setup *setup, const struct cluster_member *member, struct error *err)
{
	const struct fleet_counts *had = &member->resource->utilization;
	struct cluster_command *pcs = NULL;

	for (size_t i = 0; i < member->demand.count; i++) {
		const struct fleet_count *count = &member->demand.items[i];

		if (fleet_counts_get(had, count->name) != count->value &&
		    set_number(setup, member, count->name, count->value, &pcs, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < had->count; i++) {
		const char *name = had->items[i].name;

		if (fleet_counts_get(&member->demand, name) == 0 &&
		    set_number(setup, member, name, 0, &pcs, err) < 0)
			return -1;
	}
	return 0;
}

/* By the administrator, or by a run of cluster setup that did not come to its end: only they know which. */
static int remark_disabled(struct setup *setup, const struct cluster_member *member, struct error *err)
{
	if (!member->resource || !member->resource->is_disabled || !member->demand.count)
		return 0;
	return cluster_script_remark(setup->script, err, "resource %s is disabled; if it should run: %s %s",
				     member->id, is_pcs(setup) ? "pcs resource enable" : "crm resource start",
				     member->id);
}

static int order_behind_capacity(struct setup *setup, const struct cluster_member *member, struct error *err)
{
	char text[2 * CLUSTER_NAME_LEN + 4];

	if (!member->domain.request_count)
		return 0;
	snprintf(text, sizeof(text), "%s > %s", setup->domains.config.capacity_clone, member->id);
	if (cluster_find_order(&setup->domains.config, NULL, text))
		return 0;
	if (is_pcs(setup))
		return cluster_script_add(setup->script, err,
					  "constraint order start %s then start %s kind=Optional",
					  setup->domains.config.capacity_clone, member->id);
	return cluster_script_add(setup->script, err, "configure order pcitag-%s Optional: %s %s", member->id,
				  setup->domains.config.capacity_clone, member->id);
}

static int make_resources(struct setup *setup, struct error *err)
{
	for (size_t i = 0; i < setup->domains.count; i++) {
		const struct cluster_member *member = &setup->domains.members[i];
		int rc = member->resource ? update_resource(setup, member, err)
					  : make_resource(setup, member, err);

		if (rc < 0 || remark_disabled(setup, member, err) < 0 ||
		    order_behind_capacity(setup, member, err) < 0)
			return -1;
	}
	return 0;
}

/* Those that make_resource() has made, when all that they depend on is there. */
static int enable_resources(struct setup *setup, struct error *err)
{
	for (size_t i = 0; i < setup->domains.count && is_pcs(setup); i++) {
		const struct cluster_member *member = &setup->domains.members[i];

		if (!member->resource && member->demand.count &&
		    cluster_script_add(setup->script, err, "resource enable %s", member->id) < 0)
			return -1;
	}
	return 0;
}

int flow_cluster_setup(const struct paths *paths, enum cluster_shell shell, const char *files,
		       struct cluster_script *out, struct error *err)
{
	CLEANUP(setup_clear) struct setup setup = { .script = out };

	*out = (struct cluster_script){ .shell = shell };
	if (cluster_members_read(paths, files, &setup.domains, out, err) < 0 ||
	    set_strategy(&setup, err) < 0 || make_capacity(&setup, err) < 0 ||
	    make_resources(&setup, err) < 0 || cluster_order_narrow_first(&setup.domains, out, err) < 0)
		return -1;
	return enable_resources(&setup, err);
}

int flow_cluster_apply(const struct cluster_script *script, size_t *done, struct error *err)
{
	for (*done = 0; *done < script->count; (*done)++) {
		if (cluster_run(script->commands[*done].words, err) < 0)
			return -1;
	}
	return 0;
}
