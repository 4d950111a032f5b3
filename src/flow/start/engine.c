/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/engine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/fileio.h"
#include "base/log.h"
#include "base/program.h"
#include "flow/assign/restore.h"
#include "flow/recover/reconcile.h"
#include "flow/start/prepare.h"
#include "host/pci/sysfs.h"
#include "host/process/process.h"
#include "host/store/counters.h"
#include "host/store/lease_store.h"
#include "host/xml/domain.h"

/* Of `hook`, after the program's name and the command. */
enum { ARG_OPERATION = 3 };

/*
 * libvirt's daemon runs the hook, which executes this program. After the daemon has died, the parent is
 * process 1 or one in its place (prctl(2), PR_SET_CHILD_SUBREAPER), and not a libvirt daemon.
 */
static struct process_id find_daemon(void)
{
	struct process_id daemon = { 0 };
	pid_t parent = getppid();

	if (parent <= 1 || process_identify(parent, &daemon, NULL) < 0)
		return (struct process_id){ 0 };
	return daemon;
}

static int release_lease(const struct paths *paths, const struct lease_store *store, struct lease *lease,
			 struct deadline deadline, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	int rc;

	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	if (lease->state != LEASE_QUARANTINED)
		lease->state = LEASE_RELEASING;
	/* For other readers: a store that cannot be written must not keep devices from being returned. */
	if (lease->member_count && lease_store_save(store, lease, err) < 0)
		log_warning("domain '%s': %s", lease->domain, err->msg);
	rc = restore_lease(&sysfs, store, lease, restore_patience(deadline_left(deadline), RESTORE_LONG),
			   err);
	return rc < 0 ? -1 : 0;
}

/* A prepare of the same domain may still run, when libvirt's daemon died and another one ended the domain. */
static int lock_domain(struct lease_store *store, const struct domain *domain, struct deadline deadline,
		       struct error *err)
{
	int rc = lease_store_lock_domain(store, domain->uuid, deadline_left(deadline), err);

	if (rc == LEASE_STORE_BUSY)
		return -1;
	/* A missing lock must not prevent devices from being returned. */
	if (rc < 0)
		log_warning("domain '%s': %s", domain->name, err->msg);
	return 0;
}

static int release_known(const struct paths *paths, const struct domain *domain, struct error *err)
{
	struct deadline deadline = deadline_in(restore_timeout_ms(paths));
	struct lease_store store = LEASE_STORE_CLOSED;
	struct lease lease = { 0 };
	struct error why;
	int rc = lease_store_open(paths->run, false, &store, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = lock_domain(&store, domain, deadline, err);
	if (rc == 0)
		rc = lease_store_load(&store, domain->uuid, &lease, err);
	if (rc == 0)
		rc = release_lease(paths, &store, &lease, deadline, err);
	else if (rc == LEASE_STORE_ABSENT) /* prepare may have been killed while it wrote its lease */
		lease_store_remove_unfinished(&store, domain->uuid);
	lease_clear(&lease);
	lease_store_close(&store);
	if (rc == LEASE_STORE_ABSENT)
		return 0;
	/* A counter that cannot be updated is not an error. */
	if (counters_add_release(paths->run, rc == 0 ? COUNTER_RELEASE_DONE : COUNTER_RELEASE_FAILED, &why) <
	    0)
		log_warning("domain '%s': its release is not counted: %s", domain->name, why.msg);
	return rc == 0 ? 0 : -1;
}

/*
 * Releases a domain that has ended: returns the devices of its lease to the host. Without a lease it does
 * nothing. The setting release_timeout limits the time; what cannot be returned is quarantined and logged.
 * Returns 0, or -1 with *err, which has already been logged because libvirt ignores it.
 */
static int release(const struct paths *paths, const char *xml, size_t len, struct error *err)
{
	CLEANUP(domain_clear) struct domain domain = { 0 };
	int rc = domain_xml_identify(xml, len, &domain, err);

	/* Whatever else the definition contains by now, only the UUID is needed to find the lease. */
	if (domain.uuid[0])
		rc = release_known(paths, &domain, err);
	if (rc < 0)
		log_error("domain '%s': release: %s", domain.name, err->msg);
	return rc;
}

static int run_hook(int argc, char *argv[])
{
	const struct rlimit no_core = { 0, 0 };
	/* Done first, because the daemon may die while anything else runs. */
	const struct process_id daemon = find_daemon();
	CLEANUP_FREE char *xml = NULL;
	struct error err = { 0 };
	bool is_prepare, is_release;
	size_t len;
	int rc;

	if (argc <= ARG_OPERATION)
		return EXIT_DONE;
	is_prepare = strcmp(argv[ARG_OPERATION], "prepare") == 0;
	is_release = strcmp(argv[ARG_OPERATION], "release") == 0;
	if (!is_prepare && !is_release)
		return EXIT_DONE;
	/* The XML may contain secrets. The hook has set this, unless another program is the caller. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	rc = read_fd_all(STDIN_FILENO, DOMAIN_XML_MAX, &xml, &len, &err);
	if (rc < 0)
		(void)error_prefix(&err, "cannot read the domain XML");
	else
		rc = is_prepare ? flow_prepare(&host_paths, &daemon, xml, len, &err)
				: release(&host_paths, xml, len, &err);
	return rc != 0 && is_prepare ? report(&err) : EXIT_DONE;
}

static int run_reconcile(void)
{
	CLEANUP(reconcile_report_clear) struct reconcile_report done = { 0 };
	struct error err;

	if (flow_reconcile(&host_paths, &done, &err) < 0)
		return report(&err);
	return reconcile_left_over(&done) ? EXIT_FINDINGS : EXIT_DONE;
}

int engine_main(int argc, char *argv[])
{
	if (argc >= 2 && strcmp(argv[1], "hook") == 0)
		return run_hook(argc, argv);
	if (argc == 2 && strcmp(argv[1], "reconcile") == 0)
		return run_reconcile();
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("pcitag-engine " PCITAG_VERSION "\n");
		return EXIT_DONE;
	}
	return report_usage_text(
		"pcitag-engine is run by the hook and by pcitag-reconcile.service: pcitag --help "
		"lists the commands");
}
