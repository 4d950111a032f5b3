/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stores the leases of this host, one JSON file each: <run>/leases/<uuid>.json. Files are replaced
 * atomically, so readers need no lock. Writers are serialized by locks. A process that decides which devices
 * are free holds the store's lock, for milliseconds. A process that moves the devices of a domain holds that
 * domain's lock until they are in place.
 */
#ifndef PCITAG_HOST_STORE_LEASE_STORE_H
#define PCITAG_HOST_STORE_LEASE_STORE_H

#include <stdbool.h>

#include "base/error.h"
#include "host/store/lease_cache.h"
#include "host/store/named_locks.h"
#include "model/lease/lease.h"

struct lease_store {
	const char *run;	   /* as given to lease_store_open(), for messages */
	int run_dir;		   /* descriptor of <run> */
	int leases_dir;		   /* descriptor of <run>/leases */
	int lock;		   /* descriptor of <run>/lock, -1 until it is needed */
	struct named_locks locks;  /* of domains, in <run>/locks */
	struct lease_cache *cache; /* what was read; or NULL */
};

/*
 * An empty file beside the leases while devices are held after their use (host/store/used_devices.h): whoever
 * lists the leases learns of them without another system call.
 */
#define LEASE_STORE_USED "used"

/* Initial value of a closed store; closing it again has no effect. */
#define LEASE_STORE_CLOSED ((struct lease_store){ NULL, -1, -1, -1, NAMED_LOCKS_NONE, NULL })

enum {
	LEASE_STORE_ABSENT = 1, /* there is no such directory or lease */
	LEASE_STORE_BUSY,	/* another process has the lock for the domain */
	LEASE_STORE_CORRUPT,	/* a lease cannot be parsed */
	LEASE_STORE_NEWER,	/* only a later pcitag can parse the lease */
};

/*
 * Opens the store in directory @run (in production "/run/pcitag"). A process must not have it open twice at
 * the same time (see base/lock_file.h).
 * @create: create missing directories
 * Returns 0, LEASE_STORE_ABSENT when the directories are missing and @create is false (there are then no
 * leases), or -1, also for directories that users other than root can write to.
 */
int lease_store_open(const char *run, bool create, struct lease_store *out, struct error *err);

/* Also releases this process's locks on the store. */
void lease_store_close(struct lease_store *store);

/*
 * Takes the lock for a decision: read leases, choose, write a lease. Fails when another process holds it for
 * longer than @timeout_ms; *err names the process.
 */
int lease_store_lock(struct lease_store *store, int timeout_ms, struct error *err);
void lease_store_unlock(struct lease_store *store);

/*
 * Waits until no other start is reading the host, but at most @timeout_ms. A start that reads it after the
 * others have chosen knows what is left, and need not read it again. This only saves work: a start that
 * cannot have the turn, or not in time, goes on without it.
 */
void lease_store_take_turn(struct lease_store *store, int timeout_ms);
/* Has no effect without the turn. */
void lease_store_end_turn(struct lease_store *store);

/*
 * Takes the lock of one domain's devices. While the lease is in state "binding" or "releasing", a process
 * that holds this lock is alive and working.
 * Returns 0, LEASE_STORE_BUSY with *err naming the holder when it is held for longer than @timeout_ms, or -1.
 */
int lease_store_lock_domain(struct lease_store *store, const char *uuid, int timeout_ms, struct error *err);
void lease_store_unlock_domain(struct lease_store *store, const char *uuid);

/*
 * Takes the lock for attaching devices to one running domain and detaching them, for the duration of the
 * libvirt call. The domain's own lock is free meanwhile, because the end of the domain must not wait for
 * libvirt. While a grant is in state "attaching" or "detaching", a process that holds this lock is alive and
 * working. This lock is taken before the domain's.
 * Returns the values of lease_store_lock_domain().
 */
int lease_store_lock_attach(struct lease_store *store, const char *uuid, int timeout_ms, struct error *err);
void lease_store_unlock_attach(struct lease_store *store, const char *uuid);

/* Removes lock files left by killed processes. */
int lease_store_sweep_locks(struct lease_store *store, struct error *err);

/* Writes @lease durably. */
int lease_store_save(const struct lease_store *store, const struct lease *lease, struct error *err);

/* Removes the lease of @uuid, durably. Succeeds when there is none. */
int lease_store_remove(const struct lease_store *store, const char *uuid, struct error *err);

/* Renames the file of @uuid, which cannot be parsed, to <uuid>.json.corrupt. */
int lease_store_set_aside(const struct lease_store *store, const char *uuid, struct error *err);

/*
 * Reads one lease. A file that this store has read before is parsed again only when another one has replaced
 * it.
 * Returns 0; LEASE_STORE_ABSENT; or, with *err naming the file, LEASE_STORE_CORRUPT when it cannot be parsed,
 * LEASE_STORE_NEWER when only a later pcitag can parse it, or -1 when it cannot be read.
 */
int lease_store_load(const struct lease_store *store, const char *uuid, struct lease *out, struct error *err);

/*
 * Reads all leases, ordered by UUID.
 * Returns 0, -1, or LEASE_STORE_CORRUPT with *err about the first file that cannot be parsed: @out then has
 * the other leases, and the devices of that one are unknown.
 */
int lease_store_load_all(const struct lease_store *store, struct lease_list *out, struct error *err);

/* The caller frees items, also after a failure. */
struct lease_file_list {
	struct lease_file *items;
	size_t count;
	bool has_used; /* see LEASE_STORE_USED */
};

/* Lists the UUID of each lease file, including files that cannot be read, ordered by UUID. */
int lease_store_list(const struct lease_store *store, struct lease_file_list *out, struct error *err);

/*
 * Lists the UUID of each unfinished lease file. While the caller holds the domain's lock, such a file was
 * left by a crash, and lease_store_remove_unfinished() removes it.
 */
int lease_store_list_unfinished(const struct lease_store *store, struct lease_file_list *out,
				struct error *err);
void lease_store_remove_unfinished(const struct lease_store *store, const char *uuid);

#endif
