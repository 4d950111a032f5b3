/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* The kernel sends at most 32 KiB at a time (net/netlink/af_netlink.c, netlink_dump). */
#define BUFFER_LEN (64 << 10)
#define BODY_MAX 64
#define TRIES 3
/* The largest error number (kernel: include/linux/err.h, MAX_ERRNO). */
#define ERRNO_MAX 4095

struct exchange {
	const struct netlink_request *request;
	void *context;
	bool is_interrupted; /* the list has changed meanwhile */
	bool is_failed;	     /* the receiving function has failed: *err is set */
};

static int send_request(int fd, const struct netlink_request *request)
{
	struct {
		struct nlmsghdr header;
		unsigned char body[BODY_MAX];
	} message = { 0 };

	message.header.nlmsg_len = (unsigned int)NLMSG_LENGTH(request->len);
	message.header.nlmsg_type = (uint16_t)request->type;
	message.header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | request->flags);
	memcpy(message.body, request->body, request->len);
	return send(fd, &message, message.header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* Returns 0 to continue, 1 at the end of the list, or a negative errno value. */
static int take(struct exchange *exchange, const struct nlmsghdr *header, struct error *err)
{
	const struct netlink_request *request = exchange->request;
	const struct nlmsgerr *end = NLMSG_DATA(header);
	const char *body = NLMSG_DATA(header);
	size_t len = header->nlmsg_len - NLMSG_LENGTH(0), start = NLMSG_ALIGN(request->answer_header);

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		exchange->is_interrupted = true;
	if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
		int code = len >= sizeof(int) ? end->error : 0;

		if (code < -ERRNO_MAX)
			return -EPROTO;
		return code < 0 ? code : 1;
	}
	if (header->nlmsg_type != request->answer || len < start)
		return 0;
	exchange->is_failed = request->message(body, (struct netlink_value){ body + start, len - start },
					       exchange->context, err) < 0;
	return exchange->is_failed ? -ECANCELED : 0;
}

/* As take(), for a datagram. The last message need not be padded, so NLMSG_NEXT() would step past the end. */
static int take_all(struct exchange *exchange, const char *at, size_t left, struct error *err)
{
	int rc = 0;

	while (rc == 0 && left >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *header = (const void *)at;
		size_t whole = NLMSG_ALIGN((size_t)header->nlmsg_len);

		if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > left)
			return 0;
		rc = take(exchange, header, err);
		if (whole > left)
			whole = left;
		at += whole;
		left -= whole;
	}
	return rc;
}

static int receive(int fd, struct exchange *exchange, struct error *err)
{
	CLEANUP_FREE char *buffer = malloc(BUFFER_LEN);
	int rc = 0;

	if (!buffer)
		return -ENOMEM;
	while (rc == 0) {
		ssize_t n = recv(fd, buffer, BUFFER_LEN, MSG_TRUNC);

		if (n <= 0 || n > BUFFER_LEN)
			return n < 0 ? -errno : -EMSGSIZE;
		rc = take_all(exchange, buffer, (size_t)n, err);
	}
	return rc < 0 ? rc : 0;
}

static bool is_unknown(int code)
{
	return code == -ENOENT || code == -EOPNOTSUPP || code == -EPROTONOSUPPORT || code == -EAFNOSUPPORT ||
	       code == -EINVAL;
}

/* Returns 0 or a negative errno value. */
static int ask_once(struct exchange *exchange, struct error *err)
{
	CLEANUP_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, exchange->request->protocol);
	struct timeval patience = { .tv_sec = 1 };
	int rc;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	exchange->is_interrupted = false;
	rc = send_request(fd, exchange->request);
	return rc == 0 ? receive(fd, exchange, err) : rc;
}

int netlink_ask(const struct netlink_request *request, void *context, struct error *err)
{
	struct exchange exchange = { .request = request, .context = context };

	for (int i = 0; i < TRIES; i++) {
		int rc = ask_once(&exchange, err);

		if (exchange.is_failed)
			return -1;
		if (rc < 0)
			return is_unknown(rc) ? NETLINK_UNKNOWN
					      : error_set(err, -rc, "cannot list %s", request->what);
		if (!exchange.is_interrupted)
			break;
	}
	return 0;
}

struct netlink_value netlink_attribute(struct netlink_value attributes, unsigned int type)
{
	const char *at = attributes.at;
	size_t len = attributes.len;

	while (len >= sizeof(struct nlattr)) {
		struct nlattr attribute;
		size_t whole;

		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > len)
			break;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type)
			return (struct netlink_value){ at + sizeof(attribute),
						       attribute.nla_len - sizeof(attribute) };
		whole = NLA_ALIGN(attribute.nla_len);
		if (whole > len)
			break;
		at += whole;
		len -= whole;
	}
	return (struct netlink_value){ 0 };
}

unsigned int netlink_number(struct netlink_value attributes, unsigned int type, unsigned int fallback)
{
	struct netlink_value value = netlink_attribute(attributes, type);
	unsigned int number = fallback;

	if (value.len >= sizeof(number))
		memcpy(&number, value.at, sizeof(number));
	return number;
}
