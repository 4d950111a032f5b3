/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of fault, and which stories they can befall. */
#ifndef FAULTS_KINDS_H
#define FAULTS_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "faults/inject.h"

struct story;

enum aftermath {
	AFTER_RELEASE, /* libvirt calls release, as it does behind every start that failed */
	AFTER_CRASH,   /* its daemon died with the hook: nobody ever calls release */
};

struct kind {
	const char *name;
	enum fault_kind fault;
	int error;
	enum aftermath aftermath;
	bool many; /* with --sample, as few of it as of one error number */
	bool (*meets)(const char *call, const char *path); /* see struct fault */
	void (*event)(const void *happening); /* see struct fault; its argument is a struct happening */
	bool loses_victim;		      /* by that event it is gone, or another one */
	bool replugs;			      /* ... the second */
	bool lasts;		  /* until inject_let_go(), and the control file's "release" and "clear" */
	bool workers_only;	  /* nobody survives a main process that hangs in such a call */
	const char *host;	  /* a line for the control file before the story begins, or NULL */
	const char *const *where; /* names of stories in which there are such calls, NULL: all */
};

/* What an event is about. */
struct happening {
	const struct kind *kind;
	const char *victim;
};

extern const struct kind kinds[];
extern const size_t kind_count;

bool kind_befalls(const struct kind *kind, const struct story *story);

/* The group of a function that was plugged in anew. */
#define REPLUGGED_GROUP 40

/* The fault of @kind; it meets call @call of process @process. @happening must stay. */
struct fault kind_fault(const struct happening *happening, unsigned process, unsigned call);

#endif
