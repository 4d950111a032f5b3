/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/packet_diag.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/fileio.h"
#include "base/text.h"
#include "host/net/away.h"
#include "host/net/netlink.h"
#include "model/system/packet_filter.h"

#define TABLE_MAX (16 << 20)

void net_facts_clear(struct net_facts *facts)
{
	free(facts->items);
	*facts = (struct net_facts){ 0 };
}

const struct net_fact *net_facts_find(const struct net_facts *facts, unsigned int ifindex)
{
	for (size_t i = 0; ifindex && i < facts->count; i++) {
		if (facts->items[i].ifindex == ifindex)
			return &facts->items[i];
	}
	return NULL;
}

/* Keeps only the first fact of an interface: routers have a million routes. */
int net_facts_add(struct net_facts *facts, unsigned int ifindex, struct error *err, const char *fmt, ...)
{
	struct net_fact *fact;
	va_list args;

	if (ifindex == 0 || net_facts_find(facts, ifindex))
		return 0;
	fact = ARRAY_ADD(facts->items, facts->count);
	if (!fact)
		return error_set(err, ENOMEM, "cannot list what interfaces are used for");
	fact->ifindex = ifindex;
	va_start(args, fmt);
	(void)vsnprintf(fact->text, sizeof(fact->text), fmt, args);
	va_end(args);
	return 0;
}

/* ---- sockets -------------------------------------------------------------------------------- */

static int add_listener(struct net_facts *facts, unsigned int ifindex, unsigned int protocol,
			struct error *err)
{
	if (protocol == ETH_P_ALL)
		return net_facts_add(facts, ifindex, err, "is listened to by a packet socket");
	return net_facts_add(facts, ifindex, err, "is listened to by a packet socket for protocol %04x",
			     protocol);
}

/*
 * Without the attribute, the socket has no filter, or an eBPF filter. An empty attribute means that this
 * process may not see the filter (kernel: net/core/sock_diag.c, sock_diag_put_filterinfo).
 */
static bool is_idle(const void *attributes, size_t len, unsigned int protocol)
{
	size_t filter_len = 0;
	const void *filter = netlink_attribute(attributes, len, PACKET_DIAG_FILTER, &filter_len);

	if (packet_protocol_is_idle(protocol))
		return true;
	if (!filter)
		return false;
	return filter_len == 0 ||
	       packet_filter_is_idle(filter, filter_len / sizeof(struct sock_filter), protocol);
}

static int take_packet_socket(const void *body, size_t len, void *context, struct error *err)
{
	const struct packet_diag_msg *msg = body;
	size_t attributes_len = len - NLMSG_ALIGN(sizeof(*msg)), info_len = 0;
	const void *attributes = (const char *)body + NLMSG_ALIGN(sizeof(*msg));
	const struct packet_diag_info *info;

	if (len < NLMSG_ALIGN(sizeof(*msg)))
		return 0;
	info = netlink_attribute(attributes, attributes_len, PACKET_DIAG_INFO, &info_len);
	if (!info || info_len < sizeof(*info) || is_idle(attributes, attributes_len, msg->pdiag_num))
		return 0;
	return add_listener(context, info->pdi_index, msg->pdiag_num, err);
}

/*
 * Columns: socket, references, type, protocol in hexadecimal, interface (kernel: net/packet/af_packet.c,
 * packet_seq_show).
 */
static int read_packet_table(struct net_facts *facts, const char *proc, struct error *err)
{
	CLEANUP_FREE char *table = NULL;

	if (read_table(proc, "net/packet", TABLE_MAX, &table, err) < 0)
		return -1;
	for (const char *line = table ? next_line(table) : ""; *line; line = next_line(line)) {
		unsigned int protocol = (unsigned int)strtoul(word_at(line, 3), NULL, 16);

		if (!packet_protocol_is_idle(protocol) &&
		    add_listener(facts, (unsigned int)strtoul(word_at(line, 4), NULL, 10), protocol, err) < 0)
			return -1;
	}
	return 0;
}

