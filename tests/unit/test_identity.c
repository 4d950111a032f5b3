/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/registry/identity.c model/wish/pattern_list.c base/error.c */
#include "model/registry/identity.h"
#include "base/cleanup.h"
#include "test.h"

/* The first key that a device does not meet, "" for none. */
static const char *mismatch(const char *key, const char *value, const struct pci_device *device)
{
	struct model_identity identity = { 0 };
	struct error err = { 0 };
	const char *found;

	if (model_identity_set(&identity, key, value, &err) != 0)
		CHECK_STR(err.msg, "");
	found = model_identity_mismatch(&identity, device);
	model_identity_clear(&identity);
	return found ? found : "";
}

static void test_a_serial_number_is_one_of_three(void)
{
	struct pci_device device = { .serial = { .dsn = "0000c9ffff000001", .nvme = "S5GXNX0T-0001" },
				     .marks = { .mac = "52:54:00:12:34:56" } };
	struct pci_device nothing = { .addr = { .bus = 1 } };

	CHECK_STR(mismatch("serial", "0000c9ffff000001", &device), "");
	CHECK_STR(mismatch("serial", "00-00-C9-FF-FF-00-00-01", &device), "");
	CHECK_STR(mismatch("serial", "S5GXNX0T-0001", &device), "");
	CHECK_STR(mismatch("serial", "other 52-54-00-12-34-56", &device), "");
	CHECK_STR(mismatch("serial", "525400123456", &device), "");
	CHECK_STR(mismatch("serial", "52540012345", &device), "serial");
	CHECK_STR(mismatch("serial", "5254001234567", &device), "serial");
	CHECK_STR(mismatch("serial", "0000c9ffff000002", &device), "serial");
	CHECK_STR(mismatch("serial", "-", &nothing), "serial");
}

static void test_a_place_is_a_slot_a_label_or_a_path(void)
{
	struct pci_device device = {
		.marks = { .wwid = "eui.0025385b71b00001", .slot = "3-1", .label = "Onboard LAN 1" }
	};
	struct pci_device nothing = { .addr = { .bus = 1 } };

	strcpy(device.place.path, "0000:00/01.2/00.0");
	CHECK_STR(mismatch("slot", "3-1", &device), "");
	CHECK_STR(mismatch("slot", "3", &device), "slot");
	CHECK_STR(mismatch("slot", "3*", &device), "");
	CHECK_STR(mismatch("slot", "Onboard?LAN?1", &device), "");
	CHECK_STR(mismatch("slot", "*", &nothing), "slot");
	CHECK_STR(mismatch("path", "0000:00/01.1/00.0 0000:00/01.2/00.0", &device), "");
	CHECK_STR(mismatch("path", "0000:00/01.1/00.0", &device), "path");
	CHECK_STR(mismatch("path", "0000:00/01.1/00.0", &nothing), "path");
	CHECK_STR(mismatch("wwid", "eui.0025385b71b00001", &device), "");
	CHECK_STR(mismatch("wwid", "eui.0025385b71b00002", &device), "wwid");
}

static void test_all_keys_must_be_met(void)
{
	struct pci_device device = { .marks = { .slot = "1", .wwid = "a" } };
	struct model_identity identity = { 0 }, other = { 0 };

	CHECK(!model_identity_mismatch(&identity, &device));
	CHECK(model_identity_set(&identity, "slot", "1", NULL) == 0);
	CHECK(model_identity_equal(&identity, &identity) && !model_identity_equal(&identity, &other));
	CHECK(!model_identity_equal(&identity, NULL) && model_identity_equal(NULL, NULL));
	CHECK(model_identity_set(&identity, "wwid", "b", NULL) == 0);
	CHECK_STR(model_identity_mismatch(&identity, &device), "wwid");
	model_identity_clear(&identity);
}

static void test_what_no_device_can_have_is_refused(void)
{
	static const char *const bad[] = { "00:01.0",
					   "0000:00",
					   "0000:00/",
					   "0000:00/1.0",
					   "0000:00/01.8",
					   "0000:00/01.0/",
					   "/sys/devices/pci0000:00",
					   "0000:00/01.0x",
					   "0000:0/01.0",
					   "0000:00:01.0" };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct model_identity identity = { 0 };

		CHECK(model_identity_set(&identity, "path", bad[i], &err) == -1);
		model_identity_clear(&identity);
	}
	CHECK_STR(
		err.msg,
		"path: invalid path 0000:00:01.0; write the root bus, then slot and function of each bridge "
		"and of the device, as pcitag show prints it, such as 0000:00/01.0/00.0");
	CHECK(model_identity_set(&(struct model_identity){ 0 }, "serial", ",", &err) == -1);
	{
		struct model_identity identity = { 0 };

		CHECK(model_identity_set(&identity, "serial", "\xc3\xa4", &err) == -1);
		CHECK_STR(err.msg,
			  "serial: \xc3\xa4 is none that a device can have; write what pcitag show prints");
		model_identity_clear(&identity);
	}
}

int main(void)
{
	RUN(test_a_serial_number_is_one_of_three);
	RUN(test_a_place_is_a_slot_a_label_or_a_path);
	RUN(test_all_keys_must_be_met);
	RUN(test_what_no_device_can_have_is_refused);
	return 0;
}
