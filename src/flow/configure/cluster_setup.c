/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/cluster_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/fileio.h"
#include "host/cluster/pacemaker.h"
#include "host/config/registry_ini.h"
#include "host/xml/domain.h"
#include "model/allocate/allocator.h"
#include "model/fleet/demand.h"

#define CAPACITY "pcitag-capacity"
#define NARROW_FIRST "pcitag-narrow-first"

/* A domain of the cluster, or one that is to be. */
struct member {
	char path[CLUSTER_PATH_LEN];
	char id[CLUSTER_NAME_LEN];		 /* of its resource */
	const struct cluster_resource *resource; /* NULL: it has none yet */
	struct domain domain;			 /* owned */
	struct fleet_counts demand;		 /* owned */
	size_t layer;				 /* in the order of starts */
	bool is_ordered;			 /* it starts before or after another one */
};

struct work {
	struct registry registry;
	struct cluster_config config;
	struct member *members; /* owned */
	size_t count;
	struct cluster_setup *setup;
};

static void work_clear(struct work *work)
{
	for (size_t i = 0; i < work->count; i++) {
		domain_clear(&work->members[i].domain);
		fleet_counts_clear(&work->members[i].demand);
	}
	free(work->members);
	cluster_config_clear(&work->config);
	registry_clear(&work->registry);
}

void cluster_setup_clear(struct cluster_setup *setup)
{
	for (size_t i = 0; i < setup->count; i++) {
		for (size_t k = 0; k < setup->commands[i].count; k++)
			free(setup->commands[i].words[k]);
		free(setup->commands[i].words);
	}
	free(setup->commands);
	for (size_t i = 0; i < setup->remark_count; i++)
		free(setup->remarks[i]);
	free(setup->remarks);
	*setup = (struct cluster_setup){ 0 };
}

enum cluster_shell cluster_setup_shell(void)
{
	return cluster_has(CLUSTER_PCS) || !cluster_has(CLUSTER_CRM) ? CLUSTER_SHELL_PCS : CLUSTER_SHELL_CRM;
}

/* ---- commands --------------------------------------------------------------------------------------- */

static int no_memory(struct error *err)
{
	return error_set(err, ENOMEM, "cannot hold the commands for the cluster");
}

/* Adds a word; the array always ends with NULL. */
static int add_word(struct cluster_command *command, const char *word, struct error *err)
{
	char **grown = reallocarray(command->words, command->count + 2, sizeof(*grown));

	if (!grown)
		return no_memory(err);
	command->words = grown;
	grown[command->count] = strdup(word);
	if (!grown[command->count])
		return no_memory(err);
	grown[++command->count] = NULL;
	return 0;
}

/* Adds the words of a text with single blanks between them. */
static int add_words(struct cluster_command *command, const char *words, struct error *err)
{
	char word[CLUSTER_PATH_LEN];

	while (*words) {
		size_t len = strcspn(words, " ");

		snprintf(word, sizeof(word), "%.*s", (int)len, words);
		if (add_word(command, word, err) < 0)
			return -1;
		words += len + (words[len] == ' ');
	}
	return 0;
}

static int PRINTF_LIKE(3, 4) append(struct cluster_command *command, struct error *err, const char *fmt, ...)
{
	char *words = NULL;
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = vasprintf(&words, fmt, args);
	va_end(args);
	if (rc < 0)
		return no_memory(err);
	rc = add_words(command, words, err);
	free(words);
	return rc;
}

/* Begins a command: the program of the shell. Returns NULL when out of memory. */
static struct cluster_command *begin(struct cluster_setup *setup, struct error *err)
{
	struct cluster_command *command = ARRAY_ADD(setup->commands, setup->count);

	if (!command) {
		(void)no_memory(err);
		return NULL;
	}
	return add_word(command, setup->shell == CLUSTER_SHELL_PCS ? CLUSTER_PCS : CLUSTER_CRM, err) < 0
		       ? NULL
		       : command;
}

#define COMMAND(setup, err, ...)                                      \
	({                                                            \
		struct cluster_command *command_ = begin(setup, err); \
		command_ ? append(command_, err, __VA_ARGS__) : -1;   \
	})

static int PRINTF_LIKE(3, 4) add_remark(struct cluster_setup *setup, struct error *err, const char *fmt, ...)
{
	char **remark = ARRAY_ADD(setup->remarks, setup->remark_count);
	va_list args;
	int rc = -1;

	va_start(args, fmt);
	if (remark)
		rc = vasprintf(remark, fmt, args);
	va_end(args);
	if (rc >= 0)
		return 0;
	if (remark)
		*remark = NULL;
	return no_memory(err);
}

