/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts a program in two steps, so that it can be seized in between. */
#ifndef FAULTS_START_H
#define FAULTS_START_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "faults/inject.h"

struct started {
	pid_t program;
	pid_t parent; /* the process between us and it, or 0; it ends as the program does */
	int gate;     /* write end of a pipe that the program waits for */
	int errors;   /* what it says */
};

/* @stops: with the filter that makes the calls of calls.c stop for a tracer. */
void start_program(const struct program *program, bool stops, struct started *out);
void start_go(struct started *started);
/* Reads what it said on stderr, and closes everything. */
void start_collect(struct started *started, char *buf, size_t size);

#endif
