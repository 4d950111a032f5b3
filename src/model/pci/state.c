/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pci/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

/* linux/pci_regs.h */
#define STATUS 0x06
#define STATUS_CAP_LIST 0x10
#define HEADER_TYPE 0x0e
#define HEADER_TYPE_MASK 0x7f
#define CAPABILITY_LIST 0x34
#define CAPABILITY_POWER 0x01
#define CAPABILITY_EXPRESS 0x10
#define POWER_CONTROL 4
#define POWER_STATE_MASK 3
#define LINK_CAPABILITIES 12
#define LINK_STATUS 18
#define LINK_WIDTH_SHIFT 4
#define LINK_WIDTH_MASK 0x3f

/* A list in 192 bytes has no more than 48 entries of four bytes: a longer one is a circle. */
#define CAPABILITIES_MAX 48

static unsigned word16(const unsigned char *at)
{
	return at[0] | (unsigned)at[1] << 8;
}

static bool is_all_ones(const unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0xff)
			return false;
	}
	return true;
}

static void take_capability(const unsigned char *at, size_t left, struct pci_state *out)
{
	if (at[0] == CAPABILITY_POWER && left >= POWER_CONTROL + 2)
		out->power = at[POWER_CONTROL] & POWER_STATE_MASK;
	if (at[0] != CAPABILITY_EXPRESS || left < LINK_STATUS + 2)
		return;
	out->width_most = word16(at + LINK_CAPABILITIES) >> LINK_WIDTH_SHIFT & LINK_WIDTH_MASK;
	out->width = word16(at + LINK_STATUS) >> LINK_WIDTH_SHIFT & LINK_WIDTH_MASK;
	/* Integrated into the root complex: no link, whatever one of the registers says. */
	if (!out->width || !out->width_most)
		out->width = out->width_most = 0;
}

void pci_state_from_config(const unsigned char *bytes, size_t len, struct pci_state *out)
{
	size_t at;

	out->is_mute = out->is_read = out->is_header = false;
	out->power = out->width = out->width_most = 0;
	if (len < PCI_CONFIG_HEADER_LEN)
		return;
	out->is_read = true;
	out->is_header = len == PCI_CONFIG_HEADER_LEN;
	out->is_mute = is_all_ones(bytes, PCI_CONFIG_HEADER_LEN);
	if (out->is_mute || !(word16(bytes + STATUS) & STATUS_CAP_LIST) ||
	    (bytes[HEADER_TYPE] & HEADER_TYPE_MASK) != 0)
		return;
	/* The two lowest bits of a pointer are reserved. */
	at = bytes[CAPABILITY_LIST] & ~3U;
	for (unsigned i = 0; i < CAPABILITIES_MAX && at >= PCI_CONFIG_HEADER_LEN && at + 2 <= len; i++) {
		take_capability(bytes + at, len - at, out);
		at = bytes[at + 1] & ~3U;
	}
}

int pci_errors_parse(const char *text, uint32_t *out)
{
	static const char key[] = "TOTAL_ERR_";
	const char *line = text, *digits;
	unsigned long long sum;

	while (line && strncmp(line, key, strlen(key)) != 0) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	digits = line ? line + strcspn(line, " \n") : "";
	digits += strspn(digits, " ");
	if (*digits < '0' || *digits > '9')
		return 1;
	sum = strtoull(digits, NULL, 10);
	*out = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
	return 0;
}

/* A function that was added anew counts from 0 again. */
static uint32_t since(uint32_t now, uint32_t before)
{
	return now > before ? now - before : 0;
}

static void put_errors(char evidence[static PCI_EVIDENCE_LEN], uint32_t count, const char *kind)
{
	snprintf(evidence, PCI_EVIDENCE_LEN, "%u %s %s (AER)", count, kind, count == 1 ? "error" : "errors");
}

enum pci_condition pci_state_judge(const struct pci_state *now, const struct pci_errors *before,
				   char evidence[static PCI_EVIDENCE_LEN])
{
	uint32_t fatal = since(now->errors.fatal, before->fatal);
	uint32_t nonfatal = since(now->errors.nonfatal, before->nonfatal);

	evidence[0] = '\0';
	if (!now->is_read)
		return PCI_WELL;
	if (now->is_mute) {
		snprintf(evidence, PCI_EVIDENCE_LEN, "its configuration space reads all ones");
		return PCI_OUT;
	}
	if (fatal) {
		put_errors(evidence, fatal, "fatal");
		return PCI_OUT;
	}
	if (nonfatal)
		put_errors(evidence, nonfatal, "nonfatal");
	else if (now->is_tired)
		snprintf(evidence, PCI_EVIDENCE_LEN, "it does not wake up from %s",
			 now->power == 3   ? "D3hot"
			 : now->power == 2 ? "D2"
					   : "D1");
	else if (now->width < now->width_most)
		snprintf(evidence, PCI_EVIDENCE_LEN, "its link has %u of %u lanes", now->width,
			 now->width_most);
	else
		return PCI_WELL;
	return PCI_DEGRADED;
}

static const char *const names[] = {
	[PCI_WELL] = "well",
	[PCI_DEGRADED] = "degraded",
	[PCI_OUT] = "out",
};

const char *pci_condition_name(enum pci_condition condition)
{
	return names[condition];
}

int pci_condition_parse(const char *text, enum pci_condition *out)
{
	int i = find_name(names, ARRAY_SIZE(names), text);

	if (i < 0)
		return 1;
	*out = (enum pci_condition)i;
	return 0;
}
