/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The leases of this host, one JSON file each: <run>/leases/<uuid>.json. Files are
 * replaced atomically, so readers need no lock; who decides what is free holds the lock.
 */
#ifndef PCITAG_HOST_LEASE_STORE_H
#define PCITAG_HOST_LEASE_STORE_H

#include <stdbool.h>

#include "base/error.h"
#include "model/lease.h"

struct lease_store {
	const char *run; /* as given to lease_store_open(), for messages */
	int run_dir;	 /* descriptor of <run>, where the lock lives */
	int leases_dir;	 /* descriptor of <run>/leases */
};

/* A store that is not open: closing it again does no harm. */
#define LEASE_STORE_CLOSED ((struct lease_store){ NULL, -1, -1 })

#define LEASE_STORE_ABSENT 1

/*
 * Opens the store in directory @run (in production "/run/pcitag").
 * @create: make the directories when they are missing
 * Returns 0, LEASE_STORE_ABSENT when there is none and @create is false (then there are no
 * leases), or -1; refuses directories that others than root could write to.
 */
int lease_store_open(const char *run, bool create, struct lease_store *out, struct error *err);
void lease_store_close(struct lease_store *store);

/* Takes the lock that goes with deciding: read leases, choose, write a lease. See lock_file_take(). */
int lease_store_lock(const struct lease_store *store, int timeout_ms, int *fd, struct error *err);

/* Writes @lease durably. */
int lease_store_save(const struct lease_store *store, const struct lease *lease, struct error *err);

/* Removes the lease of @uuid, durably; none there is no failure. */
int lease_store_remove(const struct lease_store *store, const char *uuid, struct error *err);

/* Reads one. Returns 0, LEASE_STORE_ABSENT, or -1 when it cannot be read or understood. */
int lease_store_load(const struct lease_store *store, const char *uuid, struct lease *out, struct error *err);

/*
 * Reads all of them, ordered by UUID.
 * Fails on the first that cannot be understood, naming the file: a device it might
 * hold must not be given to another domain.
 */
int lease_store_load_all(const struct lease_store *store, struct lease_list *out, struct error *err);

#endif
