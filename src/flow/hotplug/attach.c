/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/hotplug/attach.h"

#include <string.h>

#include "base/log.h"
#include "flow/recover/attachment.h"
#include "flow/hotplug/running_domain.h"
#include "flow/recover/reconcile.h"
#include "flow/assign/bind.h"
#include "flow/assign/nets.h"
#include "flow/assign/plan.h"
#include "flow/assign/units.h"
#include "host/libvirt/domain_program.h"
#include "host/store/placeholder_links.h"

/* State of one attach. */
struct attach {
	struct running running;
	struct request request;
	struct host_state host;
	struct lease addition;	      /* the devices that are added to the domain */
	char missing[PCI_DRIVER_LEN]; /* a driver that is needed and not loaded, or "" */
};

/* The links find devices with a lost lease by their owner: the domain's UUID is a unique one. */
static int read_request(struct attach *a, const char *text, struct error *err)
{
	if (request_parse(text, a->request.name, &a->request.index) != 0)
		return error_refuse(err, FLOW_REFUSED,
				    "'%s' is not a request: write a type or a model, and an index from .0 to "
				    ".999 to tell twins apart, such as npu or npu.1",
				    text);
	strcpy(a->request.text, text); /* a valid request always fits */
	strcpy(a->request.owner, a->running.domain.uuid);
	return 0;
}

static int refuse_twice(const struct lease_grant *grant, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	return error_refuse(err, FLOW_REFUSED,
			    "request %s: the domain has %s by it already, %s; ask for %s.0, %s.1 and so on "
			    "to tell twins apart",
			    grant->request.text, pci_addr_format(&grant->addr, addr),
			    grant_is_attached(grant) ? "attached" : "since its start", grant->request.name,
			    grant->request.name);
}

static int check_lease(const struct lease *lease, const struct request *request, struct error *err)
{
	const struct lease_grant *grant = lease_find_request(lease, request->text);

	if (lease->state != LEASE_BOUND)
		return error_refuse(err, FLOW_REFUSED,
				    "its lease is %s: see pcitag leases, and try again when it is bound",
				    lease_state_name(lease->state));
	return grant ? refuse_twice(grant, err) : 0;
}

/* To the allocator the domain is like any other one: devices that it holds are not available. They count as
 * its own where it may have only so many. */
static struct domain asking(const struct attach *a)
{
	struct domain domain = a->running.domain;

	domain.uuid[0] = '\0';
	domain.running_as = a->running.domain.uuid;
	domain.requests = (struct request *)&a->request;
	domain.request_count = 1;
	domain.option_count = 0; /* they are for its start */
	return domain;
}

/* libvirt itself makes the device that is attached, from an address alone. */
static void drop_options(const struct attach *a, struct lease_grant *grant)
{
	if (grant->options.text[0])
		log_warning("domain '%s': request %s: attached without the options of its model: %s",
			    a->running.domain.name, grant->request.text, grant->options.text);
	grant->options = (struct device_options){ "" };
}

static int fill_addition(struct attach *a, const struct domain *domain, struct error *err)
{
	int rc = plan_fill_lease(&a->host, &a->running.sysfs, domain, &a->addition, err);

	if (rc == 0) {
		a->addition.grants[0].way = GRANT_ATTACHING;
		drop_options(a, &a->addition.grants[0]);
	}
	/* Until it is bound, no error is the guest's. */
	for (size_t i = 0; i < a->addition.member_count; i++)
		a->addition.members[i].errors = PCI_ERRORS_ALL;
	strcpy(a->addition.uuid, a->running.domain.uuid);
	strcpy(a->addition.domain, a->running.domain.name);
	return rc;
}

/* The caller holds the lock. Chooses from the devices that were read before. */
static int choose(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	struct domain domain = asking(a);
	int rc = host_state_take_leases(&a->host, &running->store, err);

	if (rc != 0)
		return -1;
	rc = plan_allocate(&a->host, &domain, err);
	if (rc == 0)
		rc = fill_addition(a, &domain, err);
	if (rc == 0)
		rc = bind_check_drivers(&running->sysfs, &a->addition, a->missing, err);
	if (rc == 0)
		rc = lease_append(&running->lease, &a->addition, err);
	if (rc != 0)
		return rc;
	bind_log_forced(&a->host, &domain);
	return lease_store_save(&running->store, &running->lease, err);
}

static int choose_locked(struct attach *a, struct error *err)
{
	int rc = lease_store_lock(&a->running.store, FLOW_LOCK_TIMEOUT_MS, err);

	if (rc < 0)
		return -1;
	rc = choose(a, err);
	lease_store_unlock(&a->running.store);
	return rc;
}

