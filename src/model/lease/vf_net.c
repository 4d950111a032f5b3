/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/vf_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

#define MAC_GROUP 0x01 /* of the first byte: an address of a group */
#define MAC_LOCAL 0x02 /* administered locally */

/* Without pointers: the wrapper is a static program, which would have to relocate each of them at its start.
 */
static const char names[][12] = {
	[VF_NET_MAC] = "mac",
	[VF_NET_VLAN] = "vlan",
	[VF_NET_TRUST] = "trust",
	[VF_NET_SPOOFCHK] = "spoofchk",
	[VF_NET_LINK_STATE] = "link_state",
	[VF_NET_MAX_TX_RATE] = "max_tx_rate",
};

static const char link_names[][8] = {
	[VF_LINK_AUTO] = "auto",
	[VF_LINK_ENABLE] = "enable",
	[VF_LINK_DISABLE] = "disable",
};

const char *vf_net_name(enum vf_net_key key)
{
	return names[key];
}

const char *vf_net_first(const struct vf_net *net)
{
	enum vf_net_key key = 0;

	while (key < VF_NET_KEYS && !vf_net_has(net, key))
		key++;
	return key < VF_NET_KEYS ? names[key] : NULL;
}

/* Returns the setting, or VF_NET_KEYS. */
static enum vf_net_key find_key(const char *name, size_t len)
{
	enum vf_net_key key = 0;

	while (key < VF_NET_KEYS && !(strlen(names[key]) == len && strncmp(names[key], name, len) == 0))
		key++;
	return key;
}

bool vf_net_knows(const char *name, size_t len)
{
	return find_key(name, len) < VF_NET_KEYS;
}

/* ---- addresses -------------------------------------------------------------------------------------- */

