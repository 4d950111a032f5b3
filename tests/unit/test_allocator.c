/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/allocate/allocator.c model/allocate/assignment.c model/allocate/verdict.c model/registry/registry.c model/registry/keys.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/lease/name.c base/error.c model/registry/unit_keys.c model/registry/settings.c model/pci/topology.c model/lease/lease.c model/lease/domain.c model/pci/address.c model/allocate/verdict_text.c model/allocate/card.c model/pci/kind.c model/lease/options.c model/lease/vf_net.c model/allocate/request_wishes.c model/pci/setting.c model/registry/identity.c model/allocate/choice.c model/allocate/choice_reason.c model/allocate/wish_check.c model/solve/solver.c model/solve/rules.c model/solve/relaxation.c model/solve/mincost.c model/pci/place.c model/wish/number_set.c */
#include "model/allocate/allocator.h"
#include "test.h"

/* A host to ask: fill it with add_device() and add_model(), then ask(). */
static struct topology topology;
static struct registry registry;
static struct lease_list leases;
static struct allocation allocation;
static struct request requests[8];
static size_t request_count;
static struct error err;

static void new_host(void)
{
	topology_clear(&topology);
	registry_clear(&registry);
	lease_list_clear(&leases);
	allocation_clear(&allocation);
	request_count = 0;
}

static struct pci_addr addr(const char *text)
{
	struct pci_addr out;

	CHECK(pci_addr_parse(text, &out) == 0);
	return out;
}

static struct pci_device *add_device(const char *address, uint16_t vendor, uint16_t device,
				     uint32_t class_code, int group, const char *driver)
{
	struct pci_device d = { .addr = addr(address),
				.id = { .vendor = vendor, .device = device, .class_code = class_code },
				.group = group };

	strcpy(d.driver, driver);
	CHECK(topology_add(&topology, &d, &err) == 0);
	topology_sort(&topology);
	return (struct pci_device *)topology_find(&topology, &d.addr);
}

static void add_model(const char *name, const char *type, const char *vendor, const char *device,
		      const char *key, const char *value)
{
	struct model model;

	CHECK(model_init(&model, name, "registry.ini", (unsigned)registry.count + 1, &err) == 0);
	CHECK(model_set(&model, "type", type, &err) == 0);
	CHECK(model_set(&model, "vendor", vendor, &err) == 0);
	CHECK(model_set(&model, "device", device, &err) == 0);
	if (key)
		CHECK(model_set(&model, key, value, &err) == 0);
	CHECK(registry_add(&registry, &model, &err) == 0);
}

static void add_lease(const char *uuid, const char *domain, const char *address, int group,
		      enum lease_state state)
{
	struct lease lease = { .state = state }, *shared;
	struct lease_member member = { .addr = addr(address), .group = group };

	strcpy(lease.uuid, uuid);
	strcpy(lease.domain, domain);
	CHECK(lease_add_member(&lease, &member, &err) == 0);
	shared = lease_share(&lease, &err);
	CHECK(lease_list_add(&leases, shared, &err) == 0);
	lease_unref(shared);
}

static struct allocation_input input(void)
{
	return (struct allocation_input){ .registry = &registry,
					  .topology = &topology,
					  .leases = &leases,
					  .hostname = "node-1",
					  .uuid = "own-uuid",
					  .requests = requests,
					  .request_count = request_count };
}

static int ask(const char *first, const char *second)
{
	const char *const texts[] = { first, second };
	struct allocation_input in;

	allocation_clear(&allocation);
	request_count = 0;
	for (size_t i = 0; i < 2 && texts[i]; i++) {
		struct request *r = &requests[request_count++];

		strcpy(r->owner, "vm");
		strcpy(r->text, texts[i]);
		CHECK(request_parse(texts[i], r->name, &r->index) == 0);
	}
	in = input();
	return allocate(&in, &allocation, &err);
}

static const char *chosen(size_t request)
{
	static char text[PCI_ADDR_LEN];

	return pci_addr_format(&allocation_choice(&allocation, request)->device->addr, text);
}

/* Two cards of one type behind root ports, the second a special one. */
static void new_gpu_host(void)
{
	new_host();
	add_device("0000:01:00.0", 0x10de, 0x2204, 0x030000, 11, "");
	add_device("0000:02:00.0", 0x10de, 0x20b0, 0x030200, 12, "nvidia");
	add_model("RTX", "gpu", "10de", "2204", NULL, NULL);
	add_model("A100", "gpu", "10de", "20b0", NULL, NULL);
}

static void test_the_lowest_free_address_is_chosen(void)
{
	new_gpu_host();
	CHECK(ask("gpu", NULL) == 0);
	CHECK_STR(chosen(0), "0000:01:00.0");
}

