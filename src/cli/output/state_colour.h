/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The colours of states on a terminal, the same in every table. */
#ifndef PCITAG_CLI_OUTPUT_STATE_COLOUR_H
#define PCITAG_CLI_OUTPUT_STATE_COLOUR_H

#include "cli/output/table.h"
#include "flow/recover/reconcile.h"
#include "model/allocate/verdict.h"
#include "model/lease/lease.h"

enum colour verdict_colour(const struct verdict *verdict);
enum colour lease_colour(enum lease_state state);
enum colour outcome_colour(enum reconcile_outcome outcome);

#endif
