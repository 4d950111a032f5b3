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

struct dump {
	int fd;
	int answer;
	netlink_message_fn *message;
	void *context;
	bool is_interrupted;
};

static int ask(int fd, int type, unsigned int flags, const void *body, size_t len)
{
	struct {
		struct nlmsghdr header;
		unsigned char body[BODY_MAX];
	} request = { 0 };

	request.header.nlmsg_len = (unsigned int)NLMSG_LENGTH(len);
	request.header.nlmsg_type = (uint16_t)type;
	request.header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	memcpy(request.body, body, len);
	return send(fd, &request, request.header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/*
 * Returns 0 to continue, 1 at the end of the list, or a negative errno value. Sets *failed when *err is
 * already set.
 */
static int take(struct dump *dump, const struct nlmsghdr *header, bool *failed, struct error *err)
{
	const struct nlmsgerr *answer = NLMSG_DATA(header);
	size_t len = header->nlmsg_len - NLMSG_LENGTH(0);
	int code;

	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		dump->is_interrupted = true;
	if (header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR) {
		code = len >= sizeof(int) ? answer->error : 0;
		if (code < -ERRNO_MAX)
			return -EPROTO;
		return code < 0 ? code : 1;
	}
	if (header->nlmsg_type != dump->answer)
		return 0;
	*failed = dump->message(NLMSG_DATA(header), len, dump->context, err) < 0;
	return *failed ? -ECANCELED : 0;
}

/* As take(), for a datagram. The last message need not be padded, so NLMSG_NEXT() would step past the end. */
static int take_all(struct dump *dump, const char *at, size_t left, bool *failed, struct error *err)
{
	int rc = 0;

	while (rc == 0 && left >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *header = (const void *)at;
		size_t whole = NLMSG_ALIGN((size_t)header->nlmsg_len);

		if (header->nlmsg_len < sizeof(*header) || header->nlmsg_len > left)
			return 0;
		rc = take(dump, header, failed, err);
		if (whole > left)
			whole = left;
		at += whole;
		left -= whole;
	}
	return rc;
}

static int receive(struct dump *dump, bool *failed, struct error *err)
{
	CLEANUP_FREE char *buffer = malloc(BUFFER_LEN);
	int rc = 0;

	if (!buffer)
		return -ENOMEM;
	while (rc == 0) {
		ssize_t n = recv(dump->fd, buffer, BUFFER_LEN, MSG_TRUNC);

		if (n <= 0 || n > BUFFER_LEN)
			return n < 0 ? -errno : -EMSGSIZE;
		rc = take_all(dump, buffer, (size_t)n, failed, err);
	}
	return rc < 0 ? rc : 0;
}

static bool is_unknown(int code)
{
	return code == -ENOENT || code == -EOPNOTSUPP || code == -EPROTONOSUPPORT || code == -EAFNOSUPPORT ||
	       code == -EINVAL;
}

/* A request. */
struct question {
	int protocol, type;
	unsigned int flags;
	const void *body;
	size_t len;
};

/* Returns 0, a negative errno value, or -ECANCELED with *failed. */
static int ask_once(const struct question *question, struct dump *dump, bool *failed, struct error *err)
{
	CLEANUP_CLOSE int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, question->protocol);
	struct timeval patience = { .tv_sec = 1 };
	int rc;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	dump->fd = fd;
	dump->is_interrupted = false;
	rc = ask(fd, question->type, question->flags, question->body, question->len);
	return rc == 0 ? receive(dump, failed, err) : rc;
}

static int ask_until_whole(const struct question *question, struct dump *dump, const char *what,
			   struct error *err)
{
	for (int i = 0; i < TRIES; i++) {
		bool failed = false;
		int rc = ask_once(question, dump, &failed, err);

		if (failed)
			return -1;
		if (rc < 0)
			return is_unknown(rc) ? NETLINK_UNKNOWN : error_set(err, -rc, "cannot list %s", what);
		if (!dump->is_interrupted)
			break;
	}
	return 0;
}

int netlink_dump(int protocol, int type, const void *body, size_t len, int answer, const char *what,
		 netlink_message_fn *message, void *context, struct error *err)
{
	struct question question = { protocol, type, NLM_F_DUMP, body, len };
	struct dump dump = { .answer = answer, .message = message, .context = context };

	return ask_until_whole(&question, &dump, what, err);
}

int netlink_ask(int protocol, int type, const void *body, size_t len, int answer, const char *what,
		netlink_message_fn *message, void *context, struct error *err)
{
	struct question question = { protocol, type, NLM_F_ACK, body, len };
	struct dump dump = { .answer = answer, .message = message, .context = context };

	return ask_until_whole(&question, &dump, what, err);
}

const void *netlink_attribute(const void *attributes, size_t len, unsigned int type, size_t *value_len)
{
	const unsigned char *at = attributes;

	while (len >= sizeof(struct nlattr)) {
		struct nlattr attribute;
		size_t whole;

		memcpy(&attribute, at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > len)
			return NULL;
		if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
			*value_len = attribute.nla_len - sizeof(attribute);
			return at + sizeof(attribute);
		}
		whole = NLA_ALIGN(attribute.nla_len);
		if (whole > len)
			return NULL;
		at += whole;
		len -= whole;
	}
	return NULL;
}

unsigned int netlink_number(const void *attributes, size_t len, unsigned int type, unsigned int fallback)
{
	size_t value_len = 0;
	const void *value = netlink_attribute(attributes, len, type, &value_len);
	unsigned int number = fallback;

	if (value && value_len >= sizeof(number))
		memcpy(&number, value, sizeof(number));
	return number;
}
