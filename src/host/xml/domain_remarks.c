/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_remarks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/xml/document.h"
#include "model/lease/options.h"

/* libvirt's names for host devices without an alias of their own (src/qemu/qemu_alias.c). */
#define HOSTDEV_ALIAS "hostdev"

void domain_remarks_clear(struct domain_remarks *remarks)
{
	for (size_t i = 0; i < remarks->count; i++)
		free(remarks->lines[i]);
	remarks->count = 0;
}

static int add(struct domain_remarks *out, const struct error *line, struct error *err)
{
	if (out->count == DOMAIN_REMARKS_MAX)
		return 0;
	out->lines[out->count] = strdup(line->msg);
	if (!out->lines[out->count])
		return error_set(err, ENOMEM, "cannot look at the devices of a domain");
	out->count++;
	return 0;
}

/* ---- elements of an <input> ---------------------------------------------------------------------------- */

/* Returns the request of a placeholder, or NULL when @input is another element. */
static const struct request *request_of(const struct domain *domain, const xmlNode *input)
{
	const xmlNode *source = xml_is_element(input, "input") ? xml_child(input, "source") : NULL;
	CLEANUP_XML xmlChar *path = source ? xml_attribute(source, "evdev") : NULL;
	struct request request;

	if (!path || placeholder_parse((const char *)path, &request, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < domain->request_count; i++) {
		if (strcmp(domain->requests[i].owner, request.owner) == 0 &&
		    strcmp(domain->requests[i].text, request.text) == 0)
			return &domain->requests[i];
	}
	return NULL;
}

static int remark_child(const struct domain *domain, const xmlNode *input, const struct request *request,
			const char *name, const char *option, struct domain_remarks *out, struct error *err)
{
	const xmlNode *child = xml_child(input, name);
	struct error line;

	if (!child)
		return 0;
	(void)error_set(&line, 0,
			"line %ld: <%s> in the <input> of request %s has no effect: libvirt drops it; pcitag "
			"add %s %s "
			"--option %s says it",
			xmlGetLineNo(child), name, request->text, domain->name, request->text, option);
	return add(out, &line, err);
}

static int look_at_inputs(const struct domain *domain, const xmlNode *devices, struct domain_remarks *out,
			  struct error *err)
{
	for (const xmlNode *device = devices ? devices->children : NULL; device; device = device->next) {
		const struct request *request =
			device->type == XML_ELEMENT_NODE ? request_of(domain, device) : NULL;

		if (request && (remark_child(domain, device, request, "boot", "bootindex=N", out, err) < 0 ||
				remark_child(domain, device, request, "rom", "rombar=off, or romfile=NAME,",
					     out, err) < 0))
			return -1;
	}
	return 0;
}

/* ---- -set in <qemu:commandline> ------------------------------------------------------------------------ */

/* Returns the number of host devices that libvirt itself numbers. */
static size_t count_hostdevs(const xmlNode *devices)
{
	size_t count = 0;

	for (const xmlNode *device = devices ? devices->children : NULL; device; device = device->next) {
		if (device->type == XML_ELEMENT_NODE &&
		    (xml_is_element(device, "hostdev") ||
		     (xml_is_element(device, "interface") && xml_attribute_is(device, "type", "hostdev"))))
			count++;
	}
	return count;
}

/* Returns the request whose <input> has this alias, or NULL. */
static const struct request *find_alias(const struct domain *domain, const xmlNode *devices,
					const char *alias)
{
	for (const xmlNode *device = devices ? devices->children : NULL; device; device = device->next) {
		const struct request *request =
			device->type == XML_ELEMENT_NODE ? request_of(domain, device) : NULL;
		const xmlNode *own = request ? xml_child(device, "alias") : NULL;

		if (own && xml_attribute_is(own, "name", alias))
			return request;
	}
	return NULL;
}

/* Returns the request that "hostdevN" was replaced by, or NULL when there still is such a device. */
static const struct request *find_replaced(const struct domain *domain, const xmlNode *devices,
					   const char *alias)
{
	size_t natives = count_hostdevs(devices), number;
	char *end;

	if (strncmp(alias, HOSTDEV_ALIAS, strlen(HOSTDEV_ALIAS)) != 0)
		return NULL;
	number = strtoul(alias + strlen(HOSTDEV_ALIAS), &end, 10);
	if (*end || end == alias + strlen(HOSTDEV_ALIAS) || number < natives || domain->request_count == 0)
		return NULL;
	number -= natives;
	return &domain->requests[number < domain->request_count ? number : 0];
}

static int remark_set(const struct domain *domain, const xmlNode *devices, const xmlNode *arg,
		      const char *text, struct domain_remarks *out, struct error *err)
{
	struct device_options options = { "" };
	const struct request *request;
	char alias[64], option[128];
	struct error line;

	/* "device.ALIAS.NAME=VALUE" (QEMU: softmmu/vl.c, qemu_set_option). */
	if (sscanf(text, "device.%63[^.].%127s", alias, option) != 2)
		return 0;
	request = find_alias(domain, devices, alias);
	if (!request)
		request = find_replaced(domain, devices, alias);
	if (!request)
		return 0;
	if (device_options_set_text(&options, OPTION_OF_DOMAIN, option, NULL) == 0)
		(void)error_set(&line, 0,
				"line %ld: -set device.%s.%s names a device that a placeholder replaced, and "
				"QEMU will "
				"not start: remove it; pcitag add %s %s --option %s says it",
				xmlGetLineNo(arg), alias, option, domain->name, request->text, option);
	else
		(void)error_set(&line, 0,
				"line %ld: -set device.%s.%s names a device that a placeholder replaced, and "
				"QEMU will "
				"not start: remove it; <qemu:override> with an alias of the <input> of "
				"request %s says "
				"it",
				xmlGetLineNo(arg), alias, option, request->text);
	return add(out, &line, err);
}

static int look_at_arguments(const struct domain *domain, const xmlNode *root, struct domain_remarks *out,
			     struct error *err)
{
	const xmlNode *commandline = xml_child(root, "commandline"), *devices = xml_child(root, "devices");
	bool is_set = false;

	for (const xmlNode *arg = commandline ? commandline->children : NULL; arg; arg = arg->next) {
		CLEANUP_XML xmlChar *value = NULL;

		if (arg->type != XML_ELEMENT_NODE || !xml_is_element(arg, "arg"))
			continue;
		value = xml_attribute(arg, "value");
		if (is_set && value && remark_set(domain, devices, arg, (const char *)value, out, err) < 0)
			return -1;
		is_set = value && strcmp((const char *)value, "-set") == 0;
	}
	return 0;
}

int domain_remarks_read(const char *bytes, size_t len, const struct domain *domain,
			struct domain_remarks *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc = NULL;
	const xmlNode *root;

	out->count = 0;
	if (domain->request_count == 0)
		return 0;
	doc = xml_document_read(bytes, len, DOMAIN_XML_MAX, "domain XML", NULL, err);
	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	if (look_at_inputs(domain, xml_child(root, "devices"), out, err) < 0)
		return -1;
	return look_at_arguments(domain, root, out, err);
}
