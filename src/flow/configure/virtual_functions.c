/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/virtual_functions.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/deadline.h"
#include "base/log.h"
#include "flow/assign/host_state.h"
#include "flow/configure/vf_change.h"
#include "host/config/registry_ini.h"
#include "host/pci/device.h"
#include "host/pci/scan.h"

/* How long udev and the drivers may take at boot, and how often they are looked at. */
#define SETTLE_MS 30000
#define SETTLE_POLL_MS 50

/* ---- what there is ------------------------------------------------------------------------------------ */

void physical_functions_clear(struct physical_functions *list)
{
	for (size_t i = 0; i < list->count; i++)
		sriov_clear(&list->items[i].sriov);
	free(list->items);
	*list = (struct physical_functions){ 0 };
}

bool physical_function_differs(const struct physical_function *pf)
{
	return pf->wanted && pf->sriov.count != pf->wanted;
}

/* Returns the first model, in registry order, that wants virtual functions of it. */
static const struct model *model_of(const struct registry *registry, const char *hostname,
				    const struct pci_device *device)
{
	for (size_t i = 0; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		if (model->vfs && model->enabled && model_applies_to_host(model, hostname) &&
		    model_matches(model, device))
			return model;
	}
	return NULL;
}

/* Adds the function if it can have virtual functions. */
static int add_function(const struct sysfs *sysfs, const struct registry *registry, const char *hostname,
			const struct pci_device *device, struct physical_functions *out, struct error *err)
{
	struct physical_function pf = { .addr = device->addr, .id = device->id };
	int rc = device->is_virtual ? SYSFS_ABSENT : sriov_read(sysfs, &device->addr, &pf.sriov, err);
	const struct model *model;

	if (rc != 0) {
		sriov_clear(&pf.sriov);
		return rc < 0 ? -1 : 0;
	}
	model = model_of(registry, hostname, device);
	if (model) {
		strcpy(pf.model, model->name);
		pf.wanted = model->vfs;
	}
	strcpy(pf.driver, device->driver);
	if (!ARRAY_APPEND(out->items, out->count, pf)) {
		sriov_clear(&pf.sriov);
		return error_set(err, ENOMEM, "cannot list %zu physical functions", out->count + 1);
	}
	return 0;
}

/* Reads the functions without access to them: without leases, no more than that is read. */
static int scan(const struct sysfs *sysfs, const struct pci_addr *addr, struct topology *out,
		struct error *err)
{
	*out = (struct topology){ 0 };
	return addr ? pci_scan_add(sysfs, NULL, addr, out, err) : pci_scan(sysfs, NULL, NULL, out, err);
}

static int list_functions(const struct sysfs *sysfs, const struct registry *registry,
			  const struct pci_addr *addr, struct physical_functions *out, struct error *err)
{
	CLEANUP(topology_clear) struct topology topology = { 0 };
	char hostname[HOSTNAME_LEN] = "";
	int rc = scan(sysfs, addr, &topology, err);

	if (rc == 0 && gethostname(hostname, sizeof(hostname) - 1) < 0)
		return error_set(err, errno, "cannot read the host's name");
	for (size_t i = 0; i < topology.count && rc == 0; i++) {
		const struct pci_device *device = &topology.devices[i];

		/* The other members of its group are in the topology, too. */
		if (!addr || pci_addr_equal(addr, &device->addr))
			rc = add_function(sysfs, registry, hostname, device, out, err);
	}
	return rc;
}

/* Why the function at @addr has no virtual functions, whatever the registry says. */
static int refuse_function(const struct sysfs *sysfs, const struct pci_addr *addr, struct error *err)
{
	char text[PCI_ADDR_LEN], physical[PCI_ADDR_LEN], path[SYSFS_PATH_LEN];
	struct pci_addr physfn;

	pci_addr_format(addr, text);
	if (sysfs_find(sysfs, sysfs_device_path(addr, NULL, path), NULL) != 0)
		return error_refuse(err, FLOW_REFUSED,
				    "vf: there is no PCI function %s; pcitag probe --all lists all", text);
	if (pci_device_read_physfn(sysfs, addr, &physfn, NULL) == 0)
		return error_refuse(err, FLOW_REFUSED,
				    "vf: %s is a virtual function of %s; write the address of that one", text,
				    pci_addr_format(&physfn, physical));
	return error_refuse(
		err, FLOW_REFUSED,
		"vf: %s cannot have virtual functions: it has no sriov_totalvfs above 0 in sysfs; "
		"switch SR-IOV on in the firmware, or in the card's own settings",
		text);
}

static int read_all(const struct paths *paths, const struct sysfs *sysfs, const struct pci_addr *addr,
		    struct physical_functions *out, struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };

	if (registry_load(paths->etc, &registry, err) < 0 ||
	    list_functions(sysfs, &registry, addr, out, err) < 0)
		return -1;
	return addr && !out->count ? refuse_function(sysfs, addr, err) : 0;
}

int flow_vf_list(const struct paths *paths, const struct pci_addr *addr, struct physical_functions *out,
		 struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };

	*out = (struct physical_functions){ 0 };
	return sysfs_open(paths->sys, &sysfs, err) < 0 ? -1 : read_all(paths, &sysfs, addr, out, err);
}

/* ---- create ------------------------------------------------------------------------------------------- */

/* After a change, and whatever became of it. */
static int read_again(const struct sysfs *sysfs, struct physical_function *pf, struct error *err)
{
	sriov_clear(&pf->sriov);
	return sriov_read(sysfs, &pf->addr, &pf->sriov, err) == 0 ? 0 : -1;
}

