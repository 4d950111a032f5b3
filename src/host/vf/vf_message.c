/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/vf/vf_message.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>

/* What a driver reports that does not know the setting (kernel: rtnl_fill_vfinfo presets it). */
#define UNTOLD UINT32_MAX

/* ---- requests ---------------------------------------------------------------------------------------- */

static struct nlmsghdr *begin(char buf[static VF_MESSAGE_LEN], uint16_t type, uint16_t flags,
			      unsigned ifindex)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;

	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = 1;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)ifindex;
	return message;
}

struct nlmsghdr *vf_message_list(char buf[static VF_MESSAGE_LEN])
{
	struct nlmsghdr *message = begin(buf, RTM_GETLINK, NLM_F_DUMP, 0);

	mnl_attr_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
	return message;
}

static void put_value(struct nlmsghdr *message, unsigned vf, const struct vf_net *net)
{
	if (vf_net_has(net, VF_NET_MAC)) {
		struct ifla_vf_mac mac = { .vf = vf };

		memcpy(mac.mac, net->mac, VF_MAC_BYTES);
		mnl_attr_put(message, IFLA_VF_MAC, sizeof(mac), &mac);
	} else if (vf_net_has(net, VF_NET_VLAN)) {
		struct ifla_vf_vlan vlan = { vf, net->vlan, net->qos };

		mnl_attr_put(message, IFLA_VF_VLAN, sizeof(vlan), &vlan);
	} else if (vf_net_has(net, VF_NET_TRUST)) {
		struct ifla_vf_trust trust = { vf, net->trust };

		mnl_attr_put(message, IFLA_VF_TRUST, sizeof(trust), &trust);
	} else if (vf_net_has(net, VF_NET_SPOOFCHK)) {
		struct ifla_vf_spoofchk spoofchk = { vf, net->spoofchk };

		mnl_attr_put(message, IFLA_VF_SPOOFCHK, sizeof(spoofchk), &spoofchk);
	} else if (vf_net_has(net, VF_NET_LINK_STATE)) {
		struct ifla_vf_link_state state = { vf, (uint32_t)net->link_state };

		mnl_attr_put(message, IFLA_VF_LINK_STATE, sizeof(state), &state);
	} else {
		/* The kernel keeps the minimum with this one (do_setvfinfo). */
		struct ifla_vf_tx_rate rate = { vf, net->max_tx_rate };

		mnl_attr_put(message, IFLA_VF_TX_RATE, sizeof(rate), &rate);
	}
}

struct nlmsghdr *vf_message_set(unsigned ifindex, unsigned vf, const struct vf_net *net,
				char buf[static VF_MESSAGE_LEN])
{
	struct nlmsghdr *message = begin(buf, RTM_SETLINK, NLM_F_ACK, ifindex);
	struct nlattr *list = mnl_attr_nest_start(message, IFLA_VFINFO_LIST);
	struct nlattr *info = mnl_attr_nest_start(message, IFLA_VF_INFO);

	put_value(message, vf, net);
	mnl_attr_nest_end(message, info);
	mnl_attr_nest_end(message, list);
	return message;
}

/* ---- answers ----------------------------------------------------------------------------------------- */

/* Copies the value of an attribute, which may be longer in a later kernel. False when it is too short. */
static bool take_value(const struct nlattr *attribute, void *out, size_t size)
{
	if (mnl_attr_get_payload_len(attribute) < size)
		return false;
	memcpy(out, mnl_attr_get_payload(attribute), size);
	return true;
}

static void mark(struct vf_net *net, enum vf_net_key key)
{
	net->set |= 1U << key;
}

static void take_vlan(const struct nlattr *attribute, struct vf_net *net)
{
	struct ifla_vf_vlan vlan;

	if (!take_value(attribute, &vlan, sizeof(vlan)) || vlan.vlan > VF_VLAN_MAX ||
	    vlan.qos > (vlan.vlan ? VF_QOS_MAX : 0))
		return;
	net->vlan = (uint16_t)vlan.vlan;
	net->qos = (uint8_t)vlan.qos;
	mark(net, VF_NET_VLAN);
}

/* True when the tag is of another kind than the one that can be set. */
static bool has_other_tag(const struct nlattr *list)
{
	const struct nlattr *attribute;
	struct ifla_vf_vlan_info info;

	mnl_attr_for_each_nested(attribute, list)
	{
		if (mnl_attr_get_type(attribute) == IFLA_VF_VLAN_INFO &&
		    take_value(attribute, &info, sizeof(info)) && info.vlan &&
		    info.vlan_proto != htons(ETH_P_8021Q))
			return true;
	}
	return false;
}

