/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of the kernel, asked for by netlink(7). Nothing is changed by it. */
#ifndef PCITAG_HOST_NETLINK_H
#define PCITAG_HOST_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>

#include "base/error.h"

/* One message of the answer; @body is after its header, @len long. Returns 0, or -1 with *err. */
typedef int netlink_message_fn(const void *body, size_t len, void *context, struct error *err);

#define NETLINK_UNKNOWN 1

/*
 * Dumps a list: sends one request (NLM_F_DUMP) and calls @message for each message of type @answer.
 * @protocol: NETLINK_ROUTE, NETLINK_SOCK_DIAG
 * @what: for the error: "cannot list <what>"
 * A list that changed meanwhile (NLM_F_DUMP_INTR) is asked for again, three times at most; @message may then
 * see entries twice. An answer that does not come within a second is a failure (the kernel itself may wait
 * longer for its lock: call it where that may be). Returns 0, NETLINK_UNKNOWN when this kernel has no such
 * list, or -1.
 */
int netlink_dump(int protocol, int type, const void *body, size_t len, int answer, const char *what,
		 netlink_message_fn *message, void *context, struct error *err);

/* As netlink_dump(), for a request that is no list (NLM_F_ACK): @message sees what it is answered with. */
int netlink_ask(int protocol, int type, const void *body, size_t len, int answer, const char *what,
		netlink_message_fn *message, void *context, struct error *err);

/* The value of an attribute among those at @attributes, @len long in all; NULL when there is none.
 * @value_len receives its length. */
const void *netlink_attribute(const void *attributes, size_t len, unsigned int type, size_t *value_len);

/* As netlink_attribute(), for a number of 32 bits; @fallback when there is none. */
unsigned int netlink_number(const void *attributes, size_t len, unsigned int type, unsigned int fallback);

#endif
