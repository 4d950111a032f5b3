/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/lease/vf_net.c host/xml/domain_edit.c host/xml/document.c model/pci/address.c base/error.c host/xml/domain_note.c host/xml/domain_wishes.c model/lease/domain.c model/lease/name.c model/lease/options.c model/wish/wish.c model/wish/pattern_list.c */
/* libs: libxml-2.0 */
#include "host/xml/domain_edit.h"
#include "test.h"

#define NPU "<input type=\"passthrough\" bus=\"virtio\"><source evdev=\"/dev/pcitag/d1/npu\"/></input>"
#define GPU "<input type=\"passthrough\" bus=\"virtio\"><source evdev=\"/dev/pcitag/d1/gpu.1\"/></input>"
#define NPU_ON_BUS(n)                                                                                \
	"<input type=\"passthrough\" bus=\"virtio\"><source evdev=\"/dev/pcitag/d1/npu\"/><address " \
	"type=\"pci\" "                                                                              \
	"domain=\"0x0000\" bus=\"" n "\" slot=\"0x00\" function=\"0x0\"/></input>"
#define CONTAINER "<input type=\"evdev\"><source dev=\"/dev/vfio/vfio\"/></input>"
#define EMULATOR(name) "<emulator>/usr/bin/" name "</emulator>"
#define QEMU EMULATOR("qemu-system-x86_64")
#define NAME "<name>d1</name>"
#define ROOT "<controller type=\"pci\" index=\"0\" model=\"pcie-root\"/>"
#define PORT(n)                                                                                              \
	"<controller type=\"pci\" index=\"" n "\" model=\"pcie-root-port\"><address type=\"pci\" bus=\"0\" " \
	"slot=\"1\" function=\"" n "\"/></controller>"
#define ON_BUS(n, device) "<" device "><address type=\"pci\" bus=\"" n "\" slot=\"0\"/></" device ">"
#define NOTE(entries, more) \
	"<pcitag:controllers xmlns:pcitag=\"urn:x-pcitag:1\"" more ">" entries "</pcitag:controllers>"
#define ENTRY(n, request) "<pcitag:controller index=\"" n "\" request=\"" request "\"/>"

static const struct request npu = { .owner = "d1", .text = "npu", .name = "npu", .index = -1 };
static const struct request gpu = { .owner = "d1", .text = "gpu.1", .name = "gpu", .index = 1 };

static struct domain_edit open_xml(const char *xml)
{
	struct domain_edit edit;
	struct error err = { 0 };

	if (domain_edit_open(xml, &edit, &err) < 0)
		CHECK_STR(err.msg, "");
	return edit;
}

static struct domain_edit open_body(const char *body)
{
	char xml[8192];

	CHECK(snprintf(xml, sizeof(xml), "<domain>%s</domain>", body) < (int)sizeof(xml));
	return open_xml(xml);
}

/* The text behind "<?xml ...?>\n", without the last newline; closes the edit. */
static char *text_of(struct domain_edit *edit)
{
	static char text[8192];
	char *all = domain_edit_text(edit, NULL);
	const char *start;

	CHECK(all && strlen(all) < sizeof(text));
	start = strchr(all, '\n') + 1;
	memcpy(text, start, strlen(start) + 1);
	CHECK(text[strlen(text) - 1] == '\n');
	text[strlen(text) - 1] = '\0';
	free(all);
	domain_edit_close(edit);
	return text;
}

#define CHECK_BODY(edit, body) CHECK_STR(text_of(edit), "<domain>" body "</domain>")

static void test_a_placeholder_goes_behind_the_other_devices(void)
{
	struct domain_edit edit = open_body(NAME "<devices>" QEMU "<input type=\"mouse\"/></devices>");

	CHECK(domain_edit_add_placeholder(&edit, &npu, NULL, NULL) == 0);
	CHECK(domain_edit_add_placeholder(&edit, &gpu, NULL, NULL) == 0);
	CHECK(domain_edit_add_container(&edit, NULL) == 0);
	CHECK_BODY(&edit, NAME "<devices>" QEMU "<input type=\"mouse\"/>" NPU GPU CONTAINER "</devices>");
}

static void test_a_domain_without_devices_gets_some(void)
{
	struct domain_edit edit = open_body(NAME);

	CHECK(domain_edit_set_emulator(&edit, "/usr/bin/x", NULL) == 0);
	CHECK(domain_edit_add_placeholder(&edit, &npu, NULL, NULL) == 0);
	CHECK_BODY(&edit, NAME "<devices>" NPU "</devices>");
}

