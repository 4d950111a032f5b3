/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/vf_net.c base/error.c */
/* What a network card's virtual function is told: the text, the values, the stable address. */
#include "model/lease/vf_net.h"
#include "test.h"

#define UUID "4dea22b3-1d52-d8f3-2516-782e98ab3fa0"

static struct error err;

/* The text of one setting, or the complaint. */
static const char *told(const char *name, const char *value)
{
	static char text[VF_NET_LEN];
	struct vf_net net = { 0 };

	err.msg[0] = '\0';
	return vf_net_set(&net, name, value, &err) == 0 ? vf_net_text(&net, text) : err.msg;
}

static void test_each_setting_is_written_as_it_is_read(void)
{
	CHECK_STR(told("mac", "stable"), "mac=stable");
	CHECK_STR(told("mac", "keep"), "mac=keep");
	CHECK_STR(told("mac", "52:54:00:AB:cd:ef"), "mac=52:54:00:ab:cd:ef");
	CHECK_STR(told("vlan", "0"), "vlan=0");
	CHECK_STR(told("vlan", "4094"), "vlan=4094");
	CHECK_STR(told("vlan", "10:5"), "vlan=10:5");
	CHECK_STR(told("vlan", "10:0"), "vlan=10");
	CHECK_STR(told("trust", "on"), "trust=on");
	CHECK_STR(told("spoofchk", "off"), "spoofchk=off");
	CHECK_STR(told("link_state", "auto"), "link_state=auto");
	CHECK_STR(told("link_state", "enable"), "link_state=enable");
	CHECK_STR(told("link_state", "disable"), "link_state=disable");
	CHECK_STR(told("max_tx_rate", "4294967295"), "max_tx_rate=4294967295");
}

static void test_a_value_that_is_none_says_what_to_write(void)
{
	CHECK_STR(told("mac", "01:00:5e:00:00:01"),
		  "mac: 01:00:5e:00:00:01 is neither stable nor keep nor an address that an interface can "
		  "have; write one such as 52:54:00:12:34:56, whose second digit is even");
	CHECK(strstr(told("mac", "00:00:00:00:00:00"), "is neither stable nor keep"));
	CHECK(strstr(told("mac", "52:54:00:12:34"), "is neither stable nor keep"));
	CHECK(strstr(told("mac", "52:54:00:12:34:567"), "is neither stable nor keep"));
	CHECK(strstr(told("mac", "52-54-00-12-34-56"), "is neither stable nor keep"));
	CHECK(strstr(told("mac", "52:54:00:12:34:+6"), "is neither stable nor keep"));
	CHECK_STR(
		told("vlan", "4095"),
		"vlan: 4095 is not the number of a VLAN; write 1 to 4094, 0 for none, and a priority of 0 to "
		"7 behind a colon, such as 10:5");
	CHECK(strstr(told("vlan", "10:8"), "is not the number of a VLAN"));
	CHECK(strstr(told("vlan", "0:1"), "is not the number of a VLAN"));
	CHECK(strstr(told("vlan", "10:"), "is not the number of a VLAN"));
	CHECK(strstr(told("vlan", "-1"), "is not the number of a VLAN"));
	CHECK(strstr(told("vlan", ""), "is not the number of a VLAN"));
	CHECK_STR(told("trust", "yes"), "trust: yes is neither on nor off");
	CHECK_STR(told("spoofchk", "1"), "spoofchk: 1 is neither on nor off");
	CHECK_STR(told("link_state", "up"),
		  "link_state: up is neither auto (as the physical function's) nor enable nor disable");
	CHECK_STR(told("max_tx_rate", "4294967296"),
		  "max_tx_rate: 4294967296 is not a number of Mbit/s; 0 is no limit");
	CHECK_STR(told("max_tx_rate", "1e3"), "max_tx_rate: 1e3 is not a number of Mbit/s; 0 is no limit");
	CHECK_STR(told("rate", "1"), "a virtual function has no setting rate");
}

static void test_names_are_known_by_their_whole_length(void)
{
	CHECK(vf_net_knows("mac=stable", 3) && vf_net_knows("max_tx_rate", 11));
	CHECK(!vf_net_knows("mac", 2) && !vf_net_knows("macs", 4) && !vf_net_knows("", 0));
	CHECK_STR(vf_net_name(VF_NET_LINK_STATE), "link_state");
	CHECK(!vf_net_first(&(struct vf_net){ 0 }));
	CHECK_STR(vf_net_first(&(struct vf_net){ .set = 1U << VF_NET_SPOOFCHK | 1U << VF_NET_TRUST }),
		  "trust");
}

static void test_only_its_own_text_is_read(void)
{
	static const char all[] =
		"mac=52:54:00:12:34:56,vlan=10:5,trust=on,spoofchk=off,link_state=enable,max_tx_rate=1000";
	static const char *const bad[] = { "vlan=10,mac=stable",
					   "vlan=10,",
					   ",vlan=10",
					   "vlan=10,vlan=10",
					   "vlan=010",
					   "vlan=10:0",
					   "vlan",
					   "vlan=",
					   "mac=52:54:00:AB:00:00",
					   "trust=on ",
					   "teapot=1",
					   "vlan=10,,trust=on" };
	struct vf_net net = { .vlan = 77 };
	char text[VF_NET_LEN];

	CHECK(vf_net_parse(all, &net) == 0 && net.set == (1U << VF_NET_KEYS) - 1);
	CHECK(net.vlan == 10 && net.qos == 5 && net.trust && !net.spoofchk && net.max_tx_rate == 1000);
	CHECK(net.link_state == VF_LINK_ENABLE && net.mac[5] == 0x56 && net.mac_kind == VF_MAC_GIVEN);
	CHECK_STR(vf_net_text(&net, text), all);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(vf_net_parse(bad[i], &net) == 1);
	CHECK(net.vlan == 10);
	CHECK(vf_net_parse("", &net) == 0 && net.set == 0);
	/* What a driver reports may be an address that nobody can ask for. */
	CHECK(vf_net_parse("mac=00:00:00:00:00:00", &net) == 0 && !vf_mac_is_unicast(net.mac));
}

