/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this host has for a cluster, and what a domain asks it for. Changes nothing. */
#ifndef PCITAG_FLOW_VIEW_FLEET_H
#define PCITAG_FLOW_VIEW_FLEET_H

#include "flow/assign/host_state.h"
#include "model/fleet/capacity.h"
#include "model/fleet/report.h"

struct fleet {
	struct host_state host;
	struct fleet_domains domains;
	struct fleet_counts capacity; /* when it was asked for */
	struct fleet_report report;   /* likewise; points into @host */
	char hash[17];		      /* fleet_hash() of its registry */
};

/*
 * Counts the devices. Nothing is guessed: what cannot be told is a failure, and no number is to be published.
 * The devices are read before the leases, and these before the cluster's domains, so that a domain that
 * starts meanwhile is not missed. What was just being returned is read again. Returns 0 or -1. The caller
 * frees @out with fleet_clear(), also after a failure.
 */
int flow_fleet_capacity(const struct paths *paths, struct fleet *out, struct error *err);

/* Lists the devices, also those that do not answer. Returns as flow_fleet_capacity(). */
int flow_fleet_report(const struct paths *paths, struct fleet *out, struct error *err);

void fleet_clear(struct fleet *fleet);

/*
 * Counts what a domain asks for, by the registry of this host.
 * @xml, @len: its definition
 * @domain: receives it; the caller clears it, also after a failure
 * @out: empty; the caller frees it
 * Returns 0; FLOW_REFUSED with prepare's message in *err when the registry has no such type or model; or -1.
 */
int flow_fleet_demand(const struct paths *paths, const char *xml, size_t len, struct domain *domain,
		      struct fleet_counts *out, struct error *err);

#endif
