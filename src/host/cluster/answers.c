/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/cluster/answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "host/xml/document.h"

/* Copies an attribute; "" when it is missing. */
static void copy_attribute(const xmlNode *node, const char *name, char *out, size_t size)
{
	CLEANUP_XML xmlChar *text = xml_attribute(node, name);

	out[0] = '\0';
	if (text)
		xml_copy_text(text, out, size);
}

/* ---- nodes ------------------------------------------------------------------------------------------ */

void cluster_nodes_clear(struct cluster_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		free(nodes->items[i].report);
	free(nodes->items);
	*nodes = (struct cluster_nodes){ 0 };
}

static bool is_true(const xmlNode *node, const char *name)
{
	return xml_attribute_is(node, name, "true");
}

static int add_node(const xmlNode *element, struct cluster_nodes *out, struct error *err)
{
	struct cluster_node *node = ARRAY_ADD(out->items, out->count);

	if (!node)
		return error_set(err, ENOMEM, "cannot list %zu nodes", out->count + 1);
	copy_attribute(element, "name", node->name, sizeof(node->name));
	node->is_online = is_true(element, "online");
	node->is_unclean = is_true(element, "unclean");
	node->is_standby = is_true(element, "standby") || is_true(element, "standby_onfail");
	node->is_maintenance = is_true(element, "maintenance");
	node->is_pending = is_true(element, "pending");
	return 0;
}

int cluster_nodes_parse(const char *text, size_t len, struct cluster_nodes *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc =
		xml_document_read(text, len, CLUSTER_ANSWER_MAX, "output of crm_mon", NULL, err);
	const xmlNode *nodes = doc ? xml_child(xmlDocGetRootElement(doc), "nodes") : NULL;

	if (!doc)
		return -1;
	for (const xmlNode *n = nodes ? nodes->children : NULL; n; n = n->next) {
		if (xml_is_element(n, "node") && add_node(n, out, err) < 0)
			return -1;
	}
	return out->count
		       ? 0
		       : error_set(err, 0, CLUSTER_CRM_MON " lists no node: the cluster does not run here");
}

static void take_report(const xmlNode *element, struct cluster_nodes *out)
{
	char host[CLUSTER_NAME_LEN];
	CLEANUP_XML xmlChar *value = xml_attribute(element, "value");

	/* One that was deleted has an empty value. */
	copy_attribute(element, "host", host, sizeof(host));
	for (size_t i = 0; value && value[0] && i < out->count; i++) {
		if (strcmp(out->items[i].name, host) != 0 || out->items[i].report)
			continue;
		out->items[i].report = strdup((const char *)value);
	}
}

void cluster_reports_parse(const char *text, size_t len, struct cluster_nodes *out)
{
	struct error why;
	CLEANUP_DOC xmlDocPtr doc =
		xml_document_read(text, len, CLUSTER_ANSWER_MAX, "output of attrd_updater", NULL, &why);

	for (const xmlNode *n = doc ? xmlDocGetRootElement(doc)->children : NULL; n; n = n->next) {
		if (xml_is_element(n, "attribute"))
			take_report(n, out);
	}
}

/* ---- configuration ---------------------------------------------------------------------------------- */

void cluster_config_clear(struct cluster_config *config)
{
	for (size_t i = 0; i < config->resource_count; i++)
		fleet_counts_clear(&config->resources[i].utilization);
	free(config->resources);
	for (size_t i = 0; i < config->order_count; i++)
		free(config->orders[i].text);
	free(config->orders);
	*config = (struct cluster_config){ 0 };
}

/* Copies the value of the pair @name in the sets @set below @parent; "" when there is none. */
static void copy_pair(const xmlNode *parent, const char *set, const char *name, char *out, size_t size)
{
	out[0] = '\0';
	for (const xmlNode *s = parent ? parent->children : NULL; s; s = s->next) {
		for (const xmlNode *n = xml_is_element(s, set) ? s->children : NULL; n; n = n->next) {
			if (xml_is_element(n, "nvpair") && xml_attribute_is(n, "name", name))
				copy_attribute(n, "value", out, size);
		}
	}
}

static int add_number(const xmlNode *pair, struct fleet_counts *out, struct error *err)
{
	char name[CLUSTER_NAME_LEN];
	const size_t prefix = sizeof(FLEET_PREFIX) - 1;
	unsigned long value = 0;

	copy_attribute(pair, "name", name, sizeof(name));
	if (strncmp(name, FLEET_PREFIX, prefix) != 0 || !name_valid(name + prefix) ||
	    !xml_number(pair, "value", 10, FLEET_COUNT_MAX, &value))
		return 0;
	return fleet_counts_add(out, name + prefix, (unsigned)value, err);
}

static int read_utilization(const xmlNode *primitive, struct fleet_counts *out, struct error *err)
{
	for (const xmlNode *s = primitive->children; s; s = s->next) {
		for (const xmlNode *n = xml_is_element(s, "utilization") ? s->children : NULL; n;
		     n = n->next) {
			if (xml_is_element(n, "nvpair") && add_number(n, out, err) < 0)
				return -1;
		}
	}
	return 0;
}

static bool is_agent(const xmlNode *primitive, const char *provider, const char *type)
{
	return xml_attribute_is(primitive, "class", "ocf") && xml_attribute_is(primitive, "type", type) &&
	       xml_attribute_is(primitive, "provider", provider);
}

