/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pretend host that this process is on: what it is told, and what it looks like. */
#ifndef FAULTS_HOST_H
#define FAULTS_HOST_H

#include <stdbool.h>

#define HOST_TEXT_LEN 16384

/* One line of the control file; see pretend/README.md. */
void host_tell(const char *line);

/* As described, and without anything of pcitag's. */
void host_reset(void);

/* Writes the address of a function that is known not to be well; false when there is none. */
bool host_next_unwell(char address[static 32]);

/*
 * Units of systemd (pretend/systemd.c), none of which runs yet. The stand-in is started with the first of
 * them.
 * @stop: how the first of them stops
 */
void host_units(const char *stop);

/*
 * A network card with one virtual function, 0000:06:10.0, that has neither an address nor a VLAN;
 * pcitag-vf-net finds both at a kernel of its own (pretend/rtnetlink.c).
 */
void host_vf(void);

/*
 * The model of these devices keeps them after their use (kept.ini), until a unit of systemd has erased them;
 * none of the units has run yet.
 */
void host_keeps(void);

/* Whether the device at @addr is held after its use, and how often its unit has run since host_keeps(). */
bool host_is_held(const char *addr);
unsigned host_erased(const char *addr);

/*
 * Everything that a start or a stop could leave changed, one thing a line: devices, groups,
 * links, and files with what they say about the state of a lease. The lock file and empty directories
 * that are made once and stay are not in it.
 */
void host_look(char buf[static HOST_TEXT_LEN]);

/* What is in one of two looks only, "- ..." and "+ ...", lines that begin with @except left out; "" for no
 * difference. */
void host_compare(const char *before, const char *after, const char *except, char *buf, unsigned size);

/* Whether some lease is quarantined and every such one says why. */
bool host_has_named_quarantine(const char *look);

#endif
