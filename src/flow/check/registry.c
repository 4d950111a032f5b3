/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks whether the registry matches this host, and whether it says what was intended. */
#include <string.h>

#include "flow/check/parts.h"
#include "flow/assign/plan.h"
#include "host/config/registry_ini.h"
#include "host/system/rom_file.h"
#include "model/registry/doubts.h"

/* Number of devices of a model that are named individually; further ones are counted. */
#define NAMED_MAX 3

/* State of the check of one model. */
struct looking {
	struct check *check;
	const struct host_state *host;
	const struct model *model;
	size_t devices, free, assigned;
	size_t unfit;			    /* devices that no domain can get in their current state */
	const struct pci_device *first_odd; /* the first device whose class contradicts the type */
	const char *meant;		    /* the kind of device that the type suggests */
	size_t odd;
	char why[ERROR_MSG_LEN]; /* the first of the unfit devices, with their reasons */
};

void check_settings(struct check *check)
{
	struct settings settings;
	struct error err;

	if (settings_load(check->paths->etc, &settings, &err) == 0) {
		if (settings.enabled) {
			check_pass(check, "pcitag is switched on");
		} else {
			check_warn(check, "pcitag is switched off: no domain gets a device");
			check_advice(check, "write enabled = yes into %s/" SETTINGS_FILE, check->paths->etc);
		}
	} else if (err.code) {
		check_unseen(check, &err);
	} else {
		check_fail(check, "%s", err.msg);
		check_advice(check, "correct that line; pcitag-registry(5) describes the file");
	}
}

/* Reports all of them in one item: a card with many functions would fill the screen. */
static void report_class(struct looking *look)
{
	const struct model *model = look->model;
	char addr[PCI_ADDR_LEN];

	if (!look->odd)
		return;
	pci_addr_format(&look->first_odd->addr, addr);
	check_warn(look->check,
		   "%s: %zu of its devices %s not %s, which type = %s suggests: %s has class %06x",
		   model->name, look->odd, look->odd == 1 ? "is" : "are", look->meant, model->type, addr,
		   look->first_odd->id.class_code);
	check_advice(look->check, "narrow [%s] at %s:%u with class = or exclude =, or choose another type",
		     model->name, model->file, model->line);
}

/* A start with a device of the model is refused without it. */
static void report_rom(struct looking *look)
{
	struct device_option rom;
	struct error why;

	if (!device_options_find(model_options(look->model), "romfile", &rom) ||
	    rom_file_check(rom.value, &why) == 0)
		return;
	check_warn(look->check, "%s: %s", look->model->name, why.msg);
	check_advice(look->check, "or delete romfile in [%s] at %s:%u", look->model->name, look->model->file,
		     look->model->line);
}

static void doubt_class(struct looking *look, const struct pci_device *device)
{
	const char *meant = type_contradicts_class(look->model->type, device->id.class_code);

	if (!meant)
		return;
	if (!look->odd++)
		look->first_odd = device;
	look->meant = meant;
}

static void report_console(struct looking *look, const struct pci_device *device)
{
	const struct model *model = look->model;
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&device->addr, addr);
	check_warn(look->check, "%s: %s (%04x:%04x) is the console of the host's management controller",
		   model->name, addr, device->id.vendor, device->id.device);
	check_advice(look->check, "write exclude = %s into [%s] at %s:%u, or remove that section", addr,
		     model->name, model->file, model->line);
}

static void note_unfit(struct looking *look, const struct pci_device *device, const struct verdict *verdict)
{
	size_t used = strlen(look->why);
	char addr[PCI_ADDR_LEN], reason[VERDICT_LEN];

	if (look->unfit++ < NAMED_MAX)
		snprintf(look->why + used, sizeof(look->why) - used, "%s%s: %s", used ? "; " : "",
			 pci_addr_format(&device->addr, addr), verdict_format(verdict, reason));
}

static void look_at_device(struct looking *look, const struct pci_device *device)
{
	struct allocation_input input = plan_input(look->host, NULL);
	struct verdict verdict;

	if (!model_matches(look->model, device))
		return;
	allocator_judge(&input, look->model, device, &verdict);
	look->devices++;
	look->free += verdict_is_free(&verdict);
	look->assigned += verdict.availability == UNAVAILABLE_LEASED;
	if (verdict_rows[verdict.availability].is_lasting)
		note_unfit(look, device, &verdict);
	if (pci_device_is_bmc_console(device))
		report_console(look, device);
	else
		doubt_class(look, device);
}

static void report_none(struct looking *look)
{
	const struct model *model = look->model;
	char why[MODEL_MISSED_LEN];

	if (id_looks_like_class(model->device)) {
		check_warn(look->check,
			   "%s: device = %04x looks like a class code, and no device has that id",
			   model->name, model->device);
		check_advice(
			look->check,
			"write the id that pcitag probe shows into [%s] at %s:%u, and perhaps class = %04x",
			model->name, model->file, model->line, model->device);
		return;
	}
	check_warn(look->check, "%s: matches nothing: %s", model->name,
		   model_missed(model, &look->host->topology, why));
	check_advice(look->check, "compare [%s] at %s:%u with pcitag probe", model->name, model->file,
		     model->line);
}

