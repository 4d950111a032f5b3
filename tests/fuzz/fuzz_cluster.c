/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/cluster/answers.c host/xml/document.c model/fleet/counts.c model/fleet/remote.c model/json/fields.c model/lease/name.c model/pci/address.c base/error.c */
/* libs: libxml-2.0 json-c */
/*
 * What Pacemaker's programs answer: nodes with what they have published, and a configuration. What is
 * accepted ends within its fields, a number is of a valid name, and a report of a node is read by the reader
 * of reports.
 */
#include "host/cluster/answers.h"
#include "model/fleet/remote.h"
#include "model/lease/name.h"
#include "fuzz.h"

static void check_report(const char *text)
{
	struct remote_report report = { 0 };
	struct error err = { 0 };

	if (text && remote_report_read(text, &report, &err) < 0)
		require_message(&err);
	remote_report_clear(&report);
}

static void check_nodes(const char *text, size_t size)
{
	struct cluster_nodes nodes = { 0 };
	struct error err = { 0 };

	if (cluster_nodes_parse(text, size, &nodes, &err) < 0) {
		require_message(&err);
	} else {
		require_no_message(&err);
		REQUIRE(nodes.count > 0);
		/* One document may be both answers: each looks for its own elements. */
		cluster_reports_parse(text, size, &nodes);
	}
	for (size_t i = 0; i < nodes.count; i++) {
		REQUIRE(strnlen(nodes.items[i].name, CLUSTER_NAME_LEN) < CLUSTER_NAME_LEN);
		check_report(nodes.items[i].report);
	}
	cluster_nodes_clear(&nodes);
	REQUIRE(!nodes.items && !nodes.count);
}

static void check_resource(const struct cluster_config *config, const struct cluster_resource *resource)
{
	const struct fleet_counts *numbers = &resource->utilization;

	REQUIRE(strnlen(resource->id, CLUSTER_NAME_LEN) < CLUSTER_NAME_LEN);
	REQUIRE(strnlen(resource->config, CLUSTER_PATH_LEN) < CLUSTER_PATH_LEN);
	REQUIRE(cluster_find_config(config, resource->config));
	for (size_t i = 0; i < numbers->count; i++) {
		REQUIRE(name_valid(numbers->items[i].name) && numbers->items[i].value <= FLEET_COUNT_MAX);
		REQUIRE(i == 0 || strcmp(numbers->items[i - 1].name, numbers->items[i].name) < 0);
	}
}

static void check_config(const char *text, size_t size)
{
	struct cluster_config config = { 0 };
	struct error err = { 0 };

	if (cluster_config_parse(text, size, &config, &err) < 0) {
		require_message(&err);
	} else {
		require_no_message(&err);
		for (size_t i = 0; i < config.resource_count; i++)
			check_resource(&config, &config.resources[i]);
		for (size_t i = 0; i < config.order_count; i++)
			REQUIRE(cluster_find_order(&config, NULL, config.orders[i].text));
	}
	cluster_config_clear(&config);
	REQUIRE(!config.resources && !config.orders);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A block with no byte to spare. */
	char *text = malloc(size ? size : 1);

	REQUIRE(text);
	memcpy(text, data, size);
	check_nodes(text, size);
	check_config(text, size);
	free(text);
	return 0;
}
