/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/state.c host/pci/state.c host/pci/sysfs.c model/pci/address.c base/error.c base/fileio.c */
/* What a look at a function finds, and what that means. */
#include "host/pci/state.h"
#include "fake_tree.h"

#define DEVICE "bus/pci/devices/0000:01:00.0/"
#define PORT "bus/pci/devices/0000:00:10.0/"

static const struct pci_errors none;
static unsigned char config[PCI_CONFIG_LEN];
static char evidence[PCI_EVIDENCE_LEN];

static void put16(size_t at, unsigned value)
{
	config[at] = value & 0xff;
	config[at + 1] = (unsigned char)(value >> 8);
}

/* A device with power management at 0x40, and a link at 0x60. */
static void new_config(unsigned power, unsigned width, unsigned width_most)
{
	memset(config, 0, sizeof(config));
	put16(0, 0x1234);
	put16(6, 0x10);
	config[0x34] = 0x40;
	config[0x40] = 0x01;
	config[0x41] = 0x60;
	config[0x44] = (unsigned char)power;
	config[0x60] = 0x10;
	put16(0x60 + 12, width_most << 4 | 0xfc0f); /* with all that surrounds it */
	put16(0x60 + 18, width << 4 | 0xfc0f);
}

static struct pci_state parsed(size_t len)
{
	struct pci_state state = { .is_mute = true, .power = 7, .width = 7, .width_most = 7 };

	pci_state_from_config(config, len, &state);
	return state;
}

static void test_power_and_link_are_found(void)
{
	struct pci_state state;

	new_config(3, 8, 16);
	state = parsed(sizeof(config));
	CHECK(!state.is_mute && state.power == 3 && state.width == 8 && state.width_most == 16);
}

static void test_the_header_alone_has_no_capability(void)
{
	struct pci_state state;

	new_config(3, 8, 16);
	state = parsed(PCI_CONFIG_HEADER_LEN);
	CHECK(!state.is_mute && state.power == 0 && state.width == 0 && state.width_most == 0);
	state = parsed(0);
	CHECK(!state.is_mute && state.width == 0);
}

static void test_a_list_that_is_none_ends(void)
{
	new_config(0, 8, 16);
	config[0x61] = 0x40; /* a circle */
	CHECK(parsed(sizeof(config)).width == 8);
	new_config(0, 8, 16);
	config[0x41] = 0x08; /* into the header */
	CHECK(parsed(sizeof(config)).width == 0);
	new_config(0, 8, 16);
	put16(6, 0); /* no list */
	CHECK(parsed(sizeof(config)).width == 0);
	new_config(0, 8, 16);
	config[0x41] = 0xfc; /* the last four bytes are too few for a link */
	config[0xfc] = 0x10;
	CHECK(parsed(sizeof(config)).width == 0);
	new_config(0, 8, 16);
	config[14] = 0x01; /* a bridge */
	CHECK(parsed(sizeof(config)).width == 0);
	new_config(0, 8, 16);
	config[14] = 0x80; /* a card with several functions */
	CHECK(parsed(sizeof(config)).width == 8);
}

static void test_half_a_link_is_none(void)
{
	new_config(0, 0, 16);
	CHECK(parsed(sizeof(config)).width_most == 0);
	new_config(0, 16, 0);
	CHECK(parsed(sizeof(config)).width == 0);
}

static void test_ones_are_mute_and_the_ids_of_a_virtual_function_are_not(void)
{
	memset(config, 0xff, sizeof(config));
	CHECK(parsed(sizeof(config)).is_mute);
	CHECK(parsed(PCI_CONFIG_HEADER_LEN).is_mute);
	new_config(0, 1, 1);
	put16(0, 0xffff);
	put16(2, 0xffff);
	CHECK(!parsed(sizeof(config)).is_mute);
}

static void test_the_sum_of_errors(void)
{
	static const char *const bad[] = { "",
					   "TOTAL_ERR_FATAL",
					   "TOTAL_ERR_FATAL \n",
					   "TOTAL_ERR_FATAL -1",
					   "Undefined 3\n",
					   "TOTAL_ERR_FATAL\n5",
					   "X TOTAL_ERR_FATAL 1" };
	uint32_t count = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(pci_errors_parse(bad[i], &count) == 1 && count == 7);
	CHECK(pci_errors_parse("Undefined 1\nDLP 2\nTOTAL_ERR_NONFATAL 3\n", &count) == 0 && count == 3);
	CHECK(pci_errors_parse("TOTAL_ERR_FATAL 99999999999999999999999\n", &count) == 0 &&
	      count == UINT32_MAX);
}