static void test_the_emulator_is_replaced_where_there_is_one(void)
{
	struct domain_edit edit = open_body("<devices>" QEMU "</devices>");

	CHECK(domain_edit_set_emulator(&edit, "/usr/bin/pcitag-qemu-system-x86_64", NULL) == 0);
	CHECK_BODY(&edit, "<devices>" EMULATOR("pcitag-qemu-system-x86_64") "</devices>");

	edit = open_body("<devices></devices>");
	CHECK(domain_edit_set_emulator(&edit, "/usr/bin/pcitag-qemu-system-x86_64", NULL) == 0);
	CHECK_BODY(&edit, "<devices/>");
}

/* Nobody has checked such a path: it is still one text. */
static void test_a_hostile_path_stays_a_text(void)
{
	struct domain_edit edit = open_body("<devices>" QEMU "</devices>");

	CHECK(domain_edit_set_emulator(&edit, "</emulator><evil a=\"&amp;\"/>", NULL) == 0);
	CHECK_BODY(&edit,
		   "<devices><emulator>&lt;/emulator&gt;&lt;evil a=\"&amp;amp;\"/&gt;</emulator></devices>");
}

static void test_the_guest_address_is_written_as_libvirt_does(void)
{
	struct pci_addr guest = { .bus = 5, .slot = 0x1f, .function = 7 };
	struct domain_edit edit = open_body("<devices/>");

	CHECK(domain_edit_add_placeholder(&edit, &npu, &guest, NULL) == 0);
	CHECK(domain_edit_place(&edit, &npu, &guest, NULL) == 0);
	guest.bus = 6;
	CHECK(domain_edit_place(&edit, &npu, &guest, NULL) == DOMAIN_EDIT_CHANGED);
	CHECK(domain_edit_place(&edit, &gpu, &guest, NULL) == 0);
	CHECK_BODY(
		&edit,
		"<devices><input type=\"passthrough\" bus=\"virtio\"><source evdev=\"/dev/pcitag/d1/npu\"/>"
		"<address type=\"pci\" domain=\"0x0000\" bus=\"0x06\" slot=\"0x1f\" "
		"function=\"0x7\"/></input>"
		"</devices>");
}

/* What pcitag has nothing to do with: comments, other namespaces, entities, blanks, other inputs. */
static const char foreign[] =
	"<domain xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\" type=\"kvm\">\n"
	"  <!-- by hand -->\n"
	"  <name>d&amp;1</name>\n"
	"  <metadata>\n    <my:note xmlns:my=\"urn:my\">a  b</my:note>\n  </metadata>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"    <!-- the mouse -->\n"
	"    <input type=\"passthrough\" bus=\"virtio\">\n      <source evdev=\"/dev/input/event1\"/>\n    "
	"</input>\n"
	"    <input type=\"evdev\">\n      <source dev=\"/dev/input/event2\"/>\n    </input>\n"
	"    <graphics type=\"vnc\" passwd=\"&lt;secret&gt;&quot;\"/>\n"
	"  </devices>\n"
	"  <qemu:commandline>\n    <qemu:arg value=\"-s\"/>\n  </qemu:commandline>\n"
	"</domain>";

static void test_add_and_remove_leave_everything_else_byte_by_byte(void)
{
	const struct pci_addr guest = { .bus = 5 };
	struct domain_edit edit = open_xml(foreign);

	CHECK(domain_edit_add_placeholder(&edit, &npu, NULL, NULL) == 0);
	CHECK(domain_edit_add_placeholder(&edit, &gpu, &guest, NULL) == 0);
	CHECK(domain_edit_add_container(&edit, NULL) == 0);
	CHECK(domain_edit_set_emulator(&edit, "/usr/bin/other", NULL) == 0);
	domain_edit_remove_placeholder(&edit, &npu);
	domain_edit_remove_placeholder(&edit, &npu);
	domain_edit_remove_placeholder(&edit, &gpu);
	domain_edit_remove_container(&edit);
	domain_edit_drop_controllers(&edit, NULL);
	CHECK(domain_edit_set_emulator(&edit, "/usr/bin/qemu-system-x86_64", NULL) == 0);
	CHECK_STR(text_of(&edit), foreign);
}

