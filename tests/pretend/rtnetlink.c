/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for the part of rtnetlink(7) that is about virtual functions of network cards. pcitag-vf-net is
 * linked with it (build/pretend/pcitag-vf-net) and reaches it as it reaches the kernel: its socket, bind,
 * getsockname, sendto and recvmsg are those below. It answers as the kernel does (net/core/rtnetlink.c,
 * rtnl_fill_vfinfo, do_setvfinfo), from the files of /run/pretend-vf:
 *
 *	table	a line for each function, as pcitag-vf-net prints it: IFINDEX NAME up|down PARENT|- VF
 *SETTINGS. A setting that is missing is one that the driver does not have.
 *	does	a word and more in each line:
 *		fail list|KEY ERRNO	that request fails; ERRNO is a number
 *		once KEY ERRNO		the next one does; the line is then taken out
 *		zero ERRNO		setting an address of zeros fails
 *		ignore KEY		is accepted, and has no effect
 *		untold KEY		can be set, but is not told
 *		hang list|set FILE	reads FILE first, which may never return
 *		interrupt		the list has changed while it was read
 *	log	what was set, a line each: IFINDEX VF SETTING
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/lease/vf_net.h"

#define DIRECTORY "/run/pretend-vf"
#define LINES_MAX 300
#define ANSWER_LEN (128 << 10)

struct line {
	unsigned ifindex, vf;
	char name[IFNAMSIZ], state[8], parent[32];
	struct vf_net net;
};

static struct line table[LINES_MAX];
static size_t line_count;
static int own = -1, kernel = -1; /* the two ends */

/* ---- files -------------------------------------------------------------------------------------------- */

static void read_table(void)
{
	FILE *file = fopen(DIRECTORY "/table", "re");
	char text[128];

	line_count = 0;
	while (file && line_count < LINES_MAX) {
		struct line *line = &table[line_count];

		if (fscanf(file, "%u %15s %7s %31s %u %127s", &line->ifindex, line->name, line->state,
			   line->parent, &line->vf, text) != 6)
			break;
		line->net = (struct vf_net){ 0 };
		if (strcmp(text, "-") != 0 && vf_net_parse(text, &line->net) != 0)
			abort();
		line_count++;
	}
	/* A table that cannot be read is no answer of a kernel. */
	if ((!file && errno != ENOENT) || (file && ferror(file)))
		abort();
	if (file)
		(void)fclose(file);
}

static void write_table(void)
{
	FILE *file = fopen(DIRECTORY "/table.new", "we");
	char text[VF_NET_LEN];

	for (size_t i = 0; file && i < line_count; i++) {
		vf_net_text(&table[i].net, text);
		fprintf(file, "%u %s %s %s %u %s\n", table[i].ifindex, table[i].name, table[i].state,
			table[i].parent, table[i].vf, text[0] ? text : "-");
	}
	if (!file || fclose(file) != 0 || rename(DIRECTORY "/table.new", DIRECTORY "/table") != 0)
		abort();
}

/* Finds a line "WORD SUBJECT REST" of `does`; @rest may be NULL. With @take, it is taken out. */
static bool does(const char *word, const char *subject, char rest[static 128], bool take)
{
	FILE *file = fopen(DIRECTORY "/does", "re"), *left = NULL;
	char text[256];
	bool found = false;

	if (file && take)
		left = fopen(DIRECTORY "/does.new", "we");
	rest[0] = '\0';
	while (file && fgets(text, sizeof(text), file)) {
		char first[32] = "", second[32] = "", third[128] = "";

		(void)sscanf(text, "%31s %31s %127s", first, second, third);
		if (!found && strcmp(first, word) == 0 && (!subject || strcmp(second, subject) == 0)) {
			found = true;
			strcpy(rest, subject ? third : second);
			continue;
		}
		if (left)
			(void)fputs(text, left);
	}
	if (file)
		(void)fclose(file);
	if (left && fclose(left) == 0 && found)
		(void)rename(DIRECTORY "/does.new", DIRECTORY "/does");
	return found;
}

