/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/in_use/in_use.h"

#include <errno.h>
#include <string.h>

#include "base/fileio.h"
#include "base/text.h"
#include "host/in_use/device_nodes.h"
#include "host/in_use/disk.h"
#include "host/in_use/disk_backing.h"
#include "host/in_use/net.h"
#include "host/pci/walk.h"
#include "host/process/process.h"
#include "host/process/progress.h"

/* A working disk answers at once. */
#define DISK_TIMEOUT_MS 2000

/* Time after which a process that only inspects a disk has closed it, and the polling interval. */
#define BRIEF_MS 1000
#define BRIEF_STEP_MS 25

#define CONSOLES_MAX (64 << 10)

/* One function: what is found below it, and the results of the queries. */
struct subject {
	struct pci_device *device;
	struct disk_list disks;
	struct worker worker;	       /* queries the disks */
	size_t first_node, node_count; /* of struct scan's nodes */
	char claim[HOST_USE_LEN];      /* the claim of one of its disks, or "" */
	struct node_holder holder;     /* process that has one of the nodes open; pid 0: none */
	size_t held;		       /* the open node: index into struct scan's nodes */
	bool is_input; /* a process of the console has it open, and the node is a keyboard or the like */
};

struct scan {
	const struct sysfs *sysfs;
	const char *proc;
	struct disk_tables disk_tables;
	struct net_tables net_tables;
	struct node_list nodes;	  /* of all subjects, in sequence */
	struct subject *subjects; /* owned */
	size_t count;
};

/* Context of visit() in sysfs_walk(), and of found_for_one(). */
struct visit {
	struct scan *scan;
	struct subject *subject;
};

/* The console's keyboard is reported only when there is no other use: any other use replaces it. */
static bool is_used(const struct subject *subject)
{
	return subject->device->host_use[0] != '\0' && !subject->device->is_console_input;
}

static bool has_free_disks(const struct subject *subject)
{
	return !is_used(subject) && subject->disks.count;
}

static void note_claim(struct subject *subject)
{
	memcpy(subject->device->host_use, subject->claim, sizeof(subject->claim));
	subject->device->is_console_input = false;
}

/* ---- what sysfs shows below a function ------------------------------------------------------------- */

static int visit(const struct sysfs_entry *entry, void *context, struct error *err);

