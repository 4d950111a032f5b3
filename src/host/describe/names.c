/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/describe/names.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <pci/pci.h>

#include "base/error.h"

struct pci_names_source {
	struct pci_access *access;
	bool is_broken; /* pci.ids cannot be read, or memory ran out */
};

/* libpci's error callback must not return, and has no argument for context. */
static jmp_buf failed;

static void PRINTF_LIKE(1, 2) __attribute__((noreturn)) on_error(char *fmt UNUSED, ...)
{
	longjmp(failed, 1);
}

static void PRINTF_LIKE(1, 2) on_remark(char *fmt UNUSED, ...)
{
}

struct pci_names_source *pci_names_open(void)
{
	struct pci_names_source *source = calloc(1, sizeof(*source));

	if (!source)
		return NULL;
	source->access = pci_alloc();
	source->access->error = on_error;
	source->access->warning = on_remark;
	source->access->debug = on_remark;
	/* Uses only pci.ids, neither $HOME/.pciids-cache nor the DNS. */
	source->access->id_lookup_mode = 0;
	return source;
}

void pci_names_close(struct pci_names_source *source)
{
	if (!source)
		return;
	pci_cleanup(source->access);
	free(source);
}

/* udev's hardware database is a copy of pci.ids; without it, libpci leaks a context for each name. */
#define ONLY_NAMES (PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB)

/* @what: which name; the IDs are what it asks for, and 0 */
static void look_up_name(struct pci_access *access, char name[static PCI_NAME_LEN], int what,
			 const int id[static 4])
{
	if (!pci_lookup_name(access, name, PCI_NAME_LEN, what | ONLY_NAMES, id[0], id[1], id[2], id[3]))
		name[0] = '\0';
	keep_one_line(name);
}

/* An ID of 0 means "none" and has no name. */
static void look_up(struct pci_access *access, const struct pci_identity *id, struct pci_names *out)
{
	const int ids[] = { id->vendor, id->device, id->subsystem_vendor, id->subsystem_device, 0, 0 };
	char *number;

	look_up_name(access, out->vendor, PCI_LOOKUP_VENDOR, ids);
	look_up_name(access, out->device, PCI_LOOKUP_DEVICE, ids);
	look_up_name(access, out->class_name, PCI_LOOKUP_CLASS, (const int[4]){ pci_class(id) });
	/* "Unassigned class [ffff]" when only the base class has a name. */
	number = strstr(out->class_name, " [");
	if (number)
		*number = '\0';
	if (id->subsystem_vendor == 0)
		return;
	look_up_name(access, out->subsystem_vendor, PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_VENDOR, ids + 2);
	look_up_name(access, out->subsystem, PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_DEVICE, ids);
}

void pci_names_look_up(struct pci_names_source *source, const struct pci_identity *id, struct pci_names *out)
{
	*out = (struct pci_names){ 0 };
	if (!source || source->is_broken)
		return;
	if (setjmp(failed) != 0) {
		source->is_broken = true;
		*out = (struct pci_names){ 0 };
		return;
	}
	look_up(source->access, id, out);
}
