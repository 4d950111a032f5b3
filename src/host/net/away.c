/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/away.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"
#include "host/net/netlink.h"
#include "host/process/process.h"
#include "host/process/progress.h"

/* The same bound as for /proc/self/mountinfo in host/in_use/disk.c. */
#define MOUNTS_MAX (16 << 20)

/* The ID of a namespace to which none is assigned. */
#define NO_ID ((unsigned int)NETNSA_NSID_NOT_ASSIGNED)

/* A 32-bit attribute that follows a header. */
struct number {
	struct nlattr header;
	unsigned int value;
};

/* An interface of another namespace, and the interface that it is built on. */
struct away {
	unsigned int below, namespace;
	char name[IF_NAMESIZE];
};

struct list {
	struct away *items; /* owned */
	size_t count;
};

static struct number number(unsigned int type, unsigned int value)
{
	return (struct number){ { sizeof(struct number), (unsigned short)type }, value };
}

/* ---- interfaces of another namespace --------------------------------------------------------------- */

/* The lower interface is in another namespace only when it is not the interface itself. */
static int take_link(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	struct netlink_value name = netlink_attribute(attributes, IFLA_IFNAME);
	struct list *list = context;
	struct away away = { .below = netlink_number(attributes, IFLA_LINK, 0),
			     .namespace = netlink_number(attributes, IFLA_LINK_NETNSID, NO_ID) };

	(void)header;
	if (away.below == 0 || away.namespace == NO_ID || !name.at)
		return 0;
	snprintf(away.name, sizeof(away.name), "%.*s", (int)strnlen(name.at, name.len),
		 (const char *)name.at);
	if (!ARRAY_APPEND(list->items, list->count, away))
		return error_set(err, ENOMEM, "cannot list the interfaces of other network namespaces");
	return 0;
}

static const struct netlink_request all_links =
	NETLINK_LIST(NETLINK_ROUTE, RTM_GETLINK, ifinfomsg, RTM_NEWLINK, ifinfomsg,
		     "interfaces of another network namespace", take_link, .ifi_family = AF_UNSPEC);

static int take_namespace(const void *header, struct netlink_value attributes, void *context,
			  struct error *err)
{
	unsigned int id = netlink_number(attributes, NETNSA_NSID, NO_ID);
	struct netlink_request request = all_links;
	struct {
		struct ifinfomsg link;
		struct number namespace;
	} body = { .link = { .ifi_family = AF_UNSPEC } };
	struct error cause;

	(void)header;
	if (id == NO_ID)
		return 0;
	body.namespace = number(IFLA_TARGET_NETNSID, id);
	request.body = &body;
	request.len = sizeof(body);
	if (netlink_ask(&request, context, &cause) >= 0 || cause.code == EACCES || cause.code == EPERM)
		return 0;
	return error_pass(err, &cause);
}

static int take_own(const void *header, struct netlink_value attributes, void *context, struct error *err)
{
	(void)header;
	(void)err;
	*(unsigned int *)context = netlink_number(attributes, NETNSA_NSID, NO_ID);
	return 0;
}

/*
 * Reads the ID of the namespace that @value refers to, as seen from the current namespace. Replies to this
 * process contain these IDs (kernel: net/core/rtnetlink.c, rtnl_fill_link_netnsid). The kernel assigns an ID
 * to a namespace at the latest when a reply names it.
 * @type: NETNSA_PID or NETNSA_FD
 */
static int read_number(unsigned int type, int value, unsigned int *out, struct error *err)
{
	struct {
		struct rtgenmsg header;
		struct number which;
	} body = { .header = { .rtgen_family = AF_UNSPEC } };
	const struct netlink_request request = { .protocol = NETLINK_ROUTE,
						 .type = RTM_GETNSID,
						 .flags = NLM_F_ACK,
						 .body = &body,
						 .len = sizeof(body),
						 .answer = RTM_NEWNSID,
						 .answer_header = sizeof(struct rtgenmsg),
						 .what = "the number of this network namespace",
						 .message = take_own };

	body.which = number(type, (unsigned int)value);
	*out = NO_ID;
	return netlink_ask(&request, out, err);
}

/*
 * Ends a dump with the result @rc: adds the interfaces in @list that are built on one of our namespace, which
 * is given by @type and @value as in read_number(). Frees @list.
 */
static int finish(struct net_facts *facts, struct list *list, int rc, unsigned int type, int value,
		  struct error *err)
{
	unsigned int own = NO_ID;

	if (rc >= 0 && list->count)
		rc = read_number(type, value, &own, err);
	for (size_t i = 0; i < list->count && rc >= 0 && own != NO_ID; i++) {
		const struct away *away = &list->items[i];

		if (away->namespace == own)
			rc = net_facts_add(facts, away->below, err, "carries %s of another network namespace",
					   away->name);
	}
	free(list->items);
	return rc < 0 ? -1 : 0;
}

