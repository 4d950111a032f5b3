/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_status.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "host/xml/document.h"
#include "model/lease/name.h"

static int read_pid(const xmlNode *root, pid_t *out, struct error *err)
{
	CLEANUP_XML xmlChar *text = xml_attribute(root, "pid");
	unsigned long pid = 0;

	if (!xml_number(root, "pid", 10, INT_MAX, &pid))
		return error_set(err, 0, "the status of a domain has the pid '%.32s'", (const char *)text);
	*out = (pid_t)pid;
	return 0;
}

static int read_uuid(const xmlNode *domain, char out[static UUID_LEN], struct error *err)
{
	CLEANUP_XML xmlChar *text = xml_child_text(domain, "uuid");

	if (!text || !uuid_valid((const char *)text))
		return error_set(err, 0, "the status of a domain has no valid <uuid>");
	memcpy(out, text, UUID_LEN);
	return 0;
}

/*
 * Parses "+64055:+107". libvirt writes numbers regardless of qemu.conf (src/security/security_dac.c,
 * virSecurityDACGenLabel). A label set by a user may have another form and is ignored.
 */
static void read_label(const xmlNode *seclabel, struct domain_status *status)
{
	CLEANUP_XML xmlChar *text = xml_child_text(seclabel, "label");
	const char *digits = text ? (const char *)text : "";
	unsigned long user;
	char *end;

	if (*digits++ != '+' || *digits < '0' || *digits > '9')
		return;
	errno = 0;
	user = strtoul(digits, &end, 10);
	if (errno || *end != ':' || user >= UINT_MAX)
		return;
	status->has_user = true;
	status->user = (uid_t)user;
}

/* With two labels of this kind, it is unknown which one applies. */
static void read_user(const xmlNode *domain, struct domain_status *status)
{
	int count = 0;

	for (const xmlNode *n = domain->children; n; n = n->next) {
		if (!xml_is_element(n, "seclabel") || !xml_attribute_is(n, "model", "dac"))
			continue;
		read_label(n, status);
		count++;
	}
	if (count != 1)
		status->has_user = false;
}

static bool is_root(const xmlNode *node)
{
	return !node->parent || node->parent->type == XML_DOCUMENT_NODE;
}

/* Keeps <domstatus><domain><uuid> and <seclabel>, with their contents. */
static bool matters(const xmlNode *node)
{
	if (is_root(node))
		return true;
	if (is_root(node->parent))
		return xml_is_element(node, "domain");
	while (!is_root(node->parent->parent))
		node = node->parent;
	return xml_is_element(node->parent, "domain") &&
	       (xml_is_element(node, "uuid") || xml_is_element(node, "seclabel"));
}

int domain_status_parse(const char *bytes, size_t len, struct domain_status *out, struct error *err)
{
	CLEANUP_DOC xmlDocPtr doc = NULL;
	struct domain_status status = { .pid = 0 };
	const xmlNode *root, *domain;

	doc = xml_document_read(bytes, len, DOMAIN_STATUS_MAX, "status of a domain", matters, err);
	if (!doc)
		return -1;
	root = xmlDocGetRootElement(doc);
	domain = xml_is_element(root, "domstatus") ? xml_child(root, "domain") : NULL;
	if (!domain)
		return error_set(err, 0, "the status of a domain has no <domain>");
	if (read_pid(root, &status.pid, err) < 0 || read_uuid(domain, status.uuid, err) < 0)
		return -1;
	read_user(domain, &status);
	*out = status;
	return 0;
}