static int add_primitive(const xmlNode *primitive, struct cluster_config *out, struct error *err)
{
	bool is_ours = is_agent(primitive, "pcitag", "Domain");
	struct cluster_resource *resource;
	char role[16];

	if (is_agent(primitive, "pcitag", "capacity")) {
		copy_attribute(primitive, "id", out->capacity, sizeof(out->capacity));
		if (xml_is_element(primitive->parent, "clone"))
			copy_attribute(primitive->parent, "id", out->capacity_clone,
				       sizeof(out->capacity_clone));
		return 0;
	}
	if (!is_ours && !is_agent(primitive, "heartbeat", "VirtualDomain"))
		return 0;
	resource = ARRAY_ADD(out->resources, out->resource_count);
	if (!resource)
		return error_set(err, ENOMEM, "cannot list %zu resources", out->resource_count + 1);
	resource->is_ours = is_ours;
	copy_pair(primitive, "meta_attributes", "target-role", role, sizeof(role));
	resource->is_disabled = strcmp(role, "Stopped") == 0;
	copy_attribute(primitive, "id", resource->id, sizeof(resource->id));
	copy_pair(primitive, "instance_attributes", "config", resource->config, sizeof(resource->config));
	return read_utilization(primitive, &resource->utilization, err);
}

/* A primitive may be in a group, a clone, or both. */
static int read_resources(const xmlNode *parent, struct cluster_config *out, int levels, struct error *err)
{
	for (const xmlNode *n = parent ? parent->children : NULL; n; n = n->next) {
		int rc = 0;

		if (xml_is_element(n, "primitive"))
			rc = add_primitive(n, out, err);
		else if (levels && (xml_is_element(n, "group") || xml_is_element(n, "clone")))
			rc = read_resources(n, out, levels - 1, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Adds " > " before a set, or its blanks and names. */
static int add_text(struct cluster_order *order, const char *separator, const char *name, struct error *err)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s%s", order->text ? order->text : "", order->text ? separator : "", name) < 0)
		return error_set(err, ENOMEM, "cannot read the order %s", order->id);
	free(order->text);
	order->text = text;
	return 0;
}

static int read_set(const xmlNode *set, struct cluster_order *order, struct error *err)
{
	const char *separator = " > ";
	char id[CLUSTER_NAME_LEN];

	for (const xmlNode *n = set->children; n; n = n->next) {
		if (!xml_is_element(n, "resource_ref"))
			continue;
		copy_attribute(n, "id", id, sizeof(id));
		if (add_text(order, separator, id, err) < 0)
			return -1;
		separator = " ";
	}
	return 0;
}

static int add_order(const xmlNode *element, struct cluster_config *out, struct error *err)
{
	struct cluster_order *order = ARRAY_ADD(out->orders, out->order_count);
	char id[CLUSTER_NAME_LEN];

	if (!order)
		return error_set(err, ENOMEM, "cannot list %zu orders", out->order_count + 1);
	copy_attribute(element, "id", order->id, sizeof(order->id));
	for (const xmlNode *n = element->children; n; n = n->next) {
		if (xml_is_element(n, "resource_set") && read_set(n, order, err) < 0)
			return -1;
	}
	if (order->text)
		return 0;
	copy_attribute(element, "first", id, sizeof(id));
	if (add_text(order, "", id, err) < 0)
		return -1;
	copy_attribute(element, "then", id, sizeof(id));
	return add_text(order, " > ", id, err);
}

static int read_orders(const xmlNode *constraints, struct cluster_config *out, struct error *err)
{
	for (const xmlNode *n = constraints ? constraints->children : NULL; n; n = n->next) {
		if (xml_is_element(n, "rsc_order") && add_order(n, out, err) < 0)
			return -1;
	}
	return 0;
}

int cluster_config_parse(const char *text, size_t len, struct cluster_config *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc =
		xml_document_read(text, len, CLUSTER_ANSWER_MAX, "output of cibadmin", NULL, err);
	const xmlNode *config = doc ? xml_child(xmlDocGetRootElement(doc), "configuration") : NULL;
	char strategy[32];

	if (!doc)
		return -1;
	if (!config)
		return error_set(err, 0, CLUSTER_CIBADMIN " prints no <configuration>");
	copy_pair(xml_child(config, "crm_config"), "cluster_property_set", "placement-strategy", strategy,
		  sizeof(strategy));
	/* Pacemaker Explained, "Placement Strategy": only "default" does not look at it. */
	out->places_by_numbers = strcmp(strategy, "utilization") == 0 || strcmp(strategy, "balanced") == 0 ||
				 strcmp(strategy, "minimal") == 0;
	if (read_resources(xml_child(config, "resources"), out, 2, err) < 0)
		return -1;
	return read_orders(xml_child(config, "constraints"), out, err);
}

const struct cluster_resource *cluster_find_config(const struct cluster_config *config, const char *path)
{
	for (size_t i = 0; i < config->resource_count; i++) {
		if (strcmp(config->resources[i].config, path) == 0)
			return &config->resources[i];
	}
	return NULL;
}

const struct cluster_order *cluster_find_order(const struct cluster_config *config, const char *id,
					       const char *text)
{
	for (size_t i = 0; i < config->order_count; i++) {
		if ((id && strcmp(config->orders[i].id, id) == 0) ||
		    (text && strcmp(config->orders[i].text, text) == 0))
			return &config->orders[i];
	}
	return NULL;
}
