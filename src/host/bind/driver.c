/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/bind/driver.h"

#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/fileio.h"
#include "host/bind/device_lock.h"
#include "host/pci/device.h"
#include "host/process/worker.h"
#include "model/lease/lease.h"

bool driver_exists(const struct sysfs *sysfs, const char *driver)
{
	char path[SYSFS_PATH_LEN];

	snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%s", driver);
	return sysfs_find(sysfs, path, NULL) == 0;
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *c = list; *c; c += strspn(c, "/")) {
		size_t word = strcspn(c, "/");

		if (word == len && strncmp(c, name, len) == 0)
			return true;
		c += word;
	}
	return false;
}

/* @list: at least LEASE_DRIVERS_LEN bytes; empty when the names do not all fit */
static int list_names(DIR *dir, char *list, struct error *err)
{
	const struct dirent *entry;
	size_t len = 0;
	int rc;

	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (entry->d_name[0] == '.')
			continue;
		len += (size_t)snprintf(list + len, LEASE_DRIVERS_LEN - len, "%s%s", len ? "/" : "",
					entry->d_name);
		if (len >= LEASE_DRIVERS_LEN) {
			list[0] = '\0';
			break;
		}
	}
	return rc;
}

int driver_list(const struct sysfs *sysfs, char **out, struct error *err)
{
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SYSFS_PCI_DRIVERS, err);
	int rc;

	*out = NULL;
	if (!dir)
		return -1;
	*out = calloc(1, LEASE_DRIVERS_LEN);
	rc = *out ? list_names(dir, *out, err)
		  : error_set(err, ENOMEM, "cannot list the drivers of the kernel");
	if (rc < 0 || (*out && (*out)[0] == '\0')) {
		free(*out);
		*out = NULL;
	}
	return rc;
}

/* A newline clears an override: the kernel drops an empty write (fs/sysfs/file.c, sysfs_kf_write). */
int driver_override_write(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
			  struct error *err)
{
	char path[SYSFS_PATH_LEN];

	return sysfs_write(sysfs, sysfs_device_path(addr, "driver_override", path), driver[0] ? driver : "\n",
			   err);
}

int driver_unbind(const struct sysfs *sysfs, const struct pci_addr *addr, struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN], driver[PCI_DRIVER_LEN];
	struct error cause;
	int rc = pci_device_read_driver(sysfs, addr, driver, err);

	if (rc != 0)
		return rc < 0 ? -1 : error_set(err, ENODEV, "cannot unbind it");
	if (driver[0] == '\0')
		return 0;
	pci_addr_format(addr, text);
	if (sysfs_write(sysfs, sysfs_device_path(addr, "driver/unbind", path), text, &cause) == 0)
		return 0;
	rc = pci_device_read_driver(sysfs, addr, driver, err);
	if (rc == 0 && driver[0] == '\0')
		return 0;
	return error_pass(err, &cause);
}

/*
 * Determines why a probe did not bind the function. Only `bind` returns the driver's own errno
 * (drivers/base/bus.c, bind_store). This second attempt to bind may succeed.
 * Returns 0, DRIVER_REFUSED with the driver's code in *err (0 when the driver does not exist), or -1.
 */
static int explain_probe(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
			 struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	struct error cause = { 0 };

	snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%s/bind", driver);
	if (!driver_exists(sysfs, driver))
		(void)error_set(err, 0, "driver %s is not loaded", driver);
	else if (sysfs_write(sysfs, path, pci_addr_format(addr, text), &cause) == 0)
		return 0;
	else
		(void)error_set(err, cause.code, "driver %s refused it", driver);
	return DRIVER_REFUSED;
}

/* Binds a function without a driver by way of the override, and reads back. Returns as explain_probe(). */
static int probe(const struct sysfs *sysfs, const struct pci_addr *addr, const char *driver,
		 struct error *err)
{
	char text[PCI_ADDR_LEN], bound[PCI_DRIVER_LEN] = "";
	int rc;

