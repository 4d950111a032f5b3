/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-qemu: replaces QEMU as a domain's <emulator>, through a link named after the emulator. It runs as
 * QEMU's user inside the domain's sandbox and has no additional privileges.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "flow/launch.h"

int main(int argc UNUSED, char *argv[])
{
	struct error err;

	flow_launch(&emulator_places, argv, environ, &err);
	/* libvirt writes this to the domain's log, and shows the end of it to the user of `virsh start`. */
	fprintf(stderr, "pcitag-qemu: %s\n", err.msg);
	return 1;
}