static void test_whether_each_has_the_lowest_address_that_is_left(void)
{
	new_gpu_host();
	CHECK(ask("gpu.1", "gpu.2") == 0);
	CHECK(allocation_is_lowest(&allocation));
	CHECK(ask("A100", "gpu") == 0);
	CHECK(allocation_is_lowest(&allocation));
	/* The first leaves the lowest to the second, which with a third card it might not have to. */
	CHECK(ask("gpu", "RTX") == 0);
	CHECK(!allocation_is_lowest(&allocation));
	/* What is in use is not left. */
	new_gpu_host();
	strcpy(topology.devices[0].host_use, "in use");
	CHECK(ask("gpu", NULL) == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	CHECK(allocation_is_lowest(&allocation));
}

static void test_a_request_by_model_gets_its_card_whatever_the_order(void)
{
	new_gpu_host();
	CHECK(ask("gpu", "RTX") == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	CHECK_STR(chosen(1), "0000:01:00.0");
}

static void test_an_index_only_tells_twins_apart(void)
{
	new_gpu_host();
	CHECK(ask("gpu.7", "gpu.3") == 0);
	CHECK_STR(chosen(0), "0000:01:00.0");
	CHECK_STR(chosen(1), "0000:02:00.0");
}

static void test_an_unknown_name_is_refused_with_the_types_there_are(void)
{
	new_gpu_host();
	CHECK(ask("npu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg, "request npu: the registry has no type or model npu; its types are: gpu");
}

static void test_an_empty_registry_is_refused_as_such(void)
{
	new_host();
	CHECK(ask("npu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg,
		  "request npu: the registry is empty; describe the device with pcitag define, or in "
		  "/etc/pcitag/registry.ini");
}

static void test_a_type_without_devices_is_refused(void)
{
	new_gpu_host();
	add_model("Edu", "npu", "1234", "11e8", NULL, NULL);
	CHECK(ask("npu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg, "request npu: no device of this host matches npu in the registry; pcitag probe "
			   "shows what is here");
}

static void test_the_refusal_gives_the_reason_for_every_card(void)
{
	new_gpu_host();
	add_lease("other-uuid", "win11", "0000:01:00.0", 11, LEASE_BOUND);
	((struct pci_device *)topology_find(&topology, &(struct pci_addr){ .bus = 2 }))->vfs_enabled = 4;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg,
		  "request gpu: 2 devices of this host, none free: 0000:01:00.0: its group 11 belongs "
		  "to domain win11; 0000:02:00.0: is a physical function with 4 virtual functions "
		  "enabled");
}

static void test_what_was_plugged_in_anew_still_belongs_to_its_lease(void)
{
	new_gpu_host();
	add_lease("other-uuid", "win11", "0000:01:00.0", 40, LEASE_BOUND);
	add_lease("third-uuid", "deb", "0000:02:00.0", 41, LEASE_QUARANTINED);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg,
		  "request gpu: 2 devices of this host, none free: 0000:01:00.0: belongs to domain win11, "
		  "whose lease has it in another group; 0000:02:00.0: is quarantined since domain deb, whose "
		  "lease has it in another group");
}

static void test_more_requests_than_cards_are_refused_together(void)
{
	new_gpu_host();
	add_lease("other-uuid", "win11", "0000:01:00.0", 11, LEASE_BOUND);
	CHECK(ask("gpu", "A100") == ALLOCATION_REFUSED);
	CHECK_STR(err.msg, "requests gpu, A100 cannot all be met at once; the free devices that match any of "
			   "them are: 0000:02:00.0; not free: 0000:01:00.0: its group 11 belongs to domain "
			   "win11");
}

static void test_its_own_lease_is_no_obstacle_to_a_domain(void)
{
	new_gpu_host();
	add_lease("own-uuid", "vm", "0000:01:00.0", 11, LEASE_BINDING);
	CHECK(ask("gpu", NULL) == 0);
	CHECK_STR(chosen(0), "0000:01:00.0");
}

/* Why the only device of a host cannot be had, as list and plan print it. */
static const char *why_not(void)
{
	static char text[VERDICT_LEN];

	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	return verdict_format(&allocation.candidates[0].verdict, text);
}

static struct pci_device *new_single_gpu(const char *key, const char *value)
{
	new_host();
	add_model("RTX", "gpu", "10de", "2204", key, value);
	return add_device("0000:01:00.0", 0x10de, 0x2204, 0x030000, 11, "");
}

static void test_every_reason_has_its_words(void)
{
	new_single_gpu("enabled", "no");
	CHECK_STR(why_not(), "its model has enabled = no in the registry");
	new_single_gpu("hosts", "node-2");
	CHECK_STR(why_not(), "its model is for other hosts (key hosts in the registry)");
	new_single_gpu(NULL, NULL)->group = PCI_NO_GROUP;
	CHECK_STR(why_not(), "has no IOMMU group (pcitag check says what this host needs)");
	new_single_gpu(NULL, NULL)->is_bridge = true;
	CHECK_STR(why_not(), "is a bridge, not an endpoint");
	new_single_gpu(NULL, NULL)->id.class_code = 0x0c0500;
	CHECK_STR(why_not(), "has class 0c05, which belongs to the host");
	new_single_gpu(NULL, NULL)->is_dead = true;
	CHECK_STR(why_not(), "does not answer (its configuration space reads all ones)");
	new_single_gpu(NULL, NULL)->is_boot_vga = true;
	CHECK_STR(why_not(), "is the host's boot console");
	strcpy(new_single_gpu(NULL, NULL)->host_use, "interface eth0 has the address 192.0.2.1");
	CHECK_STR(why_not(), "is used by the host: interface eth0 has the address 192.0.2.1");
	new_single_gpu(NULL, NULL)->is_open = true;
	CHECK_STR(why_not(), "is in use: another process has /dev/vfio/11 open");
	strcpy(new_single_gpu(NULL, NULL)->network, "vfs");
	CHECK_STR(why_not(), "is in libvirt's network 'vfs' (forward mode='hostdev'): take it out of that "
			     "network or out of the registry");
	new_single_gpu(NULL, NULL);
	add_lease("other-uuid", "win11", "0000:01:00.0", 11, LEASE_QUARANTINED);
	CHECK_STR(why_not(), "its group 11 is quarantined since domain win11 (see pcitag leases)");
}

/* The consoles of ASPEED's controllers, which many servers have, are for guests only when forced. */
static struct pci_device *new_bmc(const char *key, const char *value)
{
	new_host();
	add_model("AST", "gpu", "1a03", "2000", key, value);
	return add_device("0000:01:00.0", 0x1a03, 0x2000, 0x030000, 11, "ast");
}

static void test_the_console_of_a_management_controller_stays_with_the_host(void)
{
	new_bmc(NULL, NULL);
	CHECK_STR(why_not(), "is the console of the host's management controller");
	new_bmc("force", "0000:01:00.0");
	CHECK(ask("gpu", NULL) == 0);
	/* The same ids, but no display: a bridge's neighbour, say. */
	new_bmc(NULL, NULL)->id.class_code = 0x040000;
	CHECK(ask("gpu", NULL) == 0);
}

static void test_force_gets_past_what_the_host_would_miss(void)
{
	strcpy(new_single_gpu("force", "0000:01:00.0")->host_use, "disk sda1 is mounted on /srv");
	CHECK(ask("gpu", NULL) == 0);
	new_single_gpu("force", "0000:01:00.0")->is_boot_vga = true;
	CHECK(ask("gpu", NULL) == 0);
	new_single_gpu("force", "0000:01:00.0")->id.class_code = 0x0c0500;
	CHECK(ask("gpu", NULL) == 0);
	new_single_gpu("force", "0000:01:00.1")->is_boot_vga = true;
	CHECK_STR(why_not(), "is the host's boot console");
}

static void test_force_does_not_get_past_what_cannot_be(void)
{
	new_single_gpu("force", "0000:01:00.0")->group = PCI_NO_GROUP;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_single_gpu("force", "0000:01:00.0")->is_bridge = true;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_single_gpu("force", "0000:01:00.0")->is_dead = true;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_single_gpu("force", "0000:01:00.0")->vfs_enabled = 4;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_single_gpu("force", "0000:01:00.0")->is_open = true;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_single_gpu("force", "0000:01:00.0");
	add_lease("other-uuid", "win11", "0000:01:00.0", 11, LEASE_BOUND);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
}

static void test_what_the_host_does_with_another_member_counts_and_is_forced_by_its_own_address(void)
{
	struct verdict forced;
	char text[VERDICT_LEN];
	const struct pci_device *disk;

	new_single_gpu("force", "0000:01:00.0");
	strcpy(add_device("0000:01:00.1", 0x144d, 0xa808, 0x010802, 11, "nvme")->host_use,
	       "disk nvme0n1 is swap space");
	CHECK_STR(why_not(), "0000:01:00.1 of its group 11 is used by the host: disk nvme0n1 is swap space");

	new_single_gpu("force", "0000:01:00.1");
	disk = add_device("0000:01:00.1", 0x144d, 0xa808, 0x010802, 11, "nvme");
	strcpy((char *)disk->host_use, "disk nvme0n1 is swap space");
	CHECK(ask("gpu", NULL) == 0);
	allocator_judge_forced(&registry.models[0], false, disk, &forced);
	CHECK_STR(verdict_format(&forced, text), "is used by the host: disk nvme0n1 is swap space");
	allocator_judge_forced(&registry.models[0], true, &topology.devices[0], &forced);
	CHECK(forced.availability == AVAILABLE);
}

static void test_a_group_that_the_domain_names_by_address_is_not_given_besides(void)
{
	struct pci_addr named = addr("0000:01:00.1");
	struct allocation_input in;
	struct verdict verdict;
	char text[VERDICT_LEN];

	new_single_gpu(NULL, NULL);
	add_device("0000:01:00.1", 0x10de, 0x1aef, 0x040300, 11, "snd_hda_intel");
	in = input();
	in.hostdevs = &named;
	in.hostdev_count = 1;
	allocator_judge(&in, &registry.models[0], &topology.devices[0], &verdict);
	CHECK_STR(verdict_format(&verdict, text),
		  "the domain itself names 0000:01:00.1 of its group 11 in a hostdev");
}

static void test_the_rest_of_the_group_speaks_too(void)
{
	new_single_gpu(NULL, NULL);
	add_device("0000:01:00.3", 0x8086, 0x1234, 0x060100, 11, "lpc_ich");
	CHECK_STR(why_not(), "0000:01:00.3 of its group 11 has class 0601, which belongs to the host");
}

static void test_a_member_without_a_driver_stands_in_nobodys_way(void)
{
	static const uint32_t classes[] = { 0x060000, 0x060100, 0x050000, 0x0c0500, 0x060400, 0x120000 };

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		struct lease lease = { 0 };
		struct allocation_input in;
		struct pci_device *member;

		new_single_gpu("functions", "all");
		member = add_device("0000:01:00.3", 0x1022, 0x1452, classes[i], 11, "");
		member->is_dead = classes[i] == 0x050000;
		CHECK(ask("gpu", NULL) == 0);
		in = input();
		CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
		/* Nor is what belongs to the host part of the card; an ordinary function of the slot is. */
		CHECK(lease.member_count == (classes[i] == 0x120000 ? 2 : 1));
		lease_clear(&lease);

		new_single_gpu(NULL, NULL);
		add_device("0000:01:00.3", 0x1022, 0x1452, classes[i], 11, "some_driver");
		CHECK(ask("gpu", NULL) == (classes[i] == 0x120000 ? 0 : ALLOCATION_REFUSED));
	}
}

static void test_what_needs_no_driver_to_be_used_is_not_left_alone(void)
{
	new_single_gpu(NULL, NULL);
	add_device("0000:01:00.1", 0x10de, 0x2204, 0x030000, 11, "")->is_boot_vga = true;
	CHECK_STR(why_not(), "0000:01:00.1 of its group 11 is the host's boot console");
	new_single_gpu(NULL, NULL);
	strcpy(add_device("0000:01:00.1", 0x8086, 0x1572, 0x020000, 11, "")->network, "vfs");
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
}

static const char *advice(void)
{
	static char text[VERDICT_LEN];

	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	return verdict_advice(&allocation.candidates[0].verdict, text);
}

static void test_the_reason_is_told_that_can_be_dealt_with(void)
{
	new_single_gpu(NULL, NULL);
	add_device("0000:01:00.1", 0x8086, 0x1234, 0x060100, 11, "lpc_ich");
	strcpy(add_device("0000:01:00.2", 0x8086, 0x1572, 0x020000, 11, "igb")->host_use,
	       "interface eth0 is up");
	CHECK_STR(why_not(), "0000:01:00.2 of its group 11 is used by the host: interface eth0 is up");
	CHECK_STR(advice(),
		  "end that use, or write force = 0000:01:00.1 0000:01:00.2 into the section of its "
		  "model, if the host can do without");

	new_single_gpu(NULL, NULL)->is_boot_vga = true;
	strcpy(add_device("0000:01:00.2", 0x8086, 0x1572, 0x020000, 11, "igb")->host_use,
	       "interface eth0 is up");
	CHECK_STR(why_not(), "0000:01:00.2 of its group 11 is used by the host: interface eth0 is up");
}

static void test_force_is_advised_only_where_it_is_enough(void)
{
	new_single_gpu("force", "0000:01:00.1");
	add_device("0000:01:00.1", 0x8086, 0x1234, 0x060100, 11, "lpc_ich");
	add_device("0000:01:00.2", 0x8086, 0x1235, 0x0c0500, 11, "i801_smbus");
	CHECK_STR(advice(), "move the card to a slot with a group of its own, or write force = 0000:01:00.1 "
			    "0000:01:00.2 into the section of its model, if the host can do without");
	add_device("0000:01:00.3", 0x8086, 0x1236, 0x020000, 11, "igb")->vfs_enabled = 2;
	CHECK_STR(advice(), "assign its virtual functions, or disable them");
	new_single_gpu(NULL, NULL)->is_boot_vga = true;
	add_device("0000:01:00.3", 0x8086, 0x1236, 0x020000, 11, "igb")->is_dead = true;
	CHECK_STR(advice(), "choose another primary display in the firmware");
}

/* A controller with the keyboard of the console below it, and nothing else that anybody uses. */
static struct pci_device *new_keyboard(const char *key, const char *value)
{
	struct pci_device *device = new_single_gpu(key, value);

	strcpy(device->host_use, "a keyboard or mouse of the console is below it");
	device->is_console_input = true;
	return device;
}

static void test_the_consoles_keyboard_is_lent_by_a_key_of_its_own(void)
{
	struct verdict taken;
	char text[VERDICT_LEN];

	new_keyboard(NULL, NULL);
	CHECK_STR(why_not(), "is used by the host: a keyboard or mouse of the console is below it");
	CHECK_STR(advice(),
		  "end that use, or write lend_console_input = yes into the section of its model, if the "
		  "console can do without; its disks and network cards stay guarded");
	new_keyboard("lend_console_input", "no");
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_keyboard("lend_console_input", "yes");
	CHECK(ask("gpu", NULL) == 0);
	allocator_judge_forced(&registry.models[0], true, &topology.devices[0], &taken);
	CHECK_STR(verdict_format(&taken, text),
		  "is used by the host: a keyboard or mouse of the console is below it");
}

static void test_lend_console_input_gets_past_nothing_else(void)
{
	new_keyboard("lend_console_input", "yes")->is_console_input = false;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_keyboard("lend_console_input", "yes")->is_boot_vga = true;
	CHECK_STR(why_not(), "is the host's boot console");
	new_keyboard("lend_console_input", "yes")->is_open = true;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	/* Another member, which the guest would not get, is for force. */
	new_single_gpu("lend_console_input", "yes");
	strcpy(add_device("0000:01:00.2", 0x10de, 0x1ad8, 0x0c0330, 11, "xhci_hcd")->host_use, "a keyboard");
	topology.devices[1].is_console_input = true;
	CHECK_STR(why_not(), "0000:01:00.2 of its group 11 is used by the host: a keyboard");
	CHECK_STR(advice(),
		  "end that use, or write force = 0000:01:00.2 into the section of its model, if the host "
		  "can do without");
}

/* What units_look() finds. */
static struct unit_holder desktop = { .pid = 7, .unit = "gdm.service", .alias = "display-manager.service" };
static struct unit_holder session = { .pid = 8, .unit = "session-2.scope", .starter = "gdm.service" };
static struct unit_holder stranger = { .pid = 9, .unit = "session-4.scope", .starter = "getty@tty2.service" };

static void hold(struct pci_device *device, const struct unit_holder *holders, size_t count)
{
	strcpy(device->host_use, "process 7 (Xorg) has /dev/dri/card0 open");
	device->is_held = true;
	device->holders = holders;
	device->holder_count = count;
}

static void test_a_device_can_be_had_when_all_of_its_holders_belong_to_stop_units(void)
{
	struct unit_holder both[] = { desktop, session }, mixed[] = { desktop, stranger };
	char text[VERDICT_LEN];

	hold(new_single_gpu("stop_units", "display-manager.service gdm.service"), both, 2);
	CHECK(ask("gpu", NULL) == 0);
	CHECK(allocation.candidates[0].verdict.needs_stop);
	CHECK(allocator_lets_go(&registry.models[0], &topology.devices[0]));
	CHECK_STR(verdict_format(&allocation.candidates[0].verdict, text),
		  "is free when units of its stop_units are stopped");
	hold(new_single_gpu("stop_units", "display-manager.service"), &desktop, 1);
	CHECK(ask("gpu", NULL) == 0);
	hold(new_single_gpu("stop_units", "gdm.service"), mixed, 2);
	CHECK_STR(why_not(), "is used by the host: process 7 (Xorg) has /dev/dri/card0 open");
	hold(new_single_gpu("stop_units", "sddm.service"), &desktop, 1);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	hold(new_single_gpu(NULL, NULL), &desktop, 1);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
}

static void test_units_are_no_remedy_for_other_uses(void)
{
	struct pci_device *device = new_single_gpu("stop_units", "gdm.service");

	/* Its holders were not looked for yet. */
	hold(device, NULL, 0);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	hold(device, &desktop, 1);
	device->is_held = false;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	device->is_held = true;
	device->is_boot_vga = true;
	CHECK_STR(why_not(), "is the host's boot console");
	device->is_boot_vga = false;
	device->is_open = true;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
}

static void test_force_leaves_a_device_to_its_holders_where_units_are_named(void)
{
	struct pci_device *device = new_single_gpu("force", "0000:01:00.0");

	hold(device, &stranger, 1);
	CHECK(ask("gpu", NULL) == 0 && !allocation.candidates[0].verdict.needs_stop);
	CHECK(model_set(&registry.models[0], "stop_units", "gdm.service", &err) == 0);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(advice(), "end that use");
	hold(device, &desktop, 1);
	device->is_boot_vga = true;
	CHECK(ask("gpu", NULL) == 0 && allocation.candidates[0].verdict.needs_stop);
}

static void test_a_device_that_needs_no_stop_is_preferred(void)
{
	new_host();
	hold(add_device("0000:01:00.0", 0x10de, 0x2204, 0x030000, 11, "nvidia"), &desktop, 1);
	add_device("0000:02:00.0", 0x10de, 0x2204, 0x030000, 12, "nvidia");
	hold(topology_find(&topology, &(struct pci_addr){ .bus = 1 }), &desktop, 1);
	add_model("RTX", "gpu", "10de", "2204", "stop_units", "gdm.service");
	CHECK(ask("gpu", NULL) == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	CHECK(ask("gpu.0", "gpu.1") == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	CHECK_STR(chosen(1), "0000:01:00.0");
}

/* ---- is it well? ------------------------------------------------------------------------------------ */

static const struct finding degraded = { .condition = PCI_DEGRADED, .evidence = "2 nonfatal errors (AER)" };
static const struct finding out = { .condition = PCI_OUT, .evidence = "1 fatal error (AER)" };

/* Three cards of a type; @first is what is known against the first, ... */
static void new_cards(const struct finding *first, const struct finding *second, const struct finding *third)
{
	new_host();
	add_device("0000:01:00.0", 0x10de, 0x2204, 0x030000, 11, "");
	add_device("0000:02:00.0", 0x10de, 0x2204, 0x030000, 12, "");
	add_device("0000:03:00.0", 0x10de, 0x2204, 0x030000, 13, "");
	topology.devices[0].finding = first;
	topology.devices[1].finding = second;
	topology.devices[2].finding = third;
	add_model("RTX", "gpu", "10de", "2204", NULL, NULL);
}

static void test_what_is_degraded_is_chosen_last(void)
{
	new_cards(&degraded, NULL, NULL);
	CHECK(ask("gpu.0", "gpu.1") == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	CHECK_STR(chosen(1), "0000:03:00.0");
	CHECK(allocation_is_lowest(&allocation));
	new_cards(&degraded, &degraded, NULL);
	CHECK(ask("gpu.0", "gpu.1") == 0);
	CHECK_STR(chosen(0), "0000:03:00.0");
	CHECK_STR(chosen(1), "0000:01:00.0");
	/* More devices might be well. */
	CHECK(!allocation_is_lowest(&allocation));
	CHECK(allocation.candidates[0].verdict.availability == AVAILABLE_DEGRADED);
}

static void test_what_is_out_is_not_chosen(void)
{
	new_cards(&out, &degraded, &out);
	CHECK(ask("gpu", NULL) == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	topology.devices[1].finding = &out;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg, "request gpu: 3 devices of this host, none free: 0000:01:00.0: is out: 1 fatal "
			   "error (AER); 0000:02:00.0: is out: 1 fatal error (AER); 0000:03:00.0: is out: 1 "
			   "fatal error (AER)");
	/* No key gets past it. */
	CHECK(model_set(&registry.models[0], "force", "0000:01:00.0", &err) == 0);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
}

static void test_a_member_that_stays_with_the_host_does_not_count(void)
{
	struct pci_device *member;

	new_host();
	add_device("0000:01:00.0", 0x10de, 0x2204, 0x030000, 11, "");
	add_device("0000:01:00.1", 0x10de, 0x1aef, 0x040300, 11, "snd_hda_intel");
	add_model("RTX", "gpu", "10de", "2204", NULL, NULL);
	member = &topology.devices[1];
	member->finding = &out;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	member->finding = &degraded;
	CHECK(ask("gpu", NULL) == 0);
	CHECK(allocation.candidates[0].verdict.availability == AVAILABLE_DEGRADED &&
	      allocation.candidates[0].verdict.is_other_member);
	/* Without a driver it does not move. */
	member->driver[0] = '\0';
	CHECK(ask("gpu", NULL) == 0);
	CHECK(allocation.candidates[0].verdict.availability == AVAILABLE);
	member->finding = &out;
	CHECK(ask("gpu", NULL) == 0);
}

static void test_a_kept_driver_must_be_vfios(void)
{
	struct lease lease = { 0 };
	struct allocation_input in;
	struct pci_device *device = new_single_gpu("driver", "keep");

	strcpy(device->driver, "nvidia");
	CHECK_STR(why_not(),
		  "is to keep its driver (driver = keep), but driver nvidia offers no VFIO device for it");
	topology.devices[0].is_vfio = true;
	CHECK(ask("gpu", NULL) == 0);
	in = input();
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
	CHECK_STR(lease.members[0].driver, "nvidia");
	CHECK_STR(lease.members[0].previous_driver, "nvidia");
	lease_clear(&lease);
}

static void test_what_vfio_pci_denies_is_refused_unless_another_driver_is_asked(void)
{
	new_single_gpu(NULL, NULL)->is_denied = true;
	CHECK_STR(why_not(),
		  "is on the deny list of vfio-pci, which refuses it unless loaded with disable_denylist=1");
	new_single_gpu("driver", "mlx5_vfio_pci")->is_denied = true;
	CHECK(ask("gpu", NULL) == 0);
	/* A bystander: only when it has to leave its driver. */
	new_single_gpu(NULL, NULL);
	add_device("0000:01:00.1", 0x8086, 0x37c8, 0x0b4000, 11, "qat_c62x")->is_denied = true;
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	new_single_gpu(NULL, NULL);
	add_device("0000:01:00.1", 0x8086, 0x37c8, 0x0b4000, 11, "")->is_denied = true;
	CHECK(ask("gpu", NULL) == 0);
}

static void test_the_deny_list_is_that_of_the_kernel(void)
{
	struct pci_identity qat = { .vendor = 0x8086, .device = 0x37c8 },
			    dsa = { .vendor = 0x8086, .device = 0x0b25 };
	struct pci_identity other = { .vendor = 0x10de, .device = 0x37c8 };

	CHECK(pci_identity_is_denied(&qat, 6, 1) && !pci_identity_is_denied(&qat, 5, 8));
	CHECK(pci_identity_is_denied(&dsa, 6, 12) && !pci_identity_is_denied(&dsa, 6, 1));
	CHECK(!pci_identity_is_denied(&other, 6, 12));
	CHECK(pci_driver_is_vfio_pci("vfio-pci") && pci_driver_is_vfio_pci("mlx5_vfio_pci"));
	CHECK(!pci_driver_is_vfio_pci("nvidia") && !pci_driver_is_vfio_pci("no_vfio_at_all"));
}

static void test_bridges_in_the_group_are_left_alone(void)
{
	struct lease lease = { 0 };
	struct allocation_input in;

	new_single_gpu(NULL, NULL);
	add_device("0000:00:01.0", 0x8086, 0x1901, 0x060400, 11, "pcieport")->is_bridge = true;
	CHECK(ask("gpu", NULL) == 0);
	in = input();
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
	CHECK(lease.member_count == 1 && lease.members[0].addr.bus == 1);
	lease_clear(&lease);
}

/* A card of four functions in one group: GPU, audio, a serial controller without a driver, and a USB
 * controller. */
static void new_card(const char *functions)
{
	new_host();
	add_model("RTX", "gpu", "10de", "2204", "functions", functions);
	add_device("0000:01:00.0", 0x10de, 0x2204, 0x030000, 11, "nouveau");
	add_device("0000:01:00.1", 0x10de, 0x1aef, 0x040300, 11, "snd_hda_intel");
	add_device("0000:01:00.2", 0x10de, 0x1ad7, 0x0c8000, 11, "");
	add_device("0000:01:00.3", 0x10de, 0x1ad6, 0x0c0330, 11, "xhci_hcd");
}

static void test_the_unrequested_members_are_held(void)
{
	struct lease lease = { 0 };
	struct allocation_input in;

	new_card("one");
	CHECK(ask("gpu", NULL) == 0);
	in = input();
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
	CHECK(lease.grant_count == 1 && lease.grants[0].functions == 0x01);
	/* The one without a driver does not stand in VFIO's way: it is left so. */
	CHECK(lease.member_count == 3);
	CHECK(lease.members[0].role == MEMBER_GIVEN && lease.members[1].role == MEMBER_HELD);
	CHECK_STR(lease.members[1].previous_driver, "snd_hda_intel");
	lease_clear(&lease);
}

static void test_functions_all_gives_the_whole_card(void)
{
	struct lease lease = { 0 };
	struct allocation_input in;

	new_card("all");
	CHECK(ask("gpu", NULL) == 0);
	in = input();
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
	CHECK(lease.grants[0].functions == 0x0f);
	CHECK(lease.member_count == 4);
	for (size_t i = 0; i < lease.member_count; i++)
		CHECK(lease.members[i].role == MEMBER_GIVEN);
	CHECK_STR(lease.members[2].previous_driver, "");
	lease_clear(&lease);
}

/* Two cards; each of their functions has a group of its own. */
static void new_split_host(bool resets_alone)
{
	static const char *const addresses[] = { "0000:0a:00.0", "0000:0a:00.1", "0000:44:00.0",
						 "0000:44:00.1" };

	new_host();
	add_model("Navi", "gpu", "1002", "731f", NULL, NULL);
	add_model("Navi-sound", "sound", "1002", "ab38", NULL, NULL);
	for (int i = 0; i < 4; i++)
		add_device(addresses[i], 0x1002, i % 2 ? 0xab38 : 0x731f, i % 2 ? 0x040300 : 0x030000, 30 + i,
			   i % 2 ? "snd_hda_intel" : "amdgpu")
			->resets_alone = resets_alone;
}

static void test_a_card_goes_to_one_domain_whatever_its_groups(void)
{
	char why[VERDICT_LEN];

	new_split_host(false);
	add_lease("other-uuid", "win11", "0000:0a:00.0", 30, LEASE_BOUND);
	CHECK(ask("sound", NULL) == 0);
	CHECK_STR(chosen(0), "0000:44:00.1");
	CHECK_STR(verdict_format(&allocation.candidates[0].verdict, why),
		  "0000:0a:00.0 of the same card belongs to domain win11, and not both have a reset of their "
		  "own");
	add_lease("own-uuid", "vm", "0000:44:00.0", 32, LEASE_BOUND);
	CHECK(ask("sound", NULL) == 0);
	leases.leases[0]->state = LEASE_QUARANTINED;
	CHECK(ask("sound", NULL) == 0);
	CHECK(allocation.candidates[0].verdict.availability == UNAVAILABLE_QUARANTINED);
	CHECK(strstr(verdict_format(&allocation.candidates[0].verdict, why),
		     "quarantined since domain win11"));
}

static void test_functions_of_several_groups_are_no_one_device(void)
{
	char text[VERDICT_LEN];

	new_split_host(false);
	CHECK(model_set(&registry.models[0], "functions", "all", &err) == 0);
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	CHECK_STR(verdict_format(&allocation.candidates[0].verdict, text),
		  "0000:0a:00.1 of the same card is in group 31, and a guest's device is of one group: write "
		  "functions = one, a section for each function, and a request for each");
	CHECK_STR(verdict_advice(&allocation.candidates[0].verdict, text),
		  "write functions = one, a section for each function, and a request for each");
	/* What is worth a word first. */
	strcpy(topology.devices[0].host_use, "process 1 has it open");
	CHECK(ask("gpu", NULL) == ALLOCATION_REFUSED);
	CHECK(allocation.candidates[0].verdict.availability == UNAVAILABLE_HOST_USE);
	CHECK(!strstr(verdict_advice(&allocation.candidates[0].verdict, text), "force"));
}

static void test_a_held_function_keeps_the_rest_of_its_card(void)
{
	new_split_host(false);
	/* The picture of the first card is only a neighbour of what is asked for. */
	add_model("Npu", "npu", "19e5", "d500", NULL, NULL);
	add_device("0000:0b:00.0", 0x19e5, 0xd500, 0x120000, 30, "");
	CHECK(ask("npu", NULL) == 0);
	add_lease("other-uuid", "win11", "0000:0a:00.1", 31, LEASE_BOUND);
	CHECK(ask("npu", NULL) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "0000:0b:00.0: 0000:0a:00.1 of the same card belongs to domain win11"));
}

static void test_functions_with_resets_of_their_own_are_lent_apart(void)
{
	new_split_host(true);
	add_lease("other-uuid", "win11", "0000:0a:00.0", 30, LEASE_BOUND);
	CHECK(ask("sound", NULL) == 0);
	CHECK_STR(chosen(0), "0000:0a:00.1");
}

static void test_two_functions_of_one_card_can_be_two_requests(void)
{
	new_card("one");
	add_model("Audio", "sound", "10de", "1aef", NULL, NULL);
	CHECK(ask("gpu", "sound") == 0);
	CHECK_STR(chosen(0), "0000:01:00.0");
	CHECK_STR(chosen(1), "0000:01:00.1");
}

static void test_a_function_given_with_the_whole_card_is_not_given_again(void)
{
	new_card("all");
	add_model("Audio", "sound", "10de", "1aef", NULL, NULL);
	CHECK(ask("gpu", "sound") == ALLOCATION_REFUSED);
}

static void test_a_domains_wish_stands_above_its_model(void)
{
	struct domain domain = { .name = "vm" };
	struct lease lease = { 0 };
	struct allocation_input in;

	new_host();
	add_device("0000:02:00.0", 0x19e5, 0xd500, 0x120000, 14, "");
	add_device("0000:03:00.0", 0x19e5, 0xd500, 0x120000, 15, "");
	add_model("Atlas", "npu", "19e5", "d500", "qemu", "x-vga=on x-no-mmap=on");
	CHECK(domain_add_options(&domain, "npu.1", "x-vga=off,bootindex=1", &err) == 0);
	CHECK(ask("npu.0", "npu.1") == 0);
	in = input();
	in.domain = &domain;
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
	CHECK_STR(lease.grants[0].options.text, "x-no-mmap=on,x-vga=on");
	CHECK_STR(lease.grants[1].options.text, "bootindex=1,x-no-mmap=on,x-vga=off");
	lease_clear(&lease);
	domain_clear(&domain);
}

static void add_profile(const char *name, const char *any, const char *key, const char *value)
{
	struct profile profile = { .file = "registry.ini", .line = 90 };

	strcpy(profile.name, name);
	CHECK(profile_set(&profile, "any", any, &err) == 0);
	CHECK(profile_set(&profile, "optional", "yes", &err) == 0);
	if (strcmp(key, "allow") == 0)
		CHECK(wish_parse_allow(key, value, &profile.allow, &err) == 0);
	else
		CHECK(wishes_set(&profile.wishes, key, value, &err) == 0);
	CHECK(registry_add_profile(&registry, &profile, &err) == 0);
}

static const char *without(size_t index)
{
	struct allocation_input in = input();

	return allocation_why_without(&in, &allocation.withouts[index]);
}

static void test_an_optional_request_goes_without_when_no_choice_gives_it_a_device(void)
{
	struct lease lease = { 0 };
	struct allocation_input in;

	new_gpu_host();
	add_model("Absent", "npu", "19e5", "d500", NULL, NULL);
	add_profile("spare", "RTX", "prefer", "first");
	add_profile("none", "npu", "prefer", "first");
	CHECK(ask("spare", NULL) == 0 && allocation.without_count == 0);
	CHECK_STR(chosen(0), "0000:01:00.0");
	/* The required one has one other choice, and gives way. */
	CHECK(ask("spare", "gpu") == 0 && allocation.without_count == 0);
	CHECK_STR(chosen(1), "0000:02:00.0");
	/* It has none, and comes first. */
	CHECK(ask("spare", "RTX") == 0 && allocation.without_count == 1);
	CHECK(!allocation_choice(&allocation, 0));
	CHECK_STR(chosen(1), "0000:01:00.0");
	CHECK_STR(without(0),
		  "requests spare, RTX cannot all be met at once; the free devices that match any of "
		  "them are: 0000:01:00.0");
	CHECK(ask("none", "spare") == 0 && allocation.without_count == 1);
	CHECK_STR(without(0),
		  "no device of this host matches none in the registry; pcitag probe shows what is here");
	in = input();
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0);
	CHECK(lease.without_count == 1 && lease.grant_count == 1 && lease.member_count == 1);
	CHECK_STR(lease.withouts[0].text, "none");
	CHECK_STR(lease.grants[0].request.text, "spare");
	lease_clear(&lease);
	/* A name that nobody knows is a mistake. */
	CHECK(ask("spare", "sparse") == ALLOCATION_REFUSED);
	new_host();
}

static void test_why_it_goes_without_is_the_wish(void)
{
	struct domain domain = { .name = "vm" };
	struct allocation_input in;

	new_gpu_host();
	add_profile("once", "gpu", "per_domain", "1");
	add_profile("others", "gpu", "allow", "web-*");
	CHECK(ask("once.0", "once.1") == 0 && allocation.without_count == 1);
	CHECK(allocation.withouts[0].request == 1);
	CHECK_STR(without(0),
		  "requests once.0, once.1: a domain may have 1 by profile once (per_domain); remove a "
		  "request");
	CHECK(ask("others", NULL) == 0 && allocation.without_count == 0);
	in = input();
	in.domain = &domain;
	allocation_clear(&allocation);
	CHECK(allocate(&in, &allocation, &err) == 0 && allocation.without_count == 1);
	CHECK_STR(without(0),
		  "profile others is not for domain 'vm'; its key allow at registry.ini:90 says for "
		  "which");
	new_host();
}

/* The number of a request of its start is that of the one that it asks for. */
static void test_a_running_domain_asks_for_one_device_and_has_others(void)
{
	struct domain_wish wish = { .names = (char[]){ "gpu.0 gpu.1" },
				    .requests = 3,
				    .wishes = { .together = WISH_LEVEL_SWITCH } };
	struct domain domain = { .name = "vm", .wishes = &wish, .wish_count = 1 };
	struct allocation_input in;

	new_gpu_host();
	CHECK(ask("gpu.0", NULL) == 0);
	in = input();
	in.domain = &domain;
	allocation_clear(&allocation);
	CHECK(allocate(&in, &allocation, &err) == ALLOCATION_REFUSED);
	in.running_as = "own-uuid";
	in.uuid = "";
	allocation_clear(&allocation);
	CHECK(allocate(&in, &allocation, &err) == 0);
	CHECK_STR(allocator_asker(&in), "own-uuid");
	/* The group of the first card is its own, and not to be had again. */
	add_lease("own-uuid", "vm", "0000:01:00.0", allocation_choice(&allocation, 0)->device->group,
		  LEASE_BOUND);
	allocation_clear(&allocation);
	CHECK(allocate(&in, &allocation, &err) == 0);
	CHECK_STR(chosen(0), "0000:02:00.0");
	new_host();
}

static void test_options_that_are_too_many_together_are_refused(void)
{
	static const char rom[] = "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr";
	struct domain domain = { .name = "vm" };
	struct lease lease = { 0 };
	struct allocation_input in;

	new_host();
	add_device("0000:02:00.0", 0x19e5, 0xd500, 0x120000, 14, "");
	add_model("Atlas", "npu", "19e5", "d500", "romfile", rom);
	CHECK(domain_add_options(
		      &domain, "npu",
		      "x-no-geforce-quirks=off,x-no-kvm-intx=off,x-no-kvm-msi=off,x-no-kvm-msix=off,"
		      "x-no-vfio-ioeventfd=off,x-no-kvm-ioeventfd=off,x-no-mmap=off,x-igd-opregion=off",
		      &err) == 0);
	CHECK(ask("npu", NULL) == 0);
	in = input();
	in.domain = &domain;
	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "request npu: ") == err.msg &&
	      strstr(err.msg, "are longer than 223 characters"));
	lease_clear(&lease);
	domain_clear(&domain);
}

/* ---- vGPUs ------------------------------------------------------------------------------------------- */

static struct vgpu_state vgpu;

/* A virtual function whose model makes it a vGPU of type 533, and whose card has @left left. */
static struct pci_device *new_vgpu(uint16_t type, uint16_t left)
{
	struct pci_device *device;

	new_host();
	device = add_device("0000:41:00.4", 0x10de, 0x26b9, 0x030200, 41, "nvidia");
	device->is_vfio = true;
	device->is_virtual = true;
	vgpu = (struct vgpu_state){ .is_read = true, .type = type, .count = left != 0, .left = { left } };
	device->vgpu = &vgpu;
	add_model("L40S", "vgpu", "10de", "26b9", "driver", "keep");
	CHECK(model_set(&registry.models[0], "set", "nvidia/current_vgpu_type=533", &err) == 0);
	return device;
}

static struct pci_device *new_vgpu_at(const char *address, int group)
{
	const struct pci_addr at = addr(address);
	struct pci_device *device = (struct pci_device *)topology_find(&topology, &at);

	if (!device)
		device = add_device(address, 0x10de, 0x26b9, 0x030200, group, "nvidia");
	device->is_vfio = true;
	device->is_virtual = true;
	device->vgpu = &vgpu;
	return device;
}

/* Of the lease that the choice makes. */
static struct pci_setting setting_of_lease(void)
{
	struct allocation_input in = input();
	struct lease lease = { 0 };
	struct pci_setting setting;

	CHECK(allocation_to_lease(&in, &allocation, &lease, &err) == 0 && lease.member_count == 1);
	CHECK_STR(lease.members[0].driver, "nvidia");
	setting = lease.members[0].setting;
	lease_clear(&lease);
	return setting;
}

static void test_a_vgpu_whose_type_is_left_is_set(void)
{
	new_vgpu(0, 533);
	CHECK(ask("vgpu", NULL) == 0);
	CHECK(setting_of_lease().attribute == PCI_ATTRIBUTE_VGPU_TYPE && setting_of_lease().value == 533);
}

/* Its driver may make the VFIO device only with the type. */
static void test_a_vgpu_to_be_needs_no_vfio_device_yet(void)
{
	new_vgpu(0, 533)->is_vfio = false;
	CHECK(ask("vgpu", NULL) == 0);
	new_vgpu(533, 0)->is_vfio = false;
	CHECK(ask("vgpu", NULL) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "offers no VFIO device for it"));
}

static void test_a_vgpu_of_another_hand_is_used_or_left(void)
{
	new_vgpu(533, 1145);
	CHECK(ask("vgpu", NULL) == 0);
	CHECK(setting_of_lease().attribute == PCI_ATTRIBUTE_NONE);
	new_vgpu(1145, 533);
	CHECK(ask("vgpu", NULL) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "is a vGPU of type 1145 already"));
}