	if (sysfs_write(sysfs, "bus/pci/drivers_probe", pci_addr_format(addr, text), err) < 0)
		return -1;
	if (pci_device_read_driver(sysfs, addr, bound, err) < 0)
		return -1;
	if (strcmp(bound, driver) == 0)
		return 0;
	rc = explain_probe(sysfs, addr, driver, err);
	if (rc != 0)
		return rc;
	if (pci_device_read_driver(sysfs, addr, bound, err) < 0)
		return -1;
	if (strcmp(bound, driver) == 0)
		return 0;
	return error_set(err, 0, "driver %s did not bind it (now bound: %s)", driver,
			 bound[0] ? bound : "none");
}

/* Writes the override first: udev finds no other driver to load before the probe. Returns as probe(). */
int driver_bind(const struct sysfs *sysfs, int lock, const struct pci_addr *addr, const char *driver,
		struct error *err)
{
	int rc;

	if (driver_override_write(sysfs, addr, driver, err) < 0 || driver_unbind(sysfs, addr, err) < 0)
		return -1;
	device_lock_set_binding(lock, addr, true);
	rc = probe(sysfs, addr, driver, err);
	device_lock_set_binding(lock, addr, false);
	return rc;
}

/* Without an override the bus matches as at boot (drivers/pci/pci-driver.c, pci_match_device). */
int driver_bind_any(const struct sysfs *sysfs, int lock, const struct pci_addr *addr, struct error *err)
{
	char text[PCI_ADDR_LEN];

	if (driver_override_write(sysfs, addr, "", err) < 0 || driver_unbind(sysfs, addr, err) < 0)
		return -1;
	device_lock_set_binding(lock, addr, true); /* the worker's last step: not reset */
	return sysfs_write(sysfs, "bus/pci/drivers_probe", pci_addr_format(addr, text), err);
}

/*
 * Offers a function that had no driver to the drivers loaded since, as the kernel would have done when their
 * modules were loaded. Each is asked through its `bind`, which refuses ids that its table does not have
 * (drivers/base/bus.c, bind_store). Drivers that existed before are not asked: a function that an
 * administrator has unbound from one of them stays without a driver.
 */
void driver_offer_to_new(const struct sysfs *sysfs, const char *known, const struct pci_addr *addr)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	const struct dirent *entry;
	CLEANUP_DIR DIR *dir = sysfs_opendir(sysfs, SYSFS_PCI_DRIVERS, NULL);

	if (!dir)
		return;
	pci_addr_format(addr, text);
	while (directory_next(dir, &entry, NULL) == 0 && entry) {
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= PCI_DRIVER_LEN ||
		    pci_driver_is_vfio_pci(entry->d_name) || is_listed(known, entry->d_name))
			continue;
		snprintf(path, sizeof(path), SYSFS_PCI_DRIVERS "/%.*s/bind", PCI_DRIVER_LEN, entry->d_name);
		if (sysfs_write(sysfs, path, text, NULL) == 0)
			break;
	}
}

#define MODPROBE "/sbin/modprobe"

static int run_modprobe(const void *arg, struct error *err)
{
	const char *name = arg;
	char *argv[] = { (char *)"modprobe", (char *)"--", (char *)name, NULL };
	char *envp[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C", NULL };
	pid_t pid;
	int status;
	int code = posix_spawn(&pid, MODPROBE, NULL, NULL, argv, envp);

	if (code)
		return error_set(err, code, "cannot run " MODPROBE);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set(err, errno, "cannot wait for " MODPROBE);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, 0, MODPROBE " %s failed", name);
	return 0;
}

int driver_load_module(const char *name, struct deadline deadline, struct error *err)
{
	struct worker worker;
	int rc;

	if (worker_start(&worker, run_modprobe, name, err) < 0)
		return -1;
	rc = worker_wait(&worker, deadline, err);
	if (rc == WORKER_STUCK)
		return error_set(err, ETIMEDOUT, MODPROBE " %s does not come back", name);
	return rc;
}
