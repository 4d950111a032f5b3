/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes by pid and start time, and which boot of the host this is. */
#ifndef PCITAG_HOST_PROCESS_H
#define PCITAG_HOST_PROCESS_H

#include <stdbool.h>

#include "base/error.h"
#include "model/lease.h"

/* Reads the start time of @pid (proc(5), /proc/PID/stat field 22). Fails when there is no such process. */
int process_identify(pid_t pid, struct process_id *out, struct error *err);

/*
 * Does this very process still run? One that has ended and waits for its parent (a zombie) does not. When
 * that cannot be known it does: who asks is about to take away what a living one uses.
 */
bool process_is_alive(const struct process_id *process);

/* Does this errno value of reading below /proc/PID say that the process has ended? Its directory is gone
 * then, and a file of it that was opened before says ESRCH (proc(5)). */
bool process_means_ended(int code);

/* Reads /proc/sys/kernel/random/boot_id (random(4)). */
int process_boot_id(char out[static BOOT_ID_LEN], struct error *err);

/* A UUID that nobody has (random(4), /proc/sys/kernel/random/uuid). */
int process_random_uuid(char out[static UUID_LEN], struct error *err);

#endif
