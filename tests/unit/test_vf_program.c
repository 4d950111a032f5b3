/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/vf/vf_program.c host/process/child.c model/lease/vf_net.c model/pci/address.c base/error.c */
/* The answer of pcitag-vf-net, as the engine reads it. */
#include "host/vf/vf_program.h"
#include "test.h"

static struct error err;

static void test_each_line_is_a_function(void)
{
	struct vf_list list;
	struct vf_net net;

	CHECK(vf_list_read("4 enp1s0f0 up 0000:01:00.0 0 mac=00:00:00:00:00:00,vlan=0,spoofchk=on\n"
			   "4 enp1s0f0 up 0000:01:00.0 127 -\n"
			   "5 eth1 down - 0 vlan=10:5\n",
			   &list, &err) == 0);
	CHECK(list.count == 3);
	CHECK(list.items[0].ifindex == 4 && list.items[0].is_up && list.items[0].has_parent);
	CHECK_STR(list.items[0].interface, "enp1s0f0");
	CHECK(list.items[0].parent.bus == 1 && list.items[0].vf == 0);
	CHECK(vf_net_has(&list.items[0].net, VF_NET_SPOOFCHK) && list.items[0].net.spoofchk);
	CHECK(list.items[1].vf == 127 && list.items[1].net.set == 0);
	CHECK(!list.items[2].is_up && !list.items[2].has_parent);
	CHECK(vf_net_parse("vlan=10:5", &net) == 0 && vf_net_same(&net, &list.items[2].net, VF_NET_VLAN));
	vf_list_clear(&list);
	CHECK(vf_list_read("", &list, &err) == 0 && list.count == 0);
}

static void test_anything_else_is_refused(void)
{
	static const char *const bad[] = {
		"4 eth0 up 0000:01:00.0 0 vlan=0",	      /* without its end */
		"4 eth0 up 0000:01:00.0 0 vlan=0\n\n",	      /* an empty line */
		"4 eth0 up 0000:01:00.0 0\n",		      /* a word too few */
		"4 eth0 up 0000:01:00.0 0 vlan=0 trust=on\n", /* and one too many */
		"0 eth0 up 0000:01:00.0 0 vlan=0\n",
		"-1 eth0 up 0000:01:00.0 0 vlan=0\n",
		"4294967296 eth0 up 0000:01:00.0 0 vlan=0\n",
		"4 sixteenletters00 up 0000:01:00.0 0 vlan=0\n",
		"4 eth0 gone 0000:01:00.0 0 vlan=0\n",
		"4 eth0 up 01:00 0 vlan=0\n",
		"4 eth0 up 0000:01:00.0 65536 vlan=0\n",
		"4 eth0 up 0000:01:00.0 0 vlan=4095\n",
		"4 eth0 up 0000:01:00.0 0 mac=stable\n",
		"4 eth0 up 0000:01:00.0 0 teapot=1\n",
	};
	struct vf_list list;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK(vf_list_read(bad[i], &list, &err) == -1);
		CHECK_STR(err.msg, "the answer of " VF_NET_PROGRAM " cannot be understood");
		vf_list_clear(&list);
	}
}

int main(void)
{
	RUN(test_each_line_is_a_function);
	RUN(test_anything_else_is_refused);
	return 0;
}
