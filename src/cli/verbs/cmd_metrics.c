/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag metrics: prints metrics of this host for Prometheus' node_exporter. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fileio.h"
#include "cli/verb.h"
#include "cli/output/exposition.h"
#include "cli/output/json.h"
#include "cli/output/output_file.h"
#include "flow/view/health.h"
#include "flow/view/inventory.h"

static void add_one(struct json_object *families, const char *name, const char *help, double value)
{
	exposition_sample(exposition_family(families, name, "gauge", help), "", NULL, value);
}

static size_t count_devices(const struct inventory *inventory, const struct model *model, const char *state)
{
	size_t count = 0;

	for (size_t i = 0; i < inventory->count; i++)
		count += inventory->items[i].model == model &&
			 strcmp(verdict_rows[inventory->items[i].verdict.availability].state, state) == 0;
	return count;
}

static void add_devices(struct json_object *families, const struct inventory *inventory)
{
	static const char *const states[] = { "free", "degraded", "leased",	"quarantined",
					      "held", "out",	  "unavailable" };
	struct json_object *family = exposition_family(families, "pcitag_devices", "gauge",
						       "Devices that the registry matches, by state.");

	for (size_t m = 0; m < inventory->host.registry.count; m++) {
		const struct model *model = &inventory->host.registry.models[m];

		for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
			const char *labels[] = { "type",  model->type, "model", model->name,
						 "state", states[s],   NULL };

			exposition_sample(family, "", labels,
					  (double)count_devices(inventory, model, states[s]));
		}
	}
}

/* One sample for each function that is not well, with the reason. */
static void add_unwell(struct json_object *families, const struct inventory *inventory)
{
	struct json_object *family =
		exposition_family(families, "pcitag_device_unwell", "gauge",
				  "Devices that the registry matches and that are degraded or out, and why.");

	for (size_t i = 0; i < inventory->count; i++) {
		const struct inventory_item *item = &inventory->items[i];
		const struct finding *finding = item->device->finding;
		char addr[PCI_ADDR_LEN];

		if (!finding)
			continue;
		exposition_sample(family, "",
				  (const char *[]){ "address", pci_addr_format(&item->device->addr, addr),
						    "model", item->model->name, "condition",
						    pci_condition_name(finding->condition), "evidence",
						    finding->evidence, NULL },
				  1);
	}
}

/* One whose card is gone has no member left. */
static size_t count_held(const struct lease_list *list, const char *state)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct lease *lease = list->leases[i];

		count += lease->state == LEASE_HELD && lease->member_count &&
			 strcmp(lease->cleaning ? cleaning_state_name(lease->cleaning->state) : "manual",
				state) == 0;
	}
	return count;
}

static void add_cleanings(struct json_object *families, const struct lease_list *list)
{
	static const char *const states[] = { "manual", "due", "running", "failed" };
	struct json_object *family =
		exposition_family(families, "pcitag_cleanings", "gauge",
				  "Devices that are held after their use, by how far their cleaning is.");

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const char *labels[] = { "state", states[i], NULL };

		exposition_sample(family, "", labels, (double)count_held(list, states[i]));
	}
}

static void add_lease_states(struct json_object *families, const struct lease_list *list)
{
	static const enum lease_state states[] = { LEASE_BINDING, LEASE_BOUND, LEASE_RELEASING,
						   LEASE_QUARANTINED };
	struct json_object *family = exposition_family(families, "pcitag_leases", "gauge",
						       "Domains that hold devices, by state of the lease.");
	size_t quarantined = 0, withouts = 0;

	for (size_t s = 0; s < ARRAY_SIZE(states); s++) {
		const char *labels[] = { "state", lease_state_name(states[s]), NULL };
		size_t count = 0;

		for (size_t i = 0; i < list->count; i++) {
			const struct lease *lease = list->leases[i];

			count += lease->state == states[s];
			if (lease->state == states[s] && states[s] == LEASE_QUARANTINED)
				quarantined += lease->member_count;
		}
		exposition_sample(family, "", labels, (double)count);
	}
	for (size_t i = 0; i < list->count; i++)
		withouts += list->leases[i]->without_count;
	add_one(families, "pcitag_requests_without_device",
		"Optional requests of running domains that got no device.", (double)withouts);
	add_one(families, "pcitag_quarantined_devices", "Functions that could not be returned yet.",
		(double)quarantined);
}

static void add_results(struct json_object *families, const char *name, const char *help,
			const uint64_t *values, const char *const *results, size_t count)
{
	struct json_object *family = exposition_family(families, name, "counter", help);

	for (size_t i = 0; i < count; i++) {
		const char *labels[] = { "result", results[i], NULL };

		exposition_sample(family, "", labels, (double)values[i]);
	}
}

