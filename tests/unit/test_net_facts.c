/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/net/facts.c host/net/away.c host/process/progress.c host/net/netlink.c model/system/packet_filter.c model/pci/address.c */
/* links: base/fileio.c base/text.c base/error.c */
#include "host/net/facts.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The kernel: what it answers to a request of this type and family; every other list is empty. */
static struct {
	int type, family;
	int error;
	char message[512];
	size_t len;
	bool is_apart; /* the message is a datagram of its own, and ends where its text ends */
} kernel;

static bool is_it; /* the request that was sent last */

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
	is_it = header->nlmsg_type == kernel.type &&
		*(const unsigned char *)NLMSG_DATA(header) == kernel.family;
	return (ssize_t)len;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	struct {
		struct nlmsghdr header;
		int error;
	} end = { .header = { .nlmsg_len = sizeof(end), .nlmsg_type = NLMSG_DONE } };
	size_t len = is_it ? kernel.len : 0;

	(void)fd, (void)flags;
	if (is_it && kernel.is_apart) {
		is_it = false;
		memcpy(buffer, kernel.message, kernel.len);
		return (ssize_t)kernel.len;
	}
	if (is_it)
		end.error = kernel.error;
	CHECK(len + sizeof(end) <= size);
	memcpy(buffer, kernel.message, len);
	memcpy((char *)buffer + len, &end, sizeof(end));
	return (ssize_t)(len + sizeof(end));
}

/* It answers requests of @type for @family with one message: @answer, and @body. */
static void kernel_has(int type, int family, int answer, const void *body, size_t len)
{
	struct nlmsghdr header = { .nlmsg_type = (uint16_t)answer, .nlmsg_len = (uint32_t)NLMSG_LENGTH(len) };

	memset(&kernel, 0, sizeof(kernel));
	kernel.type = type;
	kernel.family = family;
	memcpy(kernel.message, &header, sizeof(header));
	memcpy(kernel.message + NLMSG_HDRLEN, body, len);
	kernel.len = NLMSG_ALIGN(header.nlmsg_len);
}

/* What interface 7 is used for; "" for nothing. */
static const char *use_of_7(void)
{
	static char text[NET_FACT_LEN];
	struct net_facts facts = { 0 };
	struct error err = { 0 };
	const struct net_fact *fact;

	CHECK(net_facts_read(&facts, "/nowhere", &err) == 0);
	fact = net_facts_find(&facts, 7);
	snprintf(text, sizeof(text), "%s", fact ? fact->text : "");
	net_facts_clear(&facts);
	return text;
}

static struct {
	struct xdp_diag_msg msg;
	struct nlattr attribute;
	struct xdp_diag_info info;
} xdp_socket = {
	.msg = { .xdiag_family = AF_XDP, .xdiag_type = SOCK_RAW },
	.attribute = { sizeof(struct nlattr) + sizeof(struct xdp_diag_info), XDP_DIAG_INFO },
	.info = { .ifindex = 7, .queue_id = 1 },
};

static void test_an_xdp_socket(void)
{
	kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, &xdp_socket, sizeof(xdp_socket));
	CHECK_STR(use_of_7(), "has an AF_XDP socket");
	xdp_socket.info.ifindex = 0; /* not bound */
	kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, &xdp_socket, sizeof(xdp_socket));
	CHECK_STR(use_of_7(), "");
	xdp_socket.info.ifindex = 7;
}

static void test_a_kernel_that_tells_no_xdp_sockets(void)
{
	kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, &xdp_socket, 0);
	kernel.error = -ENOENT;
	CHECK_STR(use_of_7(), "");
}

static void test_messages_that_are_cut_short(void)
{
	for (size_t len = 0; len < sizeof(xdp_socket); len++) {
		kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, &xdp_socket, len);
		CHECK_STR(use_of_7(), "");
	}
}

static void test_a_last_message_without_padding(void)
{
	char body[sizeof(xdp_socket) + 1] = "";

	memcpy(body, &xdp_socket, sizeof(xdp_socket));
	kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, body, sizeof(body));
	kernel.is_apart = true;
	kernel.len = NLMSG_LENGTH(sizeof(body));
	CHECK_STR(use_of_7(), "has an AF_XDP socket");
}

static void test_a_list_that_fails_is_an_error(void)
{
	struct net_facts facts = { 0 };
	struct error err = { 0 };

	kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, &xdp_socket, 0);
	kernel.error = -ENOMEM;
	CHECK(net_facts_read(&facts, "/nowhere", &err) < 0);
	CHECK_STR(err.msg, "cannot list AF_XDP sockets: Cannot allocate memory");
	net_facts_clear(&facts);
}

static void test_an_error_number_that_is_none(void)
{
	struct net_facts facts = { 0 };
	struct error err = { 0 };

	kernel_has(SOCK_DIAG_BY_FAMILY, AF_XDP, SOCK_DIAG_BY_FAMILY, &xdp_socket, 0);
	kernel.error = INT_MIN;
	CHECK(net_facts_read(&facts, "/nowhere", &err) < 0);
	CHECK_STR(err.msg, "cannot list AF_XDP sockets: Protocol error");
	net_facts_clear(&facts);
}

int main(void)
{
	RUN(test_an_xdp_socket);
	RUN(test_a_kernel_that_tells_no_xdp_sockets);
	RUN(test_messages_that_are_cut_short);
	RUN(test_a_last_message_without_padding);
	RUN(test_a_list_that_fails_is_an_error);
	RUN(test_an_error_number_that_is_none);
	return 0;
}