static void test_only_the_placeholder_that_is_meant_goes(void)
{
	struct request other = npu;
	struct domain_edit edit = open_body("<devices>" NPU GPU "</devices>");

	memcpy(other.owner, "d2", 3);
	domain_edit_remove_placeholder(&edit, &other);
	domain_edit_remove_placeholder(&edit, &npu);
	CHECK_BODY(&edit, "<devices>" GPU "</devices>");
}

static void test_the_owner_of_a_placeholder_is_replaced(void)
{
	struct domain_edit edit = open_body("<devices>" NPU GPU "</devices>");

	CHECK(domain_edit_rename_owner(&edit, &npu, "copy", NULL) == 0);
	CHECK_BODY(&edit, "<devices><input type=\"passthrough\" bus=\"virtio\"><source "
			  "evdev=\"/dev/pcitag/copy/npu\"/></input>" GPU "</devices>");
}

static int note(struct domain_edit *edit, const char *before_body, const struct request *request)
{
	struct domain_edit before = open_body(before_body);
	int rc = domain_edit_note_controllers(edit, &before, request, NULL);

	domain_edit_close(&before);
	return rc;
}

static void test_new_controllers_are_noted(void)
{
	struct domain_edit edit = open_body("<devices>" ROOT PORT("1") PORT("2") PORT("3") "</devices>");

	CHECK(note(&edit, "<devices>" ROOT PORT("1") "</devices>", &npu) == DOMAIN_EDIT_CHANGED);
	CHECK_BODY(&edit, "<devices>" ROOT PORT("1") PORT("2")
				  PORT("3") "</devices>"
					    "<metadata>" NOTE(ENTRY("2", "npu") ENTRY("3", "npu"),
							      " made-metadata=\"yes\"") "</metadata>");
}

static void test_nothing_new_is_no_note(void)
{
	struct domain_edit edit = open_body("<devices>" ROOT PORT("1") "</devices>");

	CHECK(note(&edit, "<devices>" ROOT PORT("1") "</devices>", &npu) == 0);
	CHECK_BODY(&edit, "<devices>" ROOT PORT("1") "</devices>");
}

static void test_a_second_note_joins_the_first(void)
{
	struct domain_edit edit = open_body("<metadata>" NOTE(
		ENTRY("1", "npu"), "") "</metadata><devices>" ROOT PORT("1") PORT("2") "</devices>");

	CHECK(note(&edit, "<devices>" ROOT PORT("1") "</devices>", &gpu) == DOMAIN_EDIT_CHANGED);
	CHECK_BODY(&edit, "<metadata>" NOTE(ENTRY("1", "npu") ENTRY("2", "gpu.1"),
					    "") "</metadata><devices>" ROOT PORT("1") PORT("2") "</devices>");
}

static void test_noted_controllers_go_with_the_last_placeholder(void)
{
	struct domain_edit edit =
		open_body("<metadata>" NOTE(ENTRY("2", "npu") ENTRY("3", "gpu.1"),
					    " made-metadata=\"yes\"") "</metadata><devices>" ROOT PORT("1")
				  PORT("2") PORT("3") "</devices>");

	domain_edit_drop_controllers(&edit, NULL);
	CHECK_BODY(&edit, "<devices>" ROOT PORT("1") "</devices>");
}

static void test_metadata_that_was_there_stays(void)
{
	struct domain_edit edit = open_body("<metadata/><devices>" ROOT PORT("1") "</devices>");

	CHECK(note(&edit, "<devices>" ROOT "</devices>", &npu) == DOMAIN_EDIT_CHANGED);
	domain_edit_drop_controllers(&edit, NULL);
	CHECK_BODY(&edit, "<metadata/><devices>" ROOT "</devices>");
}

static void test_a_controller_with_a_device_behind_it_stays(void)
{
	struct domain_edit edit = open_body("<metadata>" NOTE(ENTRY("1", "npu") ENTRY("2", "npu"),
							      "") "</metadata><devices>" ROOT PORT("1")
						    PORT("2") ON_BUS("1", "disk") "</devices>");

	domain_edit_drop_controllers(&edit, NULL);
	CHECK_BODY(&edit, "<metadata/><devices>" ROOT PORT("1") ON_BUS("1", "disk") "</devices>");
}