static void test_the_longest_text_fits(void)
{
	static const char longest[] = "mac=52:54:00:12:34:56,vlan=4094:7,trust=off,spoofchk=off,"
				      "link_state=disable,max_tx_rate=4294967295";
	struct vf_net net;
	char text[VF_NET_LEN];

	CHECK(sizeof(longest) <= VF_NET_LEN);
	CHECK(vf_net_parse(longest, &net) == 0);
	CHECK_STR(vf_net_text(&net, text), longest);
}

static struct vf_net net_of(const char *text)
{
	struct vf_net net;

	CHECK(vf_net_parse(text, &net) == 0);
	return net;
}

static void test_a_wish_stands_above(void)
{
	struct vf_net model = net_of("mac=stable,vlan=10:5,trust=off"),
		      wish = net_of("mac=52:54:00:12:34:56,vlan=0,max_tx_rate=5");
	char text[VF_NET_LEN];

	vf_net_merge(&model, &wish);
	CHECK_STR(vf_net_text(&model, text), "mac=52:54:00:12:34:56,vlan=0,trust=off,max_tx_rate=5");
}

static void test_a_part_has_only_what_both_have(void)
{
	struct vf_net has = net_of("mac=00:00:00:00:00:00,vlan=0,spoofchk=on"),
		      wish = net_of("vlan=10,trust=on,spoofchk=off"), part = vf_net_part(&has, &wish),
		      one = vf_net_only(&has, VF_NET_SPOOFCHK);
	char text[VF_NET_LEN];

	CHECK_STR(vf_net_text(&part, text), "vlan=0,spoofchk=on");
	CHECK_STR(vf_net_text(&one, text), "spoofchk=on");
	one = vf_net_only(&has, VF_NET_TRUST);
	CHECK(one.set == 0);
	CHECK(vf_net_same(&has, &part, VF_NET_VLAN) && !vf_net_same(&has, &wish, VF_NET_VLAN));
	CHECK(!vf_net_same(&has, &part, VF_NET_TRUST) && !vf_net_same(&part, &has, VF_NET_MAC));
}

/* Calculated by another program, from the words of the manual. */
static void test_the_stable_address_is_the_documented_one(void)
{
	static const struct {
		const char *uuid, *request, *mac;
	} rows[] = {
		{ UUID, "nic", "02:6b:9a:ef:a4:8f" },
		{ UUID, "nic.0", "12:7c:a3:23:3f:47" },
		{ UUID, "nic.1", "12:7c:a3:23:20:b4" },
		{ "00000000-0000-0000-0000-000000000000", "gpu-net.999", "2e:e9:f9:51:a2:81" },
	};
	uint8_t mac[VF_MAC_BYTES];
	char text[VF_MAC_LEN];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		vf_net_stable_mac(rows[i].uuid, rows[i].request, mac);
		CHECK_STR(vf_mac_format(mac, text), rows[i].mac);
	}
}

static void test_stable_addresses_are_local_unicast_and_differ(void)
{
	enum { MANY = 1000 };
	static uint8_t macs[MANY][VF_MAC_BYTES];

	for (int i = 0; i < MANY; i++) {
		char request[16];

		snprintf(request, sizeof(request), "nic.%d", i);
		vf_net_stable_mac(UUID, request, macs[i]);
		CHECK((macs[i][0] & 3) == 2 && vf_mac_is_unicast(macs[i]));
		for (int k = 0; k < i; k++)
			CHECK(memcmp(macs[i], macs[k], VF_MAC_BYTES) != 0);
	}
}

static void test_a_wish_is_resolved_for_a_domain_and_a_request(void)
{
	struct vf_net net = net_of("mac=stable,vlan=10"), kept = net_of("mac=keep,trust=on"),
		      given = net_of("mac=52:54:00:12:34:56"), none = net_of("vlan=3");
	uint8_t mac[VF_MAC_BYTES];
	char text[VF_NET_LEN];

	vf_net_stable_mac(UUID, "nic.1", mac);
	vf_net_resolve(&net, UUID, "nic.1");
	CHECK(net.mac_kind == VF_MAC_GIVEN && memcmp(net.mac, mac, sizeof(mac)) == 0 && net.vlan == 10);
	vf_net_resolve(&kept, UUID, "nic.1");
	CHECK_STR(vf_net_text(&kept, text), "trust=on");
	vf_net_resolve(&given, UUID, "nic.1");
	CHECK_STR(vf_net_text(&given, text), "mac=52:54:00:12:34:56");
	vf_net_resolve(&none, UUID, "nic.1");
	CHECK_STR(vf_net_text(&none, text), "vlan=3");
}

int main(void)
{
	RUN(test_each_setting_is_written_as_it_is_read);
	RUN(test_a_value_that_is_none_says_what_to_write);
	RUN(test_names_are_known_by_their_whole_length);
	RUN(test_only_its_own_text_is_read);
	RUN(test_the_longest_text_fits);
	RUN(test_a_wish_stands_above);
	RUN(test_a_part_has_only_what_both_have);
	RUN(test_the_stable_address_is_the_documented_one);
	RUN(test_stable_addresses_are_local_unicast_and_differ);
	RUN(test_a_wish_is_resolved_for_a_domain_and_a_request);
	return 0;
}
