/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leases of this host, one JSON file each: <run>/leases/<uuid>.json. Files are replaced atomically, so
 * readers need no lock. Locks keep writers apart: who decides what is free holds the store's,
 * for milliseconds; who moves the devices of a domain holds that domain's, until they are where they belong.
 */
#ifndef PCITAG_HOST_LEASE_STORE_H
#define PCITAG_HOST_LEASE_STORE_H

#include <stdbool.h>

#include "base/error.h"
#include "host/named_locks.h"
#include "model/lease.h"

struct lease_store {
	const char *run;	  /* as given to lease_store_open(), for messages */
	int run_dir;		  /* descriptor of <run> */
	int leases_dir;		  /* descriptor of <run>/leases */
	int lock;		  /* descriptor of <run>/lock, -1 until it is needed */
	struct named_locks locks; /* of domains, in <run>/locks */
};

/* A store that is not open: closing it again does no harm. */
#define LEASE_STORE_CLOSED ((struct lease_store){ NULL, -1, -1, -1, NAMED_LOCKS_NONE })

#define LEASE_STORE_ABSENT 1

/*
 * Opens the store in directory @run (in production "/run/pcitag"); a process opens it once at a time
 * (see base/lock_file.h).
 * @create: make the directories when they are missing
 * Returns 0, LEASE_STORE_ABSENT when there is none and @create is false (then there are no
 * leases), or -1; refuses directories that others than root could write to.
 */
int lease_store_open(const char *run, bool create, struct lease_store *out, struct error *err);

/* Also drops the locks that this process has on the store. */
void lease_store_close(struct lease_store *store);

/*
 * Takes the lock that goes with deciding: read leases, choose, write a lease. Fails when another process
 * holds it for longer than @timeout_ms, and names it.
 */
int lease_store_lock(struct lease_store *store, int timeout_ms, struct error *err);
void lease_store_unlock(struct lease_store *store);

#define LEASE_STORE_BUSY 2

/*
 * Takes the lock of one domain's devices; whoever has it when the lease says "binding" or "releasing" is
 * alive and at work.
 * Returns 0, LEASE_STORE_BUSY with *err naming the holder when it is held for longer than @timeout_ms, or -1.
 */
int lease_store_lock_domain(struct lease_store *store, const char *uuid, int timeout_ms, struct error *err);
void lease_store_unlock_domain(struct lease_store *store, const char *uuid);

/*
 * Takes the lock of putting devices into one running domain and out of it, for as long as libvirt is asked:
 * the domain's own lock is free meanwhile, because its end must not wait for libvirt. Whoever has it when a
 * grant says "attaching" or "detaching" is alive and at work. Taken before the domain's.
 * Returns as lease_store_lock_domain() does.
 */
int lease_store_lock_attach(struct lease_store *store, const char *uuid, int timeout_ms, struct error *err);
void lease_store_unlock_attach(struct lease_store *store, const char *uuid);

/* Removes the locks' files that killed processes have left behind. */
int lease_store_sweep_locks(struct lease_store *store, struct error *err);

/* Writes @lease durably. */
int lease_store_save(const struct lease_store *store, const struct lease *lease, struct error *err);

/* Removes the lease of @uuid, durably; none there is no failure. */
int lease_store_remove(const struct lease_store *store, const char *uuid, struct error *err);

/* Puts the file of @uuid, which cannot be understood, out of the way: it becomes <uuid>.json.corrupt. */
int lease_store_set_aside(const struct lease_store *store, const char *uuid, struct error *err);

#define LEASE_STORE_CORRUPT 3
#define LEASE_STORE_NEWER 4

/*
 * Reads one.
 * Returns 0, LEASE_STORE_ABSENT, or, with *err naming the file, LEASE_STORE_CORRUPT when it cannot be
 * understood, LEASE_STORE_NEWER when only a later pcitag can, -1 when it cannot be read.
 */
int lease_store_load(const struct lease_store *store, const char *uuid, struct lease *out, struct error *err);

/*
 * Reads all of them, ordered by UUID.
 * Returns 0, -1, or LEASE_STORE_CORRUPT with *err about the first file that cannot be understood: @out then
 * has the others, and nobody knows what that one holds.
 */
int lease_store_load_all(const struct lease_store *store, struct lease_list *out, struct error *err);

/* The owner frees items. */
struct uuid_list {
	char (*items)[UUID_LEN];
	size_t count;
};

/* A UUID for each file of a lease, whether it can be read or not. */
int lease_store_list(const struct lease_store *store, struct uuid_list *out, struct error *err);

/*
 * A UUID for each file that somebody has begun to write: with the lock of that domain it is what a crash
 * left, and lease_store_remove_unfinished() takes it away.
 */
int lease_store_list_unfinished(const struct lease_store *store, struct uuid_list *out, struct error *err);
void lease_store_remove_unfinished(const struct lease_store *store, const char *uuid);

#endif