/* The socket is bound to a queue. Its owner may have attached the XDP program, or may only send. */
static int take_xdp_socket(const void *body, size_t len, void *context, struct error *err)
{
	size_t info_len = 0;
	const struct xdp_diag_info *info;

	if (len < NLMSG_ALIGN(sizeof(struct xdp_diag_msg)))
		return 0;
	info = netlink_attribute((const char *)body + NLMSG_ALIGN(sizeof(struct xdp_diag_msg)),
				 len - NLMSG_ALIGN(sizeof(struct xdp_diag_msg)), XDP_DIAG_INFO, &info_len);
	if (!info || info_len < sizeof(*info))
		return 0;
	return net_facts_add(context, info->ifindex, err, "has an AF_XDP socket");
}

static int read_xdp_sockets(struct net_facts *facts, struct error *err)
{
	struct xdp_diag_req request = { .sdiag_family = AF_XDP, .xdiag_show = XDP_SHOW_INFO };

	return netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, &request, sizeof(request),
			    SOCK_DIAG_BY_FAMILY, "AF_XDP sockets", take_xdp_socket, facts, err);
}

static int read_packet_sockets(struct net_facts *facts, const char *proc, struct error *err)
{
	struct packet_diag_req request = {
		.sdiag_family = AF_PACKET,
		.pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_FILTER,
	};
	int rc = netlink_dump(NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, &request, sizeof(request),
			      SOCK_DIAG_BY_FAMILY, "packet sockets", take_packet_socket, facts, err);

	return rc == NETLINK_UNKNOWN ? read_packet_table(facts, proc, err) : rc;
}

/* ---- links and traffic control --------------------------------------------------------------------- */

static int take_link(const void *body, size_t len, void *context, struct error *err)
{
	const struct ifinfomsg *msg = body;
	size_t attributes_len = len - NLMSG_ALIGN(sizeof(*msg)), xdp_len = 0, value_len = 0;
	const void *attributes = (const char *)body + NLMSG_ALIGN(sizeof(*msg));
	const void *xdp, *value;

	if (len < NLMSG_ALIGN(sizeof(*msg)))
		return 0;
	xdp = netlink_attribute(attributes, attributes_len, IFLA_XDP, &xdp_len);
	value = xdp ? netlink_attribute(xdp, xdp_len, IFLA_XDP_ATTACHED, &value_len) : NULL;
	if (value && value_len >= 1 && *(const unsigned char *)value != XDP_ATTACHED_NONE)
		return net_facts_add(context, (unsigned int)msg->ifi_index, err, "has an XDP program");
	/* IFF_PROMISC shows only the setting of an administrator (kernel: net/core/dev.c, dev_get_flags). */
	if (netlink_number(attributes, attributes_len, IFLA_PROMISCUITY, 0) == 0)
		return 0;
	return net_facts_add(context, (unsigned int)msg->ifi_index, err,
			     "receives all packets (is promiscuous)");
}

/*
 * The address of a macvlan in any namespace, while the macvlan is up (kernel: drivers/net/macvlan.c,
 * macvlan_open; net/core/rtnetlink.c, ndo_dflt_fdb_dump, reports the list).
 */
static int take_hardware_address(const void *body, size_t len, void *context, struct error *err)
{
	const struct ndmsg *msg = body;
	size_t address_len = 0;
	const unsigned char *a;

	if (len < NLMSG_ALIGN(sizeof(*msg)) || !(msg->ndm_flags & NTF_SELF) ||
	    !(msg->ndm_state & NUD_PERMANENT))
		return 0;
	a = netlink_attribute((const char *)body + NLMSG_ALIGN(sizeof(*msg)), len - NLMSG_ALIGN(sizeof(*msg)),
			      NDA_LLADDR, &address_len);
	/* Every interface that is up joins multicast groups. */
	if (!a || address_len != ETH_ALEN || (a[0] & 1))
		return 0;
	return net_facts_add(context, (unsigned int)msg->ndm_ifindex, err,
			     "has a second hardware address, %02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2],
			     a[3], a[4], a[5]);
}

/*
 * The interface of the request. Filters of a block that several interfaces share do not name an interface
 * (kernel: net/sched/cls_api.c, tcf_fill_node).
 */
