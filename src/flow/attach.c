/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/attach.h"

#include <string.h>

#include "base/log.h"
#include "flow/attachment.h"
#include "flow/running.h"
#include "flow/taking.h"
#include "host/domain_program.h"
#include "host/placeholder_tree.h"

/* What one attach works with from beginning to end. */
struct attach {
	const struct flow *flow;
	struct running running;
	struct request request;
	struct plan plan;
	struct lease addition;	      /* what the domain is to have besides */
	char missing[PCI_DRIVER_LEN]; /* a driver it needs and the kernel lacks, or "" */
};

/* The owner is there for the links, by which devices are found again whose lease was lost: nobody else has
 * one of this name. */
static int read_request(struct attach *a, const char *text, struct error *err)
{
	if (request_parse(text, a->request.name, &a->request.index) != 0) {
		(void)error_set(err, 0,
				"'%s' is not a request: write a type or a model, and an index from .0 to "
				".999 to tell twins apart, such as npu or npu.1",
				text);
		return FLOW_REFUSED;
	}
	strcpy(a->request.text, text); /* a legal request is never too long */
	strcpy(a->request.owner, a->running.domain.uuid);
	return 0;
}

static int refuse_twice(const struct lease_grant *grant, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	(void)error_set(err, 0,
			"request %s: the domain has %s by it already, %s; ask for %s.0, %s.1 and so on to "
			"tell twins apart",
			grant->request.text, pci_addr_format(&grant->addr, addr),
			grant_is_attached(grant) ? "attached" : "since its start", grant->request.name,
			grant->request.name);
	return FLOW_REFUSED;
}

static int check_lease(const struct lease *lease, const struct request *request, struct error *err)
{
	const struct lease_grant *grant = lease_find_request(lease, request->text);

	if (lease->state != LEASE_BOUND) {
		(void)error_set(err, 0, "its lease is %s: see pcitag leases, and try again when it is bound",
				lease_state_name(lease->state));
		return FLOW_REFUSED;
	}
	return grant ? refuse_twice(grant, err) : 0;
}

/* For the allocator the domain is like any other: what it holds is held. */
static struct domain asking(const struct attach *a)
{
	struct domain domain = a->running.domain;

	domain.uuid[0] = '\0';
	domain.requests = (struct request *)&a->request;
	domain.request_count = 1;
	return domain;
}

static int fill_addition(struct attach *a, const struct domain *domain, struct error *err)
{
	int rc = plan_fill_lease(&a->plan, &a->running.sysfs, domain, &a->addition, err);

	if (rc == 0)
		a->addition.grants[0].way = GRANT_ATTACHING;
	strcpy(a->addition.uuid, a->running.domain.uuid);
	strcpy(a->addition.domain, a->running.domain.name);
	return rc;
}

/* With the lock: something is chosen among what was seen before. */
static int choose(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	struct domain domain = asking(a);
	int rc = plan_take_leases(&a->plan, &running->store, err);

	if (rc != 0)
		return -1;
	rc = plan_allocate(&a->plan, &domain, err);
	if (rc == 0)
		rc = fill_addition(a, &domain, err);
	if (rc == 0)
		rc = taking_check_drivers(&running->sysfs, &a->addition, a->missing, err);
	if (rc == 0)
		rc = lease_append(&running->lease, &a->addition, err);
	if (rc != 0)
		return rc;
	taking_log_forced(&a->plan, &domain);
	return lease_store_save(&running->store, &running->lease, err);
}

/* Without the lock: whatever of the host does not answer, nobody else waits for it. */
static int look(struct attach *a, struct error *err)
{
	struct domain domain = asking(a);
	struct lease_list known = { 0 };
	int rc = lease_store_load_all(&a->running.store, &known, err) != 0 ? -1 : 0;

	plan_clear(&a->plan);
	a->plan.is_patient = true;
	if (rc == 0)
		rc = plan_look(a->flow, &a->running.sysfs, &known, &domain, PLAN_ALL, &a->plan, err);
	lease_list_clear(&known);
	return rc;
}

/* Looks, chooses and writes the lease. */
static int decide(struct attach *a, struct error *err)
{
	int rc = look(a, err);

	if (rc == 0)
		rc = lease_store_lock(&a->running.store, FLOW_LOCK_TIMEOUT_MS, err);
	if (rc < 0)
		return -1;
	rc = choose(a, err);
	lease_store_unlock(&a->running.store);
	return rc;
}

