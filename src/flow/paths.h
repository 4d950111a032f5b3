/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directories that pcitag uses, and what every operation of this layer shares. */
#ifndef PCITAG_FLOW_PATHS_H
#define PCITAG_FLOW_PATHS_H

/* The directories pcitag uses on a host. */
struct paths {
	const char *sys;	 /* "/sys" */
	const char *run;	 /* "/run/pcitag" */
	const char *etc;	 /* "/etc/pcitag" */
	const char *libvirt_etc; /* "/etc/libvirt" */
	const char *libvirt_run; /* "/run/libvirt" */
	const char *proc;	 /* "/proc" */
	const char *udev_run;	 /* "/run/udev" */
	const char *sessions;	 /* "/run/systemd/sessions" */
};

/* Those of a production host. */
extern const struct paths host_paths;

/* Maximum wait for other processes of pcitag that choose devices; each holds the lock for milliseconds. */
#define FLOW_LOCK_TIMEOUT_MS 10000

enum {
	FLOW_REFUSED = 1, /* *err states why */
	FLOW_KEPT, /* detaching: the guest has not released the device and keeps it; nothing was removed */
};

#endif
