/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of pcitag-units, for both sides: host/systemd/unit_program.h runs it, cli/units.c answers.
 * pcitag-units is the only program that links libsystemd, and it runs only when a model of the registry names
 * units, so that no other start pays for it.
 *
 *	pcitag-units state UNIT...
 *	pcitag-units stop UNIT
 *	pcitag-units start UNIT
 *	pcitag-units queue UNIT
 *	pcitag-units run UNIT
 *
 * `state` prints a line for each unit: the name that was asked for, the unit's own name, LoadState and
 * ActiveState (systemd: org.freedesktop.systemd1(5)), separated by blanks. `stop` and `start` wait for the
 * end of systemd's job, without a limit: who runs them has one. `stop` takes the scope of a login session as
 * well. `queue` starts a unit and does not wait. `run` is for a unit whose success proves something: it
 * succeeds only when a service of Type=oneshot was not running, has run from its beginning, and ended with
 * success (unit_bus_run()). Exit codes (base/program.h): EXIT_DONE; EXIT_FINDINGS when the job failed, and
 * the message says how; EXIT_FAILED when systemd could not be asked.
 */
#ifndef PCITAG_HOST_SYSTEMD_UNITS_PROTOCOL_H
#define PCITAG_HOST_SYSTEMD_UNITS_PROTOCOL_H

#define UNITS_PROGRAM PCITAG_SBINDIR "/pcitag-units"

#define UNITS_STATE "state"
#define UNITS_STOP "stop"
#define UNITS_START "start"
#define UNITS_QUEUE "queue"
#define UNITS_RUN "run"

/* Most units of one `state`. */
#define UNITS_ASKED_MAX 64

/* Maximum length of LoadState and ActiveState, including the NUL: "bad-setting", "deactivating". */
#define UNIT_STATE_LEN 32

#endif
