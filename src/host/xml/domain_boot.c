/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_boot.h"

#include <stdio.h>
#include <string.h>

#include "host/xml/document.h"

/* Returns the bootindex of request @index, or -1. */
static int64_t index_of(const struct domain *domain, size_t index)
{
	const struct device_options *options = domain_find_options(domain, domain->requests[index].text);
	struct device_option boot;

	return options && device_options_find(options, "bootindex", &boot) ? (int64_t)boot.number : -1;
}

static bool has_index(const struct domain *domain, int64_t number, size_t except)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		if (i != except && index_of(domain, i) == number)
			return true;
	}
	return false;
}

/* <boot dev=>: which devices libvirt gives an index for it (src/conf/domain_conf.c, virDomainBoot). */
static bool is_of_kind(const xmlNode *device, const char *kind)
{
	if (strcmp(kind, "network") == 0)
		return xml_is_element(device, "interface");
	if (!xml_is_element(device, "disk"))
		return false;
	if (strcmp(kind, "cdrom") == 0)
		return xml_attribute_is(device, "device", "cdrom");
	if (strcmp(kind, "fd") == 0)
		return xml_attribute_is(device, "device", "floppy");
	return xml_attribute_is_or_absent(device, "device", "disk") ||
	       xml_attribute_is(device, "device", "lun");
}

static bool has_kind(const xmlNode *devices, const char *kind)
{
	for (const xmlNode *device = devices ? devices->children : NULL; device; device = device->next) {
		if (device->type == XML_ELEMENT_NODE && is_of_kind(device, kind))
			return true;
	}
	return false;
}

static void find_os_boot(const xmlNode *root, struct domain *domain)
{
	const xmlNode *os = xml_child(root, "os"), *devices = xml_child(root, "devices");

	for (const xmlNode *boot = os ? os->children : NULL; boot; boot = boot->next) {
		CLEANUP_XML xmlChar *kind = xml_is_element(boot, "boot") ? xml_attribute(boot, "dev") : NULL;

		if (kind && has_kind(devices, (const char *)kind))
			snprintf(domain->boot_clash, sizeof(domain->boot_clash), "<boot dev='%.16s'/>",
				 (const char *)kind);
	}
}

static void find_orders(const xmlNode *root, struct domain *domain)
{
	const xmlNode *devices = xml_child(root, "devices");

	for (const xmlNode *device = devices ? devices->children : NULL; device; device = device->next) {
		const xmlNode *boot = device->type == XML_ELEMENT_NODE ? xml_child(device, "boot") : NULL;
		unsigned long order = 0;

		/* libvirt counts from 1. */
		if (boot && xml_number(boot, "order", 10, INT32_MAX, &order) && order > 0 &&
		    has_index(domain, (int64_t)order, SIZE_MAX))
			snprintf(domain->boot_clash, sizeof(domain->boot_clash), "<boot order='%lu'/>",
				 order);
	}
}

int domain_boot_read(const char *bytes, size_t len, struct domain *domain, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc = NULL;
	bool is_asked = false;

	for (size_t i = 0; i < domain->request_count; i++) {
		int64_t number = index_of(domain, i);

		is_asked = is_asked || number >= 0;
		if (number >= 0 && has_index(domain, number, i))
			snprintf(domain->boot_clash, sizeof(domain->boot_clash), "bootindex=%d twice",
				 (int)number);
	}
	if (!is_asked)
		return 0;
	doc = xml_document_read(bytes, len, DOMAIN_XML_MAX, "domain XML", NULL, err);
	if (!doc)
		return -1;
	find_os_boot(xmlDocGetRootElement(doc), domain);
	find_orders(xmlDocGetRootElement(doc), domain);
	return 0;
}
