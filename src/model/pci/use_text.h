/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clause that describes in a message what the host uses a device for. */
#ifndef PCITAG_MODEL_PCI_USE_TEXT_H
#define PCITAG_MODEL_PCI_USE_TEXT_H

#include "base/cleanup.h"
#include "model/pci/topology.h"

/* The return value of functions that have found a use. The others are 0 (no use) and -1. */
enum { HOST_USED = 1 };

/*
 * Writes the clause: "disk sda1 is mounted on /srv". User-defined names cannot forge a line or a control
 * sequence: each character other than printable ASCII becomes '?'. A text that is too long is truncated and
 * ends in "...". Always returns HOST_USED.
 */
int use_text(char out[static HOST_USE_LEN], const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
