/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag-units: one query about units of systemd (host/systemd/units_protocol.h). Returns the exit code. */
#ifndef PCITAG_CLI_UNITS_H
#define PCITAG_CLI_UNITS_H

int units_main(int argc, char *argv[]);

#endif
