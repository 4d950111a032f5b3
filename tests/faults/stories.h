/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain lives through, with one fault in it, and what must be true afterwards. */
#ifndef FAULTS_STORIES_H
#define FAULTS_STORIES_H

#include <stddef.h>

#include "faults/inject.h"
#include "faults/kinds.h"

struct story {
	const char *name;
	const char *act; /* prepare, release, reconcile, test, clean, vf-create or vf-remove: what the fault
			    meets */
	const char *const *requests; /* NULL at the end */
	const char *victim;	     /* the device that is unplugged */
	const char *const *other;    /* what another domain has already been given, or NULL */
	bool refused; /* that domain, or the host, has what is there: it must never be given, nor returned
		       */
	bool lives;   /* that domain's guest runs, although the daemon that started it is gone */
	/*
	 * How the first of two units that hold the victim stops (pretend/systemd.c), "ok" or otherwise; NULL:
	 * there are no units. A third one runs while the victim is assigned.
	 */
	const char *stop;
	const char *const
		*kinds; /* only these befall it, NULL at the end; NULL: all that do not name others */
};

/* What is wrong after one injection, in lines; "" when nothing is. */
struct finding {
	char text[8192];
};

extern const struct story stories[];
extern const size_t story_count;

/* One story with one fault at one call, its recovery, and the story once more without a fault. */
void story_run(const struct story *story, const struct kind *kind, unsigned process, unsigned call,
	       struct run *run, struct finding *finding);

#endif
