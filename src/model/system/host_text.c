/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/system/host_text.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define WORD_ENDS " \t\n"

/* True when @text begins with the name of @module; '-' and '_' are equal, as for kmod and the kernel. */
static bool begins_with_module(const char *text, const char *module)
{
	for (; *module; module++, text++) {
		if ((*text == '-' ? '_' : *text) != (*module == '-' ? '_' : *module))
			return false;
	}
	return true;
}

/* Copies the text after "OPTION=" in @word, without quotes. */
static bool take_value(const char *word, const char *option, char value[static MODULE_OPTION_LEN])
{
	size_t len = strlen(option);

	if (strncmp(word, option, len) != 0 || word[len] != '=')
		return false;
	word += len + 1;
	word += *word == '"';
	snprintf(value, MODULE_OPTION_LEN, "%.*s", (int)strcspn(word, WORD_ENDS "\""), word);
	return true;
}

static const char *next_word(const char *text)
{
	text += strcspn(text, WORD_ENDS);
	return text + strspn(text, WORD_ENDS);
}

bool cmdline_option(const char *cmdline, const char *module, const char *option,
		    char value[static MODULE_OPTION_LEN])
{
	size_t len = strlen(module);

	for (const char *word = cmdline + strspn(cmdline, WORD_ENDS "\""); *word; word = next_word(word)) {
		word += *word == '"';
		if (begins_with_module(word, module) && word[len] == '.' &&
		    take_value(word + len + 1, option, value))
			return true;
	}
	return false;
}

bool cmdline_has(const char *cmdline, const char *word)
{
	for (const char *at = cmdline + strspn(cmdline, WORD_ENDS); *at; at = next_word(at)) {
		if (word_is(at, word))
			return true;
	}
	return false;
}

bool modprobe_option(const char *line, const char *module, const char *option,
		     char value[static MODULE_OPTION_LEN])
{
	const char *name = word_at(line, 1);
	const char *word = name + strcspn(name, WORD_ENDS);

	if (!word_is(word_at(line, 0), "options") || !begins_with_module(name, module) ||
	    word != name + strlen(module))
		return false;
	while (*word && *word != '\n') {
		word += strspn(word, " \t");
		if (take_value(word, option, value))
			return true;
		word += strcspn(word, WORD_ENDS);
	}
	return false;
}

bool module_list_has(const char *text, const char *module)
{
	size_t len = strlen(module);

	for (const char *line = text; *line; line = next_line(line)) {
		const char *end = line + strcspn(line, ": \t\n"), *name = end;

		while (name > line && name[-1] != '/')
			name--;
		if ((size_t)(end - name) > len && begins_with_module(name, module) &&
		    strncmp(name + len, ".ko", 3) == 0)
			return true;
	}
	return false;
}

bool modules_load_names(const char *line, const char *module)
{
	const char *name = word_at(line, 0);

	return strcspn(name, WORD_ENDS) == strlen(module) && begins_with_module(name, module);
}

bool limits_memlock(const char *text, uint64_t *hard)
{
	static const char row[] = "Max locked memory ";

	for (const char *line = text; *line; line = next_line(line)) {
		const char *value;
		char *end;

		if (strncmp(line, row, strlen(row)) != 0)
			continue;
		value = word_at(line, 4);
		if (word_is(value, "unlimited")) {
			*hard = MEMLOCK_UNLIMITED;
			return true;
		}
		*hard = strtoull(value, &end, 10);
		return end != value;
	}
	return false;
}

/* A row consists of "24:", one count per processor, the chip's name, and further text. */
static const char *chip_of(const char *line)
{
	const char *word = word_at(line, 1);

	while (*word >= '0' && *word <= '9' && strspn(word, "0123456789") == strcspn(word, WORD_ENDS))
		word = word_at(word, 1);
	return word;
}

enum interrupt_remapping interrupts_remapping(const char *text)
{
	enum interrupt_remapping found = REMAPPING_UNKNOWN;