static void report_devices(struct looking *look)
{
	const struct model *model = look->model;

	report_class(look);
	report_rom(look);
	if (model_forces_all(model, &look->host->topology)) {
		check_warn(look->check, "%s: force names each of its %zu devices: nothing protects the host",
			   model->name, look->devices);
		check_advice(look->check, "take those the host does not use out of force, at %s:%u",
			     model->file, model->line);
	}
	if (!look->unfit) {
		check_pass(look->check, "%s: %zu of type %s, %zu free, %zu assigned", model->name,
			   look->devices, model->type, look->free, look->assigned);
		return;
	}
	check_warn(look->check, "%s: %zu of its %zu devices cannot be assigned: %s%s", model->name,
		   look->unfit, look->devices, look->why, look->unfit > NAMED_MAX ? "; ..." : "");
	check_advice(look->check, "free them, or write exclude = ADDRESS into [%s] at %s:%u", model->name,
		     model->file, model->line);
}

/* Registries are shared among hosts: a missing host may be a mistake only when its devices are here. */
static void report_elsewhere(struct looking *look)
{
	const struct model *model = look->model;

	for (size_t i = 0; i < look->host->topology.count; i++)
		look->devices += model_matches(model, &look->host->topology.devices[i]);
	if (!look->devices) {
		check_pass(look->check, "%s: for other hosts, by its key hosts", model->name);
		return;
	}
	check_warn(look->check, "%s: matches %zu here, but its key hosts leaves %s out", model->name,
		   look->devices, look->host->hostname);
	check_advice(look->check, "if guests of this host may have them, add %s to hosts in [%s] at %s:%u",
		     look->host->hostname, model->name, model->file, model->line);
}

static void check_model(struct check *check, const struct host_state *host, const struct model *model)
{
	struct looking look = { .check = check, .host = host, .model = model };

	if (!model->enabled) {
		check_pass(check, "%s: switched off by enabled = no", model->name);
		return;
	}
	if (!model_applies_to_host(model, host->hostname)) {
		report_elsewhere(&look);
		return;
	}
	for (size_t i = 0; i < host->topology.count; i++)
		look_at_device(&look, &host->topology.devices[i]);
	check_units(check, model);
	if (look.devices)
		report_devices(&look);
	else
		report_none(&look);
}

/* A registry that many hosts share has profiles for which some of them have nothing. */
static void check_profile(struct check *check, const struct host_state *host, const struct profile *profile)
{
	struct allocation_input input = plan_input(host, NULL);
	size_t devices = 0, free_ones = 0;

	for (size_t i = 0; i < host->topology.count; i++) {
		const struct pci_device *device = &host->topology.devices[i];
		const struct model *model = registry_first_match(&host->registry, profile->name, device);
		struct verdict verdict;

		if (!model)
			continue;
		allocator_judge(&input, model, device, &verdict);
		devices++;
		free_ones += verdict_is_free(&verdict);
	}
	if (devices) {
		check_pass(check, "%s: %zu devices, %zu free", profile->name, devices, free_ones);
		return;
	}
	check_warn(check, "%s: no device of this host is of a model or type that it lists", profile->name);
	check_advice(check, "compare any in [%s] at %s:%u with pcitag list", profile->name, profile->file,
		     profile->line);
}

/* Warns that the following items may look better than the actual state. */
static void check_sight(struct check *check)
{
	check->name = "privilege";
	check_warn(check,
		   "not root: open groups, other users' processes and libvirt's networks are not seen");
	check_command(check, "sudo pcitag check");
}

void check_registry(struct check *check)
{
	/* Unreadable leases do not affect the registry: the plan is then read without leases. */
	const struct host_query query = { .paths = check->paths,
					  .sysfs = &check->sysfs,
					  .without_leases = check->leases_read != 0,
					  .reach = REACH_ALL };
	CLEANUP(host_state_clear) struct host_state host = { 0 };
	struct registry registry = { 0 };
	struct error err;

	if (registry_load(check->paths->etc, &registry, &err) < 0) {
		if (err.code) {
			check_unseen(check, &err);
			return;
		}
		check_fail(check, "%s", err.msg);
		check_advice(check, "correct that line; pcitag-registry(5) describes the file");
		return;
	}
	if (!registry.count) {
		check_warn(check, "%s/" REGISTRY_FILE " describes no device", check->paths->etc);
		check_advice(check, "pcitag probe shows the devices of this host and what to write for them");
	} else {
		check_pass(check, "%zu models", registry.count);
	}
	registry_clear(&registry);
	if (host_state_read(&query, &host, &err) < 0)
		check_unseen(check, &err);
	else if (!check->is_root)
		check_sight(check);
	check->name = "model";
	for (size_t i = 0; i < host.registry.count; i++)
		check_model(check, &host, &host.registry.models[i]);
	check->name = "profile";
	for (size_t i = 0; i < host.registry.profile_count; i++)
		check_profile(check, &host, &host.registry.profiles[i]);
}
