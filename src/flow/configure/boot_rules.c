/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/configure/boot_rules.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/array.h"
#include "base/atomic_file.h"
#include "base/fileio.h"
#include "flow/assign/host_state.h"
#include "host/config/registry_ini.h"
#include "model/allocate/allocator.h"

#define RULES_MAX (1024 * 1024)
#define RULES_DIR "/etc/udev/rules.d"
#define RULES_NAME "70-pcitag-boot.rules"

#define HEADER                                                                                              \
	"# Written by pcitag boot --write from the registry (boot = vfio), for the devices of this host.\n" \
	"# A card with other ids in one of these slots is left to its own driver.\n"

void boot_rules_clear(struct boot_rules *rules)
{
	free(rules->text);
	free(rules->devices);
	free(rules->stale);
	*rules = (struct boot_rules){ 0 };
}

/* Appends to *text, which is NULL at first. */
static int PRINTF_LIKE(3, 4) append(char **text, struct error *err, const char *fmt, ...)
{
	char *more = NULL, *grown = NULL;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&more, fmt, args);
	va_end(args);
	if (n < 0 || asprintf(&grown, "%s%s", *text ? *text : "", more) < 0) {
		if (n >= 0)
			free(more);
		return error_set(err, ENOMEM, "cannot hold the rules for the boot");
	}
	free(more);
	free(*text);
	*text = grown;
	return 0;
}

/*
 * The rule is for the event of any function, not of this one alone: the event of a twin may be first to load
 * the native driver, which then takes both. The assignments to ATTR are writes to sysfs (udev(7)), before any
 * module is loaded. A function that has an override keeps it. The write to drivers_probe binds it where the
 * VFIO driver has been loaded already (modules-load.d(5)), as the kernel probes a device again for a new
 * driver only; otherwise the module, whose second load costs nothing, does.
 */
static int add_rule(const struct pci_device *device, const char *driver, char **text, struct error *err)
{
	const struct pci_identity *id = &device->id;
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&device->addr, addr);
	return append(text, err,
		      "ACTION==\"add\", SUBSYSTEM==\"pci\", ATTR{[pci/%1$s]driver_override}==\"(null)\", "
		      "ATTR{[pci/%1$s]vendor}==\"0x%2$04x\", ATTR{[pci/%1$s]device}==\"0x%3$04x\", "
		      "ATTR{[pci/%1$s]subsystem_vendor}==\"0x%4$04x\", "
		      "ATTR{[pci/%1$s]subsystem_device}==\"0x%5$04x\", ATTR{[pci/%1$s]class}==\"0x%6$06x\", "
		      "ATTR{[pci/%1$s]driver_override}=\"%7$s\", "
		      "ATTR{[subsystem/pci]drivers_probe}=\"%1$s\", RUN{builtin}+=\"kmod load %7$s\"\n",
		      addr, id->vendor, id->device, id->subsystem_vendor, id->subsystem_device,
		      id->class_code, driver);
}

/* True when the model matches a function of the slot with which a guest gets @device. */
static bool gives(const struct host_state *host, const struct model *model, const struct pci_device *device)
{
	struct pci_addr addr = device->addr;

	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		const struct pci_device *asked;

		addr.function = f;
		asked = topology_find(&host->topology, &addr);
		if (asked && model_matches(model, asked) && model_gives(model, asked, device))
			return true;
	}
	return false;
}

/* Returns the first model, in registry order, that gives the function to a guest and has the key. */
static const struct model *model_of(const struct host_state *host, const struct pci_device *device)
{
	for (size_t m = 0; m < host->registry.count; m++) {
		const struct model *model = &host->registry.models[m];

		if (model->is_vfio_at_boot && model_applies_to_host(model, host->hostname) &&
		    gives(host, model, device))
			return model;
	}
	return NULL;
}

static bool has_line(const char *text, const char *line, size_t len)
{
	for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		if (strncmp(at, line, len) == 0)
			return true;
	}
	return false;
}

