/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a network card's virtual function is told: its MAC address, its VLAN and so on, as a model of the
 * registry or a domain says, and as its physical function's driver reports it. Registry, command line,
 * metadata of a domain, lease and pcitag-vf-net have the same text: what is not in it is accepted nowhere.
 * Pure.
 */
#ifndef PCITAG_MODEL_LEASE_VF_NET_H
#define PCITAG_MODEL_LEASE_VF_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define VF_MAC_BYTES 6

/* "52:54:00:12:34:56" and its NUL. */
#define VF_MAC_LEN 18

/* IEEE 802.1Q; 4095 is reserved. */
#define VF_VLAN_MAX 4094
#define VF_QOS_MAX 7

/* "mac=52:54:00:12:34:56,vlan=4094:7,trust=off,spoofchk=off,link_state=disable,max_tx_rate=4294967295" */
#define VF_NET_LEN 104

/* The settings, in the order of their text, which is that in which they are set. */
enum vf_net_key {
	VF_NET_MAC,
	VF_NET_VLAN,
	VF_NET_TRUST,
	VF_NET_SPOOFCHK,
	VF_NET_LINK_STATE,
	VF_NET_MAX_TX_RATE,
	VF_NET_KEYS, /* how many */
};

enum vf_net_mac {
	VF_MAC_GIVEN,  /* the address is in mac */
	VF_MAC_STABLE, /* made of domain and request: vf_net_resolve() */
	VF_MAC_KEEP,   /* what it has stays */
};

/* In the order of the kernel's numbers (linux/if_link.h, IFLA_VF_LINK_STATE_AUTO). */
enum vf_net_link {
	VF_LINK_AUTO,
	VF_LINK_ENABLE,
	VF_LINK_DISABLE,
};

/* Some of the settings of a function. */
struct vf_net {
	unsigned set; /* bit n: the setting n of enum vf_net_key is here */
	enum vf_net_mac mac_kind;
	uint8_t mac[VF_MAC_BYTES];
	uint16_t vlan; /* 0: none */
	uint8_t qos;   /* the priority of IEEE 802.1p in its tag */
	bool trust;
	bool spoofchk;
	enum vf_net_link link_state;
	uint32_t max_tx_rate; /* Mbit/s; 0: no limit */
};

static inline bool vf_net_has(const struct vf_net *net, enum vf_net_key key)
{
	return net->set & (1U << key);
}

/* Returns the name of a setting: "mac". */
const char *vf_net_name(enum vf_net_key key);

/* Returns the name of the first setting that is here; NULL for none. */
const char *vf_net_first(const struct vf_net *net);

/* True when @name, of which the first @len bytes count, is that of a setting. */
bool vf_net_knows(const char *name, size_t len);

/*
 * Sets one setting from what a person has written; a previous value is replaced.
 * Fails, with what to write instead in *err, for a value that is not valid or a name that vf_net_knows() does
 * not. @net is then unchanged.
 */
int vf_net_set(struct vf_net *net, const char *name, const char *value, struct error *err);

/* Sets each setting of @wish in @net. */
void vf_net_merge(struct vf_net *net, const struct vf_net *wish);

/*
 * Writes the settings: "mac=stable,vlan=10,trust=on"; "" for none. A priority other than 0 follows the VLAN:
 * "vlan=10:5". Returns @buf.
 */
char *vf_net_text(const struct vf_net *net, char buf[static VF_NET_LEN]);

/* Reads what vf_net_text() writes, to the letter. Returns 0, or 1 for any other text (@out untouched). */
int vf_net_parse(const char *text, struct vf_net *out);

/* Keeps of @net only the setting @key. */
struct vf_net vf_net_only(const struct vf_net *net, enum vf_net_key key);

/* Keeps of @net only the settings that @of has. */
struct vf_net vf_net_part(const struct vf_net *net, const struct vf_net *of);

/* True when both have this setting, with the same value. */
bool vf_net_same(const struct vf_net *a, const struct vf_net *b, enum vf_net_key key);

/*
 * Makes of a wish what is to be set: a stable address becomes the one of this domain and request, and one
 * that is kept is left out.
 * @uuid: of the domain, in the format of uuid_valid()
 * @request: as the domain writes it: "nic.1"
 */
void vf_net_resolve(struct vf_net *net, const char *uuid, const char *request);

/*
 * Makes the stable address: FNV-1a with 64 bits (draft-eastlake-fnv) of "UUID/REQUEST", whose upper 16 bits
 * are combined with the lower 48 by exclusive or, as a unicast address that is administered locally (IEEE
 * 802, bit 1 of the first byte set, bit 0 cleared). The most significant byte comes first.
 */
void vf_net_stable_mac(const char *uuid, const char *request, uint8_t mac[static VF_MAC_BYTES]);

/* Writes an address: "52:54:00:12:34:56". Returns @buf. */
char *vf_mac_format(const uint8_t mac[static VF_MAC_BYTES], char buf[static VF_MAC_LEN]);

/* True when an interface can have it as its own: neither a group's address nor all zeros. */
bool vf_mac_is_unicast(const uint8_t mac[static VF_MAC_BYTES]);

#endif
