/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/vf/vf_message.c host/vf/vf_program.c host/process/child.c model/lease/vf_net.c model/pci/address.c base/error.c */
/* libs: libmnl */
/* The kernel's answers about virtual functions, what pcitag-vf-net prints of them, and settings as text. */
#include <net/if.h>

#include "fuzz.h"
#include "host/vf/vf_message.h"
#include "host/vf/vf_program.h"

/* What a driver tells is a text that is read again. */
static void check_settings(const struct vf_net *net)
{
	char text[VF_NET_LEN], again[VF_NET_LEN];
	struct vf_net back;

	vf_net_text(net, text);
	REQUIRE(strlen(text) < VF_NET_LEN - 1 && !strpbrk(text, " \n"));
	REQUIRE(vf_net_parse(text, &back) == 0 && back.set == net->set);
	REQUIRE(strcmp(vf_net_text(&back, again), text) == 0);
}

static int take(const struct vf_state *state, void *context, struct error *err)
{
	unsigned *left = context;

	(void)err;
	REQUIRE(state->ifindex > 0 && state->ifindex <= INT32_MAX);
	REQUIRE(state->interface[0] && strlen(state->interface) < IF_NAMESIZE);
	REQUIRE(state->net.mac_kind == VF_MAC_GIVEN);
	check_settings(&state->net);
	if (*left == 0)
		return error_set(err, 0, "no more");
	--*left;
	return 0;
}

/* As libmnl passes it on: the header is within the bytes, and says how many there are. */
static void check_message(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	unsigned left = 3;
	struct nlmsghdr *message;

	if (size < sizeof(*message) || size > 65536)
		return;
	/* Lengths are rounded up (libmnl, mnl_nlmsg_get_payload_tail). */
	message = calloc(1, MNL_ALIGN(size));
	REQUIRE(message);
	memcpy(message, data, size);
	message->nlmsg_len = (unsigned)size;
	if (vf_message_read(message, take, &left, &err) != 0)
		require_message(&err);
	else
		require_no_message(&err);
	free(message);
}

static void check_list(const char *text)
{
	struct error err = { 0 };
	struct vf_list list;

	if (vf_list_read(text, &list, &err) == 0) {
		require_no_message(&err);
		for (size_t i = 0; i < list.count; i++) {
			REQUIRE(list.items[i].ifindex > 0 && list.items[i].interface[0]);
			check_settings(&list.items[i].net);
		}
	} else {
		require_message(&err);
	}
	vf_list_clear(&list);
}

/* A setting that is accepted is the same when it is read again, and can be put into a request. */
static void check_text(const char *text)
{
	char buf[VF_MESSAGE_LEN], again[VF_NET_LEN];
	struct vf_net net;

	if (vf_net_parse(text, &net) != 0)
		return;
	REQUIRE(strcmp(vf_net_text(&net, again), text) == 0);
	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		struct vf_net one = vf_net_only(&net, key);

		if (one.set)
			REQUIRE(vf_message_set(1, 0, &one, buf)->nlmsg_len <= VF_MESSAGE_LEN);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	check_message(data, size);
	check_list(text);
	check_text(text);
	free(text);
	return 0;
}
