/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pcitag show: prints everything known about one device, and what to do. */
#include <stdio.h>

#include "cli/verb.h"
#include "cli/output/survey.h"
#include "cli/output/state.h"
#include "flow/configure/rom.h"
#include "flow/configure/virtual_functions.h"
#include "flow/view/inventory.h"
#include "model/registry/doubts.h"

/* The domain that currently holds the device's group. */
struct possession {
	const struct lease *lease;	   /* NULL when no lease holds it */
	const struct lease_member *member; /* NULL when left unchanged, or when the domain names it */
	const struct lease_grant *grant;   /* the grant of the function, or NULL */
};

static struct possession possession_of(const struct survey *survey, const struct pci_device *device)
{
	struct possession found = { 0 };

	found.lease = lease_list_find_owner(&survey->host.leases, &device->addr, device->group, "");
	if (!found.lease) {
		found.lease = lease_list_find_hostdev(&survey->host.leases, &device->addr, device->group, "");
		return found;
	}
	found.grant = lease_find_function(found.lease, &device->addr);
	for (size_t i = 0; i < found.lease->member_count; i++) {
		if (pci_addr_equal(&found.lease->members[i].addr, &device->addr))
			found.member = &found.lease->members[i];
	}
	return found;
}

static const char *role_of(const struct possession *p)
{
	if (!p->lease)
		return NULL;
	if (p->member)
		return member_role_name(p->member->role);
	/* The same role as in the table of leases. */
	return p->lease->member_count ? NULL : "native";
}

/* What the guest's device is told, or would be told by its model; "" for nothing. */
static const struct device_options *options_of(const struct possession *p, const struct survey_item *item)
{
	static const struct device_options none;

	if (p->grant)
		return &p->grant->options;
	return item->model ? model_options(item->model) : &none;
}

static void format_advice(const struct survey_item *item, char buf[static SURVEY_TEXT_LEN])
{
	char advice[VERDICT_LEN];

	if (item->model && item->verdict.availability == AVAILABLE)
		snprintf(buf, SURVEY_TEXT_LEN, "a domain gets it that asks for %s or %s", item->model->type,
			 item->model->name);
	else if (item->section || item->goes_with)
		snprintf(buf, SURVEY_TEXT_LEN, "describe it in the registry: pcitag probe --registry");
	else if (!item->model && item->need.availability != AVAILABLE)
		snprintf(buf, SURVEY_TEXT_LEN, "%s", verdict_advice(&item->need, advice));
	else if (!item->model && item->part != PCI_PART_NONE)
		snprintf(buf, SURVEY_TEXT_LEN, "nothing: it stays with the host");
	else
		snprintf(buf, SURVEY_TEXT_LEN, "%s", verdict_advice(&item->verdict, advice));
}

/* ---- text ------------------------------------------------------------------------------------------- */

#define LINE "%-12s "

static void put_line(const char *label, const char *text)
{
	print_line(LINE "%s", label, text);
}

static void print_group(const struct survey *survey, const struct survey_item *item)
{
	const struct pci_device *device = item->device;
	const struct survey_item *other = NULL;
	char addr[PCI_ADDR_LEN], name[SURVEY_TEXT_LEN];
	bool alone = true;

	if (device->group == PCI_NO_GROUP) {
		put_line("group", "none");
		return;
	}
	while ((other = survey_next_member(survey, item, other))) {
		if (alone)
			printf(LINE "%d, with\n", "group", device->group);
		alone = false;
		printf(LINE "%s %s (%s%s)\n", "", pci_addr_format(&other->device->addr, addr),
		       survey_name(other, name), other->device->is_bridge ? "bridge, driver " : "driver ",
		       other->device->driver[0] ? other->device->driver : "none");
	}
	if (alone)
		printf(LINE "%d, alone\n", "group", device->group);
}

/* What the registry's keys serial, wwid and slot can name. */
static void print_marks(const struct pci_device *device)
{
	const struct {
		const char *label, *text;
	} lines[] = {
		{ "serial", device->serial.dsn }, { "serial", device->serial.nvme },
		{ "serial", device->marks.mac },  { "wwid", device->marks.wwid },
		{ "slot", device->marks.slot },	  { "slot", device->marks.label },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (lines[i].text[0])
			put_line(lines[i].label, lines[i].text);
	}
}

static void print_place(const struct pci_place *place)
{
	char addr[PCI_ADDR_LEN];

	if (!place->is_known)
		return;
	printf(LINE "%s%s%s\n", "path", place->path, place->has_switch ? ", behind the switch at " : "",
	       place->has_switch ? pci_addr_format(&place->switch_port, addr) : "");
}