static void test_a_controller_with_another_behind_it_in_number_stays(void)
{
	struct domain_edit edit = open_body("<metadata>" NOTE(
		ENTRY("1", "npu"), "") "</metadata><devices>" ROOT PORT("1") PORT("2") "</devices>");

	domain_edit_drop_controllers(&edit, NULL);
	CHECK_BODY(&edit, "<metadata/><devices>" ROOT PORT("1") PORT("2") "</devices>");
}

static void test_one_placeholder_takes_only_its_own_controllers_along(void)
{
	struct domain_edit edit =
		open_body("<metadata>" NOTE(ENTRY("1", "npu") ENTRY("2", "npu") ENTRY("3", "gpu.1"),
					    "") "</metadata><devices>" ROOT PORT("1") PORT("2") PORT("3")
				  NPU_ON_BUS("0x01") "</devices>");

	domain_edit_drop_controllers(&edit, &gpu);
	CHECK_BODY(&edit, "<metadata>" NOTE(ENTRY("1", "npu") ENTRY("2", "npu"),
					    "") "</metadata><devices>" ROOT PORT("1") PORT("2")
				  NPU_ON_BUS("0x01") "</devices>");
}

/* Its port was not the last one when it was removed. */
static void test_controllers_of_a_placeholder_that_is_gone_go_with_the_next_one(void)
{
	struct domain_edit edit =
		open_body("<metadata>" NOTE(ENTRY("1", "npu") ENTRY("2", "nic") ENTRY("3", "gpu.1"),
					    "") "</metadata><devices>" ROOT PORT("1") PORT("2") PORT("3")
				  NPU_ON_BUS("0x01") "</devices>");

	domain_edit_drop_controllers(&edit, &gpu);
	CHECK_BODY(&edit, "<metadata>" NOTE(ENTRY("1", "npu"), "") "</metadata><devices>" ROOT PORT("1")
				  NPU_ON_BUS("0x01") "</devices>");
}

#define EXPANDER(n, cell)                                                                          \
	"<controller type=\"pci\" index=\"" n "\" model=\"pcie-expander-bus\"><target><node>" cell \
	"</node></target></controller>"
#define PORT_ON(n, bus)                                                                            \
	"<controller type=\"pci\" index=\"" n "\" model=\"pcie-root-port\"><address type=\"pci\" " \
	"domain=\"0x0000\" bus=\"" bus "\" slot=\"0x00\" function=\"0x0\"/></controller>"

static void test_an_expander_bus_with_a_port_is_made_for_a_cell_and_goes_with_its_placeholder(void)
{
	struct domain_edit edit = open_body("<devices>" ROOT PORT("1") "</devices>");
	struct pci_addr guest;

	CHECK(domain_edit_add_expander(&edit, &npu, 1, &guest, NULL) == 0);
	CHECK(guest.bus == 3 && guest.slot == 0 && guest.function == 0);
	CHECK(domain_edit_add_placeholder(&edit, &npu, &guest, NULL) == 0);
	/* What libvirt did not make is recorded already. */
	CHECK(note(&edit, "<devices>" ROOT PORT("1") "</devices>", &gpu) == 0);
	CHECK(domain_edit_is_in_cell(&edit, &npu, 1) && !domain_edit_is_in_cell(&edit, &npu, 0));
	CHECK(!domain_edit_is_in_cell(&edit, &gpu, 1));
	domain_edit_drop_controllers(&edit, &npu);
	CHECK(domain_edit_is_in_cell(&edit, &npu, 1));
	CHECK_BODY(&edit,
		   "<devices>" ROOT PORT("1") EXPANDER("2", "1") PORT_ON("3", "0x02") NPU_ON_BUS(
			   "0x03") "</devices><metadata>" NOTE(ENTRY("2", "npu") ENTRY("3", "npu"),
							       " made-metadata=\"yes\"") "</metadata>");

	edit = open_body("<devices>" ROOT PORT("1") "</devices>");
	CHECK(domain_edit_add_expander(&edit, &npu, 1, &guest, NULL) == 0);
	domain_edit_drop_controllers(&edit, &npu);
	CHECK_BODY(&edit, "<devices>" ROOT PORT("1") "</devices>");
}

