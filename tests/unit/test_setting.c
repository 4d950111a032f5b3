/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/pci/setting.c base/error.c */
#include "model/pci/setting.h"
#include "test.h"

static struct pci_setting setting;

static void test_a_setting_is_written_as_it_was_read(void)
{
	static const char *const texts[] = { "nvidia/current_vgpu_type=1", "nvidia/current_vgpu_type=533",
					     "nvidia/current_vgpu_type=65535" };
	char text[PCI_SETTING_LEN];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK(pci_setting_parse(texts[i], &setting) == 0);
		CHECK(setting.attribute == PCI_ATTRIBUTE_VGPU_TYPE);
		CHECK_STR(pci_setting_format(&setting, text), texts[i]);
	}
	CHECK_STR(pci_setting_format(&(struct pci_setting){ 0 }, text), "");
	CHECK_STR(pci_attribute_path(PCI_ATTRIBUTE_VGPU_TYPE), "nvidia/current_vgpu_type");
}

static void test_only_attributes_of_the_list_are_known(void)
{
	static const char *const texts[] = { "",
					     "nvidia/current_vgpu_type",
					     "nvidia/current_vgpu_typ=533",
					     "nvidia/current_vgpu_types=533",
					     "nvidia/placement_id=1",
					     "driver_override=1",
					     "../../0000:02:00.0/remove=1",
					     " nvidia/current_vgpu_type=533",
					     "NVIDIA/current_vgpu_type=533",
					     "=533" };

	setting = (struct pci_setting){ PCI_ATTRIBUTE_VGPU_TYPE, 7 };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK(pci_setting_parse(texts[i], &setting) == PCI_SETTING_UNKNOWN);
	CHECK(setting.value == 7);
}

static void test_values_are_numbers_that_a_type_can_have(void)
{
	static const char *const values[] = { "",      "0",    "-1",   "65536", "99999", "100000",
					      "0x215", "533 ", " 533", "533a",	"0533",	 "4294967829",
					      "533=1", "5.3",  "L40S", "+533" };
	char text[80];

	setting = (struct pci_setting){ PCI_ATTRIBUTE_VGPU_TYPE, 7 };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(text, sizeof(text), "nvidia/current_vgpu_type=%s", values[i]);
		CHECK(pci_setting_parse(text, &setting) == PCI_SETTING_VALUE);
	}
	CHECK(setting.value == 7);
}

/* ---- types that are left ------------------------------------------------------------------------------ */

static struct vgpu_state vgpu;
static char left[VGPU_LEFT_LEN];

static const char *parse(const char *text)
{
	memset(&vgpu, 0xff, sizeof(vgpu));
	return vgpu_parse_left(text, &vgpu) == 0 ? vgpu_format_left(&vgpu, left) : "not such a text";
}

static void test_the_table_of_a_card(void)
{
	CHECK_STR(parse("ID    : vGPU Name\n1145  : NVIDIA L40S-1B\n1147  : NVIDIA L40S-1Q\n"), "1145, 1147");
	CHECK(vgpu_has_left(&vgpu, 1145) && vgpu_has_left(&vgpu, 1147) && !vgpu_has_left(&vgpu, 1146));
	CHECK(!vgpu_has_left(&vgpu, 0));
	/* Without the header, as others have reported it, and without the last line's end. */
	CHECK_STR(parse("1428 : NVIDIA H200X-141C\n1414 : NVIDIA H200X-1-18C"), "1428, 1414");
	CHECK_STR(parse("533: NVIDIA A40-1Q\n"), "533");
}

static void test_a_full_card_has_a_header_alone(void)
{
	CHECK_STR(parse("ID    : vGPU Name\n"), "");
	CHECK_STR(parse("ID    : vGPU Name"), "");
	CHECK_STR(parse(""), "");
	CHECK_STR(parse("\n"), "");
	CHECK(vgpu.count == 0 && !vgpu.is_cut);
}

static void test_anything_else_is_not_understood(void)
{
	static const char *const texts[] = { "ID : vGPU Name\nID : vGPU Name\n",
					     "ID\n70000 : too large\n",
					     "0 : none\n",
					     "533\n",
					     "533 NVIDIA A40-1Q\n",
					     "ID\n533 : a\nNVIDIA A40-1Q 557\n",
					     "1145x : NVIDIA\n",
					     "-5 : NVIDIA\n534 : b\nx\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CHECK_STR(parse(texts[i]), "not such a text");
		CHECK(vgpu.count == 0);
	}
}

static void test_more_types_than_there_is_room_for(void)
{
	char text[4096] = "ID : vGPU Name\n";

	for (int i = 0; i < VGPU_TYPES_MAX + 1; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d : a\n", 10001 + i);
	CHECK(vgpu_parse_left(text, &vgpu) == 0);
	CHECK(vgpu.count == VGPU_TYPES_MAX && vgpu.is_cut);
	strcat(text, "no type\n");
	CHECK(vgpu_parse_left(text, &vgpu) == 1 && !vgpu.is_cut);
	*strstr(text, "no type") = '\0';
	CHECK(vgpu_parse_left(text, &vgpu) == 0);
	vgpu_format_left(&vgpu, left);
	CHECK(strncmp(left, "10001, 10002, ", 14) == 0);
	CHECK_STR(left + strlen(left) - 5, ", ...");
}

int main(void)
{
	RUN(test_a_setting_is_written_as_it_was_read);
	RUN(test_only_attributes_of_the_list_are_known);
	RUN(test_values_are_numbers_that_a_type_can_have);
	RUN(test_the_table_of_a_card);
	RUN(test_a_full_card_has_a_header_alone);
	RUN(test_anything_else_is_not_understood);
	RUN(test_more_types_than_there_is_room_for);
	return 0;
}
