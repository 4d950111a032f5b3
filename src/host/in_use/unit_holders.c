/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/unit_holders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "host/in_use/device_nodes.h"
#include "host/pci/walk.h"
#include "host/process/process.h"
#include "host/process/progress.h"
#include "host/systemd/session.h"

struct search {
	const struct sysfs *sysfs;
	const char *proc, *sessions;
	const struct topology *topology;
	struct node_list nodes; /* of all functions that are held, in sequence */
	size_t *owners;		/* owned: the function of each node */
	size_t owner_count;
	struct unit_holder_found *out;
	size_t count;
	bool is_full;
};

/* ---- nodes ------------------------------------------------------------------------------------------ */

static int visit(const struct sysfs_entry *entry, void *context, struct error *err)
{
	struct search *search = context;

	return entry->is_device
		       ? node_list_add(&search->nodes, search->sysfs, entry->path, entry->subsystem, err)
		       : 0;
}

static int add_nodes(struct search *search, size_t index, struct error *err)
{
	const struct pci_device *device = &search->topology->devices[index];
	char path[SYSFS_PATH_LEN];

	(void)progress_at_device(&device->addr);
	sysfs_device_path(&device->addr, NULL, path);
	if (sysfs_walk(search->sysfs, path, visit, search, err) < 0 ||
	    node_list_add_nvidia(&search->nodes, search->proc, &device->addr, err) < 0 ||
	    node_list_add_shared(&search->nodes, search->sysfs, search->proc, device, err) < 0)
		return -1;
	while (search->owner_count < search->nodes.count) {
		if (!ARRAY_APPEND(search->owners, search->owner_count, index))
			return error_set(err, ENOMEM, "cannot list what holds %zu devices", index + 1);
	}
	return 0;
}

static int list_nodes(struct search *search, struct error *err)
{
	for (size_t i = 0; i < search->topology->count; i++) {
		if (search->topology->devices[i].is_held && add_nodes(search, i, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- holders ---------------------------------------------------------------------------------------- */

static bool is_known(const struct search *search, pid_t pid, size_t device)
{
	for (size_t i = search->count; i-- > 0 && search->out[i].holder.pid == pid;) {
		if (search->out[i].device == device)
			return true;
	}
	return false;
}

static int note_holder(const struct node_holder *holder, size_t index, void *context)
{
	struct search *search = context;
	size_t device = search->owners[index];
	struct unit_holder_found *found;

	if (is_known(search, holder->pid, device))
		return 0;
	if (search->count == UNIT_HOLDERS_MAX) {
		search->is_full = true;
		return 1;
	}
	found = &search->out[search->count++];
	*found = (struct unit_holder_found){ .device = device, .holder = { .pid = holder->pid } };
	memcpy(found->holder.node, holder->node, sizeof(found->holder.node));
	if (holder->is_silent)
		strcpy(found->holder.command, "?");
	return 0;
}

/* ---- units ------------------------------------------------------------------------------------------ */

/* Finds the session that the process serves, by its unit. */
static bool find_session(const struct search *search, const char *unit, struct session *out)
{
	char text[UNIT_NAME_LEN];
	size_t len;
	const char *word = unit_name_between(unit, "session-", ".scope", &len);
	uid_t uid;

	if (word) {
		snprintf(text, sizeof(text), "%.*s", (int)len, word);
		return session_read(search->sessions, text, out);
	}
	if (strcmp(unit, "systemd-logind.service") == 0)
		return session_find_graphical(search->sessions, NULL, out);
	word = unit_name_between(unit, "user@", ".service", &len);
	if (!word || strspn(word, "0123456789") != len)
		return false;
	uid = (uid_t)strtoul(word, NULL, 10);
	return session_find_graphical(search->sessions, &uid, out);
}

static void find_units(const struct search *search, struct unit_holder *holder)
{
	char cgroup[PROCESS_CGROUP_LEN];
	struct node_holder named = { .pid = holder->pid };
	struct session session;

	/* A process that does not answer is not asked again. */
	if (holder->command[0] || progress_at_process(holder->pid))
		return;
	node_holder_name(search->proc, &named);
	memcpy(holder->command, named.command, sizeof(holder->command));
	if (!process_cgroup(search->proc, holder->pid, cgroup) || !unit_name_of_cgroup(cgroup, holder->unit))
		return;
	if (!find_session(search, holder->unit, &session))
		return;
	holder->has_session = session_starter(search->proc, &session, holder->starter);
	holder->uid = session.uid;
	memcpy(holder->scope, session.scope, sizeof(holder->scope));
}

static int run(struct search *search, struct error *err)
{
	if (list_nodes(search, err) < 0)
		return -1;
	if (node_holders_each(search->proc, search->nodes.items, search->nodes.count, note_holder, search,
			      err) < 0)
		return -1;
	if (search->is_full)
		search->count = 0;
	for (size_t i = 0; i < search->count; i++)
		find_units(search, &search->out[i].holder);
	return 0;
}

int unit_holders_find(const struct sysfs *sysfs, const char *proc, const char *sessions,
		      const struct topology *topology, struct unit_holder_found *out, size_t *count,
		      struct error *err)
{
	struct search search = {
		.sysfs = sysfs, .proc = proc, .sessions = sessions, .topology = topology, .out = out
	};
	int rc = run(&search, err);

	*count = search.count;
	node_list_clear(&search.nodes);
	free(search.owners);
	return rc;
}
