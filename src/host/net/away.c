/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/away.h"

#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "host/net/namespaces.h"
#include "host/net/netlink.h"

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

/* The lower interface is in another namespace only when it is not the interface itself. */
static int take_link(const void *body, size_t len, void *context, struct error *err)
{
	const char *attributes = (const char *)body + NLMSG_ALIGN(sizeof(struct ifinfomsg));
	size_t attributes_len = len - NLMSG_ALIGN(sizeof(struct ifinfomsg)), name_len = 0;
	struct list *list = context;
	struct away away;
	const char *name;

	if (len < NLMSG_ALIGN(sizeof(struct ifinfomsg)))
		return 0;
	away.below = netlink_number(attributes, attributes_len, IFLA_LINK, 0);
	away.namespace = netlink_number(attributes, attributes_len, IFLA_LINK_NETNSID, NO_ID);
	name = netlink_attribute(attributes, attributes_len, IFLA_IFNAME, &name_len);
	if (away.below == 0 || away.namespace == NO_ID || !name)
		return 0;
	snprintf(away.name, sizeof(away.name), "%.*s", (int)strnlen(name, name_len), name);
	if (!ARRAY_APPEND(list->items, list->count, away))
		return error_set(err, ENOMEM, "cannot list the interfaces of other network namespaces");
	return 0;
}

static int take_namespace(const void *body, size_t len, void *context, struct error *err)
{
	size_t start = NLMSG_ALIGN(sizeof(struct rtgenmsg));
	unsigned int id;
	struct {
		struct ifinfomsg link;
		struct number namespace;
	} request = { .link = { .ifi_family = AF_UNSPEC } };
	struct error cause;

	if (len < start)
		return 0;
	id = netlink_number((const char *)body + start, len - start, NETNSA_NSID, NO_ID);
	if (id == NO_ID)
		return 0;
	request.namespace = number(IFLA_TARGET_NETNSID, id);
	if (netlink_dump(NETLINK_ROUTE, RTM_GETLINK, &request, sizeof(request), RTM_NEWLINK,
			 "interfaces of another network namespace", take_link, context, &cause) >= 0 ||
	    cause.code == EACCES || cause.code == EPERM)
		return 0;
	if (err)
		*err = cause;
	return -1;
}

static int take_own(const void *body, size_t len, void *context, struct error *err)
{
	size_t start = NLMSG_ALIGN(sizeof(struct rtgenmsg));
	unsigned int *own = context;

	(void)err;
	if (len >= start)
		*own = netlink_number((const char *)body + start, len - start, NETNSA_NSID, NO_ID);
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
	} request = { .header = { .rtgen_family = AF_UNSPEC } };

	request.which = number(type, (unsigned int)value);
	*out = NO_ID;
	return netlink_ask(NETLINK_ROUTE, RTM_GETNSID, &request, sizeof(request), RTM_NEWNSID,
			   "the number of this network namespace", take_own, out, err);
}

static int add_facts(struct net_facts *facts, const struct list *list, unsigned int own, struct error *err)
{
	for (size_t i = 0; own != NO_ID && i < list->count; i++) {
		const struct away *away = &list->items[i];

		if (away->namespace == own &&
		    net_facts_add(facts, away->below, err, "carries %s of another network namespace",
				  away->name) < 0)
			return -1;
	}
	return 0;
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
	if (rc >= 0)
		rc = add_facts(facts, list, own, err);
	free(list->items);
	return rc < 0 ? -1 : 0;
}

static int read_numbered(struct net_facts *facts, struct error *err)
{
	struct rtgenmsg request = { .rtgen_family = AF_UNSPEC };
	struct list list = { 0 };
	int rc = netlink_dump(NETLINK_ROUTE, RTM_GETNSID, &request, sizeof(request), RTM_NEWNSID,
			      "network namespaces", take_namespace, &list, err);

	return finish(facts, &list, rc, NETNSA_PID, (int)getpid(), err);
}

/* Runs in the other namespace. */
static int look_around(int home, void *context, struct error *err)
{
	struct ifinfomsg request = { .ifi_family = AF_UNSPEC };
	struct list list = { 0 };
	int rc = netlink_dump(NETLINK_ROUTE, RTM_GETLINK, &request, sizeof(request), RTM_NEWLINK,
			      "interfaces of another network namespace", take_link, &list, err);

	return finish(context, &list, rc, NETNSA_FD, home, err);
}

int net_away_read(struct net_facts *facts, const char *proc, struct error *err)
{
	if (read_numbered(facts, err) < 0)
		return -1;
	return net_namespaces_visit(proc, look_around, facts, &facts->silent, err);
}