static bool is_pcs(const struct work *work)
{
	return work->setup->shell == CLUSTER_SHELL_PCS;
}

/* ---- domains ---------------------------------------------------------------------------------------- */

/* An XML id (W3C "xml:id"): it begins with a letter or "_". */
static void make_id(const struct domain *domain, char id[static CLUSTER_NAME_LEN])
{
	char name[NAME_LEN];

	name_make(domain->name, name, sizeof(name));
	snprintf(id, CLUSTER_NAME_LEN, "%s%s", name[0] >= 'A' ? "" : "vm-", name);
}

static int read_member(const struct work *work, struct member *member, struct error *err)
{
	CLEANUP_FREE char *xml = NULL;
	size_t len;

	if (read_file_at(AT_FDCWD, member->path, DOMAIN_XML_MAX, &xml, &len, err) < 0 ||
	    domain_xml_parse(xml, len, &member->domain, err) < 0)
		return -1;
	for (size_t i = 0; i < member->domain.request_count; i++) {
		if (allocator_check_name(&work->registry, &member->domain.requests[i], err) != 0)
			return error_prefix(err, "%s", member->path);
	}
	return fleet_demand(&work->registry, &member->domain, &member->demand, err);
}

static struct member *find_member(const struct work *work, const char *path)
{
	for (size_t i = 0; i < work->count; i++) {
		if (strcmp(work->members[i].path, path) == 0)
			return &work->members[i];
	}
	return NULL;
}

static struct member *new_member(struct work *work, const char *path, struct error *err)
{
	struct member *member = ARRAY_ADD(work->members, work->count);

	if (!member) {
		(void)no_memory(err);
		return NULL;
	}
	snprintf(member->path, sizeof(member->path), "%s", path);
	return member;
}

/* A definition that only another node can read is that node's affair. */
static int add_resource(struct work *work, const struct cluster_resource *resource, struct error *err)
{
	struct member *member = new_member(work, resource->config, err);
	struct error why;

	if (!member)
		return -1;
	member->resource = resource;
	memcpy(member->id, resource->id, sizeof(member->id));
	if (read_member(work, member, &why) == 0) {
		/* A domain without placeholders may be any agent's. */
		if (resource->is_ours || !member->domain.request_count)
			return 0;
		return add_remark(work->setup, err,
				  "resource %s is ocf:heartbeat:VirtualDomain, which does not know pcitag's "
				  "wrapper and tells no reasons: make it ocf:pcitag:Domain",
				  resource->id);
	}
	domain_clear(&member->domain);
	fleet_counts_clear(&member->demand);
	work->count--;
	return add_remark(work->setup, err, "resource %s is left as it is: %s", resource->id, why.msg);
}

static int add_file(struct work *work, const char *path, struct error *err)
{
	struct member *member;

	if (path[0] != '/')
		return error_set(err, 0,
				 "cluster setup %.200s: write the whole path, which is the same on each node",
				 path);
	if (find_member(work, path))
		return 0;
	member = new_member(work, path, err);
	if (!member || read_member(work, member, err) < 0)
		return -1;
	make_id(&member->domain, member->id);
	for (size_t i = 0; i < work->config.resource_count; i++) {
		if (strcmp(work->config.resources[i].id, member->id) == 0)
			return error_set(
				err, 0,
				"cluster setup %s: the cluster has a resource %s with another definition, "
				"%s; give one of the two domains another name",
				path, member->id, work->config.resources[i].config);
	}
	return 0;
}

static int read_members(struct work *work, const char *files, struct error *err)
{
	char path[CLUSTER_PATH_LEN];

	for (size_t i = 0; i < work->config.resource_count; i++) {
		if (work->config.resources[i].config[0] &&
		    add_resource(work, &work->config.resources[i], err) < 0)
			return -1;
	}
	while (*files) {
		size_t len = strcspn(files, " ");

		snprintf(path, sizeof(path), "%.*s", (int)len, files);
		if (len >= sizeof(path) || add_file(work, path, err) < 0)
			return len >= sizeof(path)
				       ? error_set(err, ENAMETOOLONG, "cluster setup %.200s", path)
				       : -1;
		files += len + (files[len] == ' ');
	}
	return 0;
}

/* ---- what is missing -------------------------------------------------------------------------------- */

static int set_strategy(struct work *work, struct error *err)
{
	if (work->config.places_by_numbers)
		return 0;
	return COMMAND(work->setup, err,
		       is_pcs(work) ? "property set placement-strategy=utilization"
				    : "configure property placement-strategy=utilization");
}

