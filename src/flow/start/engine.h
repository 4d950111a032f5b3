/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands of pcitag-engine:
 *
 *	pcitag-engine hook NAME OPERATION SUBOPERATION EXTRA <domain.xml
 *	pcitag-engine reconcile
 *
 * Those of `hook` are the arguments that libvirt passed to the hook (libvirt: docs/hooks.rst).
 */
#ifndef PCITAG_FLOW_START_ENGINE_H
#define PCITAG_FLOW_START_ENGINE_H

/*
 * Runs one of them. Prints nothing on success; reconcile logs what it changes.
 * Returns the exit code (base/program.h): for `hook`, only a failed prepare gives another one than EXIT_DONE,
 * because libvirt kills a running guest after a failed reconnect, and ignores the result of release.
 */
int engine_main(int argc, char *argv[]);

#endif