/* So many are named in a line. */
#define VFS_NAMED 16

static void print_virtual_functions(const struct survey_item *item)
{
	CLEANUP(physical_functions_clear) struct physical_functions list = { 0 };
	char text[SURVEY_TEXT_LEN] = "", addr[PCI_ADDR_LEN];
	const struct sriov *sriov;

	if (flow_vf_list(&host_paths, &item->device->addr, &list, NULL) != 0)
		return;
	sriov = &list.items[0].sriov;
	for (size_t i = 0; i < sriov->count && i < VFS_NAMED; i++)
		text_append(text, sizeof(text), "%s %s", i ? "," : ":",
			    pci_addr_format(&sriov->vfs[i], addr));
	print_line(LINE "%zu of %u virtual functions%s%s", "SR-IOV", sriov->count, sriov->total, text,
		   sriov->count > VFS_NAMED ? ", ..." : "");
}

static void print_vgpu(const struct vgpu_state *vgpu)
{
	char left[VGPU_LEFT_LEN];

	if (!vgpu || !vgpu->is_read)
		return;
	vgpu_format_left(vgpu, left);
	if (vgpu->type)
		printf(LINE "type %u\n", "vGPU", vgpu->type);
	else
		printf(LINE "no type; its card has left: %s\n", "vGPU", left[0] ? left : "none");
}

static void print_hardware(const struct survey *survey, const struct survey_item *item)
{
	const struct pci_device *device = item->device;
	char text[SURVEY_TEXT_LEN], addr[PCI_ADDR_LEN], nodedev[PCI_NODEDEV_LEN];

	printf(LINE "%s, in libvirt %s\n", "address", pci_addr_format(&device->addr, addr),
	       pci_addr_nodedev(&device->addr, nodedev));
	put_line("device", survey_name(item, text));
	put_line("class", survey_class(item, text));
	put_line("ids", survey_ids(item, text));
	print_group(survey, item);
	if (device->numa_node == PCI_NO_NODE)
		put_line("NUMA node", "none");
	else
		printf(LINE "%d\n", "NUMA node", device->numa_node);
	print_place(&device->place);
	print_marks(device);
	put_line("link", survey_link(item, text));
	put_line("reset",
		 item->facts.reset_methods[0] ? item->facts.reset_methods : "none: " SURVEY_NO_RESET);
	if (item->facts.is_virtual)
		printf(LINE "virtual function of %s\n", "SR-IOV",
		       pci_addr_format(&item->facts.physical, addr));
	else if (item->facts.vfs_possible)
		print_virtual_functions(item);
	print_vgpu(device->vgpu);
	put_line("driver", device->driver[0] ? device->driver : "none");
}

static void print_models(const struct survey *survey, const struct pci_device *device)
{
	const struct host_state *host = &survey->host;
	char why[MATCH_TEXT_LEN];
	const char *label = "models";

	for (size_t i = 0; i < host->registry.count; i++) {
		const struct model *model = &host->registry.models[i];

		if (!model_has_ids(model, &device->id))
			continue;
		printf(LINE "%s, type %s (%s:%u): %s\n", label, model->name, model->type, model->file,
		       model->line, match_text(model, device, host->hostname, why));
		label = "";
	}
	if (label[0])
		put_line(label, "none of the registry has its vendor and device");
}

static void print_possession(const struct possession *p)
{
	const char *role = role_of(p);
	char when[LOCAL_TIME_LEN];

	if (!p->lease)
		return;
	print_line(LINE "domain %s (%s), %s since %s%s%s%s%s%s", "with", p->lease->domain, p->lease->uuid,
		   lease_state_name(p->lease->state), local_time(p->lease->since, when), role ? ", " : "",
		   role ? role : "", p->grant ? " for request " : "", p->grant ? p->grant->request.text : "",
		   p->lease->state == LEASE_QUARANTINED ? ":" : "");
	if (p->lease->note)
		put_line("", p->lease->note);
	if (p->member)
		put_line("return to",
			 p->member->previous_driver[0] ? p->member->previous_driver : "no driver");
}

static void print_options(const struct device_options *options)
{
	char problem[ERROR_MSG_LEN];
	struct device_option rom;

	if (options->text[0])
		put_line("options", options->text);
	if (!device_options_find(options, "romfile", &rom))
		return;
	if (flow_rom_problem(rom.value, problem)[0])
		put_line("ROM file", problem);
	else
		printf(LINE ROM_DIR "%s\n", "ROM file", rom.value);
}

