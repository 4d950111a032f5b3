/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the threads of the pretend kernel share: the model, its lock, the faults asked for, the log. */
#ifndef PRETEND_KERNEL_H
#define PRETEND_KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "pretend/model.h"
#include "pretend/nodes.h"

#define MAX_RULES 32
#define MESSAGE_LEN 256

/* "The n-th write to a path like this fails, or waits": see `fail`, `stall` and `when` in README. */
struct rule {
	bool active;
	char op[8];	/* read, write, open or any */
	char glob[256]; /* fnmatch(3) on the path that node_path() gives; '*' also matches '/' */
	int nth;	/* 1 is the first; 0: each one */
	int error;	/* errno, or 0: wait until `release` ... */
	char line[256]; /* ... unless there is a line of the control file to run first */
	int seen;
	unsigned int serial; /* a stalled caller waits for this to change */
};

struct log_entry {
	pid_t pid;
	bool done;
	int result;
	char *text;
};

/* A directory entry that the kernel outside must forget. */
struct stale {
	uint64_t dir;
	char name[PCI_NAME_LEN];
};

struct kernel {
	struct model *m;
	const char *description;
	pthread_mutex_t lock;	/* guards everything here */
	pthread_cond_t changed; /* something happened that a waiting operation may wait for */
	struct rule rules[MAX_RULES];
	struct log_entry *log;
	int n_log, log_space;
	unsigned int log_generation;
	struct stale *stale;
	int n_stale, stale_space;
	char error[MESSAGE_LEN]; /* why the last control line was refused */
	uint32_t seq;
};

/* kernel.c; all but kernel_new() with the lock held, which waiting gives up meanwhile */
struct kernel *kernel_new(const char *description);
long long now_ms(void);
int kernel_run(struct kernel *k, struct op *op);
void kernel_start(struct kernel *k, const struct op *op);
/* Of a write: it is not made, and succeeds. No errno is that large. */
#define FAULT_IGNORED 4096
int kernel_fault(struct kernel *k, const char *op, const char *path);
int log_begin(struct kernel *k, pid_t pid, const char *op, const char *path, const char *data, size_t len);
void log_end(struct kernel *k, int id, unsigned int generation, int result);
void log_clear(struct kernel *k);
char *log_text(const struct kernel *k, size_t *len);
char *state_text(const struct kernel *k, size_t *len);
void forget_device(struct kernel *k, const struct device *dev);
void forget_group(struct kernel *k, const struct device *dev);

/* control.c: one line of a description or of the control file; 0 or negative errno, k->error says why */
int control_line(struct kernel *k, char *line);
int control_file(struct kernel *k, const char *path);
int readd_device(struct kernel *k, const char *addr, int argc, char **argv);

/* describe.c: key=value of a device */
int describe_device(struct kernel *k, struct device *dev, int argc, char **argv);
int errno_of_name(const char *name);

/* serve.c */
/* Releases the lock, and then tells the real kernel which names it must not believe any more. */
void kernel_unlock(struct kernel *k);
/* Mounts and forks: the parent prints the child's pid and exits, the child serves. 1 when it cannot. */
int serve(struct kernel *k, const char *mountpoint, pid_t live_with);

#endif