static int add_device(struct boot_rules *rules, const struct pci_device *device, const struct model *model,
		      const char *file, struct error *err)
{
	struct boot_device *entry = ARRAY_ADD(rules->devices, rules->count);
	size_t before = rules->text ? strlen(rules->text) : 0;

	if (!entry)
		return error_set(err, ENOMEM, "cannot list %zu functions", rules->count + 1);
	*entry = (struct boot_device){ .addr = device->addr };
	strcpy(entry->model, model->name);
	strcpy(entry->wanted, model->driver);
	strcpy(entry->driver, device->driver);
	if (add_rule(device, model->driver, &rules->text, err) < 0)
		return -1;
	entry->has_rule = has_line(file, rules->text + before, strlen(rules->text + before));
	return 0;
}

/* Notes the addresses of the file's rules that are not among those of @rules. */
static int find_stale(struct boot_rules *rules, const char *file, struct error *err)
{
	static const char key[] = "{[pci/";
	const char *line = file;

	while (line && *line) {
		const char *end = strchrnul(line, '\n'), *at = strstr(line, key);
		size_t len = (size_t)(end - line);

		if (*line != '#' && at && at < end && !has_line(rules->text, line, len)) {
			at += strlen(key);
			if (append(&rules->stale, err, "%s%.*s", rules->stale ? ", " : "",
				   (int)strcspn(at, "]\n"), at) < 0)
				return -1;
		}
		line = *end ? end + 1 : NULL;
	}
	return 0;
}

static int read_file(char **out, struct error *err)
{
	int rc = read_file_if_any(BOOT_RULES_FILE, RULES_MAX, out, err);

	return rc < 0 ? -1 : 0;
}

/* @file: the present text, NULL for none */
static int compare(const struct host_state *host, const char *file, struct boot_rules *out, struct error *err)
{
	for (size_t i = 0; i < host->topology.count; i++) {
		const struct pci_device *device = &host->topology.devices[i];
		const struct model *model = model_of(host, device);

		if (!model)
			continue;
		if (!out->text && append(&out->text, err, HEADER) < 0)
			return -1;
		if (add_device(out, device, model, file, err) < 0)
			return -1;
	}
	out->is_current = out->text && file ? strcmp(out->text, file) == 0 : !out->text && !file;
	return find_stale(out, file, err);
}

/* Returns 1 when a model has the key, 0 when none has, or -1. */
static int is_any_wanted(const struct paths *paths, struct error *err)
{
	CLEANUP(registry_clear) struct registry registry = { 0 };
	int rc = registry_load(paths->etc, &registry, err);

	for (size_t i = 0; i < registry.count && rc == 0; i++)
		rc = registry.models[i].is_vfio_at_boot;
	return rc;
}

/* With the leases: a group that a guest has is not opened. */
static int read_host(const struct paths *paths, struct host_state *host, struct error *err)
{
	CLEANUP(sysfs_close) struct sysfs sysfs = { -1 };
	const struct host_query query = { .paths = paths, .sysfs = &sysfs, .reach = REACH_WHOLE };

	return sysfs_open(paths->sys, &sysfs, err) < 0 ? -1 : host_state_read(&query, host, err);
}

int flow_boot_rules(const struct paths *paths, struct boot_rules *out, struct error *err)
{
	CLEANUP(host_state_clear) struct host_state host = { 0 };
	CLEANUP_FREE char *file = NULL;
	int wanted = is_any_wanted(paths, err);

	*out = (struct boot_rules){ 0 };
	/* Every `pcitag check` asks: a host without such a model is not read for it. */
	if (wanted < 0 || (wanted && read_host(paths, &host, err) < 0) || read_file(&file, err) < 0)
		return -1;
	return compare(&host, file, out, err);
}

int flow_boot_rules_write(const struct boot_rules *rules, struct error *err)
{
	CLEANUP_CLOSE int dir = -1;

	if (directory_open_without_links(RULES_DIR, &dir, err) < 0)
		return -1;
	if (!rules->text)
		return atomic_file_remove(dir, RULES_NAME, err);
	return atomic_file_write(dir, RULES_NAME, rules->text, strlen(rules->text), 0644, err);
}
