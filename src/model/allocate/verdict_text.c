/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the text of a verdict, and what can be done about it. */
#include "model/allocate/verdict.h"

#include <stdio.h>

#include "base/error.h"

static int put_member(const struct verdict *verdict, const char *behind, char *buf, size_t size)
{
	char addr[PCI_ADDR_LEN];

	pci_addr_format(&verdict->culprit, addr);
	if (verdict->is_physfn)
		return snprintf(buf, size, "its physical function %s%s", addr, behind);
	return snprintf(buf, size, "%s of its group %d%s", addr, verdict->group, behind);
}

/* Writes what %NAME stands for in the text of a reason. Returns what snprintf() does. */
static int put_value(const struct verdict *verdict, char name, char *buf, size_t size)
{
	char addr[PCI_ADDR_LEN];

	switch (name) {
	case 'A': /* the address of the culprit */
		return snprintf(buf, size, "%s", pci_addr_format(&verdict->culprit, addr));
	case 'C':
		return snprintf(buf, size, "%04x", verdict->class_code);
	case 'D': /* the domain that has it */
		return snprintf(buf, size, "%s", verdict->holder);
	case 'G':
		return snprintf(buf, size, "%d", verdict->group);
	case 'H': /* how the domain has it */
		return snprintf(buf, size, "%s", verdict_rows[verdict->availability].holds);
	case 'K': /* the driver that it keeps */
		return snprintf(buf, size, "%s%s", verdict->driver[0] ? "driver " : "no driver",
				verdict->driver);
	case 'M': /* the culprit in words */
		return put_member(verdict, "", buf, size);
	case 'N':
		return snprintf(buf, size, "%s", verdict->network);
	case 'U': /* the use by the host */
		return snprintf(buf, size, "%s", verdict->host_use);
	case 'V':
		return snprintf(buf, size, "%u", verdict->vfs);
	case 'W': /* the subject: the device itself is not named */
		if (verdict->is_other_member || verdict->is_physfn)
			return put_member(verdict, " ", buf, size);
		break;
	case 'X': /* what is unclear about it */
		return snprintf(buf, size, "%s", verdict->unclear);
	}
	return 0;
}

static const char *reason(const struct verdict *verdict)
{
	const struct verdict_row *row = &verdict_rows[verdict->availability];

	if (row->holds && verdict->is_sibling)
		return "%A of the same card %H domain %D, and not both have a reset of their own";
	/* The device was assigned and plugged in again since, so its group differs from the lease. */
	if (row->holds && verdict->is_leased_elsewhere)
		return "%W%H domain %D, whose lease has it in another group";
	if (row->holds && verdict->is_physfn)
		return "%W%H domain %D";
	return row->reason;
}

char *verdict_format(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	size_t used = 0;

	for (const char *c = reason(verdict); *c && used < VERDICT_LEN; c++) {
		if (*c == '%')
			used += (size_t)put_value(verdict, *++c, buf + used, VERDICT_LEN - used);
		else
			buf[used++] = *c;
	}
	buf[used < VERDICT_LEN ? used : VERDICT_LEN - 1] = '\0';
	return buf;
}

char *verdict_advice(const struct verdict *verdict, char buf[static VERDICT_LEN])
{
	const struct verdict_row *row = &verdict_rows[verdict->availability];
	bool is_members = verdict->is_other_member && row->member_advice;
	char addr[PCI_ADDR_LEN];

	snprintf(buf, VERDICT_LEN, "%s", is_members ? row->member_advice : row->advice);
	if (!row->is_host_need || verdict->force_is_vain)
		return buf;
	if (verdict->is_console_input && verdict->force_count == 1) {
		text_append(buf, VERDICT_LEN,
			    ", or write lend_console_input = yes into the section of its model, if the "
			    "console can do without; its disks and network cards stay guarded");
		return buf;
	}
	text_append(buf, VERDICT_LEN, ", or write force =");
	for (size_t i = 0; i < verdict->force_count; i++)
		text_append(buf, VERDICT_LEN, " %s", pci_addr_format(&verdict->force[i], addr));
	text_append(buf, VERDICT_LEN, " into the section of its model, if the host can do without");
	return buf;
}