static enum pci_condition judged(struct pci_state state, uint32_t fatal_before, uint32_t nonfatal_before)
{
	const struct pci_errors before = { fatal_before, nonfatal_before };

	state.is_read = true;
	return pci_state_judge(&state, &before, evidence);
}

static void test_a_device_that_was_not_looked_at_is_well(void)
{
	struct pci_state state = { .is_mute = true, .errors = { 9, 9 } };

	CHECK(pci_state_judge(&state, &none, evidence) == PCI_WELL);
	CHECK_STR(evidence, "");
}

static void test_what_a_look_means(void)
{
	CHECK(judged((struct pci_state){ .width = 4, .width_most = 4, .power = 3 }, 0, 0) == PCI_WELL);
	CHECK_STR(evidence, "");
	CHECK(judged((struct pci_state){ .is_mute = true }, 0, 0) == PCI_OUT);
	CHECK_STR(evidence, "its configuration space reads all ones");
	CHECK(judged((struct pci_state){ .errors = { 1, 4 } }, 0, 0) == PCI_OUT);
	CHECK_STR(evidence, "1 fatal error (AER)");
	CHECK(judged((struct pci_state){ .errors = { 0, 4 } }, 0, 0) == PCI_DEGRADED);
	CHECK_STR(evidence, "4 nonfatal errors (AER)");
	CHECK(judged((struct pci_state){ .is_tired = true, .power = 3 }, 0, 0) == PCI_DEGRADED);
	CHECK_STR(evidence, "it does not wake up from D3hot");
	CHECK(judged((struct pci_state){ .width = 1, .width_most = 16 }, 0, 0) == PCI_DEGRADED);
	CHECK_STR(evidence, "its link has 1 of 16 lanes");
}

static void test_only_new_errors_count(void)
{
	CHECK(judged((struct pci_state){ .errors = { 3, 4 } }, 3, 4) == PCI_WELL);
	CHECK(judged((struct pci_state){ .errors = { 3, 4 } }, 3, 2) == PCI_DEGRADED);
	CHECK_STR(evidence, "2 nonfatal errors (AER)");
	/* Counted from 0 again: it was plugged in anew. */
	CHECK(judged((struct pci_state){ .errors = { 1, 1 } }, 3, 4) == PCI_WELL);
}

/* ---- sysfs ------------------------------------------------------------------------------------------ */

static struct sysfs sysfs;
static struct pci_device device = { .addr = { .bus = 1 }, .has_parent = true, .parent = { .slot = 0x10 } };
static struct error err;

/* Looks at it anew. */
static int look(struct pci_device *at, struct pci_state *out)
{
	int rc;

	at->state = (struct pci_state){ 0 };
	rc = pci_state_read(&sysfs, at, &err);
	if (rc == 0)
		rc = pci_state_read_errors(&sysfs, &at->addr, &at->state.errors, &err);
	*out = at->state;
	return rc;
}

static void tree_config(size_t len)
{
	char path[256];
	FILE *file;

	tree_file(DEVICE "config", "");
	snprintf(path, sizeof(path), "%s/" DEVICE "config", tree);
	file = fopen(path, "we");
	CHECK(file && fwrite(config, 1, len, file) == len && fclose(file) == 0);
}

static void start(size_t len)
{
	tree_start();
	tree_config(len);
	CHECK(sysfs_open(tree, &sysfs, &err) == 0);
}

static void end(void)
{
	sysfs_close(&sysfs);
	tree_remove();
}

static void test_the_port_limits_the_link(void)
{
	static const struct {
		const char *port;
		unsigned width_most;
	} cases[] = {
		{ "16\n", 16 }, { "8\n", 8 }, { "1\n", 4 }, { "0\n", 4 }, { "255\n", 4 }, { "x\n", 4 }
	};
	struct pci_state state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		new_config(0, 4, 16);
		start(sizeof(config));
		tree_file(PORT "max_link_width", cases[i].port);
		CHECK(look(&device, &state) == 0);
		CHECK(state.is_read && state.width == 4 && state.width_most == cases[i].width_most);
		end();
	}
}