static void hang_if_told(const char *what)
{
	char file[128], byte;
	int fd;

	if (!does("hang", what, file, false))
		return;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	(void)!read(fd, &byte, 1);
	(void)close(fd);
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static void answer(const void *data, size_t len)
{
	(void)!write(kernel, data, len);
}

static void answer_error(const struct nlmsghdr *request, int error)
{
	char buf[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *body;

	message->nlmsg_type = NLMSG_ERROR;
	message->nlmsg_seq = request->nlmsg_seq;
	message->nlmsg_pid = (unsigned)getpid();
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->error = -error;
	body->msg = *request;
	answer(message, message->nlmsg_len);
}

static bool is_told(const struct line *line, enum vf_net_key key)
{
	char rest[128];

	return vf_net_has(&line->net, key) && !does("untold", vf_net_name(key), rest, false);
}

static void put_function(struct nlmsghdr *message, const struct line *line)
{
	struct nlattr *info = mnl_attr_nest_start(message, IFLA_VF_INFO);
	struct ifla_vf_mac mac = { .vf = line->vf };
	struct ifla_vf_vlan vlan = { line->vf, line->net.vlan, line->net.qos };
	struct ifla_vf_vlan_info tag = { line->vf, line->net.vlan, line->net.qos, htons(0x8100) };
	struct ifla_vf_rate rate = { line->vf, 0, line->net.max_tx_rate };
	struct ifla_vf_tx_rate tx_rate = { line->vf, line->net.max_tx_rate };
	struct ifla_vf_spoofchk spoofchk = { line->vf, is_told(line, VF_NET_SPOOFCHK) ? line->net.spoofchk
										      : UINT32_MAX };
	struct ifla_vf_link_state state = { line->vf, (unsigned)line->net.link_state };
	struct ifla_vf_rss_query_en rss = { line->vf, UINT32_MAX };
	struct ifla_vf_trust trust = { line->vf, is_told(line, VF_NET_TRUST) ? line->net.trust : UINT32_MAX };
	struct nlattr *list;

	memcpy(mac.mac, line->net.mac, VF_MAC_BYTES);
	mnl_attr_put(message, IFLA_VF_MAC, sizeof(mac), &mac);
	mnl_attr_put(message, IFLA_VF_VLAN, sizeof(vlan), &vlan);
	mnl_attr_put(message, IFLA_VF_RATE, sizeof(rate), &rate);
	mnl_attr_put(message, IFLA_VF_TX_RATE, sizeof(tx_rate), &tx_rate);
	mnl_attr_put(message, IFLA_VF_SPOOFCHK, sizeof(spoofchk), &spoofchk);
	mnl_attr_put(message, IFLA_VF_LINK_STATE, sizeof(state), &state);
	mnl_attr_put(message, IFLA_VF_RSS_QUERY_EN, sizeof(rss), &rss);
	mnl_attr_put(message, IFLA_VF_TRUST, sizeof(trust), &trust);
	list = mnl_attr_nest_start(message, IFLA_VF_VLAN_LIST);
	mnl_attr_put(message, IFLA_VF_VLAN_INFO, sizeof(tag), &tag);
	mnl_attr_nest_end(message, list);
	mnl_attr_nest_end(message, info);
}

/* The interface of line @first, with all functions of it. */
static void answer_interface(const struct nlmsghdr *request, size_t first, bool is_changed)
{
	static char buf[ANSWER_LEN];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;
	struct nlattr *list;

	message->nlmsg_type = RTM_NEWLINK;
	message->nlmsg_flags = (uint16_t)(NLM_F_MULTI | (is_changed ? NLM_F_DUMP_INTR : 0));
	message->nlmsg_seq = request->nlmsg_seq;
	message->nlmsg_pid = (unsigned)getpid();
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_type = ARPHRD_ETHER;
	info->ifi_index = (int)table[first].ifindex;
	info->ifi_flags = strcmp(table[first].state, "up") == 0 ? IFF_UP : 0;
	mnl_attr_put_strz(message, IFLA_IFNAME, table[first].name);
	if (strcmp(table[first].parent, "-") != 0)
		mnl_attr_put_strz(message, IFLA_PARENT_DEV_NAME, table[first].parent);
	list = mnl_attr_nest_start(message, IFLA_VFINFO_LIST);
	for (size_t i = first; i < line_count; i++) {
		if (table[i].ifindex == table[first].ifindex)
			put_function(message, &table[i]);
	}
	mnl_attr_nest_end(message, list);
	answer(message, message->nlmsg_len);
}

static void list_functions(const struct nlmsghdr *request)
{
	struct nlmsghdr *done;
	char text[128], buf[64];
	bool is_changed;

	hang_if_told("list");
	if (does("fail", "list", text, false)) {
		answer_error(request, atoi(text));
		return;
	}
	is_changed = does("interrupt", NULL, text, true);
	for (size_t i = 0; i < line_count; i++) {
		if (i == 0 || table[i].ifindex != table[i - 1].ifindex)
			answer_interface(request, i, is_changed);
	}
	done = mnl_nlmsg_put_header(buf);
	done->nlmsg_type = NLMSG_DONE;
	done->nlmsg_flags = NLM_F_MULTI;
	done->nlmsg_seq = request->nlmsg_seq;
	done->nlmsg_pid = (unsigned)getpid();
	*(int *)mnl_nlmsg_put_extra_header(done, sizeof(int)) = 0;
	answer(done, done->nlmsg_len);
}

/* ---- setting ------------------------------------------------------------------------------------------- */

/* Reads the one setting of a request. Every value begins with the number of the function. */
static enum vf_net_key read_setting(const struct nlattr *attribute, unsigned *vf, struct vf_net *out)
{
	const uint32_t *values = mnl_attr_get_payload(attribute);

	*vf = values[0];
	switch (mnl_attr_get_type(attribute)) {
	case IFLA_VF_MAC:
		memcpy(out->mac, &values[1], VF_MAC_BYTES);
		return VF_NET_MAC;
	case IFLA_VF_VLAN:
		out->vlan = (uint16_t)values[1];
		out->qos = (uint8_t)values[2];
		return VF_NET_VLAN;
	case IFLA_VF_TRUST:
		out->trust = values[1];
		return VF_NET_TRUST;
	case IFLA_VF_SPOOFCHK:
		out->spoofchk = values[1];
		return VF_NET_SPOOFCHK;
	case IFLA_VF_LINK_STATE:
		out->link_state = (enum vf_net_link)values[1];
		return VF_NET_LINK_STATE;
	case IFLA_VF_TX_RATE:
		out->max_tx_rate = values[1];
		return VF_NET_MAX_TX_RATE;
	default:
		return VF_NET_KEYS;
	}
}

static struct line *find_line(unsigned ifindex, unsigned vf)
{
	for (size_t i = 0; i < line_count; i++) {
		if (table[i].ifindex == ifindex && table[i].vf == vf)
			return &table[i];
	}
	return NULL;
}

static void note(unsigned ifindex, unsigned vf, const struct vf_net *net)
{
	FILE *log = fopen(DIRECTORY "/log", "ae");
	char text[VF_NET_LEN];

	if (!log || fprintf(log, "%u %u %s\n", ifindex, vf, vf_net_text(net, text)) < 0 || fclose(log) != 0)
		abort();
}

/* Returns an errno value. */
static int set_one(unsigned ifindex, const struct nlattr *attribute)
{
	static const uint8_t zero[VF_MAC_BYTES];
	struct vf_net net = { 0 };
	char text[128];
	unsigned vf;
	enum vf_net_key key = read_setting(attribute, &vf, &net);
	struct line *line = find_line(ifindex, vf);

	if (key == VF_NET_KEYS || !line)
		return key == VF_NET_KEYS ? EOPNOTSUPP : EINVAL;
	net.set = 1U << key;
	if (does("fail", vf_net_name(key), text, false) || does("once", vf_net_name(key), text, true))
		return atoi(text);
	if (key == VF_NET_MAC && memcmp(net.mac, zero, sizeof(zero)) == 0 && does("zero", NULL, text, false))
		return atoi(text);
	if (!vf_net_has(&line->net, key))
		return EOPNOTSUPP;
	note(ifindex, vf, &net);
	if (!does("ignore", vf_net_name(key), text, false)) {
		vf_net_merge(&line->net, &net);
		write_table();
	}
	return 0;
}

static void set_function(const struct nlmsghdr *request)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(request);
	const struct nlattr *list, *function, *setting;
	int error = 0;

	hang_if_told("set");
	mnl_attr_for_each(list, request, sizeof(*info))
	{
		if (mnl_attr_get_type(list) != IFLA_VFINFO_LIST)
			continue;
		mnl_attr_for_each_nested(function, list)
		{
			mnl_attr_for_each_nested(setting, function)
			{
				if (error == 0)
					error = set_one((unsigned)info->ifi_index, setting);
			}
		}
	}
	answer_error(request, error);
}

/* ---- the calls ------------------------------------------------------------------------------------------
 */

int socket(int domain, int type, int protocol)
{
	int ends[2];

	if (domain != AF_NETLINK || protocol != NETLINK_ROUTE)
		return (int)syscall(SYS_socket, domain, type, protocol);
	if (kernel >= 0)
		(void)close(kernel);
	own = kernel = -1;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	own = ends[0];
	kernel = ends[1];
	return own;
}

int bind(int fd, const struct sockaddr *address, socklen_t len)
{
	return fd == own ? 0 : (int)syscall(SYS_bind, fd, address, len);
}

int getsockname(int fd, struct sockaddr *restrict address, socklen_t *restrict len)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_pid = (unsigned)getpid() };

	if (fd != own)
		return (int)syscall(SYS_getsockname, fd, address, len);
	memcpy(address, &name, sizeof(name));
	*len = sizeof(name);
	return 0;
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *address,
	       socklen_t address_len)
{
	const struct nlmsghdr *request = data;

	if (fd != own)
		return syscall(SYS_sendto, fd, data, len, flags, address, address_len);
	read_table();
	if (request->nlmsg_type == RTM_GETLINK && (request->nlmsg_flags & NLM_F_DUMP))
		list_functions(request);
	else if (request->nlmsg_type == RTM_SETLINK)
		set_function(request);
	else
		answer_error(request, EOPNOTSUPP);
	return (ssize_t)len;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	void *place = message->msg_name;
	ssize_t n;

	if (fd != own)
		return syscall(SYS_recvmsg, fd, message, flags);
	message->msg_name = NULL;
	message->msg_namelen = 0;
	n = syscall(SYS_recvmsg, fd, message, flags);
	message->msg_name = place;
	if (place) {
		memcpy(place, &name, sizeof(name));
		message->msg_namelen = sizeof(name);
	}
	return n;
}
