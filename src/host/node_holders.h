/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has a node below /dev open: what a driver waits for when it does not let go of its device. Only
 * processes whose descriptors we may look at are seen (proc(5), /proc/PID/fd): all of them for root.
 */
#ifndef PCITAG_HOST_NODE_HOLDERS_H
#define PCITAG_HOST_NODE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

#define NODE_PATH_LEN 64

/* proc(5), /proc/PID/comm: TASK_COMM_LEN, with its NUL. */
#define NODE_COMMAND_LEN 16

/* A node by what it is, for processes may have a /dev of their own, as QEMU under libvirt has. */
struct node {
	char path[NODE_PATH_LEN]; /* as messages name it */
	bool is_character;	  /* then @device is its number; otherwise where its inode lives */
	dev_t device;
	ino_t inode;
};

struct node_holder {
	pid_t pid;
	char command[NODE_COMMAND_LEN]; /* printable; "?" when the process ended meanwhile */
	char node[NODE_PATH_LEN];	/* which of those asked for */
};

#define NODE_ABSENT 1

/* Describes what is at @path ("/dev/vfio/14"). Returns 0, NODE_ABSENT or -1. */
int node_at(const char *path, struct node *out, struct error *err);

/* Describes the character device with this number; @path is for messages alone and cut when too long. */
void node_numbered(const char *path, dev_t number, struct node *out);

#define NODE_HOLDERS_NONE 1

/*
 * Finds a process, not this one, that has any of @nodes open: the one /proc lists first.
 * @proc: where proc(5) is mounted (in production "/proc")
 * Nothing that could wait is asked: of the files that processes have open, only those named below /dev are
 * looked at, and those without asking any server (statx(2), AT_STATX_DONT_SYNC).
 * Processes that we may not look at (unprivileged) are passed over. Returns 0, NODE_HOLDERS_NONE, or -1 when
 * @proc, or what is in it, cannot be read: that is not to be taken for "nobody".
 */
int node_holders_find(const char *proc, const struct node *nodes, size_t count, struct node_holder *out,
		      struct error *err);

#endif