/* Reads the host without the lock, so that a device that does not answer does not block other processes. */
static int look(struct attach *a, struct error *err)
{
	const struct domain domain = asking(a);
	const struct host_query query = { .paths = a->running.paths,
					  .sysfs = &a->running.sysfs,
					  .asking = &domain,
					  .reach = REACH_ALL,
					  .is_patient = true };

	return host_state_look(&query, &a->running.store, &a->host, err);
}

/* Reads the host, chooses a device and writes the lease. */
static int decide(struct attach *a, struct error *err)
{
	return look(a, err) == 0 ? choose_locked(a, err) : -1;
}

/* As a start does (flow/start/prepare.c): units may let go of a device, and are looked for before a refusal.
 */
static int decide_with_units(struct attach *a, struct error *err)
{
	int rc = decide(a, err);

	if (rc != FLOW_REFUSED || a->missing[0] ||
	    !units_give_choice(a->running.paths, &a->running.sysfs, &a->host, a->running.domain.name))
		return rc;
	lease_clear(&a->addition);
	return choose_locked(a, err);
}

/* Loads the module outside the lock, and then repeats the whole decision. */
static int decide_anew(struct attach *a, struct error *err)
{
	if (bind_load_driver(&a->running.sysfs, a->missing, a->host.settings.bind_timeout * 1000) != 0)
		return FLOW_REFUSED;
	host_state_clear(&a->host);
	lease_clear(&a->addition);
	return decide_with_units(a, err);
}

/*
 * The first failure is reported to the caller; failures while undoing are logged.
 * @is_used: the guest may have had the device for a moment
 */
static void undo(struct attach *a, bool is_used)
{
	struct running *running = &a->running;
	struct lease_grant *grant = lease_find_request(&running->lease, a->request.text);
	struct error err;

	/* The domain has ended, and its release has returned everything. */
	if (!grant || grant->way != GRANT_ATTACHING)
		return;
	if (!is_used)
		grant->after_use = AFTER_RETURN;
	if (attachment_restore(&running->sysfs, &running->store, &running->lease,
			       (size_t)(grant - running->lease.grants),
			       restore_patience(restore_timeout_ms(a->running.paths), RESTORE_LONG),
			       &err) < 0)
		log_error("domain '%s': request %s: %s", running->domain.name, a->request.text, err.msg);
}

/* What is to be done to units is in the lease, on disk, before it is done. */
static int let_go(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	const struct domain domain = asking(a);
	struct deadline deadline = deadline_in(a->host.settings.bind_timeout * 1000);
	struct lease *addition = &a->addition;

	if (!units_are_named(&a->host, &domain))
		return 0;
	if (units_choose(&a->host, &domain, addition, err) < 0)
		return -1;
	for (size_t i = 0; i < addition->unit_count; i++) {
		if (lease_add_unit(&running->lease, &addition->units[i], err) < 0)
			return -1;
	}
	if (addition->unit_count && lease_store_save(&running->store, &running->lease, err) < 0)
		return -1;
	return units_apply(running->paths, &running->sysfs, &a->host, &domain, addition, deadline, err);
}

/* The same for what functions of network cards are told; options are for the domain's start. */
static int tell(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	const struct domain domain = asking(a);
	struct deadline deadline = deadline_in(a->host.settings.bind_timeout * 1000);
	struct lease *addition = &a->addition;

	if (!nets_are_named(&a->host, &domain))
		return 0;
	if (nets_choose(&running->sysfs, &a->host, &domain, addition, deadline, err) < 0)
		return -1;
	for (size_t i = 0; i < addition->net_count; i++) {
		if (lease_add_net(&running->lease, &addition->nets[i], err) < 0)
			return -1;
	}
	if (addition->net_count && lease_store_save(&running->store, &running->lease, err) < 0)
		return -1;
	return nets_apply(&running->sysfs, addition, deadline, err);
}

/* From here on the guest may have it: which errors are of before is in the lease, on disk. */
static int note_errors(struct attach *a, struct error *err)
{
	struct lease *lease = &a->running.lease;

	for (size_t i = 0; i < lease->member_count; i++) {
		for (size_t k = 0; k < a->addition.member_count; k++) {
			if (pci_addr_equal(&lease->members[i].addr, &a->addition.members[k].addr))
				lease->members[i].errors = a->addition.members[k].errors;
		}
	}
	return lease_store_save(&a->running.store, lease, err);
}

static int take(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	int64_t kernel_us;
	int rc = let_go(a, err);

	if (rc == 0)
		rc = tell(a, err);
	if (rc == 0)
		rc = bind_lease(&running->sysfs, &running->store, &a->addition,
				a->host.settings.bind_timeout * 1000, &kernel_us, err);
	if (rc == 0)
		rc = note_errors(a, err);
	if (rc == 0)
		rc = placeholder_links_create(&a->addition, err);
	if (rc < 0)
		undo(a, false);
	return rc;
}