/* The module is loaded outside the lock, and then everything is decided anew. */
static int decide_anew(struct attach *a, struct error *err)
{
	if (taking_load_driver(&a->running.sysfs, a->missing, a->plan.settings.bind_timeout * 1000) != 0)
		return FLOW_REFUSED;
	plan_clear(&a->plan);
	lease_clear(&a->addition);
	return decide(a, err);
}

/* The first failure is the one to tell; what goes wrong on the way back is logged. */
static void undo(struct attach *a)
{
	struct running *running = &a->running;
	const struct lease_grant *grant = lease_find_request(&running->lease, a->request.text);
	struct error err;

	/* The domain has ended, and its release has given everything back. */
	if (!grant || grant->way != GRANT_ATTACHING)
		return;
	if (attachment_give_back(&running->sysfs, &running->store, &running->lease,
				 (size_t)(grant - running->lease.grants),
				 patience_of(give_back_timeout_ms(a->flow)), &err) < 0)
		log_error("domain '%s': request %s: %s", running->domain.name, a->request.text, err.msg);
}

static int take(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	int64_t kernel_us;
	int rc = taking_bind(&running->sysfs, &running->store, &a->addition,
			     a->plan.settings.bind_timeout * 1000, &kernel_us, err);

	if (rc == 0)
		rc = placeholder_tree_create(&a->addition, err);
	if (rc < 0)
		undo(a);
	return rc;
}

/* With the domain's lock: until the device is bound and the lease says so. */
static int make_ready(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	int release_timeout_ms = give_back_timeout_ms(a->flow);
	struct error why;
	int rc;

	taking_reconcile_others(a->flow, &running->store, &running->sysfs, running->domain.uuid,
				running->domain.name, release_timeout_ms);
	/* Whoever began it is gone: we have the lock. */
	if (attachment_settle(&running->sysfs, &running->store, &running->lease, &running->domain,
			      patience_without_waiting(release_timeout_ms), &why) < 0)
		log_warning("domain '%s': %s", running->domain.name, why.msg);
	rc = check_lease(&running->lease, &a->request, err);
	if (rc == 0)
		rc = decide(a, err);
	if (rc == FLOW_REFUSED && a->missing[0])
		rc = decide_anew(a, err);
	return rc == 0 ? take(a, err) : rc;
}

/* libvirt has said yes. */
static int conclude(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	struct lease_grant *grant = lease_find_request(&running->lease, a->request.text);

	if (!grant)
		return error_set(err, 0, "it ended while %s was being attached", a->request.text);
	grant->way = GRANT_ATTACHED;
	/* The guest has it; reconcile will see that, too. */
	if (lease_store_save(&running->store, &running->lease, err) < 0)
		log_error("domain '%s': %s", running->domain.name, err->msg);
	taking_log_grants(&a->addition);
	return 0;
}

static int hand_over(struct attach *a, struct error *err)
{
	struct running *running = &a->running;
	const struct lease_grant *grant = &a->addition.grants[0];
	struct error why;
	int rc;

	running_unlock(running);
	rc = domain_program_attach(running->domain.uuid, &grant->addr, grant->functions, err);
	if (rc == DOMAIN_UNCERTAIN)
		return error_prefix(err, "request %s: pcitag reconcile will find out what became of it",
				    a->request.text);
	if (rc != 0)
		(void)error_prefix(err, "request %s: libvirt", a->request.text);
	if (running_lock(running, rc == 0 ? err : &why) != 0)
		return -1;
	if (rc == 0)
		return conclude(a, err);
	undo(a);
	return -1;
}

int flow_attach(const struct flow *flow, const char *who, const char *request, struct attach_result *out,
		struct error *err)
{
	struct attach a = { .flow = flow };
	int rc = running_open(flow, who, &a.running, err);

	if (rc == 0) {
		rc = read_request(&a, request, err);
		if (rc == 0)
			rc = running_lock(&a.running, err);
		if (rc == 0)
			rc = make_ready(&a, err);
		if (rc == 0)
			rc = hand_over(&a, err);
		if (rc != 0)
			(void)error_prefix(err, "domain '%s'", a.running.domain.name);
	}
	if (rc == 0) {
		strcpy(out->domain, a.running.domain.name);
		strcpy(out->uuid, a.running.domain.uuid);
		out->grant = a.addition.grants[0];
	}
	lease_clear(&a.addition);
	plan_clear(&a.plan);
	running_close(&a.running);
	return rc;
}
