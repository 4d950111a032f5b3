/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/libvirt/hostdev.h"

#include <string.h>

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "base/cleanup.h"
#include "host/xml/domain.h"

/*
 * Interval between checks of the domain without an event: an event may be lost with a connection, or precede
 * the request.
 */
#define LOOK_MS 500

static int fail(struct error *err)
{
	const char *why = virGetLastErrorMessage();

	return error_set(err, 0, "%s", why ? why : "no reason given");
}

int libvirt_hostdev_listen(struct error *err)
{
	if (virEventRegisterDefaultImpl() < 0)
		return fail(err);
	return 0;
}

char *libvirt_hostdev_live_xml(const struct libvirt_domain *domain, struct error *err)
{
	char *xml = virDomainGetXMLDesc(domain->handle, 0);

	if (!xml)
		(void)fail(err);
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

int libvirt_hostdev_attach(const struct libvirt_domain *domain, const struct pci_addr *addr,
			   struct error *err)
{
	char xml[XML_LEN];

	if (virDomainAttachDeviceFlags(domain->handle, hostdev_xml(addr, xml), VIR_DOMAIN_AFFECT_LIVE) < 0)
		return fail(err);
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
		return rc == 0 || virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ? 0 : fail(err);
	xml = libvirt_hostdev_live_xml(domain, err);
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
		return fail(err);
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
			return fail(err);
	}
}

static int detach(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
		  struct deadline deadline, const bool *has_refused, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		if (request(domain, &addrs[i], err) < 0)
			return -1;
	}
	return wait_for_guest(domain, addrs, count, deadline, has_refused, err);
}

int libvirt_hostdev_detach(const struct libvirt_domain *domain, const struct pci_addr *addrs, size_t count,
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
	int rc = removal < 0 || refusal < 0 || timer < 0
			 ? fail(err)
			 : detach(domain, addrs, count, deadline, &has_refused, err);

	if (timer >= 0)
		(void)virEventRemoveTimeout(timer);
	if (refusal >= 0)
		(void)virConnectDomainEventDeregisterAny(domain->connection, refusal);
	if (removal >= 0)
		(void)virConnectDomainEventDeregisterAny(domain->connection, removal);
	return rc;
}