	for (const char *line = text; *line; line = next_line(line)) {
		const char *chip = chip_of(line);

		if (strncmp(chip, "IR-", 3) == 0 || strncmp(chip, "ITS-", 4) == 0)
			return REMAPPING_ON;
		if (strncmp(chip, "IO-APIC", 7) == 0 || strncmp(chip, "PCI-MSI", 7) == 0)
			found = REMAPPING_OFF;
	}
	return found;
}

/*
 * A pattern of the machine's name, and what provides an IOMMU for its PCI host bridge. Linux:
 * drivers/iommu/Kconfig; Documentation/devicetree/bindings/pci/pci-iommu.txt; drivers/acpi/arm64/iort.c,
 * drivers/acpi/riscv/rimt.c; drivers/vfio/Kconfig (VFIO_IOMMU_SPAPR_TCE).
 */
static const struct {
	const char *machine, *none, *some;
} rows[] = {
	{ "x86_64*", "switch VT-d or AMD-Vi on in its firmware and boot it with intel_iommu=on",
	  "update the firmware, whose DMAR or IVRS table leaves the PCI slots out; journalctl -k tells what "
	  "it has (DMAR, AMD-Vi)" },
	{ "i?86*", "switch VT-d or AMD-Vi on in its firmware and boot it with intel_iommu=on",
	  "update the firmware, whose DMAR or IVRS table leaves the PCI slots out" },
	{ "aarch64*",
	  "switch the SMMU on in its firmware; the kernel needs CONFIG_ARM_SMMU or CONFIG_ARM_SMMU_V3",
	  "the SMMU does not serve PCI: the PCI host needs iommu-map in the device tree, or a mapping in the "
	  "IORT table of ACPI; a board without an SMMU in front of PCI cannot pass devices through" },
	{ "arm*", "a board with an SMMU in front of PCI is needed (device tree: iommu-map)",
	  "the SMMU does not serve PCI: the PCI host needs iommu-map in the device tree" },
	{ "ppc*",
	  "run on bare metal (PowerNV), or give a pseries guest devices; the kernel needs "
	  "CONFIG_SPAPR_TCE_IOMMU",
	  "the PCI host bridge needs a DMA window (ibm,dma-window in the device tree)" },
	{ "s390*", "configure the PCI functions to this system; the kernel needs CONFIG_S390_IOMMU",
	  "configure the PCI functions to this system; the kernel needs CONFIG_S390_IOMMU" },
	{ "riscv*",
	  "an IOMMU is needed, in the device tree or the RIMT table of ACPI; the kernel needs "
	  "CONFIG_RISCV_IOMMU (Linux 6.13)",
	  "the IOMMU does not serve PCI: the PCI host needs iommu-map in the device tree, or a mapping in "
	  "the RIMT table of ACPI" },
};

const char *iommu_advice(const char *machine, bool has_groups)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (fnmatch(rows[i].machine, machine, 0) == 0)
			return has_groups ? rows[i].some : rows[i].none;
	}
	return "an IOMMU in front of PCI is needed, that firmware describes and the kernel has a driver for";
}

#define BLANKS " \t\r"

/* The text after "KEY =" of a line, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	const char *text = line + strspn(line, BLANKS);

	if (strncmp(text, key, strlen(key)) != 0)
		return NULL;
	text += strlen(key);
	text += strspn(text, BLANKS);
	return *text == '=' ? text + 1 : NULL;
}

/* Skips blanks, ends of lines and comments. */
static const char *skip_space(const char *text)
{
	text += strspn(text, BLANKS "\n");
	while (*text == '#') {
		text += strcspn(text, "\n");
		text += strspn(text, BLANKS "\n");
	}
	return text;
}

bool libvirt_conf_is_empty_list(const char *text, const char *key)
{
	bool is_empty = false;

	for (const char *line = text; *line; line = next_line(line)) {
		const char *value = value_of(line, key);

		if (!value)
			continue;
		value = skip_space(value);
		is_empty = *value == '[' && *skip_space(value + 1) == ']';
	}
	return is_empty;
}