/* Those that have an ID in this namespace. */
static int read_numbered(struct net_facts *facts, struct error *err)
{
	const struct netlink_request request =
		NETLINK_LIST(NETLINK_ROUTE, RTM_GETNSID, rtgenmsg, RTM_NEWNSID, rtgenmsg,
			     "network namespaces", take_namespace, .rtgen_family = AF_UNSPEC);
	struct list list = { 0 };
	int rc = netlink_ask(&request, &list, err);

	return finish(facts, &list, rc, NETNSA_PID, (int)getpid(), err);
}

/* ---- namespaces that are entered ------------------------------------------------------------------- */

struct visit {
	const char *proc;
	struct net_facts *facts;
	int home;    /* descriptor of the namespace of this process */
	ino_t *seen; /* owned; all inodes are of one file system, nsfs */
	size_t count;
};

static int note(struct visit *v, ino_t inode, struct error *err)
{
	if (!ARRAY_APPEND(v->seen, v->count, inode))
		return error_set(err, ENOMEM, "cannot list network namespaces");
	return 0;
}

static bool is_seen(const struct visit *v, ino_t inode)
{
	for (size_t i = 0; i < v->count; i++) {
		if (v->seen[i] == inode)
			return true;
	}
	return false;
}

static int look_around(const struct visit *v, struct error *err)
{
	struct list list = { 0 };
	int rc = netlink_ask(&all_links, &list, err);

	return finish(v->facts, &list, rc, NETNSA_FD, v->home, err);
}

static int enter(const struct visit *v, int namespace, struct error *err)
{
	int rc;

	/* EINVAL: something else is mounted over the path. */
	if (setns(namespace, CLONE_NEWNET) < 0)
		return errno == EPERM || errno == EINVAL
			       ? 0
			       : error_set(err, errno, "cannot enter a network namespace");
	rc = look_around(v, err);
	if (setns(v->home, CLONE_NEWNET) < 0)
		return error_set(err, errno, "cannot return to the network namespace of this process");
	return rc;
}

/* Skips paths that have disappeared. */
static int visit_path(struct visit *v, const char *path, struct error *err)
{
	CLEANUP_CLOSE int namespace = -1;
	struct stat info;

	if (stat(path, &info) < 0 || is_seen(v, info.st_ino))
		return 0;
	namespace = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (namespace < 0 || fstat(namespace, &info) < 0 || is_seen(v, info.st_ino))
		return 0;
	if (note(v, info.st_ino, err) < 0)
		return -1;
	return enter(v, namespace, err);
}

static int visit_processes(struct visit *v, struct error *err)
{
	CLEANUP_DIR DIR *dir = opendir(v->proc);
	const struct dirent *entry;
	char path[PATH_MAX];
	int rc = 0;

	if (!dir)
		return error_set(err, errno, "cannot read %s", v->proc);
	while (rc == 0 && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		pid_t pid = process_entry_pid(entry->d_name);

		if (pid == 0)
			continue;
		if (progress_at_process(pid)) {
			v->facts->silent = pid;
			continue;
		}
		snprintf(path, sizeof(path), "%s/%d/ns/net", v->proc, (int)pid);
		rc = visit_path(v, path, err);
	}
	return rc;
}

/*
 * The fourth word is the mounted part of the file system, "net:[NUMBER]", and the fifth is the mount point
 * (proc(5)). Mount points with blanks, which would be escaped, hold no namespaces.
 */
static int visit_mounted(struct visit *v, struct error *err)
{
	static const char kind[] = "net:[";
	CLEANUP_FREE char *mounts = NULL;
	char path[PATH_MAX];
	int rc = 0;

	(void)progress_at_other(0);
	snprintf(path, sizeof(path), "%s/self/mountinfo", v->proc);
	if (read_file_at(AT_FDCWD, path, MOUNTS_MAX, &mounts, NULL, err) < 0)
		return -1;
	for (const char *line = mounts; *line && rc == 0; line = next_line(line)) {
		const char *root = word_at(line, 3), *point = word_at(line, 4);

		if (strncmp(root, kind, strlen(kind)) != 0 ||
		    is_seen(v, (ino_t)strtoull(root + strlen(kind), NULL, 10)))
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(point, " \t\n"), point);
		rc = visit_path(v, path, err);
	}
	return rc;
}

/* Those that a process is in or that are mounted. */
static int read_entered(struct net_facts *facts, const char *proc, struct error *err)
{
	struct visit v = { .proc = proc, .facts = facts };
	CLEANUP_CLOSE int home = -1;
	char path[PATH_MAX];
	struct stat info;
	int rc;

	facts->silent = 0;
	snprintf(path, sizeof(path), "%s/self/ns/net", proc);
	home = open(path, O_RDONLY | O_CLOEXEC);
	if (home < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot open %s", path);
	if (fstat(home, &info) < 0)
		return error_set(err, errno, "cannot read %s", path);
	v.home = home;
	rc = note(&v, info.st_ino, err);
	if (rc == 0)
		rc = visit_processes(&v, err);
	if (rc == 0)
		rc = visit_mounted(&v, err);
	free(v.seen);
	return rc;
}

int net_away_read(struct net_facts *facts, const char *proc, struct error *err)
{
	if (read_numbered(facts, err) < 0)
		return -1;
	return read_entered(facts, proc, err);
}
