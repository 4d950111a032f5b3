/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/vf/vf_message.c model/lease/vf_net.c model/pci/address.c base/error.c */
/* libs: libmnl */
/* Messages of rtnetlink about virtual functions, byte by byte: little-endian, as on the machines of the
 * tests. */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "host/vf/vf_message.h"
#include "test.h"

static struct error err;

static struct vf_net net_of(const char *text)
{
	struct vf_net net;

	CHECK(vf_net_parse(text, &net) == 0);
	return net;
}

/* Compares what is behind the two headers with what `ip link set DEV vf 3 ...` sends there. */
static void check_set(const char *setting, const unsigned char *expected, size_t len)
{
	struct vf_net net = net_of(setting);
	char buf[VF_MESSAGE_LEN];
	const struct nlmsghdr *message = vf_message_set(7, 3, &net, buf);
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const unsigned char *body = (const unsigned char *)(info + 1);

	CHECK(message->nlmsg_type == RTM_SETLINK && message->nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK));
	CHECK(info->ifi_index == 7 && info->ifi_family == AF_UNSPEC && info->ifi_change == 0);
	CHECK(message->nlmsg_len == NLMSG_LENGTH(sizeof(*info)) + len);
	for (size_t i = 0; i < len; i++) {
		/* Its attributes of attributes are not marked as such; the kernel accepts both. */
		unsigned char is = i == 3 || i == 7 ? body[i] & 0x7f : body[i];

		if (is != expected[i])
			fprintf(stderr, "%s: byte %zu is %02x, not %02x\n", setting, i, is, expected[i]);
		CHECK(is == expected[i]);
	}
}

#define CHECK_SET(setting, ...)                                        \
	do {                                                           \
		static const unsigned char bytes_[] = { __VA_ARGS__ }; \
		check_set(setting, bytes_, sizeof(bytes_));            \
	} while (0)

