/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/device_lock.h"

#include <stdint.h>

#include "base/lock_file.h"

/* Offset of these locks, above that of the store (host/store/lease_store.c). */
#define DEVICE_LOCKS ((off_t)1 << 61)

/* Offset, from a function's lock, of a second lock that is held while the function is being bound. */
#define BINDING ((off_t)1 << 60)

/* A killed worker may still be exiting. */
#define TAKE_TIMEOUT_MS 500

static off_t byte_of(const struct pci_addr *addr)
{
	return DEVICE_LOCKS +
	       ((off_t)addr->domain << 16 | (off_t)addr->bus << 8 | addr->slot << 3 | addr->function);
}

int device_lock_take(int fd, const struct pci_addr *addr, struct error *err)
{
	pid_t holder;
	int rc = fd < 0 ? 0 : lock_file_take(fd, byte_of(addr), TAKE_TIMEOUT_MS, &holder, err);

	if (rc == LOCK_FILE_BUSY)
		return error_set(err, 0, "locked by process %d", (int)holder);
	return rc;
}

void device_lock_set_binding(int fd, const struct pci_addr *addr, bool is_binding)
{
	pid_t holder;

	if (fd >= 0 && is_binding)
		(void)lock_file_take(fd, byte_of(addr) + BINDING, 0, &holder, NULL);
	else if (fd >= 0)
		lock_file_drop(fd, byte_of(addr) + BINDING);
}

bool device_lock_is_binding(int fd, const struct pci_addr *addr)
{
	return fd >= 0 && lock_file_holder(fd, byte_of(addr) + BINDING) != 0;
}

pid_t device_lock_holder(int fd, const struct pci_addr *addr)
{
	return fd < 0 ? 0 : lock_file_holder(fd, byte_of(addr));
}
