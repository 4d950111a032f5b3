/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network namespaces of this host other than our own. */
#ifndef PCITAG_HOST_NET_NAMESPACES_H
#define PCITAG_HOST_NET_NAMESPACES_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Runs in a network namespace.
 * @home: descriptor of the namespace that we came from, valid during the call
 * Returns 0, or -1 with *err, which ends the visit.
 */
typedef int net_namespace_fn(int home, void *context, struct error *err);

/*
 * Enters each network namespace that a process is in, or that is mounted (ip-netns(8)), one after the other,
 * and calls @visit there. For a process with one thread: setns(2) moves the calling thread.
 * @proc: in production "/proc"; without namespaces in it there is nothing to visit
 * A namespace that may not be entered (unprivileged), or that has just ended, is passed over. One that is
 * held by nothing but an open descriptor is not found.
 * @silent: receives a process that did not answer, or in whose namespace nothing did, when that was tried
 *          before (host/progress.h), or 0: which namespace it is in cannot be told
 * Returns 0, or -1 when @visit failed, when something could not be read, or when there is no way back home.
 */
int net_namespaces_visit(const char *proc, net_namespace_fn *visit, void *context, pid_t *silent,
			 struct error *err);

#endif