static int walk_if_there(struct visit *at, const char *path, struct error *err)
{
	int rc = sysfs_find(at->scan->sysfs, path, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return sysfs_walk(at->scan->sysfs, path, visit, at, err);
}

/* The host's disk for this path, and possibly for other paths, is elsewhere in sysfs. */
static int visit_head(const struct sysfs_entry *entry, struct visit *at, struct error *err)
{
	char head[DISK_NAME_LEN], path[SYSFS_PATH_LEN];
	int rc;

	if (disk_multipath_head(entry->name, head) != 0)
		return 0;
	snprintf(path, sizeof(path), "class/block/%s", head);
	rc = walk_if_there(at, path, err);
	if (rc != 0)
		return rc;
	/* Its generic node, ng0n1 for nvme0n1 (drivers/nvme/host/multipath.c, nvme_add_ns_head_cdev). */
	snprintf(path, sizeof(path), "class/nvme-generic/ng%s", head + strlen("nvme"));
	return walk_if_there(at, path, err);
}

static int visit_disk(const struct sysfs_entry *entry, struct visit *at, struct error *err)
{
	struct scan *scan = at->scan;
	int rc;

	if (disk_tables_read(&scan->disk_tables, scan->proc, err) < 0)
		return -1;
	rc = disk_use(scan->sysfs, &scan->disk_tables, entry->path, entry->name, &at->subject->disks,
		      at->subject->device->host_use, err);
	return rc == 0 ? visit_head(entry, at, err) : rc;
}

static int visit_net(const struct sysfs_entry *entry, struct visit *at, struct error *err)
{
	struct scan *scan = at->scan;

	if (net_tables_read(&scan->net_tables, scan->proc, err) < 0)
		return -1;
	/* Reading the tables did not concern this device. */
	(void)progress_at_device(&at->subject->device->addr);
	return net_use(scan->sysfs, &scan->net_tables, entry->path, at->subject->device->host_use, err);
}

/* Whether the kernel writes its messages to a serial port (proc(5), /proc/consoles: a line begins with a
 * name). */
static int visit_tty(const struct sysfs_entry *entry, struct visit *at, struct error *err)
{
	CLEANUP_FREE char *consoles = NULL;

	if (read_table(at->scan->proc, "consoles", CONSOLES_MAX, &consoles, err) < 0)
		return -1;
	for (const char *line = consoles; line && *line; line = next_line(line)) {
		if (word_is(line, entry->name))
			return use_text(at->subject->device->host_use,
					"serial port %s is a console of the kernel", entry->name);
	}
	return 0;
}

static int visit(const struct sysfs_entry *entry, void *context, struct error *err)
{
	struct visit *at = context;
	int rc = 0;

	if (!entry->is_device)
		return strcmp(entry->name, "net") == 0 ? visit_net(entry, at, err) : 0;
	if (strcmp(entry->subsystem, "block") == 0)
		rc = visit_disk(entry, at, err);
	else if (strcmp(entry->subsystem, "mdev") == 0)
		/* The name of its directory is its UUID (kernel: drivers/vfio/mdev/mdev_core.c). */
		rc = use_text(at->subject->device->host_use, "it has the mediated device %s", entry->name);
	else if (strcmp(entry->subsystem, "tty") == 0)
		rc = visit_tty(entry, at, err);
	if (rc != 0)
		return rc;
	return node_list_add(&at->scan->nodes, at->scan->sysfs, entry->path, entry->subsystem, err);
}

static int look_below(struct scan *scan, struct subject *subject, struct error *err)
{
	struct visit at = { scan, subject };
	char path[SYSFS_PATH_LEN];

	subject->first_node = scan->nodes.count;
	sysfs_device_path(&subject->device->addr, NULL, path);
	if (sysfs_walk(scan->sysfs, path, visit, &at, err) < 0 ||
	    node_list_add_nvidia(&scan->nodes, scan->proc, &subject->device->addr, err) < 0 ||
	    node_list_add_shared(&scan->nodes, scan->sysfs, scan->proc, subject->device, err) < 0)
		return -1;
	subject->node_count = scan->nodes.count - subject->first_node;
	return 0;
}

/* ---- queries --------------------------------------------------------------------------------------- */

static void match_backings(struct subject *subject, const struct disk_backings *backings)
{
	for (size_t i = 0; i < subject->disks.count && !is_used(subject); i++) {
		const struct disk *disk = &subject->disks.items[i];

		for (size_t k = 0; k < backings->count && !is_used(subject); k++) {
			if (backings->items[k].disk == disk->number)
				(void)use_text(subject->device->host_use, "disk %s is used by %s", disk->name,
					       backings->items[k].user);
		}
	}
}

/*
 * Checks loop devices and targets of the kernel. If they cannot be queried, or did not answer in an earlier
 * attempt (@is_late), every disk counts as used.
 */
static void ask_for_backings(struct scan *scan, bool is_late)
{
	struct disk_backings backings = { 0 };
	struct error cause = { 0 };
	bool is_asked = false;
	int rc = 0;

	for (size_t i = 0; i < scan->count; i++) {
		struct subject *subject = &scan->subjects[i];

		if (!has_free_disks(subject))
			continue;
		if (!is_late && !is_asked)
			rc = disk_backings_find(scan->sysfs, scan->proc, &backings, &cause);
		is_asked = true;
		if (is_late)
			(void)use_text(subject->device->host_use, "what uses disk %s cannot be told in time",
				       subject->disks.items[0].name);
		else if (rc < 0)
			(void)use_text(subject->device->host_use, "%s", cause.msg);
		else
			match_backings(subject, &backings);
	}
	disk_backings_clear(&backings);
}

static int ask_for_disk(struct subject *subject, struct deadline deadline, struct error *err)
{
	int rc = disk_claim_wait(&subject->worker, deadline, subject->claim, err);

	/* It does not answer: another query would not help. */
	if (subject->worker.pid)
		note_claim(subject);
	return rc < 0 ? -1 : 0;
}

/* Queries all in parallel: several disks that do not answer take no longer than one. @again: claimed ones. */
static int ask_for_claims(struct scan *scan, bool again, struct error *err)
{
	struct deadline deadline = deadline_in(DISK_TIMEOUT_MS);
	int rc = 0;

	for (size_t i = 0; i < scan->count && rc == 0; i++) {
		struct subject *subject = &scan->subjects[i];
		bool is_asked = has_free_disks(subject) && (!again || subject->claim[0]);

		subject->claim[0] = '\0';
		if (is_asked)
			rc = disk_claim_start(&subject->worker, &subject->disks, err);
	}
	for (size_t i = 0; i < scan->count; i++) {
		struct subject *subject = &scan->subjects[i];

		if (subject->worker.pid && !is_used(subject) &&
		    ask_for_disk(subject, deadline, rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	return rc;
}

/* ---- processes with open nodes --------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A guest of a user's session may also have such a node open, and depends on it like any guest. */
static bool is_console_input(const struct scan *scan, const struct node_holder *holder)
{
	struct node_holder named = *holder;

	if (holder->is_silent ||
	    (!begins_with(holder->node, "/dev/input/") && !begins_with(holder->node, "/dev/hidraw")) ||
	    !process_is_seat(scan->proc, holder->pid))
		return false;
	node_holder_name(scan->proc, &named);
	return !begins_with(named.command, "qemu") && !begins_with(named.command, "kvm");
}

/* Keeps the first holder; a holder that is not console input replaces one that is. */
static void keep_holder(const struct scan *scan, struct subject *subject, const struct node_holder *holder,
			size_t index)
{
	bool is_input;

	if (subject->holder.pid && !subject->is_input)
		return;
	is_input = is_console_input(scan, holder);
	if (subject->holder.pid && is_input)
		return;
	subject->holder = *holder;
	subject->held = index;
	subject->is_input = is_input;
}

/* One scan of all processes serves all functions. @index: of struct scan's nodes */
static int found_for_all(const struct node_holder *holder, size_t index, void *context)
{
	struct scan *scan = context;

	for (size_t i = 0; i < scan->count; i++) {
		struct subject *subject = &scan->subjects[i];

		if (index - subject->first_node < subject->node_count && !is_used(subject))
			keep_holder(scan, subject, holder, index);
	}
	return 0;
}

static int found_for_one(const struct node_holder *holder, size_t index, void *context)
{
	struct visit *again = context;

	keep_holder(again->scan, again->subject, holder, again->subject->first_node + index);
	return !again->subject->is_input;
}

static void use_by_holder(const struct scan *scan, struct subject *subject)
{
	if (subject->holder.is_silent) {
		(void)use_text(subject->device->host_use,
			       "process %d does not tell in time whether it has %s open",
			       (int)subject->holder.pid, subject->holder.node);
		return;
	}
	/* A claim may be another user's, whom nothing shows. */
	subject->device->is_held = !subject->claim[0];
	node_holder_name(scan->proc, &subject->holder);
	if (subject->is_input) {
		subject->device->is_console_input = true;
		(void)use_text(subject->device->host_use,
			       "a keyboard or mouse of the console is below it (process %d (%s) has %s open)",
			       (int)subject->holder.pid, subject->holder.command, subject->holder.node);
		return;
	}
	(void)use_text(subject->device->host_use, "process %d (%s) has %s open", (int)subject->holder.pid,
		       subject->holder.command, subject->holder.node);
}

/* Returns 1 when the holder may close the node in a moment, 0 without one or when it is recorded, or -1. */
static int look_at_holder(struct scan *scan, struct subject *subject, struct error *err)
{
	const struct node *node = &scan->nodes.items[subject->held];
	struct visit again = { scan, subject };

	if (subject->device->host_use[0] || !subject->holder.pid)
		return 0;
	if (subject->holder.is_silent || !node->is_brief ||
	    process_is_guest(scan->proc, subject->holder.pid)) {
		use_by_holder(scan, subject);
		return 0;
	}
	if (node_holder_stays(scan->proc, &subject->holder, node))
		return 1;
	subject->holder.pid = 0;
	if (node_holders_each(scan->proc, scan->nodes.items + subject->first_node, subject->node_count,
			      found_for_one, &again, err) < 0)
		return -1;
	return subject->holder.pid != 0;
}

static int ask_for_nodes(struct scan *scan, struct error *err)
{
	struct deadline deadline = deadline_in(BRIEF_MS);
	bool is_over, is_waiting;
	int rc =
		node_holders_each(scan->proc, scan->nodes.items, scan->nodes.count, found_for_all, scan, err);

	if (rc < 0)
		return -1;
	do {
		is_over = deadline_left(deadline) == 0;
		is_waiting = false;
		for (size_t i = 0; i < scan->count; i++) {
			rc = look_at_holder(scan, &scan->subjects[i], err);
			if (rc < 0)
				return -1;
			is_waiting |= rc > 0;
			if (rc > 0 && is_over)
				use_by_holder(scan, &scan->subjects[i]);
		}
		(void)progress_at_other(0);
		if (is_waiting && !is_over)
			sleep_ms(BRIEF_STEP_MS);
	} while (is_waiting && !is_over);
	return 0;
}

/* A claim without a visible process may have been brief, too: pcitag claims disks for the same check. */
static int ask_for_claims_again(struct scan *scan, struct error *err)
{
	bool is_claimed = false;

	for (size_t i = 0; i < scan->count; i++)
		is_claimed |= !is_used(&scan->subjects[i]) && scan->subjects[i].claim[0];
	if (!is_claimed)
		return 0;
	(void)progress_at_other(DISK_TIMEOUT_MS);
	sleep_ms(BRIEF_STEP_MS);
	if (ask_for_claims(scan, true, err) < 0)
		return -1;
	for (size_t i = 0; i < scan->count; i++) {
		struct subject *subject = &scan->subjects[i];

		if (!is_used(subject) && subject->claim[0])
			note_claim(subject);
	}
	return 0;
}

/* ---- all functions --------------------------------------------------------------------------------- */

/* Without a driver, or with VFIO's, a function has nothing below it. */
static bool is_subject(const struct pci_device *device)
{
	return device->driver[0] && !device->is_vfio && pci_device_is_endpoint(device) && !device->is_open &&
	       !device->is_unread;
}

static int choose_subjects(struct scan *scan, struct topology *topology, struct error *err)
{
	scan->subjects = calloc(topology->count + 1, sizeof(*scan->subjects));
	if (!scan->subjects)
		return error_set(err, ENOMEM, "cannot look through %zu devices", topology->count);
	for (size_t i = 0; i < topology->count; i++) {
		if (is_subject(&topology->devices[i]))
			scan->subjects[scan->count++].device = &topology->devices[i];
	}
	return 0;
}

static void clear(struct scan *scan)
{
	for (size_t i = 0; i < scan->count; i++)
		disk_list_clear(&scan->subjects[i].disks);
	node_list_clear(&scan->nodes);
	free(scan->subjects);
	disk_tables_clear(&scan->disk_tables);
	net_tables_clear(&scan->net_tables);
}

static int run(struct scan *scan, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	for (size_t i = 0; i < scan->count; i++) {
		(void)progress_at_device(&scan->subjects[i].device->addr);
		if (look_below(scan, &scan->subjects[i], err) < 0)
			return error_prefix(err, "cannot see what the host uses %s for",
					    pci_addr_format(&scan->subjects[i].device->addr, addr));
	}
	/* Each of these has its own deadline. */
	ask_for_backings(scan, progress_at_other(DISK_TIMEOUT_MS) != 0);
	if (ask_for_claims(scan, false, err) < 0 || ask_for_nodes(scan, err) < 0)
		return -1;
	return ask_for_claims_again(scan, err);
}

int in_use_scan(const struct sysfs *sysfs, const char *proc, struct topology *topology, struct error *err)
{
	struct scan scan = { .sysfs = sysfs, .proc = proc };
	int rc = choose_subjects(&scan, topology, err);

	if (rc == 0)
		rc = run(&scan, err);
	clear(&scan);
	return rc;
}