static void test_without_a_port_nobody_can_tell(void)
{
	struct pci_device root = device;
	struct pci_state state;

	root.has_parent = false;
	new_config(0, 4, 16);
	start(sizeof(config));
	CHECK(look(&root, &state) == 0);
	CHECK(state.width == 4 && state.width_most == 4);
	end();
}

static void test_others_than_root_read_the_attributes(void)
{
	struct pci_state state;

	new_config(0, 4, 16);
	start(PCI_CONFIG_HEADER_LEN);
	tree_file(DEVICE "current_link_width", "2\n");
	tree_file(DEVICE "max_link_width", "8\n");
	tree_file(PORT "max_link_width", "8\n");
	CHECK(look(&device, &state) == 0);
	CHECK(state.width == 2 && state.width_most == 8);
	end();
}

static void test_only_an_active_device_must_be_awake(void)
{
	static const struct {
		const char *status;
		unsigned power;
		bool is_tired;
	} cases[] = { { "active\n", 3, true },
		      { "active\n", 0, false },
		      { "suspended\n", 3, false },
		      { "error\n", 3, false } };
	struct pci_state state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		new_config(cases[i].power, 4, 4);
		start(sizeof(config));
		tree_file(DEVICE "power/runtime_status", cases[i].status);
		CHECK(look(&device, &state) == 0);
		CHECK(state.is_tired == cases[i].is_tired);
		end();
	}
	new_config(3, 4, 4);
	start(sizeof(config));
	CHECK(look(&device, &state) == 0 && !state.is_tired);
	tree_file(DEVICE "power/runtime_status", "active\n");
	device.is_vfio = true;
	CHECK(look(&device, &state) == 0 && !state.is_tired);
	device.is_vfio = false;
	end();
}

static void test_errors_are_read_with_the_rest(void)
{
	struct pci_state state;

	new_config(0, 4, 4);
	start(sizeof(config));
	tree_file(DEVICE "aer_dev_fatal", "DLP 2\nTOTAL_ERR_FATAL 2\n");
	tree_file(DEVICE "aer_dev_nonfatal", "DLP 5\nTOTAL_ERR_NONFATAL 5\n");
	CHECK(look(&device, &state) == 0);
	CHECK(state.errors.fatal == 2 && state.errors.nonfatal == 5);
	/* In a root port, which the tree of this test has above all devices. */
	tree_file("bus/pci/devices/aer_rootport_total_err_fatal", "3\n");
	CHECK(look(&device, &state) == 0);
	CHECK(state.errors.fatal == 3 && state.errors.nonfatal == 5);
	tree_file("bus/pci/devices/aer_rootport_total_err_fatal", "x\n");
	CHECK(look(&device, &state) == -1);
	tree_file(DEVICE "aer_dev_nonfatal", "DLP 5\n");
	CHECK(look(&device, &state) == -1);
	CHECK_STR(err.msg, DEVICE "aer_dev_nonfatal has no sum");
	end();
}

static void test_a_short_read_and_a_function_that_is_gone(void)
{
	struct pci_state state;

	new_config(0, 4, 4);
	start(PCI_CONFIG_HEADER_LEN - 1);
	CHECK(look(&device, &state) == -1 && !state.is_read);
	end();
	tree_start();
	CHECK(sysfs_open(tree, &sysfs, &err) == 0);
	CHECK(look(&device, &state) == SYSFS_ABSENT && !state.is_read);
	end();
}

int main(void)
{
	RUN(test_power_and_link_are_found);
	RUN(test_the_header_alone_has_no_capability);
	RUN(test_a_list_that_is_none_ends);
	RUN(test_half_a_link_is_none);
	RUN(test_ones_are_mute_and_the_ids_of_a_virtual_function_are_not);
	RUN(test_the_sum_of_errors);
	RUN(test_a_device_that_was_not_looked_at_is_well);
	RUN(test_what_a_look_means);
	RUN(test_only_new_errors_count);
	RUN(test_the_port_limits_the_link);
	RUN(test_without_a_port_nobody_can_tell);
	RUN(test_others_than_root_read_the_attributes);
	RUN(test_only_an_active_device_must_be_awake);
	RUN(test_errors_are_read_with_the_rest);
	RUN(test_a_short_read_and_a_function_that_is_gone);
	return 0;
}
