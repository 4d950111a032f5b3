/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/output/text.h"

#include <time.h>

enum colour verdict_colour(const struct verdict *verdict)
{
	switch (verdict_rows[verdict->availability].meaning) {
	case VERDICT_GOOD:
		return COLOUR_GOOD;
	case VERDICT_NORMAL:
		return COLOUR_NONE;
	case VERDICT_ATTENTION:
		return COLOUR_WARNING;
	case VERDICT_BAD:
		break;
	}
	return COLOUR_BAD;
}

enum colour lease_colour(enum lease_state state)
{
	switch (state) {
	case LEASE_BOUND:
		return COLOUR_GOOD;
	case LEASE_BINDING:
	case LEASE_RELEASING:
		return COLOUR_WARNING;
	case LEASE_QUARANTINED:
		break;
	}
	return COLOUR_BAD;
}

enum colour outcome_colour(enum reconcile_outcome outcome)
{
	switch (outcome) {
	case RECONCILE_IN_USE:
		return COLOUR_NONE;
	case RECONCILE_GIVEN_BACK:
		return COLOUR_GOOD;
	case RECONCILE_DRIVERLESS:
		return COLOUR_WARNING;
	case RECONCILE_FORGOTTEN:
		return COLOUR_FAINT;
	case RECONCILE_QUARANTINED:
	case RECONCILE_UNREADABLE:
		break;
	}
	return COLOUR_BAD;
}

const char *local_time(int64_t when, char buf[static LOCAL_TIME_LEN])
{
	time_t seconds = (time_t)when;
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || strftime(buf, LOCAL_TIME_LEN, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return "-";
	return buf;
}
