/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/fleet/capacity.c model/fleet/counts.c model/fleet/demand.c model/fleet/report.c model/registry/overlap.c model/allocate/allocator.c model/allocate/assignment.c model/allocate/verdict.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c model/registry/unit_keys.c model/registry/settings.c model/pci/topology.c model/lease/lease.c model/lease/domain.c model/pci/address.c model/allocate/verdict_text.c model/allocate/card.c model/pci/kind.c model/lease/options.c model/lease/vf_net.c model/allocate/request_wishes.c model/pci/setting.c model/registry/identity.c model/allocate/choice.c model/allocate/choice_reason.c model/allocate/wish_check.c model/solve/solver.c model/solve/rules.c model/solve/relaxation.c model/solve/mincost.c model/pci/place.c model/wish/number_set.c */
/*
 * Whatever Pacemaker's own scheduler places by the numbers of model/fleet, the allocator grants: random
 * clusters, whose hosts have one registry and devices of their own. Domains are placed twice: some, and while
 * these run the others. Nothing that runs is stopped or moved, no number of a host is exceeded, and each
 * start is granted, in an order in which no request comes before a narrower one. usage: scheduled_placement
 * [CLUSTERS]      needs crm_simulate(8)
 */
#define DOMAINS_MAX 40
#include "fleet_host.h"

#define HOSTS_MAX 5

static struct host {
	struct topology topology;
	struct lease_list leases;
	struct fleet_counts capacity;
} hosts[HOSTS_MAX];
static unsigned host_count;
/* By domain: the host that it is on, counted from 1; 0: none. */
static unsigned place[DOMAINS_MAX];
static char cib[64];

static unsigned clusters = 150, placed, left_out, crossed;

/* ---- a cluster -------------------------------------------------------------------------------------- */

/* The generator and the allocator know one host: it becomes this one. */
static void enter(const struct host *host)
{
	topology = host->topology;
	leases = host->leases;
}

static void leave(struct host *host)
{
	host->topology = topology;
	host->leases = leases;
	topology = (struct topology){ 0 };
	leases = (struct lease_list){ 0 };
}

static void clear_cluster(void)
{
	for (unsigned i = 0; i < HOSTS_MAX; i++) {
		topology_clear(&hosts[i].topology);
		lease_list_clear(&hosts[i].leases);
		fleet_counts_clear(&hosts[i].capacity);
	}
	memset(place, 0, sizeof(place));
	clear_host();
}

/* Returns false when a host has what the manual names as an exception. */
static bool make_cluster(void)
{
	if (!make_host())
		return false;
	leave(&hosts[0]);
	host_count = 2 + pick(HOSTS_MAX - 1);
	for (unsigned i = 1; i < host_count; i++) {
		for (unsigned k = 0, devices = 1 + pick(9); k < devices; k++)
			add_device(k, 4);
		topology_sort(&topology);
		bool is_usual = is_group_of_one_kind();
		leave(&hosts[i]);
		if (!is_usual)
			return false;
	}
	for (unsigned i = 0; i < DOMAINS_MAX; i++)
		make_domain(i);
	return true;
}

static void publish_all(void)
{
	for (unsigned i = 0; i < host_count; i++) {
		enter(&hosts[i]);
		publish();
		leave(&hosts[i]);
		fleet_counts_clear(&hosts[i].capacity);
		hosts[i].capacity = published;
		published = (struct fleet_counts){ 0 };
	}
}

/* ---- its configuration ------------------------------------------------------------------------------ */

static void write_counts(FILE *out, const char *id, const struct fleet_counts *counts)
{
	fprintf(out, "<utilization id=\"%s-u\">", id);
	for (size_t i = 0; i < counts->count; i++)
		fprintf(out, "<nvpair id=\"%s-%s\" name=\"pcitag-%s\" value=\"%u\"/>", id,
			counts->items[i].name, counts->items[i].name, counts->items[i].value);
	fputs("</utilization>", out);
}

#define AGENT "class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\""

static void write_domains(FILE *out, unsigned number)
{
	char id[16];

	for (unsigned i = 0; i < number; i++) {
		if (!vms[i].domain.request_count)
			continue;
		snprintf(id, sizeof(id), "vm%u", i);
		fprintf(out, "<primitive id=\"%s\" " AGENT ">", id);
		write_counts(out, id, &vms[i].demand);
		fputs("</primitive>", out);
	}
}

/* What a host runs, as Pacemaker's history of it has it: a start that succeeded. */
static void write_state(FILE *out, unsigned host)
{
	static const char *const key = "1:1:0:00000000-0000-0000-0000-000000000000";

	/* MD5 of "<parameters/>" as Pacemaker writes it: they are the same as at the start. */
	static const char *const digest = "f2317cad3d54cec5d7d7aa7d0bf35cf8";

	fprintf(out,
		"<node_state id=\"%u\" uname=\"host%u\" in_ccm=\"true\" crmd=\"online\" join=\"member\" "
		"expected=\"member\"><lrm id=\"%u\"><lrm_resources>",
		host, host, host);
	for (unsigned i = 0; i < DOMAINS_MAX; i++) {
		if (place[i] != host)
			continue;
		fprintf(out,
			"<lrm_resource id=\"vm%u\" " AGENT
			"><lrm_rsc_op id=\"vm%u_last_0\" operation_key=\"vm%u_start_0\" "
			"operation=\"start\" transition-key=\"%s\" transition-magic=\"0:0;%s\" "
			"call-id=\"%u\" "
			"rc-code=\"0\" op-status=\"0\" interval=\"0\" op-digest=\"%s\"/></lrm_resource>",
			i, i, i, key, key, i + 1, digest);
	}
	fputs("</lrm_resources></lrm></node_state>", out);
}

