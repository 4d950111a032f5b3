/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/net/facts.c host/net/away.c host/process/progress.c host/net/netlink.c model/system/packet_filter.c model/pci/address.c base/fileio.c base/text.c base/error.c */
/*
 * What the kernel answers to the questions about network interfaces: the input is cut into datagrams (two
 * bytes of length each), which every question gets in turn, with its own end of the list behind them.
 */
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "host/net/facts.h"
#include "fuzz.h"

/* What one answer may list of other namespaces: each is asked in its turn. */
#define QUESTIONS_MAX 64

static const uint8_t *rest;
static size_t rest_len;
static unsigned int questions;

int socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)fd, (void)level, (void)name, (void)value, (void)len;
	return 0;
}

ssize_t send(int fd, const void *request, size_t len, int flags)
{
	const struct nlmsghdr *header = request;

	(void)fd, (void)flags;
	REQUIRE(header->nlmsg_len == len && len <= 128);
	questions++;
	return (ssize_t)len;
}

static ssize_t end_of_list(void *buffer)
{
	struct {
		struct nlmsghdr header;
		int error;
	} end = { .header = { .nlmsg_len = sizeof(end), .nlmsg_type = NLMSG_DONE } };

	end.error = 0;
	memcpy(buffer, &end, sizeof(end));
	return sizeof(end);
}

/* The buffer is as the reader made it: what is behind a datagram was never written. */
ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	size_t len;

	(void)fd, (void)flags;
	if (rest_len < 2 || questions > QUESTIONS_MAX)
		return end_of_list(buffer);
	len = (size_t)rest[0] << 8 | rest[1];
	rest += 2;
	rest_len -= 2;
	if (len > rest_len)
		len = rest_len;
	if (len > size)
		len = size;
	memcpy(buffer, rest, len);
	rest += len;
	rest_len -= len;
	return (ssize_t)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_facts facts = { 0 };
	struct error err = { 0 };

	rest = data;
	rest_len = size;
	questions = 0;
	if (net_facts_read(&facts, "/nowhere", &err) < 0)
		require_message(&err);
	for (size_t i = 0; i < facts.count; i++) {
		REQUIRE(facts.items[i].ifindex != 0);
		REQUIRE(strnlen(facts.items[i].text, NET_FACT_LEN) < NET_FACT_LEN && facts.items[i].text[0]);
		REQUIRE(net_facts_find(&facts, facts.items[i].ifindex) == &facts.items[i]);
	}
	net_facts_clear(&facts);
	return 0;
}
