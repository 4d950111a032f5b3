/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads lists from the kernel through netlink(7). Changes nothing. */
#ifndef PCITAG_HOST_NET_NETLINK_H
#define PCITAG_HOST_NET_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>

#include "base/error.h"

/* The value of an attribute, or all attributes of a message: bytes that are valid during the call. */
struct netlink_value {
	const void *at; /* NULL when there is no such attribute */
	size_t len;
};

/* Receives one message of the reply: its header, and what follows. Returns 0, or -1 with *err. */
typedef int netlink_message_fn(const void *header, struct netlink_value attributes, void *context,
			       struct error *err);

struct netlink_request {
	int protocol; /* NETLINK_ROUTE, NETLINK_SOCK_DIAG */
	int type;
	unsigned int flags; /* NLM_F_DUMP for a list, else NLM_F_ACK */
	int answer;	    /* @message receives each message of this type */
	const void *body;
	size_t len;	      /* of the body: at most 64 bytes */
	size_t answer_header; /* bytes of the header of such a message; shorter messages are skipped */
	const char *what;     /* for the error: "cannot list <what>" */
	netlink_message_fn *message;
};

/*
 * Initializes a request for a list, whose header is of struct @type; the last arguments initialize that.
 * @header: struct of the messages' header
 */
#define NETLINK_LIST(protocol, get, type, new, header, what, take, ...)                                   \
	{                                                                                                 \
		protocol, get, NLM_F_DUMP, new, &(const struct type){ __VA_ARGS__ }, sizeof(struct type), \
			sizeof(struct header), what, take                                                 \
	}

enum { NETLINK_UNKNOWN = 1 };

/*
 * Sends the request and receives the reply. A list that changes during the dump (NLM_F_DUMP_INTR) is
 * requested again, at most three times in total; the function may then receive an entry twice. A reply that
 * does not arrive within a second is a failure. The kernel itself may wait longer for its lock, so call this
 * only where such a wait is acceptable. Returns 0, NETLINK_UNKNOWN when this kernel has no such list, or -1.
 */
int netlink_ask(const struct netlink_request *request, void *context, struct error *err);

/* Returns the value of the first attribute of this type among @attributes. */
struct netlink_value netlink_attribute(struct netlink_value attributes, unsigned int type);

/* As netlink_attribute(), for a 32-bit number. Returns @fallback when there is none. */
unsigned int netlink_number(struct netlink_value attributes, unsigned int type, unsigned int fallback);

#endif
