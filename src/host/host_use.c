/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/host_use.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/console_use.h"
#include "host/disk_use.h"
#include "host/net_use.h"
#include "host/node_list.h"
#include "host/sysfs_walk.h"

/* A disk that is well answers at once. */
#define DISK_TIMEOUT_MS 2000

/* What belongs to one function, gathered on the way and asked about in the end. */
struct subject {
	struct pci_device *device;
	struct disk_list disks;
	struct worker worker;	       /* asks for the disks */
	size_t first_node, node_count; /* of struct scan's nodes */
};

struct scan {
	const struct sysfs *sysfs;
	const char *proc;
	struct disk_tables disk_tables;
	struct net_tables net_tables;
	struct node_list nodes;	  /* of all subjects, one behind the other */
	struct subject *subjects; /* owned */
	size_t count;
};

/* What sysfs_walk() hands to visit(). */
struct visit {
	struct scan *scan;
	struct subject *subject;
};

static bool is_used(const struct subject *subject)
{
	return subject->device->host_use[0] != '\0';
}

/* ---- what sysfs shows below a function ------------------------------------------------------------- */

static int visit(const struct sysfs_entry *entry, void *context, struct error *err);

/* The disk that the host has made of this path, and maybe of others, is elsewhere in sysfs. */
static int visit_head(const struct sysfs_entry *entry, struct visit *at, struct error *err)
{
	char head[DISK_NAME_LEN], path[SYSFS_PATH_LEN];
	int rc;

	if (disk_multipath_head(entry->name, head) != 0)
		return 0;
	snprintf(path, sizeof(path), "class/block/%s", head);
	rc = sysfs_find(at->scan->sysfs, path, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	return sysfs_walk(at->scan->sysfs, path, visit, at, err);
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
	return net_use(scan->sysfs, &scan->net_tables, entry->path, at->subject->device->host_use, err);
}

static int visit(const struct sysfs_entry *entry, void *context, struct error *err)
{
	struct visit *at = context;
	int rc = 0;

	if (!entry->is_device)
		return strcmp(entry->name, "net") == 0 ? visit_net(entry, at, err) : 0;
	if (strcmp(entry->subsystem, "block") == 0)
		return visit_disk(entry, at, err);
	if (strcmp(entry->subsystem, "tty") == 0)
		rc = console_use(at->scan->proc, entry->name, at->subject->device->host_use, err);
	return rc == 0 ? node_list_add(&at->scan->nodes, at->scan->sysfs, entry->path, err) : rc;
}

static int look_below(struct scan *scan, struct subject *subject, struct error *err)
{
	struct visit at = { scan, subject };
	char path[SYSFS_PATH_LEN];

	subject->first_node = scan->nodes.count;
	sysfs_device_path(&subject->device->addr, NULL, path);
	if (sysfs_walk(scan->sysfs, path, visit, &at, err) < 0 ||
	    node_list_add_nvidia(&scan->nodes, scan->proc, &subject->device->addr, err) < 0)
		return -1;
	subject->node_count = scan->nodes.count - subject->first_node;
	return 0;
}

/* ---- what only asking tells ------------------------------------------------------------------------ */

/* All at once: disks that do not answer cost no more than one of them. */
static int ask_for_disks(struct scan *scan, struct error *err)
{
	struct deadline deadline = deadline_in(DISK_TIMEOUT_MS);
	int rc = 0;

	for (size_t i = 0; i < scan->count && rc == 0; i++) {
		struct subject *subject = &scan->subjects[i];

		if (!is_used(subject) && subject->disks.count)
			rc = disk_claim_start(&subject->worker, &subject->disks, err);
	}
	for (size_t i = 0; i < scan->count; i++) {
		struct subject *subject = &scan->subjects[i];

		if (subject->worker.pid &&
		    disk_claim_wait(&subject->worker, deadline, subject->device->host_use,
				    rc == 0 ? err : NULL) < 0)
			rc = -1;
	}
	return rc;
}

/* Looking through all processes is the dearest of all: mostly once says that there is nobody. */
static int ask_for_nodes(const struct scan *scan, struct error *err)
{
	struct node_holder holder;
	int rc = node_holders_find(scan->proc, scan->nodes.items, scan->nodes.count, &holder, err);

	for (size_t i = 0; i < scan->count && rc == 0; i++) {
		const struct subject *subject = &scan->subjects[i];

		if (is_used(subject))
			continue;
		rc = node_holders_find(scan->proc, scan->nodes.items + subject->first_node,
				       subject->node_count, &holder, err);
		if (rc == 0)
			(void)use_text(subject->device->host_use, "process %d (%s) has %s open",
				       (int)holder.pid, holder.command, holder.node);
		else if (rc == NODE_HOLDERS_NONE)
			rc = 0;
	}
	return rc < 0 ? -1 : 0;
}

/* ---- all functions --------------------------------------------------------------------------------- */

/* Without a driver, or with VFIO's, there is nothing below it. */
static bool is_subject(const struct pci_device *device)
{
	return device->driver[0] && !pci_driver_is_vfio(device->driver) && pci_device_is_endpoint(device) &&
	       !device->is_open && !device->is_unread;
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
		if (look_below(scan, &scan->subjects[i], err) < 0)
			return error_prefix(err, "cannot see what the host uses %s for",
					    pci_addr_format(&scan->subjects[i].device->addr, addr));
	}
	return ask_for_disks(scan, err) < 0 ? -1 : ask_for_nodes(scan, err);
}

int host_use_scan(const struct sysfs *sysfs, const char *proc, struct topology *topology, struct error *err)
{
	struct scan scan = { .sysfs = sysfs, .proc = proc };
	int rc = choose_subjects(&scan, topology, err);

	if (rc == 0)
		rc = run(&scan, err);
	clear(&scan);
	return rc;
}