/* The caller holds the domain's lock. On success the device is bound and recorded in the lease. */
static int make_ready(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	int release_timeout_ms = restore_timeout_ms(a->running.paths);
	struct error why;
	int rc;

	reconcile_others(a->running.paths, &running->store, &running->sysfs, running->domain.uuid,
			 running->domain.name, release_timeout_ms);
	/* The process that began it has exited: the lock is held here. */
	if (attachment_settle(&running->sysfs, &running->store, &running->lease, &running->domain,
			      restore_patience(release_timeout_ms, RESTORE_AT_ONCE), &why) < 0)
		log_warning("domain '%s': %s", running->domain.name, why.msg);
	rc = check_lease(&running->lease, &a->request, err);
	if (rc == 0)
		rc = decide_with_units(a, err);
	if (rc == FLOW_REFUSED && a->missing[0])
		rc = decide_anew(a, err);
	return rc == 0 ? take(a, err) : rc;
}

/* libvirt has attached the device. */
static int conclude(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	struct lease_grant *grant = lease_find_request(&running->lease, a->request.text);

	if (!grant)
		return error_set(err, 0, "it ended while %s was being attached", a->request.text);
	grant->way = GRANT_ATTACHED;
	/* The guest has the device; reconcile will detect that, too. */
	if (lease_store_save(&running->store, &running->lease, err) < 0)
		log_error("domain '%s': %s", running->domain.name, err->msg);
	bind_log_grants(&a->addition);
	return 0;
}

static int hand_over(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	const struct lease_grant *grant = &a->addition.grants[0];
	struct error why;
	int rc;

	running_domain_unlock(running);
	rc = domain_program_attach(running->domain.uuid, &grant->addr, grant->functions, err);
	if (rc == DOMAIN_UNCERTAIN)
		return error_prefix(err, "request %s: pcitag reconcile will find out what became of it",
				    a->request.text);
	if (rc != 0)
		(void)error_prefix(err, "request %s: libvirt", a->request.text);
	if (running_domain_lock(running, rc == 0 ? err : &why) != 0)
		return -1;
	if (rc == 0)
		return conclude(a, err);
	undo(a, rc != DOMAIN_REFUSED);
	return -1;
}

static void clear(struct attach *a)
{
	lease_clear(&a->addition);
	host_state_clear(&a->host);
	running_domain_close(&a->running);
}

/* Names the domain in the result, or in the error when @rc is not 0. Returns @rc. */
static int answer(const struct running *running, int rc, struct attach_result *out, struct error *err)
{
	strcpy(out->domain, running->domain.name);
	strcpy(out->uuid, running->domain.uuid);
	if (rc != 0)
		(void)error_prefix(err, "domain '%s'", running->domain.name);
	return rc;
}

int flow_attach(const struct paths *paths, const char *who, const char *request, struct attach_result *out,
		struct error *err)
{
	CLEANUP(clear) struct attach a = { 0 };
	int rc = running_domain_open(paths, who, &a.running, err);

	if (rc != 0)
		return rc;
	rc = read_request(&a, request, err);
	if (rc == 0)
		rc = running_domain_lock(&a.running, err);
	if (rc == 0)
		rc = make_ready(&a, err);
	if (rc == 0)
		rc = hand_over(&a, err);
	if (rc == 0)
		out->grant = a.addition.grants[0];
	return answer(&a.running, rc, out, err);
}

/* ---- detach ----------------------------------------------------------------------------------------- */

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
static int conclude_detach(struct running *running, const struct lease_grant *grant, bool is_out,
			   struct error *err)
{
	struct lease_grant *now = lease_find_request(&running->lease, grant->request.text);
	int timeout_ms = restore_timeout_ms(running->paths);

	/* The domain has ended, and its release has returned the device. */
	if (!now || now->way != GRANT_DETACHING)
		return 0;
	if (is_out)
		return attachment_restore(&running->sysfs, &running->store, &running->lease,
					  (size_t)(now - running->lease.grants),
					  restore_patience(timeout_ms, RESTORE_LONG), err);
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
		rc = conclude_detach(running, grant, asked == 0, err);
	if (asked != 0) {
		*err = why;
		rc = error_prefix(err, "request %s: libvirt", grant->request.text);
	}
	return rc;
}

int flow_detach(const struct paths *paths, const char *who, const char *what, struct attach_result *out,
		struct error *err)
{
	CLEANUP(running_domain_close) struct running running;
	int rc = running_domain_open(paths, who, &running, err);

	if (rc != 0)
		return rc;
	rc = running_domain_lock(&running, err);
	if (rc == 0) {
		rc = announce(&running, what, &out->grant, err);
		running_domain_unlock(&running);
	}
	if (rc == 0)
		rc = take_out(&running, &out->grant, err);
	if (rc == 0)
		log_info("domain '%s': request %s: detached", running.domain.name, out->grant.request.text);
	return answer(&running, rc, out, err);
}
