/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/hotplug/attach.h"

#include <string.h>

#include "base/log.h"
#include "flow/recover/attachment.h"
#include "flow/hotplug/running_domain.h"
#include "host/libvirt/domain_program.h"

static struct lease_grant *find(const struct lease *lease, const char *what)
{
	struct pci_addr addr;

	if (pci_addr_parse(what, &addr) == 0)
		return lease_find_function(lease, &addr);
	return lease_find_request(lease, what);
}

/* Formats "npu 0000:01:00.0, nic 0000:05:00.0", or "nothing". */
static void list_attached(const struct lease *lease, char *buf, size_t size)
{
	size_t len = 0;

	snprintf(buf, size, "nothing");
	for (size_t i = 0; i < lease->grant_count; i++) {
		const struct lease_grant *grant = &lease->grants[i];
		char addr[PCI_ADDR_LEN];

		if (!grant_is_attached(grant) || len >= size)
			continue;
		len += (size_t)snprintf(buf + len, size - len, "%s%s %s", len ? ", " : "",
					grant->request.text, pci_addr_format(&grant->addr, addr));
	}
}

static int refuse_unknown(const struct lease *lease, const char *what, struct error *err)
{
	char attached[ERROR_MSG_LEN / 2];

	list_attached(lease, attached, sizeof(attached));
	return error_refuse(err, FLOW_REFUSED, "%.64s is not attached to it; attached is: %s", what,
			    attached);
}

/* The caller holds the domain's lock. From now on the device may leave the guest at any time. */
static int announce(struct running *running, const char *what, struct lease_grant *out, struct error *err)
{
	struct lease_grant *grant = find(&running->lease, what);
	char addr[PCI_ADDR_LEN];

	if (!grant)
		return refuse_unknown(&running->lease, what, err);
	if (!grant_is_attached(grant))
		return error_refuse(err, FLOW_REFUSED,
				    "request %s: %s came with its start and goes with its end; shut it down, "
				    "and take the tag out of its XML if it is not to have it again",
				    grant->request.text, pci_addr_format(&grant->addr, addr));
	grant->way = GRANT_DETACHING;
	*out = *grant;
	return lease_store_save(&running->store, &running->lease, err);
}

/* The caller holds the domain's lock again. */
static int conclude(struct running *running, const struct lease_grant *grant, bool is_out, struct error *err)
{
	struct lease_grant *now = lease_find_request(&running->lease, grant->request.text);
	int timeout_ms = restore_timeout_ms(running->paths);

	/* The domain has ended, and its release has returned the device. */
	if (!now || now->way != GRANT_DETACHING)
		return 0;
	if (is_out)
		return attachment_restore(&running->sysfs, &running->store, &running->lease,
					  (size_t)(now - running->lease.grants), restore_patience(timeout_ms),
					  err);
	now->way = GRANT_ATTACHED;
	return lease_store_save(&running->store, &running->lease, err);
}

static int take_out(struct running *running, const struct lease_grant *grant, struct error *err)
{
	struct error why = { 0 };
	char addr[PCI_ADDR_LEN];
	int asked = domain_program_detach(running->domain.uuid, &grant->addr, grant->functions, &why);
	int rc;

	/* The grant stays "detaching": reconcile returns the device when the guest has released it. */
	if (asked == DOMAIN_KEPT || asked == DOMAIN_UNCERTAIN)
		return error_refuse(err, FLOW_KEPT,
				    "request %s: %s; nothing was taken away: when the guest lets go of %s "
				    "later, it is returned within a minute, and detach can be repeated",
				    grant->request.text, why.msg, pci_addr_format(&grant->addr, addr));
	rc = running_domain_lock(running, err);
	if (rc == 0)
		rc = conclude(running, grant, asked == 0, err);
	if (asked != 0) {
		*err = why;
		rc = error_prefix(err, "request %s: libvirt", grant->request.text);
	}
	return rc;
}

int flow_detach(const struct paths *paths, const char *who, const char *what, struct attach_result *out,
		struct error *err)
{
	struct running running;
	int rc = running_domain_open(paths, who, &running, err);

	if (rc == 0) {
		rc = running_domain_lock(&running, err);
		if (rc == 0) {
			rc = announce(&running, what, &out->grant, err);
			running_domain_unlock(&running);
		}
		if (rc == 0)
			rc = take_out(&running, &out->grant, err);
		if (rc == 0) {
			strcpy(out->domain, running.domain.name);
			strcpy(out->uuid, running.domain.uuid);
			log_info("domain '%s': request %s: detached", out->domain, out->grant.request.text);
		} else {
			(void)error_prefix(err, "domain '%s'", running.domain.name);
		}
	}
	running_domain_close(&running);
	return rc;
}