static int make_capacity(struct work *work, struct error *err)
{
	struct cluster_config *config = &work->config;

	if (config->capacity_clone[0])
		return 0;
	if (!config->capacity[0] && is_pcs(work)) {
		strcpy(config->capacity_clone, CAPACITY "-clone");
		return COMMAND(work->setup, err,
			       "resource create " CAPACITY
			       " ocf:pcitag:capacity op monitor interval=30s timeout=60s clone");
	}
	if (!config->capacity[0]) {
		strcpy(config->capacity, CAPACITY);
		if (COMMAND(work->setup, err,
			    "configure primitive " CAPACITY
			    " ocf:pcitag:capacity op monitor interval=30s timeout=60s") < 0)
			return -1;
	}
	snprintf(config->capacity_clone, sizeof(config->capacity_clone), "%.100s-clone", config->capacity);
	if (is_pcs(work))
		return COMMAND(work->setup, err, "resource clone %s", config->capacity);
	return COMMAND(work->setup, err, "configure clone %s %s", config->capacity_clone, config->capacity);
}

static int append_demand(struct cluster_command *command, const struct fleet_counts *demand,
			 struct error *err)
{
	for (size_t i = 0; i < demand->count; i++) {
		if (append(command, err, FLEET_PREFIX "%s=%u", demand->items[i].name,
			   demand->items[i].value) < 0)
			return -1;
	}
	return 0;
}

/*
 * A path may have blanks; it is one word. pcs sets the utilization by a command of its own: until then the
 * resource must not start, because it would be placed on any node.
 */
static int make_resource(struct work *work, const struct member *member, struct error *err)
{
	struct cluster_command *command = begin(work->setup, err);
	char config[CLUSTER_PATH_LEN + 8];

	snprintf(config, sizeof(config), "config=%s", member->path);
	if (!command || append(command, err,
			       is_pcs(work) ? "resource create %s ocf:pcitag:Domain"
					    : "configure primitive %s ocf:pcitag:Domain params",
			       member->id) < 0)
		return -1;
	if (add_word(command, config, err) < 0 || append(command, err, "meta allow-migrate=false") < 0)
		return -1;
	if (!member->demand.count)
		return 0;
	if (is_pcs(work)) {
		if (append(command, err, "--disabled") < 0)
			return -1;
		command = begin(work->setup, err);
		if (!command || append(command, err, "resource utilization %s", member->id) < 0)
			return -1;
	} else if (append(command, err, "utilization") < 0) {
		return -1;
	}
	return append_demand(command, &member->demand, err);
}

/* Sets one number; 0 removes it. */
static int set_number(struct work *work, const struct member *member, const char *name, unsigned value,
		      struct cluster_command **pcs, struct error *err)
{
	if (!is_pcs(work))
		return value ? COMMAND(work->setup, err, "resource utilization %s set " FLEET_PREFIX "%s %u",
				       member->id, name, value)
			     : COMMAND(work->setup, err, "resource utilization %s delete " FLEET_PREFIX "%s",
				       member->id, name);
	if (!*pcs) {
		*pcs = begin(work->setup, err);
		if (!*pcs || append(*pcs, err, "resource utilization %s", member->id) < 0)
			return -1;
	}
	return value ? append(*pcs, err, FLEET_PREFIX "%s=%u", name, value)
		     : append(*pcs, err, FLEET_PREFIX "%s=", name);
}

