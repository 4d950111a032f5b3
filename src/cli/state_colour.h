/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The colours of states on a terminal, the same in every table. */
#ifndef PCITAG_CLI_STATE_COLOUR_H
#define PCITAG_CLI_STATE_COLOUR_H

#include "cli/table.h"
#include "flow/reconcile.h"
#include "model/allocator.h"
#include "model/lease.h"

enum colour verdict_colour(const struct verdict *verdict);
enum colour lease_colour(enum lease_state state);
enum colour outcome_colour(enum reconcile_outcome outcome);

#endif
