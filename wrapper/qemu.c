/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pcitag-qemu: stands in for QEMU as a domain's <emulator>, through a link that carries the emulator's name.
 * It runs as QEMU's user inside the domain's sandbox and has no privilege of its own.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "flow/flow_launch.h"

int main(int argc UNUSED, char *argv[])
{
	struct error err;

	flow_launch(&emulator_places, argv, environ, &err);
	/* libvirt keeps this in the domain's log, and shows its end to the user of `virsh start`. */
	fprintf(stderr, "pcitag-qemu: %s\n", err.msg);
	return 1;
}
