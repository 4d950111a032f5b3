/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/allocate/verdict_text.c model/pci/address.c base/error.c model/pci/setting.c */
#include "model/allocate/verdict.h"
#include "model/lease/cleaning.h"
#include "test.h"

static const struct finding finding = { .condition = PCI_OUT,
					.when = "2026-11-30 13:20",
					.evidence = "does not answer since its return from win11" };
static const struct cleaning failed = { .state = CLEANING_FAILED,
					.since = "2026-11-30 13:00",
					.why = "erase.service: exit code 1" };

static const struct vgpu_state vgpu = { .is_read = true, .count = 2, .left = { 1145, 1147 } };

/* A verdict with a value for whatever a text can name. */
static struct verdict verdict(enum availability why)
{
	return (struct verdict){ .availability = why,
				 .culprit = { .bus = 2, .function = 1 },
				 .group = 14,
				 .class_code = 0x0601,
				 .vfs = 8,
				 .host_use = "disk sda is swap space",
				 .driver = "igb",
				 .unclear = "was not inspected",
				 .holder = "win11",
				 .held_since = "2026-11-30 12:00",
				 .cleaning = &failed,
				 .network = "vfs",
				 .vgpu = &vgpu,
				 .vgpu_type = 533,
				 .finding = &finding };
}

static const char *text(const struct verdict *verdict)
{
	static char buf[VERDICT_LEN];

	return verdict_format(verdict, buf);
}

static void test_every_reason_has_a_complete_row(void)
{
	for (enum availability why = AVAILABLE; why < AVAILABILITY_COUNT; why++) {
		const struct verdict_row *row = &verdict_rows[why];

		CHECK(row->reason && row->reason[0]);
		CHECK(row->advice && (row->advice[0] != '\0') == (why != AVAILABLE));
		CHECK(row->state &&
		      strstr(" free degraded leased quarantined held out unavailable ", row->state));
		CHECK((strcmp(row->state, "free") == 0) == (why == AVAILABLE));
		CHECK(row->meaning >= VERDICT_GOOD && row->meaning <= VERDICT_BAD);
		CHECK((row->meaning == VERDICT_GOOD) == (why == AVAILABLE));
		CHECK((row->remedy > 0) == (why != AVAILABLE && why != AVAILABLE_DEGRADED));
		CHECK((row->holds != NULL) == (strstr(row->reason, "%D") != NULL));
		CHECK(!row->is_host_need || (row->is_lasting && !row->is_fit));
	}
}

static void test_every_value_in_a_text_is_known(void)
{
	for (enum availability why = AVAILABLE; why < AVAILABILITY_COUNT; why++) {
		struct verdict v = verdict(why);

		for (const char *c = strchr(verdict_rows[why].reason, '%'); c; c = strchr(c + 1, '%'))
			CHECK(c[1] && strchr("ACDEGHKMNSTUVWXYZ", c[1]));
		CHECK(text(&v)[0] && !strchr(text(&v), '%'));
		CHECK(!strstr(text(&v), "  ") && text(&v)[strlen(text(&v)) - 1] != ' ');
	}
}

static void test_evidence_has_the_time_at_which_it_was_found(void)
{
	struct verdict v = verdict(UNAVAILABLE_OUT);
	struct finding seen = { .condition = PCI_DEGRADED, .evidence = "its link has 1 of 4 lanes" };

	CHECK_STR(text(&v), "is out: does not answer since its return from win11, 2026-11-30 13:20");
	v.availability = AVAILABLE_DEGRADED;
	v.is_other_member = true;
	v.finding = &seen;
	CHECK_STR(text(&v), "0000:02:00.1 of its group 14 is degraded, and taken last: its link has 1 of 4 "
			    "lanes");
}

static void test_another_member_is_the_subject_of_what_it_does(void)
{
	struct verdict v = verdict(UNAVAILABLE_HOST_FUNCTION);

	CHECK_STR(text(&v), "has class 0601, which belongs to the host");
	v.is_other_member = true;
	CHECK_STR(text(&v), "0000:02:00.1 of its group 14 has class 0601, which belongs to the host");
	v.availability = UNAVAILABLE_VFS;
	CHECK_STR(text(&v), "0000:02:00.1 of its group 14 is a physical function with 8 virtual functions "
			    "enabled");
	v.availability = UNAVAILABLE_UNCLEAR;
	CHECK_STR(text(&v), "0000:02:00.1 of its group 14 was not inspected");
}

