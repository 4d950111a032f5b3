/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/vf_net.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/fileio.h"
#include "base/lock_file.h"
#include "base/program.h"
#include "flow/paths.h"
#include "host/bind/device_lock.h"
#include "host/vf/vf_link.h"

/* What `set` is asked. */
struct order {
	struct pci_addr addr;
	unsigned ifindex, vf;
	struct vf_net net;
};

static int print_state(const struct vf_state *state, void *context UNUSED, struct error *err UNUSED)
{
	char text[VF_NET_LEN], addr[PCI_ADDR_LEN] = "-";

	if (state->has_parent)
		pci_addr_format(&state->parent, addr);
	vf_net_text(&state->net, text);
	printf("%u %s %s %s %u %s\n", state->ifindex, state->interface, state->is_up ? "up" : "down", addr,
	       state->vf, text[0] ? text : "-");
	return 0;
}

static int list(struct error *err)
{
	if (vf_link_list(print_state, NULL, err) < 0)
		return -1;
	return fflush(stdout) == 0 ? 0 : error_set(err, 0, "cannot print the virtual functions");
}

/* Until this process has ended, no other one touches the function: what is set may still take effect. */
static int lock_function(const struct pci_addr *addr, struct error *err)
{
	CLEANUP_CLOSE int run = -1;
	char text[PCI_ADDR_LEN];
	int fd;

	if (directory_open_roots(AT_FDCWD, host_paths.run, true, "locks", &run, err) != 0 ||
	    lock_file_open(run, "lock", &fd, err) < 0)
		return -1;
	if (device_lock_take(fd, addr, err) < 0)
		return error_prefix(err, "%s", pci_addr_format(addr, text));
	return 0;
}

static int set(const struct order *order, struct error *err)
{
	if (lock_function(&order->addr, err) < 0)
		return -1;
	for (enum vf_net_key key = 0; key < VF_NET_KEYS; key++) {
		const struct vf_net one = vf_net_only(&order->net, key);
		int rc = one.set ? vf_link_set(order->ifindex, order->vf, &one, err) : 0;

		if (rc != 0)
			return rc;
	}
	return list(err);
}

static bool read_number(const char *text, unsigned max, unsigned *out)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number = digits && digits < 11 ? strtoul(text, NULL, 10) : ULONG_MAX;

	*out = (unsigned)number;
	return text[digits] == '\0' && number <= max;
}

static bool read_order(char *const words[], struct order *out)
{
	return pci_addr_parse(words[0], &out->addr) == 0 && read_number(words[1], INT_MAX, &out->ifindex) &&
	       out->ifindex > 0 && read_number(words[2], UINT16_MAX, &out->vf) &&
	       vf_net_parse(words[3], &out->net) == 0 && out->net.set && out->net.mac_kind == VF_MAC_GIVEN;
}

int vf_net_main(int argc, char *argv[])
{
	struct order order = { .vf = 0 };
	struct error err;
	int rc;

	if (argc == 2 && strcmp(argv[1], VF_NET_LIST) == 0)
		rc = list(&err);
	else if (argc == 6 && strcmp(argv[1], VF_NET_SET) == 0 && read_order(argv + 2, &order))
		rc = set(&order, &err);
	else
		return report_usage_text(
			"pcitag-vf-net is run by pcitag: list, or set ADDRESS IFINDEX VF SETTINGS");
	if (rc == 0)
		return EXIT_DONE;
	(void)report(&err);
	return rc == VF_LINK_REFUSED ? EXIT_FINDINGS : EXIT_FAILED;
}
