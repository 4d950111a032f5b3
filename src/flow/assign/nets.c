/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/assign/nets.h"

#include <string.h>

#include "base/log.h"
#include "host/pci/device.h"
#include "host/vf/vf_program.h"

/* More functions than a physical function can have (PCI Express, SR-IOV: 16 bits of routing ID). */
#define FUNCTIONS_MAX 65536

/* Time to put back what all functions of a lease had. */
#define UNDO_MS 4000

/* ---- wishes ------------------------------------------------------------------------------------------ */

static const struct vf_net *wish_of(const struct domain *domain, size_t request)
{
	const struct request_options *options =
		domain->option_count ? domain_find_request_options(domain, domain->requests[request].text)
				     : NULL;

	return options && options->net.set ? &options->net : NULL;
}

bool nets_are_named(const struct host_state *host, const struct domain *domain)
{
	for (size_t r = 0; r < domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		if (choice && (choice->model->net || wish_of(domain, r)))
			return true;
	}
	return false;
}

/* What the domain wants stands above what the model says. */
static int plan_one(const struct candidate *choice, const struct domain *domain, size_t request,
		    struct lease *lease, struct error *err)
{
	struct lease_net net = { .addr = choice->device->addr, .group = choice->device->group };
	const struct vf_net *wish = wish_of(domain, request);

	if (choice->model->net)
		net.set = *choice->model->net;
	if (wish)
		vf_net_merge(&net.set, wish);
	/* To the allocator, a running domain has no UUID. */
	vf_net_resolve(&net.set, lease->uuid[0] ? lease->uuid : domain->uuid, domain->requests[request].text);
	return net.set.set ? lease_add_net(lease, &net, err) : 0;
}