static void test_two_expander_buses_have_different_numbers_and_a_full_guest_gets_none(void)
{
	struct domain_edit edit = open_body("<devices/>");
	struct pci_addr guest;

	CHECK(domain_edit_add_expander(&edit, &npu, 0, &guest, NULL) == 0);
	CHECK(guest.bus == 2);
	CHECK(domain_edit_add_expander(&edit, &gpu, 1, &guest, NULL) == 0);
	CHECK(guest.bus == 4);
	domain_edit_close(&edit);

	edit = open_body("<devices>" ROOT PORT("253") "</devices>");
	CHECK(domain_edit_add_expander(&edit, &npu, 0, &guest, NULL) == 0);
	CHECK(guest.bus == 255);
	CHECK(domain_edit_add_expander(&edit, &gpu, 0, &guest, NULL) == DOMAIN_EDIT_FULL);
	domain_edit_close(&edit);
	edit = open_body("<devices>" ROOT PORT("254") "</devices>");
	CHECK(domain_edit_add_expander(&edit, &npu, 0, &guest, NULL) == DOMAIN_EDIT_FULL);
	domain_edit_close(&edit);
}

/* Controllers on each other's buses are no circle to walk for ever. */
static void test_a_circle_of_controllers_is_not_followed_for_ever(void)
{
	struct domain_edit edit = open_body("<devices>" PORT_ON("1", "0x02") PORT_ON("2", "0x01")
						    NPU_ON_BUS("0x01") "</devices>");

	CHECK(!domain_edit_is_in_cell(&edit, &npu, 0));
	domain_edit_close(&edit);
}

static void test_a_note_that_somebody_spoilt_harms_nothing(void)
{
	struct domain_edit edit =
		open_body("<metadata>" NOTE(ENTRY("0", "npu") ENTRY("-1", "npu") ENTRY("999", "npu")
						    ENTRY("x", "npu") "text<pcitag:other/>",
					    "") "</metadata><devices>" ROOT PORT("1") "</devices>");

	domain_edit_drop_controllers(&edit, NULL);
	CHECK_BODY(&edit, "<metadata/><devices>" ROOT PORT("1") "</devices>");
}

static void test_what_is_no_document_is_refused(void)
{
	struct error err = { 0 };
	struct domain_edit edit;

	CHECK(domain_edit_open("<domain>", &edit, &err) < 0);
	CHECK(strstr(err.msg, "is not a complete well-formed document"));
	domain_edit_close(&edit);
}

#define TOLD(request, options) "<pcitag:device request=\"" request "\" options=\"" options "\"/>"

static int tell(struct domain_edit *edit, const struct request *request, const char *text)
{
	return domain_edit_set_options(edit, request, text, NULL);
}

static void test_options_are_kept_in_the_metadata_until_they_are_removed(void)
{
	struct domain_edit edit = open_body(NAME);

	CHECK(tell(&edit, &npu, "") == 0);
	CHECK(tell(&edit, &npu, "rombar=0") == DOMAIN_EDIT_CHANGED);
	CHECK(tell(&edit, &npu, "rombar=0") == 0);
	CHECK(tell(&edit, &gpu, "x-vga=on") == DOMAIN_EDIT_CHANGED);
	CHECK(tell(&edit, &npu, "rombar=1") == DOMAIN_EDIT_CHANGED);
	CHECK(tell(&edit, &gpu, "") == DOMAIN_EDIT_CHANGED);
	CHECK_BODY(&edit,
		   NAME "<metadata>" NOTE(TOLD("npu", "rombar=1"), " made-metadata=\"yes\"") "</metadata>");

	edit = open_body(NAME
			 "<metadata>" NOTE(TOLD("npu", "rombar=1"), " made-metadata=\"yes\"") "</metadata>");
	CHECK(tell(&edit, &npu, "") == DOMAIN_EDIT_CHANGED);
	CHECK_BODY(&edit, NAME);
}

static void test_options_and_controllers_share_the_note(void)
{
	struct domain_edit edit = open_body(
		"<metadata>" NOTE(ENTRY("1", "npu"), "") "</metadata><devices>" ROOT PORT("1") "</devices>");

	CHECK(tell(&edit, &npu, "rombar=0") == DOMAIN_EDIT_CHANGED);
	domain_edit_drop_controllers(&edit, &npu);
	CHECK_BODY(&edit,
		   "<metadata>" NOTE(TOLD("npu", "rombar=0"), "") "</metadata><devices>" ROOT "</devices>");
}

#define WISH(requests, more) "<pcitag:wish requests=\"" requests "\"" more "/>"

