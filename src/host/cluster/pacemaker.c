/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/cluster/pacemaker.h"

#include <errno.h>
#include <string.h>

#include "host/process/child.h"

#define ATTRD_UPDATER "/usr/sbin/attrd_updater"

#define ASK_SECONDS 20
/* pcs waits for the cluster to take a change. */
#define CHANGE_SECONDS 120

bool cluster_has(const char *program)
{
	return access(program, X_OK) == 0;
}

/* include/crm/common/results.h: CRM_EX_DISCONNECT. With --output-as=xml, nothing else is said. */
#define EXIT_DISCONNECTED 102

static int refuse(const char *program, const struct child *child, struct error *err)
{
	const char *why = child->complaint;

	if (!why[0])
		why = child->exit_code == EXIT_DISCONNECTED ? "the cluster does not run on this host"
							    : "it says nothing";
	return error_set(err, 0, "%s failed with exit code %d: %s", program, child->exit_code, why);
}

static int ask(char *const argv[], int seconds, struct child *child, struct error *err)
{
	int rc;

	if (!cluster_has(argv[0]))
		return error_set(
			err, errno,
			"cannot ask the cluster: %s; this needs Pacemaker's programs on a node of the "
			"cluster",
			argv[0]);
	rc = child_run(argv, CLUSTER_ANSWER_MAX, deadline_in(seconds * 1000), child, err);
	if (rc < 0)
		return -1;
	if (rc == CHILD_LATE)
		return error_set(err, 0, "%s did not answer within %d seconds", argv[0], seconds);
	return child->exit_code ? refuse(argv[0], child, err) : 0;
}

static int read_nodes(struct cluster_nodes *out, struct error *err)
{
	char *const argv[] = { (char *)CLUSTER_CRM_MON, (char *)"--one-shot", (char *)"--output-as=xml",
			       NULL };
	CLEANUP(child_clear) struct child child = { 0 };

	if (ask(argv, ASK_SECONDS, &child, err) < 0)
		return -1;
	return cluster_nodes_parse(child.out, child.out_len, out, err);
}

/* Without the attribute, no node has published a report. */
static int read_reports(struct cluster_nodes *out, struct error *err)
{
	char *const argv[] = { (char *)ATTRD_UPDATER,
			       (char *)"--query",
			       (char *)"--all",
			       (char *)"--name",
			       (char *)FLEET_REPORT,
			       (char *)"--output-as=xml",
			       NULL };
	CLEANUP(child_clear) struct child child = { 0 };
	struct error why;

	if (!cluster_has(ATTRD_UPDATER))
		return error_set(err, errno, "cannot ask the cluster: " ATTRD_UPDATER);
	if (ask(argv, ASK_SECONDS, &child, &why) == 0)
		cluster_reports_parse(child.out, child.out_len, out);
	return 0;
}

int cluster_nodes_read(struct cluster_nodes *out, struct error *err)
{
	return read_nodes(out, err) < 0 ? -1 : read_reports(out, err);
}

int cluster_config_read(struct cluster_config *out, struct error *err)
{
	char *const argv[] = { (char *)CLUSTER_CIBADMIN, (char *)"--query", NULL };
	CLEANUP(child_clear) struct child child = { 0 };

	if (ask(argv, ASK_SECONDS, &child, err) < 0)
		return -1;
	return cluster_config_parse(child.out, child.out_len, out, err);
}

int cluster_run(char *const argv[], struct error *err)
{
	CLEANUP(child_clear) struct child child = { 0 };

	return ask(argv, CHANGE_SECONDS, &child, err);
}
