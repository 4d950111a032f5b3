/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands with which pcitag attaches devices to a running domain, and detaches them. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/report.h"
#include "cli/domain/commands.h"
#include "host/libvirt/domain_protocol.h"
#include "host/libvirt/hostdev.h"

struct addresses {
	struct pci_addr items[PCI_FUNCTIONS];
	size_t count;
};

static int read_addresses(const char *text, struct addresses *out, struct error *err)
{
	*out = (struct addresses){ .count = 0 };
	for (;;) {
		size_t len = strcspn(text, ",");
		char one[PCI_ADDR_LEN] = "";

		if (len < sizeof(one))
			memcpy(one, text, len);
		if (out->count == ARRAY_SIZE(out->items) || pci_addr_parse(one, &out->items[out->count]) != 0)
			return error_set(err, 0, "invalid list of addresses of one slot '%.64s'", text);
		out->count++;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

static int open_running(const char *who, struct libvirt_domain *out, struct error *err)
{
	if (libvirt_domain_open(who, out, err) < 0)
		return -1;
	if (!out->is_running)
		return error_set(
			err, 0,
			"domain '%s' does not run: pcitag add lets it have a device from its next start on",
			out->name);
	return 0;
}

int domain_live_xml(char *const words[], bool json UNUSED)
{
	CLEANUP(libvirt_domain_close) struct libvirt_domain domain = { 0 };
	CLEANUP_FREE char *xml = NULL;
	struct error err;

	if (open_running(words[0], &domain, &err) == 0)
		xml = libvirt_hostdev_live_xml(&domain, &err);
	if (!xml)
		return report(&err);
	printf("%s", xml);
	return EXIT_DONE;
}

/*
 * After a failure, devices that are already attached are detached again; the first failure is the one to
 * report.
 */
static int attach_all(const struct libvirt_domain *domain, const struct addresses *addresses,
		      struct error *err)
{
	for (size_t i = 0; i < addresses->count; i++) {
		if (libvirt_hostdev_attach(domain, &addresses->items[i], err) == 0)
			continue;
		if (i > 0)
			(void)libvirt_hostdev_detach(domain, addresses->items, i,
						     deadline_in(DOMAIN_DETACH_SECONDS * 1000), NULL);
		return -1;
	}
	return 0;
}

static int detach_all(const struct libvirt_domain *domain, const struct addresses *addresses,
		      struct error *err)
{
	return libvirt_hostdev_detach(domain, addresses->items, addresses->count,
				      deadline_in(DOMAIN_DETACH_SECONDS * 1000), err);
}

static int move(char *const words[],
		int (*work)(const struct libvirt_domain *, const struct addresses *, struct error *))
{
	CLEANUP(libvirt_domain_close) struct libvirt_domain domain = { 0 };
	struct addresses addresses;
	struct error err;
	int rc = read_addresses(words[1], &addresses, &err);

	if (rc == 0)
		rc = libvirt_hostdev_listen(&err);
	if (rc == 0)
		rc = open_running(words[0], &domain, &err);
	if (rc == 0)
		rc = work(&domain, &addresses, &err);
	if (rc == 0)
		return EXIT_DONE;
	(void)report(&err);
	return rc == LIBVIRT_HOSTDEV_KEPT ? EXIT_FINDINGS : EXIT_FAILED;
}

int domain_attach_hostdev(char *const words[], bool json UNUSED)
{
	return move(words, attach_all);
}

int domain_detach_hostdev(char *const words[], bool json UNUSED)
{
	return move(words, detach_all);
}