static void test_wishes_are_kept_in_the_metadata_with_what_they_are_for(void)
{
	const struct wishes together = { .together = WISH_LEVEL_SWITCH, .numa = WISH_NUMA_REQUIRED };
	const struct wishes last = { .prefer = WISH_PREFER_LAST, .optional = WISH_OPTIONAL_YES };
	struct domain_edit edit = open_body(NAME);

	CHECK(domain_edit_add_wish(&edit, "npu gpu.1", &together, NULL) == DOMAIN_EDIT_CHANGED);
	CHECK(domain_edit_add_wish(&edit, "npu gpu.1", &together, NULL) == 0);
	CHECK(domain_edit_add_wish(&edit, "npu", &last, NULL) == DOMAIN_EDIT_CHANGED);
	CHECK(domain_edit_add_wish(&edit, "npu gpu.1", &(struct wishes){ .numa = WISH_NUMA_NONE }, NULL) ==
	      DOMAIN_EDIT_CHANGED);
	CHECK_BODY(&edit, NAME "<metadata>" NOTE(WISH("npu gpu.1", " numa=\"none\" together=\"switch\"")
							 WISH("npu", " prefer=\"last\" optional=\"yes\""),
						 " made-metadata=\"yes\"") "</metadata>");
}

static void test_wishes_go_with_their_requests(void)
{
	struct domain_edit edit = open_body(NAME "<metadata>" NOTE(
		WISH("npu gpu.1 nic", " together=\"card\"") WISH("npu gpu.1", " numa=\"none\" apart=\"card\"")
			WISH("npu", " prefer=\"last\"") WISH("npu nic", " apart=\"root\""),
		" made-metadata=\"yes\"") "</metadata>");

	CHECK(domain_edit_drop_wishes(&edit, &npu, NULL) == 0);
	CHECK_BODY(&edit, NAME
		   "<metadata>" NOTE(WISH("gpu.1 nic", " together=\"card\"") WISH("gpu.1", " numa=\"none\""),
				     " made-metadata=\"yes\"") "</metadata>");

	edit = open_body(NAME "<metadata>" NOTE(WISH("gpu.1", " numa=\"none\""),
						" made-metadata=\"yes\"") "</metadata>");
	CHECK(domain_edit_drop_wishes(&edit, &npu, NULL) == 0);
	CHECK(domain_edit_drop_wishes(&edit, &gpu, NULL) == 0);
	CHECK_BODY(&edit, NAME);
}

int main(void)
{
	RUN(test_a_placeholder_goes_behind_the_other_devices);
	RUN(test_a_domain_without_devices_gets_some);
	RUN(test_the_emulator_is_replaced_where_there_is_one);
	RUN(test_a_hostile_path_stays_a_text);
	RUN(test_the_guest_address_is_written_as_libvirt_does);
	RUN(test_add_and_remove_leave_everything_else_byte_by_byte);
	RUN(test_only_the_placeholder_that_is_meant_goes);
	RUN(test_the_owner_of_a_placeholder_is_replaced);
	RUN(test_new_controllers_are_noted);
	RUN(test_nothing_new_is_no_note);
	RUN(test_a_second_note_joins_the_first);
	RUN(test_noted_controllers_go_with_the_last_placeholder);
	RUN(test_metadata_that_was_there_stays);
	RUN(test_a_controller_with_a_device_behind_it_stays);
	RUN(test_a_controller_with_another_behind_it_in_number_stays);
	RUN(test_one_placeholder_takes_only_its_own_controllers_along);
	RUN(test_controllers_of_a_placeholder_that_is_gone_go_with_the_next_one);
	RUN(test_an_expander_bus_with_a_port_is_made_for_a_cell_and_goes_with_its_placeholder);
	RUN(test_two_expander_buses_have_different_numbers_and_a_full_guest_gets_none);
	RUN(test_a_circle_of_controllers_is_not_followed_for_ever);
	RUN(test_a_note_that_somebody_spoilt_harms_nothing);
	RUN(test_what_is_no_document_is_refused);
	RUN(test_options_are_kept_in_the_metadata_until_they_are_removed);
	RUN(test_options_and_controllers_share_the_note);
	RUN(test_wishes_are_kept_in_the_metadata_with_what_they_are_for);
	RUN(test_wishes_go_with_their_requests);
	return 0;
}