char *vf_mac_format(const uint8_t mac[static VF_MAC_BYTES], char buf[static VF_MAC_LEN])
{
	snprintf(buf, VF_MAC_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}

bool vf_mac_is_unicast(const uint8_t mac[static VF_MAC_BYTES])
{
	static const uint8_t zero[VF_MAC_BYTES];

	return !(mac[0] & MAC_GROUP) && memcmp(mac, zero, sizeof(zero)) != 0;
}

/* Six times two hex digits, separated by colons. */
static bool read_mac(const char *text, uint8_t mac[static VF_MAC_BYTES])
{
	if (strlen(text) != VF_MAC_LEN - 1)
		return false;
	for (size_t i = 0; i < VF_MAC_BYTES; i++, text += 3) {
		char digits[3] = { text[0], text[1], '\0' };

		if (strspn(digits, "0123456789abcdefABCDEF") != 2 ||
		    text[2] != (i + 1 < VF_MAC_BYTES ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

static uint64_t fnv_add(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * FNV_PRIME;
	return hash;
}

void vf_net_stable_mac(const char *uuid, const char *request, uint8_t mac[static VF_MAC_BYTES])
{
	uint64_t hash = fnv_add(fnv_add(fnv_add(FNV_OFFSET, uuid), "/"), request);

	hash ^= hash >> 48;
	for (size_t i = 0; i < VF_MAC_BYTES; i++)
		mac[i] = (uint8_t)(hash >> (8 * (VF_MAC_BYTES - 1 - i)));
	mac[0] = (uint8_t)((mac[0] | MAC_LOCAL) & ~MAC_GROUP);
}

/* ---- values ------------------------------------------------------------------------------------------ */

static bool read_number(const char *text, size_t len, uint32_t max, uint32_t *out)
{
	uint64_t number = 0;

	if (len == 0 || len > 10)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	*out = (uint32_t)number;
	return number <= max;
}

static bool set_mac(struct vf_net *net, const char *value)
{
	if (strcmp(value, "stable") == 0)
		net->mac_kind = VF_MAC_STABLE;
	else if (strcmp(value, "keep") == 0)
		net->mac_kind = VF_MAC_KEEP;
	else if (read_mac(value, net->mac))
		net->mac_kind = VF_MAC_GIVEN;
	else
		return false;
	if (net->mac_kind != VF_MAC_GIVEN)
		memset(net->mac, 0, sizeof(net->mac));
	return true;
}

static bool set_vlan(struct vf_net *net, const char *value)
{
	size_t len = strcspn(value, ":");
	uint32_t vlan, qos = 0;

	if (!read_number(value, len, VF_VLAN_MAX, &vlan))
		return false;
	if (value[len] && !read_number(value + len + 1, strlen(value + len + 1), VF_QOS_MAX, &qos))
		return false;
	net->vlan = (uint16_t)vlan;
	net->qos = (uint8_t)qos;
	/* Without a tag there is no priority. */
	return vlan > 0 || qos == 0;
}

static bool set_switch(bool *out, const char *value)
{
	*out = strcmp(value, "on") == 0;
	return *out || strcmp(value, "off") == 0;
}

static bool set_link_state(struct vf_net *net, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(link_names); i++) {
		if (strcmp(value, link_names[i]) != 0)
			continue;
		net->link_state = (enum vf_net_link)i;
		return true;
	}
	return false;
}

static bool set_value(struct vf_net *net, enum vf_net_key key, const char *value)
{
	switch (key) {
	case VF_NET_MAC:
		return set_mac(net, value);
	case VF_NET_VLAN:
		return set_vlan(net, value);
	case VF_NET_TRUST:
		return set_switch(&net->trust, value);
	case VF_NET_SPOOFCHK:
		return set_switch(&net->spoofchk, value);
	case VF_NET_LINK_STATE:
		return set_link_state(net, value);
	case VF_NET_MAX_TX_RATE:
		return read_number(value, strlen(value), UINT32_MAX, &net->max_tx_rate);
	case VF_NET_KEYS:
		break;
	}
	return false;
}

/* @name: as it was written */
static int refuse_value(enum vf_net_key key, const char *name, const char *value, struct error *err)
{
	switch (key) {
	case VF_NET_MAC:
		return error_set(err, 0,
				 "mac: %.64s is neither stable nor keep nor an address that an interface can "
				 "have; write one such as 52:54:00:12:34:56, whose second digit is even",
				 value);
	case VF_NET_VLAN:
		return error_set(err, 0,
				 "vlan: %.64s is not the number of a VLAN; write 1 to %d, 0 for none, and a "
				 "priority of 0 to %d behind a colon, such as 10:5",
				 value, VF_VLAN_MAX, VF_QOS_MAX);
	case VF_NET_LINK_STATE:
		return error_set(err, 0,
				 "link_state: %.64s is neither auto (as the physical function's) nor enable "
				 "nor disable",
				 value);
	case VF_NET_MAX_TX_RATE:
		return error_set(err, 0, "max_tx_rate: %.64s is not a number of Mbit/s; 0 is no limit",
				 value);
	case VF_NET_TRUST:
	case VF_NET_SPOOFCHK:
		return error_set(err, 0, "%s: %.64s is neither on nor off", name, value);
	case VF_NET_KEYS:
		break;
	}
	return error_set(err, 0, "a virtual function has no setting %.64s", name);
}

int vf_net_set(struct vf_net *net, const char *name, const char *value, struct error *err)
{
	enum vf_net_key key = find_key(name, strlen(name));
	struct vf_net made = *net;

	if (!set_value(&made, key, value) ||
	    (key == VF_NET_MAC && made.mac_kind == VF_MAC_GIVEN && !vf_mac_is_unicast(made.mac)))
		return refuse_value(key, name, value, err);
	*net = made;
	net->set |= 1U << key;
	return 0;
}

/* ---- several ----------------------------------------------------------------------------------------- */

static void copy_setting(struct vf_net *to, const struct vf_net *from, enum vf_net_key key)
{
	switch (key) {
	case VF_NET_MAC:
		to->mac_kind = from->mac_kind;
		memcpy(to->mac, from->mac, sizeof(to->mac));
		break;
	case VF_NET_VLAN:
		to->vlan = from->vlan;
		to->qos = from->qos;
		break;
	case VF_NET_TRUST:
		to->trust = from->trust;
		break;
	case VF_NET_SPOOFCHK:
		to->spoofchk = from->spoofchk;
		break;
	case VF_NET_LINK_STATE:
		to->link_state = from->link_state;
		break;
	case VF_NET_MAX_TX_RATE:
		to->max_tx_rate = from->max_tx_rate;
		break;
	case VF_NET_KEYS:
		return;
	}
	to->set |= 1U << key;
}

void vf_net_merge(struct vf_net *net, const struct vf_net *wish)
{
	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		if (vf_net_has(wish, key))
			copy_setting(net, wish, key);
	}
}

struct vf_net vf_net_only(const struct vf_net *net, enum vf_net_key key)
{
	struct vf_net out = { 0 };

	if (vf_net_has(net, key))
		copy_setting(&out, net, key);
	return out;
}

struct vf_net vf_net_part(const struct vf_net *net, const struct vf_net *of)
{
	struct vf_net out = { 0 };

	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		if (vf_net_has(net, key) && vf_net_has(of, key))
			copy_setting(&out, net, key);
	}
	return out;
}

static void append_value(const struct vf_net *net, enum vf_net_key key, char *buf, size_t size)
{
	char mac[VF_MAC_LEN];

	switch (key) {
	case VF_NET_MAC:
		text_append(buf, size, "%s",
			    net->mac_kind == VF_MAC_STABLE ? "stable"
			    : net->mac_kind == VF_MAC_KEEP ? "keep"
							   : vf_mac_format(net->mac, mac));
		break;
	case VF_NET_VLAN:
		text_append(buf, size, "%u", net->vlan);
		if (net->qos)
			text_append(buf, size, ":%u", net->qos);
		break;
	case VF_NET_TRUST:
		text_append(buf, size, "%s", net->trust ? "on" : "off");
		break;
	case VF_NET_SPOOFCHK:
		text_append(buf, size, "%s", net->spoofchk ? "on" : "off");
		break;
	case VF_NET_LINK_STATE:
		text_append(buf, size, "%s", link_names[net->link_state]);
		break;
	case VF_NET_MAX_TX_RATE:
		text_append(buf, size, "%u", net->max_tx_rate);
		break;
	case VF_NET_KEYS:
		break;
	}
}

char *vf_net_text(const struct vf_net *net, char buf[static VF_NET_LEN])
{
	buf[0] = '\0';
	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		if (!vf_net_has(net, key))
			continue;
		text_append(buf, VF_NET_LEN, "%s%s=", buf[0] ? "," : "", names[key]);
		append_value(net, key, buf, VF_NET_LEN);
	}
	return buf;
}

int vf_net_parse(const char *text, struct vf_net *out)
{
	struct vf_net net = { 0 };
	char pair[VF_NET_LEN], again[VF_NET_LEN];

	for (const char *at = text; *at; at += *at == ',') {
		size_t len = strcspn(at, ","), name = strcspn(at, "=,");
		enum vf_net_key key = find_key(at, name);

		if (len >= sizeof(pair) || key == VF_NET_KEYS || at[name] != '=')
			return 1;
		memcpy(pair, at + name + 1, len - name - 1);
		pair[len - name - 1] = '\0';
		if (!set_value(&net, key, pair))
			return 1;
		net.set |= 1U << key;
		at += len;
	}
	/* Writing them again detects another order, repetitions and other forms of a value. */
	if (strcmp(vf_net_text(&net, again), text) != 0)
		return 1;
	*out = net;
	return 0;
}

bool vf_net_same(const struct vf_net *a, const struct vf_net *b, enum vf_net_key key)
{
	const struct vf_net one = vf_net_only(a, key), other = vf_net_only(b, key);
	char text[VF_NET_LEN], text2[VF_NET_LEN];

	return one.set && other.set && strcmp(vf_net_text(&one, text), vf_net_text(&other, text2)) == 0;
}

void vf_net_resolve(struct vf_net *net, const char *uuid, const char *request)
{
	if (!vf_net_has(net, VF_NET_MAC))
		return;
	if (net->mac_kind == VF_MAC_KEEP)
		net->set &= ~(1U << VF_NET_MAC);
	if (net->mac_kind == VF_MAC_STABLE)
		vf_net_stable_mac(uuid, request, net->mac);
	net->mac_kind = VF_MAC_GIVEN;
}
