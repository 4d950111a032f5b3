/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which domains of this host are a cluster's: a file for each in /run/pcitag-cluster/domains, with the
 * domain's name, or nothing. The resource agent ocf:pcitag:Domain makes it before a start, and removes it
 * after a stop.
 */
#ifndef PCITAG_HOST_STORE_CLUSTER_DOMAINS_H
#define PCITAG_HOST_STORE_CLUSTER_DOMAINS_H

#include "base/error.h"
#include "model/fleet/capacity.h"

#define CLUSTER_DOMAINS_DIR "/run/pcitag-cluster/domains"

/*
 * Reads them all. A file may contain what `pcitag utilization` printed when its domain started, beside words
 * without "=", such as the name of the cluster's resource. One whose name begins with a dot is being written,
 * and does not count. To be called after the leases were read: a domain that holds a device has its file
 * already.
 * @out: empty; the caller frees it, also after a failure
 * Returns 0, also when there are none, or -1: for a directory that users other than root can write to, and a
 * file that cannot be understood.
 */
int cluster_domains_load(struct fleet_domains *out, struct error *err);

#endif