static void test_a_vgpu_whose_type_is_not_left_is_refused(void)
{
	new_vgpu(0, 1145);
	CHECK(ask("vgpu", NULL) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "its card has no vGPU type 533 left; left are 1145"));
	new_vgpu(0, 533);
	vgpu.is_read = false;
	CHECK(ask("vgpu", NULL) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "its driver does not tell the types"));
	new_vgpu(0, 533)->vgpu = NULL;
	CHECK(ask("vgpu", NULL) == ALLOCATION_REFUSED);
	CHECK(strstr(err.msg, "its driver does not tell the types"));
}

/* ---- who uses one function ---------------------------------------------------------------------------- */

static enum availability use_of(const struct pci_device *device)
{
	struct allocation_input in = input();
	struct verdict verdict;

	allocator_judge_use(&in, device, &verdict);
	return verdict.availability;
}

static void test_the_use_of_one_function_alone(void)
{
	struct pci_device *vf;

	new_host();
	add_device("0000:02:00.0", 0x8086, 0x10c9, 0x020000, 14, "igb");
	strcpy(add_device("0000:02:10.2", 0x8086, 0x10ca, 0x020000, 15, "igbvf")->host_use, "it is used");
	vf = add_device("0000:02:10.0", 0x8086, 0x10ca, 0x020000, 15, "igbvf");
	/* Neither its group nor what a guest could do with it counts. */
	CHECK(use_of(vf) == AVAILABLE);
	vf->group = PCI_NO_GROUP;
	vf->is_denied = true;
	vf->finding = &(struct finding){ .condition = PCI_OUT };
	CHECK(use_of(vf) == AVAILABLE);
	vf->finding = NULL;
	strcpy(vf->host_use, "it is used");
	CHECK(use_of(vf) == UNAVAILABLE_HOST_USE);
	vf->is_open = true;
	CHECK(use_of(vf) == UNAVAILABLE_OPEN);
	strcpy(vf->network, "vfs");
	CHECK(use_of(vf) == UNAVAILABLE_NETWORK);
	vf->is_dead = true;
	CHECK(use_of(vf) == UNAVAILABLE_DEAD);
	strcpy(vf->unclear, "does not answer in time");
	CHECK(use_of(vf) == UNAVAILABLE_UNCLEAR);
	add_lease("uuid", "win11", "0000:02:10.0", 15, LEASE_BOUND);
	CHECK(use_of(vf) == UNAVAILABLE_LEASED);
}

