/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether devices are well: looked at before a start and after each return. What a look finds now, such as a
 * link with too few lanes, counts as long as it is so. What it finds once, such as an error, is kept
 * (host/store/findings.h) until pcitag test looks again (flow/recover/test.h).
 */
#ifndef PCITAG_FLOW_ASSIGN_WELLNESS_H
#define PCITAG_FLOW_ASSIGN_WELLNESS_H

#include "base/error.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"
#include "model/pci/finding.h"
#include "model/pci/topology.h"
#include "model/registry/registry.h"

/*
 * Sets the state of every function that a model of @registry matches, without its errors. Can wait for a
 * device: runs in the process that reads the host. A function that cannot be looked at has no state, and
 * counts as before.
 */
void wellness_read(const struct sysfs *sysfs, const struct registry *registry, struct topology *topology);

/*
 * Sets the finding of every function that is not well, by what is kept and by its state.
 * @findings: receives what the functions then point to; what it had before is freed, and no longer pointed to
 * Fails when it cannot be read what is kept.
 */
int wellness_mark(struct topology *topology, struct finding_list *findings, struct error *err);

/* A function that has just been returned. */
struct wellness_subject {
	const struct lease_member *member;
	const char *refusal; /* why its previous driver did not take it; NULL: it did */
};

/*
 * Looks at the functions, and keeps what is found against them. Waits a few seconds at most: a function that
 * does not answer by then is out. Never fails: what cannot be done is logged.
 * @domain: that had them, for messages
 */
void wellness_look_after(const struct sysfs *sysfs, const char *domain,
			 const struct wellness_subject *subjects, size_t count);

/* Sets the time of a finding to now. */
void finding_date(struct finding *finding);

#endif
