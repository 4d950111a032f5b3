/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one clause that says what the host uses a device for, as it will stand in a message. */
#ifndef PCITAG_HOST_USE_TEXT_H
#define PCITAG_HOST_USE_TEXT_H

#include "base/compiler.h"
#include "model/topology.h"

/* What the functions that look for a use return beside 0 (none found) and -1. */
#define HOST_USED 1

/*
 * Writes the clause: "disk sda1 is mounted on /srv". Names that the host's users chose cannot forge a line
 * or a control sequence: what is not printable ASCII becomes '?', and too long a text is cut and ends in
 * "...". Returns HOST_USED always.
 */
int use_text(char out[static HOST_USE_LEN], const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