struct filters {
	struct net_facts *facts;
	unsigned int ifindex;
};

static int take_filter(const void *body, size_t len, void *context, struct error *err)
{
	const struct filters *filters = context;

	(void)body;
	if (len < sizeof(struct tcmsg))
		return 0;
	return net_facts_add(filters->facts, filters->ifindex, err, "has a filter of traffic control");
}

static int read_filters(struct net_facts *facts, int ifindex, unsigned int parent, struct error *err)
{
	struct tcmsg request = { .tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent };
	struct filters filters = { facts, (unsigned int)ifindex };

	return netlink_dump(NETLINK_ROUTE, RTM_GETTFILTER, &request, sizeof(request), RTM_NEWTFILTER,
			    "filters of traffic control", take_filter, &filters, err);
}

/* Reads the filters on the hooks of a clsact or ingress qdisc. */
static int read_hooks(struct net_facts *facts, int ifindex, struct error *err)
{
	static const unsigned int parents[] = { TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS),
						TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
						TC_H_MAJ(TC_H_INGRESS) };
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parents) && rc >= 0; i++)
		rc = read_filters(facts, ifindex, parents[i], err);
	return rc < 0 ? -1 : 0;
}

static int take_qdisc(const void *body, size_t len, void *context, struct error *err)
{
	const struct tcmsg *msg = body;
	size_t kind_len = 0, value_len = 0, attributes_len = len - NLMSG_ALIGN(sizeof(*msg));
	const void *attributes = (const char *)body + NLMSG_ALIGN(sizeof(*msg));
	const char *kind;
	const unsigned char *offload;

	if (len < NLMSG_ALIGN(sizeof(*msg)))
		return 0;
	kind = netlink_attribute(attributes, attributes_len, TCA_KIND, &kind_len);
	if (!kind || kind_len == 0 || kind[kind_len - 1] != '\0')
		return 0;
	if (strcmp(kind, "clsact") == 0 || strcmp(kind, "ingress") == 0)
		return read_hooks(context, msg->tcm_ifindex, err);
	/* Default qdiscs, which are not configured, have no handle and no filters. */
	if (msg->tcm_handle && read_filters(context, msg->tcm_ifindex, msg->tcm_handle, err) < 0)
		return -1;
	offload = netlink_attribute(attributes, attributes_len, TCA_HW_OFFLOAD, &value_len);
	/* Drivers offload the default qdisc, mq, without a request. */
	if (!offload || value_len < 1 || !*offload || strcmp(kind, "mq") == 0)
		return 0;
	return net_facts_add(context, (unsigned int)msg->tcm_ifindex, err, "has the offloaded qdisc %.32s",
			     kind);
}

/* ---- routes ---------------------------------------------------------------------------------------- */

static int say_route(struct net_facts *facts, unsigned int ifindex, const void *body, size_t len,
		     struct error *err)
{
	const struct rtmsg *msg = body;
	size_t value_len = 0;
	const void *attributes = (const char *)body + NLMSG_ALIGN(sizeof(*msg));
	size_t attributes_len = len - NLMSG_ALIGN(sizeof(*msg));
	const void *destination = netlink_attribute(attributes, attributes_len, RTA_DST, &value_len);
	unsigned int table = netlink_number(attributes, attributes_len, RTA_TABLE, msg->rtm_table);
	char text[INET6_ADDRSTRLEN] = "0.0.0.0";

	if (destination && value_len >= sizeof(struct in_addr))
		(void)inet_ntop(AF_INET, destination, text, sizeof(text));
	return net_facts_add(facts, ifindex, err, "carries the route to %s/%u of table %u", text,
			     msg->rtm_dst_len, table);
}

