/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a read(2) or write(2) of each file does. The kernel's lock is held by the caller. */
#ifndef PRETEND_STORE_H
#define PRETEND_STORE_H

#include "pretend/kernel.h"

/* Number of bytes in @buf, or a negative errno. May wait: for a stall, or the device lock. */
int store_read(struct kernel *k, struct node n, uid_t uid, char buf[static PAGE_LEN]);
/* Number of bytes taken, or a negative errno. May wait for ever. @opener: the open file. */
int store_write(struct kernel *k, struct node n, pid_t pid, const char *buf, size_t size, const void *opener);

#endif