static void add_bind_times(struct json_object *families, const struct counters *counters)
{
	static const uint64_t bounds[] = COUNTER_BIND_BOUNDS;
	struct json_object *family = exposition_family(
		families, "pcitag_bind_seconds", "histogram",
		"Time that moving a domain's devices to VFIO took, of starts that were ready.");
	uint64_t count = 0;

	for (size_t i = 0; i < COUNTER_BIND_BUCKETS; i++) {
		char bound[32] = "+Inf";
		const char *labels[] = { "le", bound, NULL };

		if (i < ARRAY_SIZE(bounds))
			snprintf(bound, sizeof(bound), "%g", (double)bounds[i] / 1000);
		count += counters->bind_buckets[i];
		exposition_sample(family, "_bucket", labels, (double)count);
	}
	exposition_sample(family, "_sum", NULL, (double)counters->bind_ms / 1000);
	exposition_sample(family, "_count", NULL, (double)count);
}

static void add_counters(struct json_object *families, const struct counters *counters)
{
	static const char *const starts[COUNTER_STARTS] = { "ready", "refused", "failed" };
	static const char *const releases[COUNTER_RELEASES] = { "done", "failed" };

	add_results(families, "pcitag_starts_total",
		    "Starts of domains that ask for devices or name host devices, since boot.",
		    counters->starts, starts, COUNTER_STARTS);
	add_results(families, "pcitag_releases_total", "Releases of such domains, since boot.",
		    counters->releases, releases, COUNTER_RELEASES);
	exposition_sample(exposition_family(families, "pcitag_left_driverless_total", "counter",
					    "Functions that their driver did not take back, since boot."),
			  "", NULL, (double)counters->driverless);
	add_bind_times(families, counters);
}

static struct json_object *collect(void)
{
	static const char *const version[] = { "version", PCITAG_VERSION, NULL };
	struct json_object *families = json_object_new_array();
	CLEANUP(health_clear) struct health health = { 0 };
	CLEANUP(inventory_clear) struct inventory inventory = { 0 };
	bool is_known;

	health_read(&host_paths, &health);
	/* Without a registry, or with an unreadable lease, it is unknown which devices are free. */
	is_known = inventory_read(&host_paths, NULL, &inventory, NULL) == 0;
	if (is_known) {
		add_devices(families, &inventory);
		add_unwell(families, &inventory);
		add_cleanings(families, &inventory.host.leases);
	}
	add_one(families, "pcitag_devices_known", "Whether the devices could be looked at: 1, or 0.",
		is_known);
	add_one(families, "pcitag_registry_valid",
		"Whether registry and settings can be read without a mistake: 1, or 0.",
		health.registry_valid);
	add_one(families, "pcitag_registry_models", "Models that the registry describes.",
		(double)health.models);
	add_lease_states(families, &health.leases);
	add_one(families, "pcitag_leases_readable", "Whether every lease can be read: 1, or 0.",
		health.leases_readable);
	add_counters(families, &health.counters);
	exposition_sample(exposition_family(families, "pcitag_build_info", "gauge", "Which pcitag this is."),
			  "", version, 1);
	add_one(families, "pcitag_metrics_timestamp_seconds", "When these numbers were taken.",
		(double)time(NULL));
	return families;
}

static char *as_json(struct json_object *families, size_t *len)
{
	struct json_object *object = json_output_start();
	const char *text;
	char *copy;

	json_object_object_add(object, "metrics", json_object_get(families));
	text = json_output_text(object);
	copy = strdup(text);
	*len = strlen(text);
	json_object_put(object);
	return copy;
}

static int run(const struct arguments *arguments)
{
	const char *path = arguments_option(arguments, "output");
	struct json_object *families = collect();
	size_t len;
	CLEANUP_FREE char *text = arguments->json ? as_json(families, &len) : exposition_text(families, &len);
	struct error err;
	int rc;

	json_object_put(families);
	if (!text)
		rc = error_set(&err, ENOMEM, "cannot list the metrics");
	else if (path)
		rc = output_file_write(path, text, len, &err);
	else
		rc = write_all(STDOUT_FILENO, text, len, &err);
	return rc < 0 ? report(&err) : EXIT_DONE;
}

const struct verb verb_metrics = {
	.name = "metrics",
	.help = "this host in numbers, for Prometheus",
	.options = { { "output", "FILE",
		       "write them there, all at once, for node_exporter's textfile collector" } },
	.run = run,
};
