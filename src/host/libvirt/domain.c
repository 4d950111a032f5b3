/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/libvirt/domain.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "host/xml/domain.h"

/* A session daemon cannot bind devices, and the hook refuses its domains. */
#define SYSTEM_URI "qemu:///system"

/* Suppresses libvirt's own output: by default it prints each error to stderr. */
static void say_nothing(void *data UNUSED, virErrorPtr error UNUSED)
{
}

/* libvirt's messages may have several lines, such as those of its XML schema. */
static char *reason(char buf[static ERROR_MSG_LEN])
{
	const char *text = virGetLastErrorMessage();
	size_t len = 0;

	for (; text && *text && len + 1 < ERROR_MSG_LEN; text++)
		buf[len++] = (char)(*text == '\n' ? ' ' : *text);
	while (len && isspace((unsigned char)buf[len - 1]))
		len--;
	buf[len] = '\0';
	return buf;
}

/* "<text>: <libvirt's reason>". */
static int PRINTF_LIKE(2, 3) fail(struct error *err, const char *fmt, ...)
{
	char what[ERROR_MSG_LEN], why[ERROR_MSG_LEN];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return error_set(err, 0, "%s: %s", what, reason(why));
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

static int visit_any(const struct libvirt_domain *connected, virDomainPtr handle,
		     libvirt_any_domain_fn *visit, void *data, struct error *err)
{
	struct libvirt_domain domain = { .connection = connected->connection, .handle = handle };
	CLEANUP_FREE char *xml = NULL;
	int rc = read_identity(&domain, err);

	if (rc == 0)
		xml = virDomainGetXMLDesc(handle, VIR_DOMAIN_XML_INACTIVE);
	if (xml)
		return visit(&domain, xml, data, err);
	if (virGetLastError() && virGetLastError()->code == VIR_ERR_NO_DOMAIN)
		return 0;
	return rc < 0 ? rc : fail(err, "cannot read the XML of domain '%s'", domain.name);
}

int libvirt_domain_each(libvirt_any_domain_fn *visit, void *data, struct error *err)
{
	CLEANUP(libvirt_domain_close) struct libvirt_domain connected = { 0 };
	virDomainPtr *all = NULL;
	int count, rc = open_connection(&connected, err);

	if (rc < 0)
		return rc;
	count = virConnectListAllDomains(connected.connection, &all, 0);
	if (count < 0)
		return fail(err, "cannot list libvirt's domains");
	for (int i = 0; i < count; i++) {
		if (rc == 0)
			rc = visit_any(&connected, all[i], visit, data, err);
		(void)virDomainFree(all[i]);
	}
	free(all);
	return rc;
}

/* ---- host devices of a running domain ----------------------------------------------------------------- */

/* Interval between looks at the domain: an event may be lost with a connection, or precede the request. */
#define LOOK_MS 500

static int pass_on(struct error *err)
{
	char why[ERROR_MSG_LEN];

	return error_set(err, 0, "%s", *reason(why) ? why : "no reason given");
}

int libvirt_domain_listen(struct error *err)
{
	return virEventRegisterDefaultImpl() < 0 ? pass_on(err) : 0;
}

char *libvirt_domain_live_xml(const struct libvirt_domain *domain, struct error *err)
{
	char *xml = virDomainGetXMLDesc(domain->handle, 0);

	if (!xml)
		(void)pass_on(err);
	return xml;
}

#define XML_LEN 256

static char *hostdev_xml(const struct pci_addr *addr, char buf[static XML_LEN])
{
	snprintf(buf, XML_LEN,
		 "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
		 "<address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/></source></hostdev>",
		 (unsigned)addr->domain, (unsigned)addr->bus, (unsigned)addr->slot, (unsigned)addr->function);
	return buf;
}

int libvirt_domain_attach(const struct libvirt_domain *domain, const struct pci_addr *addr, struct error *err)
{
	char xml[XML_LEN];

	if (virDomainAttachDeviceFlags(domain->handle, hostdev_xml(addr, xml), VIR_DOMAIN_AFFECT_LIVE) < 0)
		return pass_on(err);
	return 0;
}

/* Finds the first of these functions that the domain has: sets *has to it, or leaves *has unchanged. */
static int find_present(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
			const struct pci_addr **has, struct error *err)
{
	CLEANUP_FREE char *xml = NULL;
	CLEANUP(domain_clear) struct domain live = { 0 };
	int rc = virDomainIsActive(domain->handle);

	/* A domain that has ended has no devices. */
	if (rc <= 0)
		return rc == 0 || virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ? 0 : pass_on(err);
	xml = libvirt_domain_live_xml(domain, err);
	if (!xml)
		return -1;
	rc = domain_xml_parse(xml, strlen(xml), &live, err);
	for (size_t i = 0; i < count && rc == 0 && !*has; i++) {
		if (pci_addr_in(live.hostdevs, live.hostdev_count, &addrs[i]))
			*has = &addrs[i];
	}
	return rc;
}

/*
 * Recognizes QEMU's error for a second request while the first one waits for the guest (QEMU:
 * softmmu/qdev-monitor.c, qmp_device_del). The first request is still pending, so waiting continues.
 */
static bool was_asked_before(void)
{
	const char *why = virGetLastErrorMessage();

	return why && strstr(why, "already in the process of unplug");
}

static int request(const struct libvirt_domain *domain, const struct pci_addr *addr, struct error *err)
{
	const struct pci_addr *has = NULL;
	char xml[XML_LEN];

	if (find_present(domain, addr, 1, &has, err) < 0)
		return -1;
	if (!has)
		return 0;
	if (virDomainDetachDeviceFlags(domain->handle, hostdev_xml(addr, xml), VIR_DOMAIN_AFFECT_LIVE) < 0 &&
	    !was_asked_before())
		return pass_on(err);
	return 0;
}

static void hear_removal(virConnectPtr connection UNUSED, virDomainPtr domain UNUSED,
			 const char *alias UNUSED, void *data UNUSED)
{
	/* The event only wakes up the loop, which checks the domain again. */
}

static void hear_refusal(virConnectPtr connection UNUSED, virDomainPtr domain UNUSED,
			 const char *alias UNUSED, void *data)
{
	bool *has_refused = data;

	*has_refused = true;
}

static void wake_up(int timer UNUSED, void *data UNUSED)
{
}

static int wait_for_guest(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
			  struct deadline deadline, const bool *has_refused, struct error *err)
{
	char text[PCI_ADDR_LEN];

	for (;;) {
		const struct pci_addr *has = NULL;

		if (find_present(domain, addrs, count, &has, err) < 0)
			return -1;
		if (!has)
			return 0;
		if (*has_refused || deadline_left(deadline) == 0)
			return error_refuse(err, LIBVIRT_HOSTDEV_KEPT, "the guest %s %s",
					    *has_refused ? "refuses to let go of"
							 : "has not let go in time of",
					    pci_addr_format(has, text));
		/* Returns on an event or the timer. */
		if (virEventRunDefaultImpl() < 0)
			return pass_on(err);
	}
}

int libvirt_domain_detach(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
			  struct deadline deadline, struct error *err)
{
	bool has_refused = false;
	/* Registered before the request, because the guest may answer at once. */
	int removal = virConnectDomainEventRegisterAny(domain->connection, domain->handle,
						       VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
						       VIR_DOMAIN_EVENT_CALLBACK(hear_removal), NULL, NULL);
	int refusal = virConnectDomainEventRegisterAny(
		domain->connection, domain->handle, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,
		VIR_DOMAIN_EVENT_CALLBACK(hear_refusal), &has_refused, NULL);
	int timer = virEventAddTimeout(LOOK_MS, wake_up, NULL, NULL);
	int rc = removal < 0 || refusal < 0 || timer < 0 ? pass_on(err) : 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = request(domain, &addrs[i], err);
	if (rc == 0)
		rc = wait_for_guest(domain, addrs, count, deadline, &has_refused, err);
	if (timer >= 0)
		(void)virEventRemoveTimeout(timer);
	if (refusal >= 0)
		(void)virConnectDomainEventDeregisterAny(domain->connection, refusal);
	if (removal >= 0)
		(void)virConnectDomainEventDeregisterAny(domain->connection, removal);
	return rc;
}