/* Others may have made them, or the key was another one then: they are not taken away for it. */
static int refuse_number(const struct physical_function *pf, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&pf->addr, addr);
	if (pf->wanted > pf->sriov.total)
		return error_set(err, 0,
				 "vf create: %s can have %u virtual functions (sriov_totalvfs), vfs = %u of "
				 "[%s] is more; write %u, or allow more in the card's own settings",
				 addr, pf->sriov.total, pf->wanted, pf->model, pf->sriov.total);
	return error_set(
		err, 0,
		"vf create: %s has %zu virtual functions, vfs = %u of [%s]: made by another program "
		"(systemd's [SR-IOV], a tool of its vendor), or when vfs was another; pcitag vf remove "
		"%s first, or write vfs = %zu",
		addr, pf->sriov.count, pf->wanted, pf->model, addr, pf->sriov.count);
}

static void create(const struct paths *paths, const struct sysfs *sysfs, struct physical_function *pf)
{
	char addr[PCI_ADDR_LEN];

	if (!physical_function_differs(pf))
		return;
	if (pf->sriov.count || pf->wanted > pf->sriov.total) {
		(void)refuse_number(pf, &pf->why);
		return;
	}
	pci_addr_format(&pf->addr, addr);
	if (vf_change(paths, sysfs, pf, pf->wanted, &pf->why) != 0) {
		(void)error_prefix(&pf->why, "vf create %s", addr);
		log_error("%s", pf->why.msg);
	} else {
		pf->why = (struct error){ 0 };
		log_info("%s has %u virtual functions now (model %s)", addr, pf->wanted, pf->model);
	}
	if (read_again(sysfs, pf, pf->why.msg[0] ? NULL : &pf->why) < 0)
		pf->is_changed = false;
}

/* Removes from the list what was not chosen, or is not to have any. */
static void keep_chosen(struct physical_functions *list, const char *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct physical_function *pf = &list->items[i];

		if (pf->wanted && (!model || strcmp(pf->model, model) == 0))
			list->items[kept++] = *pf;
		else
			sriov_clear(&pf->sriov);
	}
	list->count = kept;
}

static int choose(const struct paths *paths, const struct sysfs *sysfs, const struct vf_choice *choice,
		  struct physical_functions *out, struct error *err)
{
	char addr[PCI_ADDR_LEN];
	int rc = read_all(paths, sysfs, choice->addr, out, err);

	if (rc != 0)
		return rc;
	keep_chosen(out, choice->model);
	if (out->count == 0 && choice->addr)
		return error_refuse(
			err, FLOW_REFUSED,
			"vf create: no model of the registry has vfs and matches %s; write vfs = N "
			"into the section of its model",
			pci_addr_format(choice->addr, addr));
	if (out->count == 0 && choice->model)
		return error_refuse(
			err, FLOW_REFUSED,
			"vf create: the registry has no model %s with vfs that is switched on and "
			"matches a function of this host with SR-IOV; pcitag vf show lists these",
			choice->model);
	return 0;
}

/* Whether udev has events to handle (systemd-udevd: src/udev/udev-manager.c, /run/udev/queue). */
static bool is_udev_busy(const struct paths *paths)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/queue", paths->udev_run);
	return access(path, F_OK) == 0;
}

static bool is_settled(const struct paths *paths, const struct physical_functions *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!list->items[i].driver[0])
			return false;
	}
	return !is_udev_busy(paths);
}

/*
 * Drivers are loaded while the host boots, and what udev does to their interfaces comes before: a .link file
 * may say how many virtual functions there are to be. A host without a model that has vfs does not wait. When
 * the time is over, what is there is used as it is.
 */
static int choose_settled(const struct paths *paths, const struct sysfs *sysfs,
			  const struct vf_choice *choice, struct physical_functions *out, struct error *err)
{
	struct deadline deadline = deadline_in(SETTLE_MS);

	for (;;) {
		int rc = choose(paths, sysfs, choice, out, err);

		if (rc != 0 || !choice->settles || !out->count || is_settled(paths, out) ||
		    !deadline_left(deadline))
			return rc;
		physical_functions_clear(out);
		sleep_ms(SETTLE_POLL_MS);
	}
}

int flow_vf_create(const struct paths *paths, const struct vf_choice *choice, struct physical_functions *out,
		   struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	int rc;

	*out = (struct physical_functions){ 0 };
	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	rc = choose_settled(paths, &sysfs, choice, out, err);
	for (size_t i = 0; rc == 0 && i < out->count; i++)
		create(paths, &sysfs, &out->items[i]);
	return rc;
}

/* ---- remove ------------------------------------------------------------------------------------------- */

int flow_vf_remove(const struct paths *paths, const struct pci_addr *addr, struct physical_functions *out,
		   struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	char text[PCI_ADDR_LEN];
	int rc;

	*out = (struct physical_functions){ 0 };
	pci_addr_format(addr, text);
	if (sysfs_open(paths->sys, &sysfs, err) < 0)
		return -1;
	rc = read_all(paths, &sysfs, addr, out, err);
	if (rc != 0 || out->items[0].sriov.count == 0)
		return rc;
	rc = vf_change(paths, &sysfs, &out->items[0], 0, err);
	if (rc != 0) {
		(void)error_prefix(err, "vf remove %s", text);
		return rc;
	}
	log_info("%s has no virtual functions any more", text);
	return read_again(&sysfs, &out->items[0], err);
}
