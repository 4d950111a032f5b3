/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/start/engine.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fileio.h"
#include "base/program.h"
#include "flow/recover/reconcile.h"
#include "flow/start/prepare.h"
#include "flow/start/release.h"
#include "host/process/process.h"
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
				: flow_release(&host_paths, xml, len, &err);
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
