/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes by pid and start time, and which boot of the host this is. */
#ifndef PCITAG_HOST_PROCESS_H
#define PCITAG_HOST_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/lease.h"

/* Reads the start time of @pid (proc(5), /proc/PID/stat field 22). Fails when there is no such process. */
int process_identify(pid_t pid, struct process_id *out, struct error *err);

/*
 * Does this very process still run? One that has ended and waits for its parent (a zombie) does not, unless
 * some of its threads go on: what it has open stays open then. When
 * that cannot be known it does: who asks is about to take away what a living one uses.
 */
bool process_is_alive(const struct process_id *process);

/* The same for whatever process has this number now. */
bool process_runs(pid_t pid);

/* When it began, in milliseconds of the epoch, to a hundredth of a second, by today's idea of the wall clock.
 */
int process_started(const struct process_id *process, int64_t *out_ms);

/* Reads whose process it is: the real user ID (proc(5), /proc/PID/status: Uid), which no program changes
 * without privileges. */
int process_user(pid_t pid, uid_t *out, struct error *err);

/* Where the kernel has put a program's code, stack and arguments: a fork has them where its parent has. */
struct process_memory {
	uint64_t code, stack, arguments, environment;
};

/*
 * Reads it (proc(5), /proc/PID/stat fields 26, 28, 48 and 50). Unlike /proc/PID/cmdline this does not wait
 * for who works on that memory. Fails with an errno value in err->code when the process has ended, and
 * without when the kernel does not let us see it.
 */
int process_look_at_memory(pid_t pid, struct process_memory *out, struct error *err);
bool process_memory_equal(const struct process_memory *a, const struct process_memory *b);

/* Does this errno value of reading below /proc/PID say that the process has ended? Its directory is gone
 * then, and a file of it that was opened before says ESRCH (proc(5)). */
bool process_means_ended(int code);

/* Reads /proc/sys/kernel/random/boot_id (random(4)). */
int process_boot_id(char out[static BOOT_ID_LEN], struct error *err);

/* A UUID that nobody has (random(4), /proc/sys/kernel/random/uuid). */
int process_random_uuid(char out[static UUID_LEN], struct error *err);

#endif
