/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has a node below /dev open: what a driver waits for when it does not let go of its device, and what a
 * process loses when it does. Only processes whose descriptors we may look at are seen (proc(5),
 * /proc/PID/fd): all of them for root. Not seen are files that no descriptor leads to: mapped into memory and
 * closed, registered with io_uring and closed, on their way through a socket.
 */
#ifndef PCITAG_HOST_NODE_HOLDERS_H
#define PCITAG_HOST_NODE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"

#define NODE_PATH_LEN 64

/* proc(5), /proc/PID/comm: TASK_COMM_LEN, with its NUL. */
#define NODE_COMMAND_LEN 16

/* A node by what it is, for processes may have a /dev of their own, as QEMU under libvirt has. */
struct node {
	char path[NODE_PATH_LEN]; /* as messages name it */
	mode_t type;		  /* S_IFCHR or S_IFBLK: @device is its number; else where its inode lives */
	dev_t device;
	ino_t inode;
	bool is_brief; /* most who open it close it at once */
};

/* "1234/fd/7" or "1234/task/1240/fd/7", below proc. */
#define NODE_WHERE_LEN 64

struct node_holder {
	pid_t pid;
	bool is_silent; /* it did not tell what it has open (host/progress.h): it may be anything */
	char where[NODE_WHERE_LEN];	/* the descriptor */
	char command[NODE_COMMAND_LEN]; /* printable; "?" when the process ended meanwhile */
	char node[NODE_PATH_LEN];	/* which of those asked for */
};

#define NODE_ABSENT 1

/* Describes what is at @path ("/dev/vfio/14"). Returns 0, NODE_ABSENT or -1. */
int node_at(const char *path, struct node *out, struct error *err);

/* Describes the device of this @type (S_IFCHR or S_IFBLK) and number; @path is for messages alone and cut
 * when too long. */
void node_numbered(const char *path, mode_t type, dev_t number, struct node *out);

/* Receives a descriptor for nodes[index]; holder->command is empty. Returns 0 to go on, positive to end. */
typedef int node_found_fn(const struct node_holder *holder, size_t index, void *context);

/*
 * Calls @found for each descriptor of any process but this one that is open on any of @nodes, in whatever
 * mount namespace and under whatever name, in the order of /proc.
 * @proc: where proc(5) is mounted (in production "/proc")
 * Files are looked at without asking any server or daemon (statx(2), AT_STATX_DONT_SYNC; what a cluster file
 * system makes of that is its own affair), never opened.
 * Processes that we may not look at (unprivileged) are passed over. Returns 0, what @found returned, or -1
 * when
 * @proc, or what is in it, cannot be read: that is not to be taken for "none".
 */
int node_holders_each(const char *proc, const struct node *nodes, size_t count, node_found_fn *found,
		      void *context, struct error *err);

#define NODE_HOLDERS_NONE 1

/* As node_holders_each(), for the first one alone, with its command. Returns 0, NODE_HOLDERS_NONE or -1. */
int node_holders_find(const char *proc, const struct node *nodes, size_t count, struct node_holder *out,
		      struct error *err);

/* Fills in holder->command. */
void node_holder_name(const char *proc, struct node_holder *holder);

/* Is the descriptor still open on that node? That it cannot be known counts as open. */
bool node_holder_stays(const char *proc, const struct node_holder *holder, const struct node *node);

#endif
