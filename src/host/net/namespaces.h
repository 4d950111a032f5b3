/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other network namespaces of this host. */
#ifndef PCITAG_HOST_NET_NAMESPACES_H
#define PCITAG_HOST_NET_NAMESPACES_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Runs in a network namespace.
 * @home: descriptor of the namespace that the caller came from, valid during the call
 * Returns 0, or -1 with *err, which ends the iteration.
 */
typedef int net_namespace_fn(int home, void *context, struct error *err);

/*
 * Enters each network namespace that a process is in or that is mounted (ip-netns(8)), one after the other,
 * and calls @visit in it. The caller must have a single thread, because setns(2) moves only the calling
 * thread.
 * @proc: in production "/proc"; without namespaces in it, no namespace is visited
 * @silent: receives a process that did not answer in an earlier attempt, or in whose namespace that attempt
 *          received no answer (host/process/progress.h), or 0. The namespace of such a process cannot be
 * read. A namespace that may not be entered (unprivileged) or that has just ended is skipped. A namespace
 * that only an open descriptor keeps alive is not found. Returns 0, or -1 when @visit fails, when something
 * cannot be read, or when the home namespace cannot be entered again.
 */
int net_namespaces_visit(const char *proc, net_namespace_fn *visit, void *context, pid_t *silent,
			 struct error *err);

#endif