static int update_resource(struct work *work, const struct member *member, struct error *err)
{
	const struct fleet_counts *had = &member->resource->utilization;
	struct cluster_command *pcs = NULL;

	for (size_t i = 0; i < member->demand.count; i++) {
		const struct fleet_count *count = &member->demand.items[i];

		if (fleet_counts_get(had, count->name) != count->value &&
		    set_number(work, member, count->name, count->value, &pcs, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < had->count; i++) {
		const char *name = had->items[i].name;

		if (fleet_counts_get(&member->demand, name) == 0 &&
		    set_number(work, member, name, 0, &pcs, err) < 0)
			return -1;
	}
	return 0;
}

/* By the administrator, or by a run of cluster setup that did not come to its end: only they know which. */
static int remark_disabled(struct work *work, const struct member *member, struct error *err)
{
	if (!member->resource || !member->resource->is_disabled || !member->demand.count)
		return 0;
	return add_remark(work->setup, err, "resource %s is disabled; if it should run: %s %s", member->id,
			  is_pcs(work) ? "pcs resource enable" : "crm resource start", member->id);
}

static int order_behind_capacity(struct work *work, const struct member *member, struct error *err)
{
	char text[2 * CLUSTER_NAME_LEN + 4];

	if (!member->domain.request_count)
		return 0;
	snprintf(text, sizeof(text), "%s > %s", work->config.capacity_clone, member->id);
	if (cluster_find_order(&work->config, NULL, text))
		return 0;
	if (is_pcs(work))
		return COMMAND(work->setup, err, "constraint order start %s then start %s kind=Optional",
			       work->config.capacity_clone, member->id);
	return COMMAND(work->setup, err, "configure order pcitag-%s Optional: %s %s", member->id,
		       work->config.capacity_clone, member->id);
}

static int make_resources(struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct member *member = &work->members[i];
		int rc = member->resource ? update_resource(work, member, err)
					  : make_resource(work, member, err);

		if (rc < 0 || remark_disabled(work, member, err) < 0 ||
		    order_behind_capacity(work, member, err) < 0)
			return -1;
	}
	return 0;
}

/* Those that make_resource() has made, when all that they depend on is there. */
static int enable_resources(struct work *work, struct error *err)
{
	for (size_t i = 0; i < work->count && is_pcs(work); i++) {
		const struct member *member = &work->members[i];

		if (!member->resource && member->demand.count &&
		    COMMAND(work->setup, err, "resource enable %s", member->id) < 0)
			return -1;
	}
	return 0;
}

/* ---- narrow requests first -------------------------------------------------------------------------- */

/* Which name is wider than which, of all that the domains ask for: computed once for each pair. */
struct widths {
	struct fleet_counts names; /* owned; the numbers are not used */
	bool *is_wider;		   /* owned: names.count rows of names.count */
};

static void widths_clear(struct widths *widths)
{
	fleet_counts_clear(&widths->names);
	free(widths->is_wider);
}

static int find_widths(const struct work *work, struct widths *out, struct error *err)
{
	size_t count;

	for (size_t i = 0; i < work->count; i++) {
		for (size_t r = 0; r < work->members[i].domain.request_count; r++) {
			if (fleet_counts_add(&out->names, work->members[i].domain.requests[r].name, 0, err) <
			    0)
				return -1;
		}
	}
	count = out->names.count;
	out->is_wider = calloc(count * count + 1, sizeof(*out->is_wider));
	if (!out->is_wider)
		return no_memory(err);
	for (size_t i = 0; i < count * count; i++)
		out->is_wider[i] = fleet_is_wider(&work->registry, out->names.items[i / count].name,
						  out->names.items[i % count].name);
	return 0;
}

static size_t find_name(const struct widths *widths, const char *name)
{
	size_t i = 0;

	while (strcmp(widths->names.items[i].name, name) != 0)
		i++;
	return i;
}

/* True when a request of @a is wider than one of @b. */
static bool is_wider(const struct widths *widths, const struct member *a, const struct member *b)
{
	for (size_t i = 0; i < a->domain.request_count; i++) {
		size_t row = widths->names.count * find_name(widths, a->domain.requests[i].name);

		for (size_t k = 0; k < b->domain.request_count; k++) {
			if (widths->is_wider[row + find_name(widths, b->domain.requests[k].name)])
				return true;
		}
	}
	return false;
}

/* Raises the layer of each domain above those that it is wider than. Returns true when one has changed. */
static bool raise_layers(struct work *work, const struct widths *widths)
{
	bool changes = false;

	for (size_t i = 0; i < work->count; i++) {
		for (size_t k = 0; k < work->count; k++) {
			struct member *wide = &work->members[i], *narrow = &work->members[k];

			if (i == k || !is_wider(widths, wide, narrow))
				continue;
			wide->is_ordered = narrow->is_ordered = true;
			if (wide->layer > narrow->layer)
				continue;
			wide->layer = narrow->layer + 1;
			changes = true;
		}
	}
	return changes;
}

/* Returns the number of layers; 0 when the domains go in a circle; -1 when out of memory. */
static long find_layers(struct work *work, struct error *err)
{
	CLEANUP(widths_clear) struct widths widths = { 0 };
	size_t layers = 1;

	if (find_widths(work, &widths, err) < 0)
		return -1;
	/* No way through different names is longer than all of them. */
	while (raise_layers(work, &widths)) {
		if (layers++ > widths.names.count)
			return 0;
	}
	layers = 1;
	for (size_t i = 0; i < work->count; i++) {
		if (work->members[i].layer + 1 > layers)
			layers = work->members[i].layer + 1;
	}
	return (long)layers;
}

static bool is_in_layer(const struct member *member, long layer)
{
	return member->is_ordered && member->layer == (size_t)layer;
}

/* The order as struct cluster_order has it: "a b > c". The caller frees it. NULL when out of memory. */
static char *layers_text(const struct work *work, long layers, struct error *err)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (long layer = 0; out && layer < layers; layer++) {
		const char *separator = layer ? " > " : "";

		for (size_t i = 0; i < work->count; i++) {
			const struct member *member = &work->members[i];

			if (!is_in_layer(member, layer))
				continue;
			fprintf(out, "%s%s", separator, member->id);
			separator = " ";
		}
	}
	if (out && fclose(out) == 0)
		return text;
	free(text);
	(void)no_memory(err);
	return NULL;
}