/* The main table is read elsewhere. The local table follows from the addresses. */
static int take_route(const void *body, size_t len, void *context, struct error *err)
{
	const struct rtmsg *msg = body;
	size_t attributes_len = len - NLMSG_ALIGN(sizeof(*msg)), hops_len = 0;
	const void *attributes = (const char *)body + NLMSG_ALIGN(sizeof(*msg));
	const struct rtnexthop *hop;
	int left, rc;

	if (len < NLMSG_ALIGN(sizeof(*msg)) || msg->rtm_type != RTN_UNICAST ||
	    (msg->rtm_flags & RTM_F_CLONED))
		return 0;
	rc = say_route(context, netlink_number(attributes, attributes_len, RTA_OIF, 0), body, len, err);
	hop = netlink_attribute(attributes, attributes_len, RTA_MULTIPATH, &hops_len);
	for (left = (int)hops_len; hop && rc == 0 && RTNH_OK(hop, left);) {
		rc = say_route(context, (unsigned int)hop->rtnh_ifindex, body, len, err);
		left -= (int)RTNH_ALIGN(hop->rtnh_len);
		hop = RTNH_NEXT(hop);
	}
	return rc;
}

/* A route may name only a next hop that is an object of its own. */
static int take_nexthop(const void *body, size_t len, void *context, struct error *err)
{
	const struct nhmsg *msg = body;
	size_t attributes_len = len - NLMSG_ALIGN(sizeof(*msg));
	const void *attributes = (const char *)body + NLMSG_ALIGN(sizeof(*msg));

	if (len < NLMSG_ALIGN(sizeof(*msg)))
		return 0;
	return net_facts_add(context, netlink_number(attributes, attributes_len, NHA_OIF, 0), err,
			     "carries the next hop %u",
			     netlink_number(attributes, attributes_len, NHA_ID, 0));
}

/* ---- PPPoE ----------------------------------------------------------------------------------------- */

/* Columns: session, peer, interface (kernel: drivers/net/ppp/pppoe.c, pppoe_seq_show). */
static int read_pppoe(struct net_facts *facts, const char *proc, struct error *err)
{
	CLEANUP_FREE char *table = NULL;
	char name[IF_NAMESIZE];

	if (read_table(proc, "net/pppoe", TABLE_MAX, &table, err) < 0)
		return -1;
	for (const char *line = table ? next_line(table) : ""; *line; line = next_line(line)) {
		const char *word = word_at(line, 2);

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, " \t\n"), word);
		if (net_facts_add(facts, if_nametoindex(name), err, "carries a PPPoE session") < 0)
			return -1;
	}
	return 0;
}

/* Reads the facts that a single dump reports. */
static int read_dumps(struct net_facts *facts, struct error *err)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct ndmsg address = { .ndm_family = PF_BRIDGE };
	struct tcmsg qdisc = { .tcm_family = AF_UNSPEC };
	struct rtmsg route = { .rtm_family = AF_INET };
	struct nhmsg hop = { .nh_family = AF_UNSPEC };

	if (netlink_dump(NETLINK_ROUTE, RTM_GETQDISC, &qdisc, sizeof(qdisc), RTM_NEWQDISC,
			 "queueing disciplines", take_qdisc, facts, err) < 0 ||
	    netlink_dump(NETLINK_ROUTE, RTM_GETROUTE, &route, sizeof(route), RTM_NEWROUTE, "routes",
			 take_route, facts, err) < 0 ||
	    netlink_dump(NETLINK_ROUTE, RTM_GETNEXTHOP, &hop, sizeof(hop), RTM_NEWNEXTHOP, "next hops",
			 take_nexthop, facts, err) < 0 ||
	    netlink_dump(NETLINK_ROUTE, RTM_GETNEIGH, &address, sizeof(address), RTM_NEWNEIGH,
			 "hardware addresses", take_hardware_address, facts, err) < 0)
		return -1;
	/* Last, because the cause of promiscuous mode is the more useful fact. */
	return netlink_dump(NETLINK_ROUTE, RTM_GETLINK, &link, sizeof(link), RTM_NEWLINK, "interfaces",
			    take_link, facts, err);
}

int net_facts_read(struct net_facts *facts, const char *proc, struct error *err)
{
	if (read_packet_sockets(facts, proc, err) < 0 || read_xdp_sockets(facts, err) < 0 ||
	    net_away_read(facts, proc, err) < 0 || read_pppoe(facts, proc, err) < 0)
		return -1;
	return read_dumps(facts, err) < 0 ? -1 : 0;
}