static void write_cib(unsigned number)
{
	FILE *out = fopen(cib, "we");
	char id[16];

	CHECK(out);
	fputs("<cib crm_feature_set=\"3.16.1\" validate-with=\"pacemaker-3.9\" epoch=\"1\" num_updates=\"0\" "
	      "admin_epoch=\"0\" have-quorum=\"1\"><configuration><crm_config><cluster_property_set id=\"o\">"
	      "<nvpair id=\"o-s\" name=\"stonith-enabled\" value=\"false\"/>"
	      "<nvpair id=\"o-p\" name=\"placement-strategy\" value=\"utilization\"/>"
	      "<nvpair id=\"o-e\" name=\"enable-startup-probes\" value=\"false\"/>"
	      "</cluster_property_set></crm_config><nodes>",
	      out);
	for (unsigned i = 1; i <= host_count; i++) {
		snprintf(id, sizeof(id), "host%u", i);
		fprintf(out, "<node id=\"%u\" uname=\"%s\">", i, id);
		write_counts(out, id, &hosts[i - 1].capacity);
		fputs("</node>", out);
	}
	fputs("</nodes><resources>", out);
	write_domains(out, number);
	fputs("</resources><constraints/><rsc_defaults><meta_attributes id=\"d\"><nvpair id=\"d-s\" "
	      "name=\"resource-stickiness\" "
	      "value=\"100\"/></meta_attributes></rsc_defaults></configuration><status>",
	      out);
	for (unsigned i = 1; i <= host_count; i++)
		write_state(out, i);
	fputs("</status></cib>", out);
	CHECK(fclose(out) == 0);
}

/* ---- placed, and started ---------------------------------------------------------------------------- */

/* Asks the scheduler; a line of its answer is "  * Start      vm3     (  host1 )". */
static void schedule(void)
{
	char command[128], line[512], action[16];
	unsigned vm, host;
	FILE *answer;

	snprintf(command, sizeof(command), "crm_simulate --xml-file %s --run 2>/dev/null", cib);
	answer = popen(command, "re");
	CHECK(answer);
	while (fgets(line, sizeof(line), answer)) {
		if (sscanf(line, " * %15s vm%u ( host%u", action, &vm, &host) != 3)
			continue;
		if (strcmp(action, "Start") != 0)
			fprintf(stderr, "%s", line);
		CHECK(strcmp(action, "Start") == 0 && vm < DOMAINS_MAX && host >= 1 && host <= host_count);
		CHECK(!place[vm] && !vms[vm].is_placed);
		place[vm] = host;
		vms[vm].is_placed = true;
	}
	CHECK(pclose(answer) == 0);
}

static void check_numbers(unsigned host)
{
	const struct fleet_counts *capacity = &hosts[host - 1].capacity;

	for (size_t i = 0; i < capacity->count; i++) {
		unsigned sum = 0;

		for (unsigned k = 0; k < DOMAINS_MAX; k++)
			sum += place[k] == host ? fleet_counts_get(&vms[k].demand, capacity->items[i].name)
						: 0;
		CHECK(sum <= capacity->items[i].value);
	}
}

/* Those of other hosts do not wait for these: they are out of sight meanwhile. */
static void start_all(unsigned host)
{
	bool others[DOMAINS_MAX];
	struct vm *vm;

	for (unsigned i = 0; i < DOMAINS_MAX; i++) {
		others[i] = vms[i].is_placed && place[i] != host;
		vms[i].is_placed &= !others[i];
	}
	enter(&hosts[host - 1]);
	while ((vm = find_next())) {
		vm->is_placed = false;
		if (start(vm) != 0)
			fprintf(stderr, "host%u, %s: %s\n", host, vm->domain.name, err.msg);
		CHECK(vm->is_running);
		placed++;
	}
	leave(&hosts[host - 1]);
	for (unsigned i = 0; i < DOMAINS_MAX; i++) {
		/* Each waits for the other: the exception that the manual names. They are not started. */
		if (vms[i].is_placed)
			crossed++, place[i] = 0;
		vms[i].is_placed = others[i];
	}
}

static void place_first(unsigned number)
{
	publish_all();
	write_cib(number);
	schedule();
	for (unsigned host = 1; host <= host_count; host++) {
		check_numbers(host);
		start_all(host);
	}
	/* What runs is never more than what is published. */
	publish_all();
	for (unsigned host = 1; host <= host_count; host++)
		check_numbers(host);
}

static void test_what_the_scheduler_places_is_granted(void)
{
	unsigned made = 0;

	for (unsigned seed = 1; made < clusters; seed++) {
		state = 88172645463325252ULL + (uint64_t)seed * 104729;
		clear_cluster();
		if (!make_cluster())
			continue;
		made++;
		place_first(DOMAINS_MAX / 2);
		place_first(DOMAINS_MAX);
		for (unsigned i = 0; i < DOMAINS_MAX; i++)
			left_out += vms[i].domain.request_count && !place[i];
	}
	clear_cluster();
	printf("# %u clusters: %u domains placed by crm_simulate, each of them granted; %u left out, %u of "
	       "them because each "
	       "waits for another one\n",
	       made, placed, left_out, crossed);
	CHECK(placed > 3 * made && left_out > made);
}

int main(int argc, char *argv[])
{
	int fd;

	if (argc > 1)
		clusters = (unsigned)atoi(argv[1]);
	snprintf(cib, sizeof(cib), "/tmp/scheduled-placement.XXXXXX");
	fd = mkstemp(cib);
	CHECK(fd >= 0 && close(fd) == 0);
	RUN(test_what_the_scheduler_places_is_granted);
	(void)unlink(cib);
	return 0;
}
