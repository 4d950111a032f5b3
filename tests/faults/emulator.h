/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that runs, as the host sees it: a process, and what libvirt has written about it. */
#ifndef FAULTS_EMULATOR_H
#define FAULTS_EMULATOR_H

/* Starts it, with libvirt's pid file and status of this domain. One at a time. */
void emulator_start(const char *domain, const char *uuid);

/* Ends it, if there is one, and takes the files away. */
void emulator_end(void);

/* To be called first in main(): this program is the emulator, too, and then does not come back. */
void emulator_main(int argc, char **argv);

#endif