int nets_plan(const struct host_state *host, const struct domain *domain, struct lease *lease,
	      struct error *err)
{
	for (size_t r = 0; r < domain->request_count; r++) {
		const struct candidate *choice = allocation_choice(&host->allocation, r);

		if (choice && plan_one(choice, domain, r, lease, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- which function of which interface ------------------------------------------------------------------
 */

/* Where a virtual function is. */
struct place {
	struct pci_addr physfn;
	unsigned vf;
};

enum { PLACE_NONE = 1 };

/*
 * Finds the number of a virtual function by the links of its physical function (kernel: drivers/pci/iov.c,
 * pci_iov_sysfs_link). Returns 0, PLACE_NONE when it is no virtual function or has disappeared, or -1.
 */
static int find_place(const struct sysfs *sysfs, const struct pci_addr *addr, struct place *out,
		      struct error *err)
{
	char path[SYSFS_PATH_LEN], link[32], name[PCI_ADDR_LEN], wanted[PCI_ADDR_LEN];
	int rc = pci_device_read_physfn(sysfs, addr, &out->physfn, err);

	if (rc != 0)
		return rc < 0 ? -1 : PLACE_NONE;
	pci_addr_format(addr, wanted);
	for (out->vf = 0; out->vf < FUNCTIONS_MAX; out->vf++) {
		snprintf(link, sizeof(link), "virtfn%u", out->vf);
		rc = sysfs_read_link_name(sysfs, sysfs_device_path(&out->physfn, link, path), name,
					  sizeof(name), err);
		if (rc != 0)
			return rc < 0 ? -1 : PLACE_NONE;
		if (strcmp(name, wanted) == 0)
			return 0;
	}
	return PLACE_NONE;
}

/* An interface is of a function when sysfs says so and the kernel, if it tells, as well. */
static int is_interface_of(const struct sysfs *sysfs, const struct vf_entry *entry,
			   const struct pci_addr *physfn, struct error *err)
{
	char path[SYSFS_PATH_LEN], name[VF_INTERFACE_LEN + 8];
	int rc;

	if (entry->has_parent && !pci_addr_equal(&entry->parent, physfn))
		return 0;
	snprintf(name, sizeof(name), "net/%s", entry->interface);
	rc = sysfs_find(sysfs, sysfs_device_path(physfn, name, path), err);
	return rc < 0 ? -1 : rc == 0;
}

/* Returns 0, PLACE_NONE when no interface has it, or -1, also when more than one has. */
static int find_entry(const struct sysfs *sysfs, const struct vf_list *list, const struct place *place,
		      const struct vf_entry **out, struct error *err)
{
	char addr[PCI_ADDR_LEN];

	*out = NULL;
	for (size_t i = 0; i < list->count; i++) {
		const struct vf_entry *entry = &list->items[i];
		int rc = entry->vf == place->vf ? is_interface_of(sysfs, entry, &place->physfn, err) : 0;

		if (rc < 0)
			return -1;
		/* A list that changed has a function twice. */
		if (rc && *out && (*out)->ifindex != entry->ifindex)
			return error_set(
				err, 0,
				"its physical function %s has two interfaces with virtual functions, "
				"%s and %s; which of them it belongs to cannot be told",
				pci_addr_format(&place->physfn, addr), (*out)->interface, entry->interface);
		if (rc)
			*out = entry;
	}
	return *out ? 0 : PLACE_NONE;
}

/* An interface in another network namespace is not listed, but its directory is there. */
static int has_interface(const struct sysfs *sysfs, const struct pci_addr *physfn, struct error *err)
{
	char path[SYSFS_PATH_LEN];
	int rc = sysfs_find(sysfs, sysfs_device_path(physfn, "net", path), err);

	return rc < 0 ? -1 : rc == 0;
}

/* ---- choosing ------------------------------------------------------------------------------------------ */

static int refuse_no_entry(const struct sysfs *sysfs, const struct place *place, struct error *err)
{
	char addr[PCI_ADDR_LEN];
	int rc = has_interface(sysfs, &place->physfn, err);

	if (rc < 0)
		return -1;
	pci_addr_format(&place->physfn, addr);
	if (rc > 0)
		return error_set(
			err, 0,
			"the driver of its physical function %s tells nothing about virtual function "
			"%u, or the interface is in another network namespace; move it back, or "
			"delete the settings of its model",
			addr, place->vf);
	return error_set(err, 0,
			 "its physical function %s has no network interface, by which it would be set; bind "
			 "%s to its network driver, or delete the settings of its model",
			 addr, addr);
}

/* Returns the function, NULL with *err when it cannot be found. */
static const struct vf_entry *find_function(const struct sysfs *sysfs, const struct vf_list *list,
					    const struct lease_net *net, struct error *err)
{
	const struct vf_entry *entry = NULL;
	struct place place;
	int rc = find_place(sysfs, &net->addr, &place, err);

	if (rc == PLACE_NONE) {
		(void)error_set(err, 0,
				"it is not a virtual function, so that its %s cannot be set; delete the "
				"key of its model, or narrow the model to virtual functions",
				vf_net_first(&net->set));
	} else if (rc == 0) {
		rc = find_entry(sysfs, list, &place, &entry, err);
		if (rc == PLACE_NONE)
			(void)refuse_no_entry(sysfs, &place, err);
	}
	return rc == 0 ? entry : NULL;
}

static int check_up(const struct vf_entry *entry, struct error *err)
{
	if (entry->is_up)
		return 0;
	return error_set(err, 0,
			 "the interface %s of its physical function is down; ip link set %s up, and have the "
			 "host's network configuration do so at boot",
			 entry->interface, entry->interface);
}

/* What is not known before cannot be put back. */
static int note_before(const struct vf_entry *entry, struct lease_net *net, struct error *err)
{
	net->before = vf_net_part(&entry->net, &net->set);
	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		if (vf_net_has(&net->set, key) && !vf_net_has(&net->before, key))
			return error_set(err, 0,
					 "the driver of %s does not tell the %s of virtual function %u, so "
					 "that it could not be put back; leave %s out",
					 entry->interface, vf_net_name(key), entry->vf, vf_net_name(key));
	}
	return 0;
}

static bool has_mac(const struct vf_net *net, const struct vf_net *other)
{
	return vf_net_same(net, other, VF_NET_MAC);
}

/* An address that two functions have leads the frames of one to the other. */
static int check_mac(const struct vf_list *list, const struct vf_entry *own, const struct lease_net *net,
		     struct error *err)
{
	char mac[VF_MAC_LEN];

	for (size_t i = 0; i < list->count; i++) {
		const struct vf_entry *other = &list->items[i];

		if (!has_mac(&other->net, &net->set) ||
		    (other->ifindex == own->ifindex && other->vf == own->vf))
			continue;
		return error_set(
			err, 0,
			"the address %s is that of virtual function %u of %s already; give one of "
			"the two another one, such as pcitag add DOMAIN REQUEST --option mac=ADDRESS",
			vf_mac_format(net->set.mac, mac), other->vf, other->interface);
	}
	return 0;
}

static int check_twins(const struct lease *lease, size_t index, struct error *err)
{
	char mac[VF_MAC_LEN], addr[PCI_ADDR_LEN];

	for (size_t i = 0; i < index; i++) {
		if (has_mac(&lease->nets[i].set, &lease->nets[index].set))
			return error_set(
				err, 0,
				"the address %s is also for %s of the same domain; give each request "
				"one of its own",
				vf_mac_format(lease->nets[i].set.mac, mac),
				pci_addr_format(&lease->nets[i].addr, addr));
	}
	return 0;
}

/* Names the device, and what is asked of it. */
static int prefix(const struct lease *lease, const struct lease_net *net, struct error *err)
{
	const struct lease_grant *grant = lease_find_function(lease, &net->addr);
	char addr[PCI_ADDR_LEN], text[VF_NET_LEN];

	return error_prefix(err, "request %s: cannot set %s of %s", grant ? grant->request.text : "-",
			    vf_net_text(&net->set, text), pci_addr_format(&net->addr, addr));
}

static int choose_one(const struct sysfs *sysfs, const struct vf_list *list, struct lease *lease,
		      size_t index, struct error *err)
{
	struct lease_net *net = &lease->nets[index];
	const struct vf_entry *entry = find_function(sysfs, list, net, err);

	if (!entry || check_up(entry, err) < 0 || note_before(entry, net, err) < 0 ||
	    check_mac(list, entry, net, err) < 0 || check_twins(lease, index, err) < 0)
		return prefix(lease, net, err);
	return 0;
}

int nets_choose(const struct sysfs *sysfs, const struct host_state *host, const struct domain *domain,
		struct lease *lease, struct deadline deadline, struct error *err)
{
	CLEANUP(vf_list_clear) struct vf_list list = { 0 };
	int rc = nets_plan(host, domain, lease, err);

	if (rc == 0 && lease->net_count && vf_program_list(&list, deadline, err) < 0)
		rc = prefix(lease, &lease->nets[0], err);
	for (size_t i = 0; i < lease->net_count && rc == 0; i++)
		rc = choose_one(sysfs, &list, lease, i, err);
	/* Nothing has been set, and what was not read must not be put back. */
	if (rc < 0)
		lease->net_count = 0;
	return rc;
}

/* ---- setting ------------------------------------------------------------------------------------------- */

/* Finds in @after the function that was @entry. */
static const struct vf_entry *find_again(const struct vf_list *after, const struct vf_entry *entry)
{
	for (size_t i = after->count; i-- > 0;) {
		if (after->items[i].ifindex == entry->ifindex && after->items[i].vf == entry->vf)
			return &after->items[i];
	}
	return NULL;
}

/* A driver may take a value and have another one. */
static int check_readback(const struct vf_list *after, const struct vf_entry *entry, const struct vf_net *net,
			  struct error *err)
{
	const struct vf_entry *now = find_again(after, entry);

	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		struct vf_net wanted = vf_net_only(net, key), got = { 0 };
		char text[VF_NET_LEN], text2[VF_NET_LEN];

		if (now)
			got = vf_net_only(&now->net, key);
		if (wanted.set && !vf_net_same(&wanted, &got, key))
			return error_set(err, 0,
					 "%s: virtual function %u: the driver took %s, and has %s now",
					 entry->interface, entry->vf, vf_net_text(&wanted, text),
					 got.set ? vf_net_text(&got, text2) : "nothing");
	}
	return 0;
}

static int apply_one(const struct sysfs *sysfs, const struct vf_list *list, const struct lease_net *net,
		     struct deadline deadline, struct error *err)
{
	CLEANUP(vf_list_clear) struct vf_list after = { 0 };
	const struct vf_entry *entry = find_function(sysfs, list, net, err);
	int rc = entry ? vf_program_set(&net->addr, entry, &net->set, &after, deadline, err) : -1;

	if (rc == VF_PROGRAM_REFUSED)
		return error_prefix(err, "the driver does not take it; leave it out, or see dmesg");
	if (rc == 0)
		rc = check_readback(&after, entry, &net->set, err);
	return rc == 0 ? check_mac(&after, entry, net, err) : -1;
}

int nets_apply(const struct sysfs *sysfs, const struct lease *lease, struct deadline deadline,
	       struct error *err)
{
	CLEANUP(vf_list_clear) struct vf_list list = { 0 };

	if (lease->net_count && vf_program_list(&list, deadline, err) < 0)
		return prefix(lease, &lease->nets[0], err);
	for (size_t i = 0; i < lease->net_count; i++) {
		const struct lease_net *net = &lease->nets[i];
		char addr[PCI_ADDR_LEN], text[VF_NET_LEN];

		if (apply_one(sysfs, &list, net, deadline, err) < 0)
			return prefix(lease, net, err);
		log_info("domain '%s': %s is told %s", lease->domain, pci_addr_format(&net->addr, addr),
			 vf_net_text(&net->set, text));
	}
	return 0;
}

/* ---- undoing ------------------------------------------------------------------------------------------- */

/* Whether the function is on the driver of the lease: then only the guest had it. Returns 0, 1 or -1.
 */
static int is_ours(const struct sysfs *sysfs, const struct lease *lease, const struct lease_net *net,
		   struct error *err)
{
	char driver[PCI_DRIVER_LEN];

	for (size_t i = 0; i < lease->member_count; i++) {
		const struct lease_member *member = &lease->members[i];

		if (!pci_addr_equal(&member->addr, &net->addr))
			continue;
		switch (pci_device_read_driver(sysfs, &net->addr, driver, err)) {
		case 0:
			return strcmp(driver, member->driver) == 0;
		case SYSFS_ABSENT:
			return 0;
		default:
			return -1;
		}
	}
	return 0;
}

/* What is to be set so that the function has what it had before. */
static struct vf_net what_to_put_back(const struct lease *lease, const struct lease_net *net,
				      const struct vf_entry *now, bool is_ours)
{
	struct vf_net out = { 0 };
	char addr[PCI_ADDR_LEN], text[VF_NET_LEN];

	pci_addr_format(&net->addr, addr);
	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		const struct vf_net before = vf_net_only(&net->before, key),
				    has = vf_net_only(&now->net, key);

		if (!before.set || vf_net_same(&before, &has, key))
			continue;
		if (is_ours || vf_net_same(&net->set, &has, key))
			vf_net_merge(&out, &before);
		else
			log_warning("domain '%s': %s of %s was changed by another program; left as it is",
				    lease->domain, has.set ? vf_net_text(&has, text) : vf_net_name(key),
				    addr);
	}
	return out;
}

/*
 * An address of zeros, which stands for none, is refused by some drivers. libvirt then sets this one
 * (src/util/virnetdev.c, virNetDevSetNetConfig).
 */
static const uint8_t instead_of_zero[VF_MAC_BYTES] = { 2 };

/* Sets @net and reads it back. */
static int put_back(const struct pci_addr *addr, const struct vf_entry *entry, struct vf_net *net,
		    struct deadline deadline, struct error *err)
{
	CLEANUP(vf_list_clear) struct vf_list after = { 0 };
	int rc = vf_program_set(addr, entry, net, &after, deadline, err);

