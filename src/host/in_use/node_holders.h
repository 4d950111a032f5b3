/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Finds the processes that have a node below /dev open. A driver waits for them before it releases its
 * device, and they lose the device when it does. The search covers only processes whose descriptors the
 * caller may read (proc(5), /proc/PID/fd); root may read all. It does not find files without a descriptor:
 * mapped or registered with io_uring and then closed, or in transit through a socket.
 */
#ifndef PCITAG_HOST_IN_USE_NODE_HOLDERS_H
#define PCITAG_HOST_IN_USE_NODE_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"
#include "model/pci/topology.h"

#define NODE_PATH_LEN HOLDER_NODE_LEN

#define NODE_COMMAND_LEN HOLDER_COMMAND_LEN

/*
 * A node, identified by type and number. The path is not enough, because a process may have its own /dev, as
 * QEMU under libvirt does.
 */
struct node {
	char path[NODE_PATH_LEN]; /* as used in messages */
	mode_t type;		  /* S_IFCHR or S_IFBLK: @device is its number; else its inode's device */
	dev_t device;
	ino_t inode;
	bool is_brief; /* most processes that open it close it at once */
};

/* "1234/fd/7" or "1234/task/1240/fd/7", below proc. */
#define NODE_WHERE_LEN 64

struct node_holder {
	pid_t pid;
	bool is_silent; /* the process did not answer (host/process/progress.h): it may have any node open */
	char where[NODE_WHERE_LEN];	/* the descriptor */
	char command[NODE_COMMAND_LEN]; /* printable; "?" when the process has ended */
	char node[NODE_PATH_LEN];	/* the requested node that is open */
};

enum { NODE_ABSENT = 1 };

/* Describes what is at @path ("/dev/vfio/14"). Returns 0, NODE_ABSENT or -1. */
int node_at(const char *path, struct node *out, struct error *err);

/* Describes the device of @type (S_IFCHR or S_IFBLK) and number. @path is for messages; it may be cut. */
void node_numbered(const char *path, mode_t type, dev_t number, struct node *out);

/* Gets a descriptor for nodes[index]; holder->command is empty. Returns 0, or a positive value to stop. */
typedef int node_found_fn(const struct node_holder *holder, size_t index, void *context);

/*
 * Calls @found for each descriptor that another process has open on any of @nodes, in any mount namespace and
 * under any name, in the order of /proc.
 * @proc: where proc(5) is mounted (in production "/proc")
 * Files are inspected without a request to a server or daemon (statx(2), AT_STATX_DONT_SYNC; a cluster file
 * system may interpret this flag differently), and are never opened. Processes that the caller may not
 * inspect (unprivileged) are skipped.
 * Returns 0, the value that @found returned, or -1 when @proc or its content cannot be read. The caller must
 * not treat -1 as "none".
 */
int node_holders_each(const char *proc, const struct node *nodes, size_t count, node_found_fn *found,
		      void *context, struct error *err);

enum { NODE_HOLDERS_NONE = 1 };

/* As node_holders_each(), for the first descriptor, with its command. Returns 0, NODE_HOLDERS_NONE or -1. */
int node_holders_find(const char *proc, const struct node *nodes, size_t count, struct node_holder *out,
		      struct error *err);

/* Fills in holder->command. */
void node_holder_name(const char *proc, struct node_holder *holder);

/* Returns true when the descriptor is still open on that node, or when this cannot be determined. */
bool node_holder_stays(const char *proc, const struct node_holder *holder, const struct node *node);

#endif
