/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/watch/device_event.c model/pci/address.c model/pci/topology.c base/error.c base/text.c */
#include "model/watch/device_event.h"
#include "test.h"

/* Reads an event about 0000:02:00.0 and checks which change it is. */
static struct device_event event_of(const char *action, const char *driver, const char *change)
{
	struct device_event event;

	CHECK(device_event_read(action, "0000:02:00.0", driver, &event));
	CHECK_STR(device_change_name(event.change), change);
	CHECK(event.addr.bus == 2);
	return event;
}

static void test_each_action_of_the_kernel_is_a_change(void)
{
	event_of("add", NULL, "appeared");
	event_of("remove", NULL, "gone");
	CHECK_STR(event_of("bind", "vfio-pci", "bound").driver, "vfio-pci");
	CHECK_STR(event_of("unbind", NULL, "unbound").driver, "");
	event_of("change", "e1000e", "changed");
	event_of("move", NULL, "changed");
}

static void test_what_is_not_a_pci_function_is_no_event(void)
{
	struct device_event event;

	CHECK(!device_event_read("add", "pci0000:00", NULL, &event));
	CHECK(!device_event_read("add", NULL, NULL, &event));
	CHECK(!device_event_read(NULL, "0000:02:00.0", NULL, &event));
}

static void test_a_driver_that_cannot_be_one_is_left_out(void)
{
	char longest[PCI_DRIVER_LEN + 1];

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_STR(event_of("bind", longest, "bound").driver, "");
	CHECK_STR(event_of("bind", "../sda", "bound").driver, "");
}

static void test_events_are_equal_when_they_say_the_same(void)
{
	struct device_event bound = event_of("bind", "vfio-pci", "bound"), again = bound;

	CHECK(device_event_equal(&bound, &again));
	again = event_of("bind", "e1000e", "bound");
	CHECK(!device_event_equal(&bound, &again));
	again = event_of("unbind", NULL, "unbound");
	CHECK(!device_event_equal(&bound, &again));
}

int main(void)
{
	RUN(test_each_action_of_the_kernel_is_a_change);
	RUN(test_what_is_not_a_pci_function_is_no_event);
	RUN(test_a_driver_that_cannot_be_one_is_left_out);
	RUN(test_events_are_equal_when_they_say_the_same);
	return 0;
}