static void print_text(const struct survey *survey, const struct survey_item *item)
{
	struct possession possession = possession_of(survey, item->device);
	enum colour colour = verdict_colour(&item->verdict);
	char text[SURVEY_TEXT_LEN], why[VERDICT_LEN];

	print_hardware(survey, item);
	print_models(survey, item->device);
	print_possession(&possession);
	print_options(options_of(&possession, item));
	if (item->section && item->verdict.availability == AVAILABLE)
		snprintf(why, sizeof(why), "no model of the registry matches it");
	else if (item->model || item->section)
		verdict_format(&item->verdict, why);
	else
		survey_format_reason(item, why);
	keep_one_line(why); /* domain names may contain any character */
	printf(LINE "%s%s%s\n", "verdict", colour_on(colour), why, colour_off(colour));
	format_advice(item, text);
	put_line("to do", text);
	survey_print_remarks(survey, "");
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

static void put_possession(struct json_object *device, const struct possession *p)
{
	struct json_object *lease = p->lease ? json_object_new_object() : NULL;

	json_object_object_add(device, "lease", lease);
	if (!lease)
		return;
	json_put_string(lease, "domain", p->lease->domain);
	json_put_string(lease, "uuid", p->lease->uuid);
	json_put_string(lease, "state", lease_state_name(p->lease->state));
	json_put_int(lease, "since", p->lease->since);
	json_put_string(lease, "note", p->lease->note);
	json_put_string(lease, "role", role_of(p));
	json_put_string(lease, "request", p->grant ? p->grant->request.text : NULL);
	json_put_string(lease, "previous_driver", p->member ? p->member->previous_driver : NULL);
}

static void put_models(struct json_object *object, const struct survey *survey,
		       const struct pci_device *device)
{
	struct json_object *models = json_put_array(object, "models"), *entry;
	char why[MATCH_TEXT_LEN];

	for (size_t i = 0; i < survey->host.registry.count; i++) {
		const struct model *model = &survey->host.registry.models[i];

		if (!model_has_ids(model, &device->id))
			continue;
		entry = json_add_object(models);
		json_put_string(entry, "model", model->name);
		json_put_string(entry, "type", model->type);
		json_put_string(entry, "file", model->file);
		json_put_int(entry, "line", model->line);
		json_put_bool(entry, "matches", model_matches(model, device));
		json_put_string(entry, "key", model_mismatch(model, device));
		json_put_string(entry, "why", match_text(model, device, survey->host.hostname, why));
	}
}

static void put_options(struct json_object *device, const struct device_options *options)
{
	char path[ROM_PATH_LEN] = "", problem[ERROR_MSG_LEN] = "";
	struct device_option rom;

	if (device_options_find(options, "romfile", &rom)) {
		snprintf(path, sizeof(path), ROM_DIR "%s", rom.value);
		flow_rom_problem(rom.value, problem);
	}
	json_put_string(device, "options", options->text);
	json_put_string(device, "rom_file", path);
	json_put_string(device, "rom_problem", problem);
}

static void put_virtual_functions(struct json_object *device, const struct survey_item *item)
{
	CLEANUP(physical_functions_clear) struct physical_functions list = { 0 };
	struct json_object *vfs = json_put_array(device, "virtual_function_addresses");

	if (!item->facts.vfs_possible || flow_vf_list(&host_paths, &item->device->addr, &list, NULL) != 0)
		return;
	for (size_t i = 0; i < list.items[0].sriov.count; i++)
		json_add_address(vfs, &list.items[0].sriov.vfs[i]);
}

static void put_vgpu(struct json_object *device, const struct vgpu_state *vgpu)
{
	struct json_object *state = vgpu && vgpu->is_read ? json_object_new_object() : NULL, *left;

	json_object_object_add(device, "vgpu", state);
	if (!state)
		return;
	json_put_int(state, "type", vgpu->type);
	left = json_put_array(state, "left");
	for (size_t i = 0; i < vgpu->count; i++)
		json_object_array_add(left, json_object_new_int(vgpu->left[i]));
}

static void put_marks(struct json_object *object, const struct pci_device *device)
{
	json_put_string(object, "serial", device->serial.dsn);
	json_put_string(object, "nvme_serial", device->serial.nvme);
	json_put_string(object, "mac", device->marks.mac);
	json_put_string(object, "wwid", device->marks.wwid);
	json_put_string(object, "slot", device->marks.slot);
	json_put_string(object, "label", device->marks.label);
}

static void print_json(const struct survey *survey, const struct survey_item *item)
{
	struct possession possession = possession_of(survey, item->device);
	struct json_object *object = survey_json_start(survey);
	struct json_object *device = survey_item_json(survey, item);
	char advice[SURVEY_TEXT_LEN];

	format_advice(item, advice);
	put_marks(device, item->device);
	put_models(device, survey, item->device);
	put_possession(device, &possession);
	put_options(device, options_of(&possession, item));
	put_virtual_functions(device, item);
	put_vgpu(device, item->device->vgpu);
	json_put_string(device, "advice", advice);
	json_object_object_add(object, "device", device);
	json_output_print(object);
}

static int show(const struct survey *survey, const struct arguments *arguments, const struct pci_addr *addr)
{
	const struct survey_item *item = survey_find(survey, addr);
	char text[PCI_ADDR_LEN];

	if (!item)
		return report_text(0, "show: there is no PCI function %s; pcitag probe --all lists all",
				   pci_addr_format(addr, text));
	if (arguments->json)
		print_json(survey, item);
	else
		print_text(survey, item);
	return EXIT_DONE;
}

/* The name of a proposed section, which only JSON has, depends on all functions of the host. */
static bool is_enough(const struct survey *survey, const struct arguments *arguments,
		      const struct pci_addr *addr)
{
	const struct survey_item *item = survey_find(survey, addr);

	return !arguments->json || !item || !survey_wants_section(survey, item);
}

/* ---- two devices ------------------------------------------------------------------------------------ */

static int read_place(const char *text, struct pci_addr *addr, struct pci_place *place)
{
	struct error err;
	int rc;

	if (pci_addr_parse_any(text, addr) != 0)
		return report_usage_text("show: invalid PCI address '%.64s'; write 0000:02:00.0, 02:00.0 or, "
					 "as libvirt does, pci_0000_02_00_0",
					 text);
	rc = flow_read_place(&host_paths, addr, place, &err);
	if (rc < 0)
		return report(&err);
	return rc == 0 ? EXIT_DONE
		       : report_text(0, "show: there is no PCI function %.64s; pcitag probe --all lists all",
				     text);
}

static void print_distance_json(const struct pci_addr addrs[2], const struct pci_place places[2])
{
	struct json_object *object = json_output_start(), *devices;

	json_put_string(object, "distance", pci_distance_name(pci_place_distance(&places[0], &places[1])));
	devices = json_put_array(object, "devices");
	for (size_t i = 0; i < 2; i++) {
		struct json_object *entry = json_add_object(devices);

		json_put_address(entry, "address", &addrs[i]);
		json_put_place(entry, &places[i]);
	}
	json_output_print(object);
}

/* Prints what two functions share, the nearest place of it. */
static int show_distance(const struct arguments *arguments, const char *other)
{
	struct pci_addr addrs[2];
	struct pci_place places[2];
	char a[PCI_ADDR_LEN], b[PCI_ADDR_LEN];
	int rc = read_place(arguments->plain[0], &addrs[0], &places[0]);

	if (rc == EXIT_DONE)
		rc = read_place(other, &addrs[1], &places[1]);
	if (rc != EXIT_DONE)
		return rc;
	if (arguments->json)
		print_distance_json(addrs, places);
	else
		printf("%s to %s: %s\n", pci_addr_format(&addrs[0], a), pci_addr_format(&addrs[1], b),
		       pci_distance_name(pci_place_distance(&places[0], &places[1])));
	return EXIT_DONE;
}

static int run(const struct arguments *arguments)
{
	CLEANUP(survey_clear) struct survey survey = { 0 };
	const char *other = arguments_option(arguments, "to");
	struct pci_addr addr;
	struct error err;
	int rc;

	if (other)
		return show_distance(arguments, other);
	if (pci_addr_parse_any(arguments->plain[0], &addr) != 0)
		return report_usage_text("show: invalid PCI address '%.64s'; write 0000:02:00.0, 02:00.0 or, "
					 "as libvirt does, pci_0000_02_00_0",
					 arguments->plain[0]);
	rc = survey_read(&host_paths, &addr, &survey, &err);
	if (rc == 0 && !is_enough(&survey, arguments, &addr)) {
		survey_clear(&survey);
		rc = survey_read(&host_paths, NULL, &survey, &err);
	}
	return rc < 0 ? report(&err) : show(&survey, arguments, &addr);
}

const struct verb verb_show = {
	.name = "show",
	.help = "one device: what it is, who has it, which model matches, what to do",
	.arguments = "ADDRESS",
	.options = { { "to", "ADDRESS", "only how far it is from another device" } },
	.run = run,
};
