/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads lists from the kernel through netlink(7). Changes nothing. */
#ifndef PCITAG_HOST_NET_NETLINK_H
#define PCITAG_HOST_NET_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>

#include "base/error.h"

/*
 * Receives one message of the reply. @body follows the message header and has @len bytes. Returns 0, or -1
 * with *err.
 */
typedef int netlink_message_fn(const void *body, size_t len, void *context, struct error *err);

enum { NETLINK_UNKNOWN = 1 };

/*
 * Dumps a list: sends one request (NLM_F_DUMP) and calls @message for each message of type @answer.
 * @protocol: NETLINK_ROUTE, NETLINK_SOCK_DIAG
 * @what: for the error: "cannot list <what>"
 * A list that changes during the dump (NLM_F_DUMP_INTR) is requested again, at most three times in total;
 * @message may then receive an entry twice. A reply that does not arrive within a second is a failure. The
 * kernel itself may wait longer for its lock, so call this only where such a wait is acceptable.
 * Returns 0, NETLINK_UNKNOWN when this kernel has no such list, or -1.
 */
int netlink_dump(int protocol, int type, const void *body, size_t len, int answer, const char *what,
		 netlink_message_fn *message, void *context, struct error *err);

/* As netlink_dump(), for a request that is not a list (NLM_F_ACK). @message receives the reply. */
int netlink_ask(int protocol, int type, const void *body, size_t len, int answer, const char *what,
		netlink_message_fn *message, void *context, struct error *err);

/*
 * Returns the value of an attribute among those at @attributes, which have @len bytes in total, or NULL when
 * there is none. @value_len receives the length of the value.
 */
const void *netlink_attribute(const void *attributes, size_t len, unsigned int type, size_t *value_len);

/* As netlink_attribute(), for a 32-bit number. Returns @fallback when there is none. */
unsigned int netlink_number(const void *attributes, size_t len, unsigned int type, unsigned int fallback);

#endif