static int append_layers(const struct work *work, long layers, struct cluster_command *command,
			 struct error *err)
{
	for (long layer = 0; layer < layers; layer++) {
		if (append(command, err, is_pcs(work) ? "set" : "(") < 0)
			return -1;
		for (size_t i = 0; i < work->count; i++) {
			if (is_in_layer(&work->members[i], layer) &&
			    append(command, err, "%s", work->members[i].id) < 0)
				return -1;
		}
		if (append(command, err, is_pcs(work) ? "sequential=false" : ")") < 0)
			return -1;
	}
	return is_pcs(work) ? append(command, err, "setoptions id=" NARROW_FIRST " kind=Optional") : 0;
}

static int remove_order(struct work *work, struct error *err)
{
	return COMMAND(work->setup, err,
		       is_pcs(work) ? "constraint delete " NARROW_FIRST : "configure delete " NARROW_FIRST);
}

static int order_narrow_first(struct work *work, struct error *err)
{
	const struct cluster_order *had = cluster_find_order(&work->config, NARROW_FIRST, NULL);
	struct cluster_command *command;
	CLEANUP_FREE char *text = NULL;
	long layers = find_layers(work, err);

	if (layers < 0)
		return -1;
	if (layers == 0)
		return add_remark(
			work->setup, err,
			"no order of starts suits all domains: one of them asks for a device by type "
			"that another one asks for by model, and the other way round; a start may be "
			"refused, and is tried again");
	if (layers < 2)
		return had ? remove_order(work, err) : 0;
	text = layers_text(work, layers, err);
	if (!text)
		return -1;
	if (had && strcmp(had->text, text) == 0)
		return 0;
	if (had && remove_order(work, err) < 0)
		return -1;
	command = begin(work->setup, err);
	if (!command ||
	    append(command, err,
		   is_pcs(work) ? "constraint order" : "configure order " NARROW_FIRST " Optional:") < 0)
		return -1;
	return append_layers(work, layers, command, err);
}

int flow_cluster_setup(const struct paths *paths, enum cluster_shell shell, const char *files,
		       struct cluster_setup *out, struct error *err)
{
	CLEANUP(work_clear) struct work work = { .setup = out };

	*out = (struct cluster_setup){ .shell = shell };
	if (registry_load(paths->etc, &work.registry, err) < 0 ||
	    cluster_config_read(&work.config, err) < 0 || read_members(&work, files, err) < 0)
		return -1;
	if (set_strategy(&work, err) < 0 || make_capacity(&work, err) < 0 || make_resources(&work, err) < 0 ||
	    order_narrow_first(&work, err) < 0)
		return -1;
	return enable_resources(&work, err);
}

int flow_cluster_apply(const struct cluster_setup *setup, size_t *done, struct error *err)
{
	for (*done = 0; *done < setup->count; (*done)++) {
		if (cluster_run(setup->commands[*done].words, err) < 0)
			return -1;
	}
	return 0;
}

/* Characters that no shell takes for anything else. */
static bool is_plain(const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=+,@%";

	return *word && word[strspn(word, plain)] == '\0';
}

static void add_quoted(FILE *out, const char *word)
{
	fputc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	}
	fputc('\'', out);
}

char *cluster_command_text(const struct cluster_command *command)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	for (size_t i = 0; out && i < command->count; i++) {
		/* The program by its name: a person's shell finds it. */
		const char *word = i ? command->words[i] : strrchr(command->words[i], '/') + 1;

		if (i)
			fputc(' ', out);
		if (is_plain(word))
			fputs(word, out);
		else
			add_quoted(out, word);
	}
	failed = !out || ferror(out);
	if (out && fclose(out) != 0)
		failed = true;
	if (!failed)
		return text;
	free(text);
	return NULL;
}
