/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether devices of models with vfs have their virtual functions
 * (flow/configure/virtual_functions.h). */
#include "flow/check/parts.h"
#include "host/config/registry_ini.h"
#include "host/pci/sriov.h"

static void report_number(struct check *check, const struct model *model, const struct pci_addr *at,
			  const struct sriov *sriov)
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(at, addr);
	if (model->vfs > sriov->total) {
		check_warn(check, "%s: vfs = %u, and %s can have %u virtual functions", model->name,
			   model->vfs, addr, sriov->total);
		check_advice(check,
			     "write vfs = %u into [%s] at %s:%u, or allow more in the card's own settings",
			     sriov->total, model->name, model->file, model->line);
	} else if (sriov->count == 0) {
		check_warn(check, "%s: vfs = %u, and %s has no virtual functions", model->name, model->vfs,
			   addr);
		check_command(check, "pcitag vf create %s", addr);
	} else {
		check_warn(check,
			   "%s: vfs = %u, and %s has %zu virtual functions, which are used as they are",
			   model->name, model->vfs, addr, sriov->count);
		check_advice(check, "write vfs = %zu into [%s] at %s:%u, or pcitag vf remove %s, then create",
			     sriov->count, model->name, model->file, model->line, addr);
	}
}

void check_vfs(struct check *check, const struct topology *topology, const struct model *model)
{
	size_t physical = 0;

	for (size_t i = 0; i < topology->count && model->vfs; i++) {
		const struct pci_device *device = &topology->devices[i];
		CLEANUP(sriov_clear) struct sriov sriov = { 0 };

		if (device->is_virtual || !model_matches(model, device) ||
		    sriov_read(&check->sysfs, &device->addr, &sriov, NULL) != 0)
			continue;
		physical++;
		if (sriov.count != model->vfs)
			report_number(check, model, &device->addr, &sriov);
	}
	if (physical || !model->vfs)
		return;
	check_warn(check, "%s: vfs = %u, and none of its devices can have virtual functions", model->name,
		   model->vfs);
	check_advice(check,
		     "switch SR-IOV on in the firmware or the card's own settings, or delete vfs at %s:%u",
		     model->file, model->line);
}

/* Without the key vfs, the unit has nothing to do. */
void check_vf_service(struct check *check)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };

	/* A mistake in the registry is reported by check_registry(). */
	if (registry_load(check->paths->etc, &registry, NULL) < 0)
		return;
	for (size_t i = 0; i < registry.count; i++) {
		if (!registry.models[i].vfs)
			continue;
		check_unit(check, "pcitag-vf.service", "multi-user.target",
			   "virtual functions are not made at boot");
		return;
	}
}