/* Another function of the card of new_vgpu(), and one of another card. */
static void add_vgpus(void)
{
	static const struct {
		const char *addr, *card;
		int group;
	} more[] = { { "0000:41:00.4", "0000:41:00.0", 41 },
		     { "0000:41:00.5", "0000:41:00.0", 42 },
		     { "0000:42:00.4", "0000:42:00.0", 43 } };

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		struct pci_device *device = new_vgpu_at(more[i].addr, more[i].group);

		device->physfn = addr(more[i].card);
	}
}

static int ask_with_rooms(const struct vgpu_room *rooms, size_t count)
{
	struct allocation_input in;

	(void)ask("vgpu.0", "vgpu.1");
	in = input();
	in.rooms = rooms;
	in.room_count = count;
	allocation_clear(&allocation);
	return allocate(&in, &allocation, &err);
}

static void test_a_card_gives_no_more_vgpus_than_it_has_room_for(void)
{
	struct vgpu_room rooms[] = { { .type = 533, .most = 1 }, { .type = 533, .most = 0 } };

	(void)new_vgpu(0, 533);
	add_vgpus();
	rooms[0].card = addr("0000:41:00.0");
	rooms[1].card = addr("0000:42:00.0");
	CHECK(ask_with_rooms(rooms, 0) == 0);
	CHECK_STR(chosen(1), "0000:41:00.5");
	CHECK(ask_with_rooms(rooms, 1) == 0);
	CHECK_STR(chosen(0), "0000:41:00.4");
	CHECK_STR(chosen(1), "0000:42:00.4");
	CHECK(ask_with_rooms(rooms, 2) == ALLOCATION_REFUSED);
	CHECK_STR(err.msg,
		  "requests vgpu.0, vgpu.1: no cards have room for as many vGPUs: 0000:41:00.0 has room "
		  "for 1 of type 533, 0000:42:00.0 for none of type 533; end a domain that has one, or "
		  "remove a request");
	/* What is known of another type says nothing. */
	rooms[0].type = 1145;
	CHECK(ask_with_rooms(rooms, 2) == 0);
	CHECK_STR(chosen(1), "0000:41:00.5");
	new_host();
}

