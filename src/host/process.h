/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes by pid and start time, and which boot of the host this is. */
#ifndef PCITAG_HOST_PROCESS_H
#define PCITAG_HOST_PROCESS_H

#include "base/error.h"
#include "model/lease.h"

/* Reads the start time of @pid (proc(5), /proc/PID/stat field 22). Fails when there is no such process. */
int process_identify(pid_t pid, struct process_id *out, struct error *err);

/* Reads /proc/sys/kernel/random/boot_id (random(4)). */
int process_boot_id(char out[static BOOT_ID_LEN], struct error *err);

#endif
