/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/paths.h"

const struct paths host_paths = {
	.sys = "/sys",
	.run = "/run/pcitag",
	.etc = PCITAG_SYSCONFDIR "/pcitag",
	.libvirt_etc = PCITAG_SYSCONFDIR "/libvirt",
	.libvirt_run = "/run/libvirt",
	.proc = "/proc",
	.udev_run = "/run/udev",
	.sessions = "/run/systemd/sessions",
};
