/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/json/fields.c model/pci/state.c model/pci/finding.c model/pci/topology.c model/pci/address.c base/error.c */
/* libs: json-c */
/*
 * What a look at a function reads: its configuration space and the kernel's lists of errors. And the file of
 * a finding: what is accepted can be written and read again.
 */
#include "model/pci/finding.h"
#include "fuzz.h"

static void check_config(const uint8_t *data, size_t size)
{
	struct pci_state state = { 0 };
	const struct pci_errors none = { 0 };
	char evidence[PCI_EVIDENCE_LEN];
	enum pci_condition condition;

	pci_state_from_config(data, size, &state);
	REQUIRE(state.power <= 3 && state.width <= 63 && state.width_most <= 63);
	REQUIRE((state.width == 0) == (state.width_most == 0));
	REQUIRE(!state.is_mute || state.width == 0);
	REQUIRE(state.is_read == (size >= PCI_CONFIG_HEADER_LEN));
	condition = pci_state_judge(&state, &none, evidence);
	REQUIRE(strnlen(evidence, sizeof(evidence)) < sizeof(evidence));
	REQUIRE((condition == PCI_WELL) == (evidence[0] == '\0'));
	REQUIRE((condition == PCI_OUT) == state.is_mute);
}

static void check_errors(const char *text)
{
	uint32_t count = 7;

	if (pci_errors_parse(text, &count) != 0)
		REQUIRE(count == 7);
	else
		REQUIRE(strstr(text, "TOTAL_ERR_"));
}

static void check_finding(const char *text, size_t size)
{
	struct finding finding, again;
	struct error err = { 0 };
	char *written;

	if (finding_from_text(text, size, &finding, &err) < 0) {
		require_message(&err);
		return;
	}
	require_no_message(&err);
	REQUIRE(finding.condition == PCI_DEGRADED || finding.condition == PCI_OUT);
	REQUIRE(finding.evidence[0] && !strpbrk(finding.evidence, "\n\r\t\x1b"));
	REQUIRE(finding.when[0] && !strpbrk(finding.when, "\n\r\t\x1b"));
	REQUIRE(finding.since >= 0 && finding.id.class_code <= 0xffffff && !finding.is_of_any);
	written = finding_to_text(&finding);
	REQUIRE(written && finding_from_text(written, strlen(written), &again, &err) == 0);
	REQUIRE(pci_addr_equal(&again.addr, &finding.addr) && pci_identity_equal(&again.id, &finding.id));
	REQUIRE(strcmp(again.evidence, finding.evidence) == 0 && strcmp(again.when, finding.when) == 0);
	free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	memcpy(text, data, size);
	text[size] = '\0';
	check_config(data, size);
	check_errors(text);
	check_finding(text, size);
	free(text);
	return 0;
}