	/* A driver that is busy now does not mean the zeros. */
	if (rc == VF_PROGRAM_REFUSED)
		rc = vf_program_set(addr, entry, net, &after, deadline, err);
	if (rc == VF_PROGRAM_REFUSED && vf_net_has(net, VF_NET_MAC) && !vf_mac_is_unicast(net->mac)) {
		memcpy(net->mac, instead_of_zero, sizeof(instead_of_zero));
		rc = vf_program_set(addr, entry, net, &after, deadline, err);
	}
	if (rc == 0)
		rc = check_readback(&after, entry, net, err);
	return rc == 0 ? 0 : -1;
}

/* Returns 0 when nothing is to be put back any more. */
static int undo_one(const struct sysfs *sysfs, const struct lease *lease, const struct lease_net *net,
		    const struct vf_list *list, struct deadline deadline, struct error *err)
{
	const struct vf_entry *entry = NULL;
	char addr[PCI_ADDR_LEN], text[VF_NET_LEN];
	struct place place;
	struct vf_net back;
	int rc = find_place(sysfs, &net->addr, &place, err), ours;

	/* With its physical function's driver went what that was told. */
	if (rc == PLACE_NONE)
		return 0;
	if (rc == 0)
		rc = find_entry(sysfs, list, &place, &entry, err);
	if (rc == PLACE_NONE)
		return has_interface(sysfs, &place.physfn, err) == 0 ? 0
								     : refuse_no_entry(sysfs, &place, err);
	if (rc != 0 || !entry)
		return -1;
	ours = is_ours(sysfs, lease, net, err);
	if (ours < 0)
		return -1;
	back = what_to_put_back(lease, net, entry, ours);
	if (!back.set)
		return 0;
	if (put_back(&net->addr, entry, &back, deadline, err) < 0)
		return -1;
	log_info("domain '%s': %s has %s again", lease->domain, pci_addr_format(&net->addr, addr),
		 vf_net_text(&back, text));
	return 0;
}

static int blame(const struct lease_net *net, struct error *err)
{
	char addr[PCI_ADDR_LEN], text[VF_NET_LEN];

	return error_prefix(
		err,
		"%s cannot be returned before it has %s again; set that with ip link, or wait for "
		"pcitag reconcile",
		pci_addr_format(&net->addr, addr), vf_net_text(&net->before, text));
}

int nets_undo(const struct sysfs *sysfs, struct lease *lease, nets_free_fn *is_free, const void *context,
	      struct error *err)
{
	CLEANUP(vf_list_clear) struct vf_list list = { 0 };
	struct deadline deadline = deadline_in(UNDO_MS);
	bool is_listed = false;
	int rc = 0;

	for (size_t i = lease->net_count; i-- > 0;) {
		const struct lease_net net = lease->nets[i];
		struct error why;
		int failed = 0;

		if (!is_free(context, net.group))
			continue;
		if (!is_listed)
			failed = vf_program_list(&list, deadline, &why);
		is_listed |= failed == 0;
		if (failed == 0)
			failed = undo_one(sysfs, lease, &net, &list, deadline, &why);
		if (failed == 0) {
			lease_drop_net(lease, &net.addr);
			continue;
		}
		(void)blame(&net, &why);
		rc = rc == 0 ? error_pass(err, &why) : -1;
	}
	return rc;
}