int main(void)
{
	RUN(test_the_lowest_free_address_is_chosen);
	RUN(test_whether_each_has_the_lowest_address_that_is_left);
	RUN(test_a_request_by_model_gets_its_card_whatever_the_order);
	RUN(test_an_index_only_tells_twins_apart);
	RUN(test_an_unknown_name_is_refused_with_the_types_there_are);
	RUN(test_an_empty_registry_is_refused_as_such);
	RUN(test_a_type_without_devices_is_refused);
	RUN(test_the_refusal_gives_the_reason_for_every_card);
	RUN(test_what_was_plugged_in_anew_still_belongs_to_its_lease);
	RUN(test_more_requests_than_cards_are_refused_together);
	RUN(test_its_own_lease_is_no_obstacle_to_a_domain);
	RUN(test_every_reason_has_its_words);
	RUN(test_the_console_of_a_management_controller_stays_with_the_host);
	RUN(test_force_gets_past_what_the_host_would_miss);
	RUN(test_force_does_not_get_past_what_cannot_be);
	RUN(test_what_the_host_does_with_another_member_counts_and_is_forced_by_its_own_address);
	RUN(test_a_group_that_the_domain_names_by_address_is_not_given_besides);
	RUN(test_the_rest_of_the_group_speaks_too);
	RUN(test_a_member_without_a_driver_stands_in_nobodys_way);
	RUN(test_what_needs_no_driver_to_be_used_is_not_left_alone);
	RUN(test_the_reason_is_told_that_can_be_dealt_with);
	RUN(test_force_is_advised_only_where_it_is_enough);
	RUN(test_the_consoles_keyboard_is_lent_by_a_key_of_its_own);
	RUN(test_lend_console_input_gets_past_nothing_else);
	RUN(test_a_device_can_be_had_when_all_of_its_holders_belong_to_stop_units);
	RUN(test_units_are_no_remedy_for_other_uses);
	RUN(test_force_leaves_a_device_to_its_holders_where_units_are_named);
	RUN(test_a_device_that_needs_no_stop_is_preferred);
	RUN(test_what_is_degraded_is_chosen_last);
	RUN(test_what_is_out_is_not_chosen);
	RUN(test_a_member_that_stays_with_the_host_does_not_count);
	RUN(test_a_kept_driver_must_be_vfios);
	RUN(test_what_vfio_pci_denies_is_refused_unless_another_driver_is_asked);
	RUN(test_the_deny_list_is_that_of_the_kernel);
	RUN(test_bridges_in_the_group_are_left_alone);
	RUN(test_the_unrequested_members_are_held);
	RUN(test_functions_all_gives_the_whole_card);
	RUN(test_a_card_goes_to_one_domain_whatever_its_groups);
	RUN(test_functions_of_several_groups_are_no_one_device);
	RUN(test_a_held_function_keeps_the_rest_of_its_card);
	RUN(test_functions_with_resets_of_their_own_are_lent_apart);
	RUN(test_a_vgpu_whose_type_is_left_is_set);
	RUN(test_a_vgpu_to_be_needs_no_vfio_device_yet);
	RUN(test_a_vgpu_of_another_hand_is_used_or_left);
	RUN(test_a_vgpu_whose_type_is_not_left_is_refused);
	RUN(test_the_use_of_one_function_alone);
	RUN(test_two_functions_of_one_card_can_be_two_requests);
	RUN(test_a_function_given_with_the_whole_card_is_not_given_again);
	new_host();
	RUN(test_a_domains_wish_stands_above_its_model);
	RUN(test_an_optional_request_goes_without_when_no_choice_gives_it_a_device);
	RUN(test_why_it_goes_without_is_the_wish);
	RUN(test_a_running_domain_asks_for_one_device_and_has_others);
	RUN(test_a_card_gives_no_more_vgpus_than_it_has_room_for);
	RUN(test_options_that_are_too_many_together_are_refused);
	return 0;
}