static void test_a_kept_driver_is_named_if_there_is_one(void)
{
	struct verdict v = verdict(UNAVAILABLE_NOT_VFIO);

	CHECK_STR(text(&v),
		  "is to keep its driver (driver = keep), but driver igb offers no VFIO device for it");
	v.driver = "";
	CHECK_STR(text(&v),
		  "is to keep its driver (driver = keep), but no driver offers no VFIO device for it");
}

static void test_a_vgpu_that_cannot_be_is_told_with_those_that_can(void)
{
	struct verdict v = verdict(UNAVAILABLE_VGPU_TYPE);
	struct vgpu_state other = { .is_read = true };

	CHECK_STR(text(&v), "its card has no vGPU type 533 left; left are 1145, 1147");
	v.vgpu = &other;
	CHECK_STR(text(&v), "its card has no vGPU type 533 left, and no other");
	other.type = 1145;
	CHECK_STR(text(&v), "is a vGPU of type 1145 already, which pcitag has not set");
	other.is_read = false;
	CHECK_STR(text(&v),
		  "cannot become a vGPU of type 533: its driver does not tell the types that its card "
		  "has left (nvidia/creatable_vgpu_types)");
}

static void test_a_holder_is_named_with_what_it_has(void)
{
	struct verdict v = verdict(UNAVAILABLE_NATIVE);

	CHECK_STR(text(&v), "its group 14 is used by domain win11, which names it by address");
	v.is_leased_elsewhere = true;
	CHECK_STR(text(&v), "is used by domain win11, whose lease has it in another group");
	v.availability = UNAVAILABLE_LEASED;
	v.is_other_member = true;
	CHECK_STR(text(&v), "0000:02:00.1 of its group 14 belongs to domain win11, whose lease has it in "
			    "another group");
	v.is_leased_elsewhere = false;
	v.is_physfn = true;
	CHECK_STR(text(&v), "its physical function 0000:02:00.1 belongs to domain win11");
	v.availability = UNAVAILABLE_NAMED;
	CHECK_STR(text(&v), "the domain itself names its physical function 0000:02:00.1 in a hostdev");
	v.availability = UNAVAILABLE_QUARANTINED;
	v.is_sibling = true;
	CHECK_STR(text(&v), "0000:02:00.1 of the same card is quarantined since domain win11, and not both "
			    "have a reset of their own");
}

static void test_how_far_a_cleaning_is(void)
{
	static const struct cleaning due = { .state = CLEANING_DUE };
	struct verdict v = verdict(UNAVAILABLE_UNCLEAN);

	CHECK_STR(text(&v), "its group 14 was used by domain win11 until 2026-11-30 12:00, and its cleaning "
			    "failed: erase.service: exit code 1");
	v.availability = UNAVAILABLE_CLEANED;
	CHECK_STR(text(&v), "its group 14 was used by domain win11 until 2026-11-30 12:00, and is being "
			    "cleaned since 2026-11-30 13:00");
	v.availability = UNAVAILABLE_DUE;
	v.cleaning = &due;
	CHECK_STR(text(&v), "its group 14 was used by domain win11 until 2026-11-30 12:00, and is to be "
			    "cleaned");
	v.is_leased_elsewhere = true;
	CHECK_STR(text(&v), "is to be cleaned since it was used by domain win11, whose lease has it in "
			    "another group");
}

static void test_a_text_that_is_too_long_is_cut(void)
{
	struct verdict v = verdict(UNAVAILABLE_HOST_USE);
	char use[2 * VERDICT_LEN] = "";

	memset(use, 'x', sizeof(use) - 1);
	v.host_use = use;
	CHECK(strlen(text(&v)) == VERDICT_LEN - 1);
}

int main(void)
{
	RUN(test_every_reason_has_a_complete_row);
	RUN(test_every_value_in_a_text_is_known);
	RUN(test_evidence_has_the_time_at_which_it_was_found);
	RUN(test_another_member_is_the_subject_of_what_it_does);
	RUN(test_a_kept_driver_is_named_if_there_is_one);
	RUN(test_a_vgpu_that_cannot_be_is_told_with_those_that_can);
	RUN(test_a_holder_is_named_with_what_it_has);
	RUN(test_how_far_a_cleaning_is);
	RUN(test_a_text_that_is_too_long_is_cut);
	return 0;
}
