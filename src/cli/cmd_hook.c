/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag hook NAME OPERATION SUBOPERATION EXTRA < domain.xml, as hooks/qemu hands over
 * what libvirt (docs/hooks.rst) gave it. Only prepare may fail: libvirt kills a running
 * guest over a failed reconnect, and nobody reads what release says.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fileio.h"
#include "cli/commands.h"
#include "host/domain_xml.h"
#include "host/process.h"

enum { ARG_OPERATION = 2 };

/* libvirt's daemon runs the hook as its child, and the hook has become us. Once it has died, process 1 is our
 * parent, or whoever takes its place (prctl(2), PR_SET_CHILD_SUBREAPER): nobody's daemon. */
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
	/* First of all: whatever takes time, the daemon may die meanwhile. */
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
	/* The XML may hold secrets. The hook has seen to it already, unless somebody else calls. */
	(void)setrlimit(RLIMIT_CORE, &no_core);
	rc = read_fd_all(STDIN_FILENO, DOMAIN_XML_MAX, &xml, &len, &err);
	if (rc < 0)
		(void)error_prefix(&err, "cannot read the domain XML");
	else
		rc = is_prepare ? flow_prepare(&host_flow, &daemon, xml, len, &err)
				: flow_release(&host_flow, xml, len, &err);
	return rc != 0 && is_prepare ? report(&err) : EXIT_DONE;
}
