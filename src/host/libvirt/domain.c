/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/libvirt/domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/cleanup.h"

/* A session daemon cannot bind devices, and the hook refuses its domains. */
#define SYSTEM_URI "qemu:///system"

/* Suppresses libvirt's own output: by default it prints each error to stderr. */
static void say_nothing(void *data UNUSED, virErrorPtr error UNUSED)
{
}

/* libvirt's messages may have several lines, such as those of its XML schema. */
static void copy_reason(char *buf, size_t size)
{
	const char *text = virGetLastErrorMessage();
	size_t len = 0;

	for (; text && *text && len + 1 < size; text++)
		buf[len++] = (char)(*text == '\n' ? ' ' : *text);
	while (len && isspace((unsigned char)buf[len - 1]))
		len--;
	buf[len] = '\0';
}

static int fail(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* "<text>: <libvirt's reason>". */
static int fail(struct error *err, const char *fmt, ...)
{
	char what[ERROR_MSG_LEN], why[ERROR_MSG_LEN];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	copy_reason(why, sizeof(why));
	return error_set(err, 0, "%s: %s", what, why);
}

static bool may_not_enter(int code)
{
	return code == VIR_ERR_AUTH_FAILED || code == VIR_ERR_AUTH_CANCELLED ||
	       code == VIR_ERR_AUTH_UNAVAILABLE || code == VIR_ERR_ACCESS_DENIED;
}

static int open_connection(struct libvirt_domain *out, struct error *err)
{
	const virError *error;

	virSetErrorFunc(NULL, say_nothing);
	out->connection = virConnectOpen(SYSTEM_URI);
	if (out->connection)
		return 0;
	error = virGetLastError();
	/* The permissions of the socket are reported as a failed system call. */
	if (error && (may_not_enter(error->code) || (error->code == VIR_ERR_SYSTEM_ERROR &&
						     (error->int1 == EACCES || error->int1 == EPERM))))
		return fail(err, "libvirt does not let this user into " SYSTEM_URI
				 ": run it as root, or join the group libvirt");
	return fail(err,
		    "cannot connect to libvirt (" SYSTEM_URI "): see whether libvirtd or virtqemud runs");
}

/* After a failure, virGetLastError() of the second lookup shows whether the domain is missing. */
static virDomainPtr find(virConnectPtr connection, const char *who)
{
	virDomainPtr found = NULL;

	if (strlen(who) == UUID_LEN - 1)
		found = virDomainLookupByUUIDString(connection, who);
	return found ? found : virDomainLookupByName(connection, who);
}

static int read_identity(struct libvirt_domain *out, struct error *err)
{
	const char *name = virDomainGetName(out->handle);
	int active = virDomainIsActive(out->handle), persistent = virDomainIsPersistent(out->handle);
	int saved = virDomainHasManagedSaveImage(out->handle, 0);

	if (!name || active < 0 || persistent < 0 || saved < 0 ||
	    virDomainGetUUIDString(out->handle, out->uuid) < 0)
		return fail(err, "cannot ask libvirt about domain '%s'", name ? name : "");
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	out->is_running = active;
	out->is_persistent = persistent;
	out->is_saved = saved;
	return 0;
}

int libvirt_domain_open(const char *who, struct libvirt_domain *out, struct error *err)
{
	const virError *error;

	*out = (struct libvirt_domain){ 0 };
	if (open_connection(out, err) < 0)
		return -1;
	out->handle = find(out->connection, who);
	if (out->handle)
		return read_identity(out, err);
	error = virGetLastError();
	if (error && error->code == VIR_ERR_NO_DOMAIN)
		return error_set(err, 0,
				 "there is no domain '%s' in " SYSTEM_URI ": `virsh list --all` shows those "
				 "there are",
				 who);
	return fail(err, "cannot find domain '%s'", who);
}

void libvirt_domain_close(struct libvirt_domain *domain)
{
	if (domain->handle)
		(void)virDomainFree(domain->handle);
	if (domain->connection)
		(void)virConnectClose(domain->connection);
	*domain = (struct libvirt_domain){ 0 };
}

char *libvirt_domain_xml(const struct libvirt_domain *domain, struct error *err)
{
	char *xml = virDomainGetXMLDesc(domain->handle, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE);

	if (!xml)
		(void)fail(err, "cannot read the XML of domain '%s'", domain->name);
	return xml;
}

int libvirt_domain_define(const struct libvirt_domain *domain, const char *xml, struct error *err)
{
	virDomainPtr defined = virDomainDefineXMLFlags(domain->connection, xml, VIR_DOMAIN_DEFINE_VALIDATE);

	if (!defined)
		return fail(err, "cannot change the definition of domain '%s'", domain->name);
	(void)virDomainFree(defined);
	return 0;
}

static int visit_other(const struct libvirt_domain *domain, virDomainPtr other, libvirt_domain_fn *visit,
		       void *data, struct error *err)
{
	char uuid[UUID_LEN];
	CLEANUP_FREE char *xml = NULL;

	if (virDomainGetUUIDString(other, uuid) < 0 || strcmp(uuid, domain->uuid) == 0)
		return 0;
	xml = virDomainGetXMLDesc(other, VIR_DOMAIN_XML_INACTIVE);
	if (xml)
		return visit(xml, data, err);
	if (virGetLastError() && virGetLastError()->code == VIR_ERR_NO_DOMAIN)
		return 0;
	return fail(err, "cannot read the XML of domain '%s'", virDomainGetName(other));
}

int libvirt_domain_others(const struct libvirt_domain *domain, libvirt_domain_fn *visit, void *data,
			  struct error *err)
{
	virDomainPtr *all = NULL;
	int count = virConnectListAllDomains(domain->connection, &all, 0), rc = 0;

	if (count < 0)
		return fail(err, "cannot list libvirt's domains");
	for (int i = 0; i < count; i++) {
		if (rc == 0)
			rc = visit_other(domain, all[i], visit, data, err);
		(void)virDomainFree(all[i]);
	}
	free(all);
	return rc;
}
