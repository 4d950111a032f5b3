/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/wellness.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/log.h"
#include "flow/assign/observe.h"
#include "host/pci/device.h"
#include "host/pci/state.h"
#include "host/process/progress.h"
#include "host/store/findings.h"

/* ---- before a start --------------------------------------------------------------------------------- */

void wellness_read(const struct sysfs *sysfs, const struct registry *registry, struct topology *topology)
{
	for (size_t i = 0; i < topology->count; i++) {
		struct pci_device *device = &topology->devices[i];

		/* What does not answer is known already, and is not asked again. */
		if (device->is_unread || device->is_dead || device->unclear[0] ||
		    !pci_device_is_endpoint(device) || !registry_first_match(registry, NULL, device) ||
		    progress_at_device(&device->addr))
			continue;
		if (pci_state_read(sysfs, device, NULL) != 0)
			device->state = (struct pci_state){ 0 };
		device->is_dead = device->state.is_mute;
	}
}

static int add_seen(const struct pci_device *device, struct finding_list *findings, struct error *err)
{
	struct finding finding = { .addr = device->addr, .id = device->id };
	char evidence[PCI_EVIDENCE_LEN];

	/* A dead device has a verdict of its own. */
	if (device->is_dead)
		return 0;
	finding.condition = pci_state_judge(&device->state, &device->state.errors, evidence);
	if (finding.condition == PCI_WELL)
		return 0;
	strcpy(finding.evidence, evidence);
	return finding_list_add(findings, &finding, err);
}

/* What is kept counts more than what is seen: it precedes that in the list. */
static void point(struct topology *topology, const struct finding_list *findings)
{
	for (size_t i = findings->count; i-- > 0;) {
		struct pci_device *device = topology_find(topology, &findings->items[i].addr);

		if (device && finding_is_of(&findings->items[i], device))
			device->finding = &findings->items[i];
	}
}

int wellness_mark(struct topology *topology, struct finding_list *findings, struct error *err)
{
	int rc;

	for (size_t i = 0; i < topology->count && findings->count; i++)
		topology->devices[i].finding = NULL;
	finding_list_clear(findings);
	rc = findings_load(findings, err);
	for (size_t i = 0; i < topology->count && rc == 0; i++)
		rc = add_seen(&topology->devices[i], findings, err);
	if (rc == 0)
		point(topology, findings);
	return rc;
}

/* ---- after a return --------------------------------------------------------------------------------- */

/* In memory shared with the process that looks. */
struct looked {
	struct progress progress;
	struct pci_state states[];
};

struct order {
	const struct sysfs *sysfs;
	const struct wellness_subject *subjects;
	size_t count;
	const struct progress_skips *skips;
	struct looked *out;
};

/* Another function at its address is left alone. */
static void look_at(const struct sysfs *sysfs, const struct lease_member *member, struct pci_state *out)
{
	struct pci_device device;

	if (pci_device_read_known(sysfs, &member->addr, &device, NULL) != 0 ||
	    !pci_identity_equal(&device.id, &member->id) || device.group != member->group)
		return;
	if (pci_state_read(sysfs, &device, NULL) == 0 &&
	    pci_state_read_errors(sysfs, &device.addr, &device.state.errors, NULL) == 0)
		*out = device.state;
}

static int look_at_all(const void *arg, struct error *err)
{
	const struct order *order = arg;

	(void)err;
	progress_begin(&order->out->progress, order->skips);
	for (size_t i = 0; i < order->count; i++) {
		const struct lease_member *member = order->subjects[i].member;

		if (progress_at_device(&member->addr) == 0)
			look_at(order->sysfs, member, &order->out->states[i]);
	}
	return 0;
}

static bool is_skipped(const struct progress_skips *skips, const struct pci_addr *addr)
{
	for (size_t i = 0; i < skips->count; i++) {
		if (skips->items[i].kind == PROGRESS_DEVICE && pci_addr_equal(&skips->items[i].addr, addr))
			return true;
	}
	return false;
}

void finding_date(struct finding *finding)
{
	struct tm tm;

	finding->since = (int64_t)time(NULL);
	if (!localtime_r(&(time_t){ (time_t)finding->since }, &tm) ||
	    strftime(finding->when, sizeof(finding->when), "%Y-%m-%d %H:%M", &tm) == 0)
		strcpy(finding->when, "some time ago");
}

/* Writes the evidence, and what it means. A silent device is worse than any error, and a refusal the least.
 */
static enum pci_condition judge(const char *domain, const struct wellness_subject *subject,
				const struct pci_state *state, bool is_skipped_one, struct finding *out)
{
	char evidence[PCI_EVIDENCE_LEN];
	enum pci_condition condition = pci_state_judge(state, &subject->member->errors, evidence);
	char *text = out->evidence;

	if (is_skipped_one || (state->is_read && state->is_mute)) {
		snprintf(text, FINDING_TEXT_LEN, "does not answer since its return from %.100s (%s)", domain,
			 is_skipped_one ? "a look at it did not come back" : evidence);
		condition = PCI_OUT;
	} else if (condition != PCI_WELL) {
		snprintf(text, FINDING_TEXT_LEN, "%s while domain %.100s had it", evidence, domain);
	} else if (subject->refusal) {
		snprintf(text, FINDING_TEXT_LEN, "after domain %.64s %.140s", domain, subject->refusal);
		condition = PCI_DEGRADED;
	}
	keep_one_line(text);
	return condition;
}

/* A link is seen again at the next start, and may have its lanes by then. */
static bool is_lasting(const struct pci_state *state, const struct pci_errors *before)
{
	struct pci_state but_link = *state;
	char evidence[PCI_EVIDENCE_LEN];

	but_link.width = but_link.width_most;
	return pci_state_judge(&but_link, before, evidence) != PCI_WELL;
}

static void keep(const char *domain, const struct wellness_subject *subject, const struct pci_state *state,
		 bool is_skipped_one)
{
	struct finding finding = { .addr = subject->member->addr, .id = subject->member->id };
	char addr[PCI_ADDR_LEN];
	struct error err;

	finding.condition = judge(domain, subject, state, is_skipped_one, &finding);
	if (finding.condition == PCI_WELL)
		return;
	log_warning("domain '%s': %s is %s: %s; look at it again with pcitag test %s", domain,
		    pci_addr_format(&finding.addr, addr), pci_condition_name(finding.condition),
		    finding.evidence, addr);
	if (!is_skipped_one && !subject->refusal && !is_lasting(state, &subject->member->errors))
		return;
	finding_date(&finding);
	if (findings_save(&finding, &err) < 0)
		log_error("domain '%s': %s", domain, err.msg);
}

void wellness_look_after(const struct sysfs *sysfs, const char *domain,
			 const struct wellness_subject *subjects, size_t count)
{
	size_t size = sizeof(struct looked) + count * sizeof(struct pci_state);
	struct progress_skips skips = { 0 };
	struct order order = { sysfs, subjects, count, &skips, NULL };
	struct error err;

	if (count == 0)
		return;
	order.out = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (order.out == MAP_FAILED) {
		log_warning("domain '%s': its devices are not looked at: %s", domain, strerror(errno));
		return;
	}
	if (observe_run(look_at_all, &order, &order.out->progress, OBSERVE_PATIENTLY_MS, &skips, &err) < 0)
		log_warning("domain '%s': its devices are not looked at: %s", domain, err.msg);
	for (size_t i = 0; i < count; i++)
		keep(domain, &subjects[i], &order.out->states[i],
		     is_skipped(&skips, &subjects[i].member->addr));
	(void)munmap(order.out, size);
}
