/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/json/fields.c model/pci/finding.c model/pci/state.c model/pci/topology.c model/pci/address.c base/error.c */
/* libs: json-c */
#include "model/pci/finding.h"
#include "test.h"

static struct error err;

static struct finding sample(void)
{
	return (struct finding){ .addr = { .bus = 1 },
				 .id = { 0x1234, 0x11e8, 0x1af4, 0x1100, 0x00ff00 },
				 .condition = PCI_OUT,
				 .since = 1790000000,
				 .when = "2026-11-30 13:20",
				 .evidence = "does not answer since its return from win11 (\"quoted\")" };
}

static void test_a_finding_is_read_as_it_was_written(void)
{
	struct finding finding = sample(), again;
	char *text = finding_to_text(&finding);

	CHECK(finding_from_text(text, strlen(text), &again, &err) == 0);
	CHECK(pci_addr_equal(&again.addr, &finding.addr) && pci_identity_equal(&again.id, &finding.id));
	CHECK(again.condition == PCI_OUT && again.since == finding.since && !again.is_of_any);
	CHECK_STR(again.when, finding.when);
	CHECK_STR(again.evidence, finding.evidence);
	free(text);
}

/* Replaces the first @old by @new in the text of the sample, and reads that. */
static int read_with(const char *old, const char *new)
{
	struct finding finding = sample(), again;
	char *text = finding_to_text(&finding), *at = strstr(text, old), changed[2048];
	int rc;

	CHECK(at);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
	rc = finding_from_text(changed, strlen(changed), &again, &err);
	free(text);
	return rc;
}

static void test_each_field_is_checked(void)
{
	CHECK(read_with("\"out\"", "\"degraded\"") == 0);
	CHECK(read_with("\"out\"", "\"well\"") == -1);
	CHECK_STR(err.msg, "field \"condition\" is missing or wrong");
	CHECK(read_with("0000:01:00.0", "0000:01:00") == -1);
	CHECK_STR(err.msg, "field \"address\" is missing or wrong");
	CHECK(read_with("\"vendor\":4660", "\"vendor\":65536") == -1);
	CHECK_STR(err.msg, "field \"vendor\" is missing or wrong");
	CHECK(read_with("\"version\":1", "\"version\":2") == -1);
	CHECK_STR(err.msg, "field \"version\" is missing or wrong");
	CHECK(read_with("does not answer", "does\\nnot answer") == -1);
	CHECK_STR(err.msg, "field \"evidence\" is missing or wrong");
	CHECK(read_with("does not answer", "does\\u0000not answer") == -1);
	CHECK(read_with("\"since\":", "\"then\":") == -1);
	CHECK_STR(err.msg, "field \"since\" is missing or wrong");
	CHECK(read_with("{", "[") == -1);
	CHECK(read_with("}", "") == -1);
	CHECK_STR(err.msg, "it is not a complete JSON object");
}

static void test_another_card_at_the_address_is_not_meant(void)
{
	struct finding finding = sample();
	struct pci_device device = { .addr = finding.addr, .id = finding.id };

	CHECK(finding_is_of(&finding, &device));
	device.id.subsystem_device++;
	CHECK(!finding_is_of(&finding, &device));
	finding.is_of_any = true;
	CHECK(finding_is_of(&finding, &device));
	device.addr.function = 1;
	CHECK(!finding_is_of(&finding, &device));
}

int main(void)
{
	RUN(test_a_finding_is_read_as_it_was_written);
	RUN(test_each_field_is_checked);
	RUN(test_another_card_at_the_address_is_not_meant);
	return 0;
}