static void take_switch(const struct nlattr *attribute, enum vf_net_key key, struct vf_net *net)
{
	struct ifla_vf_trust value; /* as struct ifla_vf_spoofchk */

	if (!take_value(attribute, &value, sizeof(value)) || value.setting == UNTOLD)
		return;
	*(key == VF_NET_TRUST ? &net->trust : &net->spoofchk) = value.setting != 0;
	mark(net, key);
}

static void take_link_state(const struct nlattr *attribute, struct vf_net *net)
{
	struct ifla_vf_link_state state;

	if (!take_value(attribute, &state, sizeof(state)) || state.link_state > VF_LINK_DISABLE)
		return;
	net->link_state = (enum vf_net_link)state.link_state;
	mark(net, VF_NET_LINK_STATE);
}

static void take_rate(const struct nlattr *attribute, struct vf_net *net)
{
	struct ifla_vf_rate rate;

	if (!take_value(attribute, &rate, sizeof(rate)))
		return;
	net->max_tx_rate = rate.max_tx_rate;
	mark(net, VF_NET_MAX_TX_RATE);
}

/* Reads one function. False when its number is not told. */
static bool read_function(const struct nlattr *info, bool is_ethernet, struct vf_state *out)
{
	const struct nlattr *attribute;
	struct ifla_vf_mac mac = { 0 };
	bool is_numbered = false, is_other_tag = false;

	out->net = (struct vf_net){ 0 };
	mnl_attr_for_each_nested(attribute, info)
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_VF_MAC:
			is_numbered = take_value(attribute, &mac, sizeof(mac));
			break;
		case IFLA_VF_VLAN:
			take_vlan(attribute, &out->net);
			break;
		case IFLA_VF_VLAN_LIST:
			is_other_tag = has_other_tag(attribute);
			break;
		case IFLA_VF_TRUST:
			take_switch(attribute, VF_NET_TRUST, &out->net);
			break;
		case IFLA_VF_SPOOFCHK:
			take_switch(attribute, VF_NET_SPOOFCHK, &out->net);
			break;
		case IFLA_VF_LINK_STATE:
			take_link_state(attribute, &out->net);
			break;
		case IFLA_VF_RATE:
			take_rate(attribute, &out->net);
			break;
		default:
			break;
		}
	}
	out->vf = mac.vf;
	if (is_other_tag)
		out->net.set &= ~(1U << VF_NET_VLAN);
	if (is_numbered && is_ethernet) {
		memcpy(out->net.mac, mac.mac, VF_MAC_BYTES);
		mark(&out->net, VF_NET_MAC);
	}
	return is_numbered;
}

/* Copies a text that ends within the attribute and has at least one character. */
static bool take_text(const struct nlattr *attribute, char *buf, size_t size)
{
	const char *text = mnl_attr_get_payload(attribute);
	size_t len = strnlen(text, mnl_attr_get_payload_len(attribute));

	if (len == 0 || len >= size || len == mnl_attr_get_payload_len(attribute))
		return false;
	memcpy(buf, text, len + 1);
	return true;
}

/* Reads what is said of the interface. Returns its list of functions, NULL for none. */
static const struct nlattr *read_interface(const struct nlmsghdr *message, struct vf_state *out)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute, *list = NULL;
	char parent[PCI_ADDR_LEN];

	*out = (struct vf_state){ .ifindex = (unsigned)info->ifi_index, .is_up = info->ifi_flags & IFF_UP };
	mnl_attr_for_each(attribute, message, sizeof(*info))
	{
		switch (mnl_attr_get_type(attribute)) {
		case IFLA_IFNAME:
			(void)take_text(attribute, out->interface, sizeof(out->interface));
			break;
		case IFLA_PARENT_DEV_NAME:
			/* That of a device on another bus is no PCI address. */
			out->has_parent = take_text(attribute, parent, sizeof(parent)) &&
					  pci_addr_parse(parent, &out->parent) == 0;
			break;
		case IFLA_VFINFO_LIST:
			list = attribute;
			break;
		default:
			break;
		}
	}
	return out->interface[0] ? list : NULL;
}

int vf_message_read(const struct nlmsghdr *message, vf_state_fn *take, void *context, struct error *err)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *list, *attribute;
	struct vf_state state;

	if (message->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(message) < sizeof(*info))
		return 0;
	list = read_interface(message, &state);
	if (!list || info->ifi_index <= 0)
		return 0;
	mnl_attr_for_each_nested(attribute, list)
	{
		if (mnl_attr_get_type(attribute) == IFLA_VF_INFO &&
		    read_function(attribute, info->ifi_type == ARPHRD_ETHER, &state) &&
		    take(&state, context, err) < 0)
			return -1;
	}
	return 0;
}