static void test_each_setting_is_one_attribute(void)
{
	/* clang-format off */
	CHECK_SET("mac=52:54:00:12:34:56",
		  0x30, 0, 22, 0, 0x2c, 0, 1, 0, 0x28, 0, 1, 0, 3, 0, 0, 0, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0,
		  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	CHECK_SET("vlan=10:5", 0x18, 0, 22, 0, 0x14, 0, 1, 0, 0x10, 0, 2, 0, 3, 0, 0, 0, 10, 0, 0, 0, 5, 0, 0, 0);
	CHECK_SET("max_tx_rate=1000", 0x14, 0, 22, 0, 0x10, 0, 1, 0, 0x0c, 0, 3, 0, 3, 0, 0, 0, 0xe8, 3, 0, 0);
	CHECK_SET("spoofchk=on", 0x14, 0, 22, 0, 0x10, 0, 1, 0, 0x0c, 0, 4, 0, 3, 0, 0, 0, 1, 0, 0, 0);
	CHECK_SET("link_state=disable", 0x14, 0, 22, 0, 0x10, 0, 1, 0, 0x0c, 0, 5, 0, 3, 0, 0, 0, 2, 0, 0, 0);
	CHECK_SET("trust=on", 0x14, 0, 22, 0, 0x10, 0, 1, 0, 0x0c, 0, 9, 0, 3, 0, 0, 0, 1, 0, 0, 0);
	/* clang-format on */
}

static void test_the_list_is_asked_for_with_functions_and_without_statistics(void)
{
	char buf[VF_MESSAGE_LEN];
	const struct nlmsghdr *message = vf_message_list(buf);
	const struct nlattr *mask = mnl_nlmsg_get_payload_offset(message, sizeof(struct ifinfomsg));

	CHECK(message->nlmsg_type == RTM_GETLINK && message->nlmsg_flags == (NLM_F_REQUEST | NLM_F_DUMP));
	CHECK(mnl_attr_get_type(mask) == IFLA_EXT_MASK && mnl_attr_get_u32(mask) == 9);
}

/* ---- answers ------------------------------------------------------------------------------------------ */

static struct vf_state got[8];
static size_t got_count;

static int take(const struct vf_state *state, void *context, struct error *error)
{
	if (context)
		return error_set(error, 0, "no more");
	CHECK(got_count < ARRAY_SIZE(got));
	got[got_count++] = *state;
	return 0;
}

/* clang-format off */
#define NAME(...) 0x0c, 0, 3, 0, __VA_ARGS__
#define ETH7 NAME('e', 't', 'h', '7', 0, 0, 0, 0)
#define PARENT 0x11, 0, 56, 0, '0', '0', '0', '0', ':', '0', '1', ':', '0', '0', '.', '0', 0, 0, 0, 0
#define MAC(vf, last) 0x28, 0, 1, 0, vf, 0, 0, 0, 2, 0, 0, 0, 0, last, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define PAIR(type, a, b) 0x0c, 0, type, 0, a, 0, 0, 0, b, 0, 0, 0
#define TRIPLE(type, a, b, c) 0x10, 0, type, 0, a, 0, 0, 0, b, 0, 0, 0, c, 0, 0, 0
#define UNTOLD(type, vf) 0x0c, 0, type, 0, vf, 0, 0, 0, 0xff, 0xff, 0xff, 0xff
#define TAG(vf, vlan, proto1, proto2) 0x18, 0, 12, 0, 0x14, 0, 1, 0, vf, 0, 0, 0, vlan, 0, 0, 0, 0, 0, 0, 0, \
				      proto1, proto2, 0, 0
/* clang-format on */

/* A message with these attributes behind its header. */
static void read_message(unsigned type, unsigned flags, const unsigned char *body, size_t len)
{
	static char buf[4096];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;

	message->nlmsg_type = RTM_NEWLINK;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_type = (unsigned short)type;
	info->ifi_index = 7;
	info->ifi_flags = flags;
	memcpy((char *)(info + 1), body, len);
	message->nlmsg_len += (unsigned)len;
	got_count = 0;
	CHECK(vf_message_read(message, take, NULL, &err) == 0);
}

#define READ(type, flags, ...)                                         \
	do {                                                           \
		static const unsigned char bytes_[] = { __VA_ARGS__ }; \
		read_message(type, flags, bytes_, sizeof(bytes_));     \
	} while (0)

static const char *text_of(size_t i)
{
	static char text[VF_NET_LEN];

	CHECK(i < got_count);
	return vf_net_text(&got[i].net, text);
}

/* As the kernel writes two functions of an igb: trust, spoofchk and rates are told, RSS queries are not. */
static void test_all_that_a_driver_tells_is_read(void)
{
	/* clang-format off */
	READ(1, 1, ETH7, PARENT,
	     0x04 + 2 * (4 + 40 + 16 + 16 + 12 + 12 + 12 + 12 + 12 + 24) - 256, 1, 22, 0,
	     4 + 40 + 16 + 16 + 12 + 12 + 12 + 12 + 12 + 24, 0, 1, 0,
	     MAC(0, 0x11), TRIPLE(2, 0, 10, 5), TRIPLE(6, 0, 0, 100), PAIR(3, 0, 100), PAIR(4, 0, 1),
	     PAIR(5, 0, 2), UNTOLD(7, 0), PAIR(9, 0, 1), TAG(0, 10, 0x81, 0),
	     4 + 40 + 16 + 16 + 12 + 12 + 12 + 12 + 12 + 24, 0, 1, 0,
	     MAC(1, 0x12), TRIPLE(2, 1, 0, 0), TRIPLE(6, 1, 0, 0), PAIR(3, 1, 0), UNTOLD(4, 1),
	     PAIR(5, 1, 0), UNTOLD(7, 1), UNTOLD(9, 1), TAG(1, 0, 0x81, 0));
	/* clang-format on */
	CHECK(got_count == 2);
	CHECK_STR(got[0].interface, "eth7");
	CHECK(got[0].ifindex == 7 && got[0].is_up && got[0].has_parent && got[0].parent.bus == 1);
	CHECK(got[0].vf == 0 && got[1].vf == 1);
	CHECK_STR(text_of(0), "mac=02:00:00:00:00:11,vlan=10:5,trust=on,spoofchk=on,link_state=disable,"
			      "max_tx_rate=100");
	/* What is not told is not there. */
	CHECK_STR(text_of(1), "mac=02:00:00:00:00:12,vlan=0,link_state=auto,max_tx_rate=0");
}

static void test_what_cannot_be_put_back_counts_as_not_told(void)
{
	/* clang-format off */
	/* A tag of IEEE 802.1ad. */
	READ(1, 0, ETH7, 4 + 4 + 40 + 16 + 24, 0, 22, 0, 4 + 40 + 16 + 24, 0, 1, 0,
	     MAC(0, 1), TRIPLE(2, 0, 10, 0), TAG(0, 10, 0x88, 0xa8));
	CHECK_STR(text_of(0), "mac=02:00:00:00:00:01");
	CHECK(!got[0].is_up && !got[0].has_parent);
	/* The reserved VLAN. */
	READ(1, 0, ETH7, 4 + 4 + 40 + 16, 0, 22, 0, 4 + 40 + 16, 0, 1, 0,
	     MAC(0, 1), 0x10, 0, 2, 0, 0, 0, 0, 0, 0xff, 0x0f, 0, 0, 0, 0, 0, 0);
	CHECK_STR(text_of(0), "mac=02:00:00:00:00:01");
	/* InfiniBand has other addresses. */
	READ(32, 0, ETH7, 4 + 4 + 40 + 12, 0, 22, 0, 4 + 40 + 12, 0, 1, 0, MAC(0, 1), PAIR(5, 0, 1));
	CHECK_STR(text_of(0), "link_state=enable");
	/* clang-format on */
}

static void test_short_and_foreign_messages_have_no_function(void)
{
	static const struct nlmsghdr other = { .nlmsg_len = sizeof(other), .nlmsg_type = RTM_NEWADDR },
				     shorter = { .nlmsg_len = sizeof(shorter), .nlmsg_type = RTM_NEWLINK };

	got_count = 0;
	CHECK(vf_message_read(&other, take, NULL, &err) == 0 && got_count == 0);
	CHECK(vf_message_read(&shorter, take, NULL, &err) == 0 && got_count == 0);
	/* clang-format off */
	READ(1, 1, ETH7);
	CHECK(got_count == 0);
	/* Without a name. */
	READ(1, 1, 4 + 4 + 40, 0, 22, 0, 4 + 40, 0, 1, 0, MAC(0, 1));
	CHECK(got_count == 0);
	/* A name without an end. */
	READ(1, 1, 8, 0, 3, 0, 'e', 't', 'h', '7', 4 + 4 + 40, 0, 22, 0, 4 + 40, 0, 1, 0, MAC(0, 1));
	CHECK(got_count == 0);
	/* Without the number of the function, and with half of it. */
	READ(1, 1, ETH7, 4 + 4 + 12, 0, 22, 0, 4 + 12, 0, 1, 0, PAIR(9, 0, 1));
	CHECK(got_count == 0);
	READ(1, 1, ETH7, 4 + 4 + 8, 0, 22, 0, 4 + 8, 0, 1, 0, 8, 0, 1, 0, 1, 0, 0, 0);
	CHECK(got_count == 0);
	/* An attribute that is longer than its list ends it. */
	READ(1, 1, ETH7, 4 + 4 + 40, 0, 22, 0, 4 + 44, 0, 1, 0, MAC(0, 1));
	CHECK(got_count == 0);
	/* clang-format on */
}

static void test_a_failure_of_the_receiver_is_passed_on(void)
{
	static char buf[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;
	struct ifla_vf_mac mac = { 0 };
	struct nlattr *list, *one;

	message->nlmsg_type = RTM_NEWLINK;
	info = mnl_nlmsg_put_extra_header(message, sizeof(*info));
	info->ifi_index = 1;
	mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
	list = mnl_attr_nest_start(message, IFLA_VFINFO_LIST);
	one = mnl_attr_nest_start(message, IFLA_VF_INFO);
	mnl_attr_put(message, IFLA_VF_MAC, sizeof(mac), &mac);
	mnl_attr_nest_end(message, one);
	mnl_attr_nest_end(message, list);
	CHECK(vf_message_read(message, take, &err, &err) == -1);
	CHECK_STR(err.msg, "no more");
}

int main(void)
{
	RUN(test_each_setting_is_one_attribute);
	RUN(test_the_list_is_asked_for_with_functions_and_without_statistics);
	RUN(test_all_that_a_driver_tells_is_read);
	RUN(test_what_cannot_be_put_back_counts_as_not_told);
	RUN(test_short_and_foreign_messages_have_no_function);
	RUN(test_a_failure_of_the_receiver_is_passed_on);
	return 0;
}
