/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limit for locked memory (RLIMIT_MEMLOCK) of an emulator that has just started. */
#ifndef PCITAG_HOOKS_EMULATOR_LIMIT_H
#define PCITAG_HOOKS_EMULATOR_LIMIT_H

/*
 * Lowers a hard limit without end to the soft limit. A QEMU has both only because libvirt's daemon has them
 * by etc/memlock.conf and neither libvirt nor pcitag-qemu has set its own: what they set is soft and hard
 * alike (libvirt: src/util/virprocess.c, virProcessSetMaxMemLock()). With the hard limit open, libvirt would
 * not raise the soft one for a host device that is plugged later: it asks for the hard one alone
 * (virProcessGetMaxMemLock()).
 * Does nothing when the process cannot be found or changed: only such a plugged device would suffer.
 *
 * @dir: where libvirt keeps DOMAIN.pid, written by root (libvirt: src/util/virpidfile.c)
 * @domain: its name, which libvirt lets have no '/'
 */
void emulator_limit_close(const char *dir, const char *domain);

#endif
