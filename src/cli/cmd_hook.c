/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag hook NAME OPERATION SUBOPERATION EXTRA < domain.xml, with the arguments that hooks/qemu got from
 * libvirt (docs/hooks.rst). Only prepare may fail: libvirt kills a running guest after a failed reconnect,
 * and ignores the result of release.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fileio.h"
#include "cli/commands.h"
#include "host/domain_xml.h"
#include "host/process.h"

enum { ARG_OPERATION = 2 };

/*
 * libvirt's daemon runs the hook as its child, and the hook executes pcitag. After the daemon has died, the
 * parent is process 1 or a process in its place (prctl(2), PR_SET_CHILD_SUBREAPER), and not a libvirt daemon.
 */
static struct process_id find_daemon(void)
{
	struct process_id daemon = { 0 };
	pid_t parent = getppid();

	if (parent <= 1 || process_identify(parent, &daemon, NULL) < 0)
		return (struct process_id){ 0 };
	return daemon;
}

int cmd_hook(int argc, char *argv[])
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
	/*
	 * The XML may contain secrets. The hook has already set this limit, unless another program is the
	 * caller.
	 */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	rc = read_fd_all(STDIN_FILENO, DOMAIN_XML_MAX, &xml, &len, &err);
	if (rc < 0)
		(void)error_prefix(&err, "cannot read the domain XML");
	else
		rc = is_prepare ? flow_prepare(&host_flow, &daemon, xml, len, &err)
				: flow_release(&host_flow, xml, len, &err);
	return rc != 0 && is_prepare ? report(&err) : EXIT_DONE;
}
