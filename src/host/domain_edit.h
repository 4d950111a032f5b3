/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes a domain's definition: text in, text out. What is not about placeholders stays as it is. That the
 * definition makes sense is checked by domain_xml_parse() and domain_check(), before and behind.
 */
#ifndef PCITAG_HOST_DOMAIN_EDIT_H
#define PCITAG_HOST_DOMAIN_EDIT_H

#include <stdbool.h>

#include "base/error.h"
#include "model/domain.h"
#include "model/pci_addr.h"

/* An open definition. */
struct domain_edit {
	void *doc; /* xmlDocPtr, owned */
};

/*
 * Reads @xml, with the bounds of domain_xml_parse().
 * @edit: overwritten; the caller closes it, also after a failure
 */
int domain_edit_open(const char *xml, struct domain_edit *edit, struct error *err);
void domain_edit_close(struct domain_edit *edit);

/* The definition as it is now, for free(); NULL with *err for want of memory. */
char *domain_edit_text(const struct domain_edit *edit, struct error *err);

/*
 * Appends the placeholder of @request, its owner included.
 * @guest: its <address> in the guest; NULL leaves the choice to libvirt
 * Fails for want of memory, as all of these do.
 */
int domain_edit_add_placeholder(struct domain_edit *edit, const struct request *request,
				const struct pci_addr *guest, struct error *err);

/* Takes the placeholder of @request away; nothing happens when there is none. */
void domain_edit_remove_placeholder(struct domain_edit *edit, const struct request *request);

#define DOMAIN_EDIT_CHANGED 1

/*
 * Gives the placeholder of @request this address in the guest. Returns DOMAIN_EDIT_CHANGED, 0 when it has it
 * already or there is no such placeholder, or -1.
 */
int domain_edit_place(struct domain_edit *edit, const struct request *request, const struct pci_addr *guest,
		      struct error *err);

/* Gives the placeholder of @request another owner. */
int domain_edit_rename_owner(struct domain_edit *edit, const struct request *request, const char *owner,
			     struct error *err);

/* The <input type='evdev'> of the VFIO container. */
int domain_edit_add_container(struct domain_edit *edit, struct error *err);
void domain_edit_remove_container(struct domain_edit *edit);

/* Replaces the text of <emulator>. Nothing happens when there is none. */
int domain_edit_set_emulator(struct domain_edit *edit, const char *path, struct error *err);

/*
 * libvirt makes PCI controllers for devices that find no free slot, and never takes one away. These two make
 * adding and removing a placeholder give back what there was: the first notes, in <metadata>, which
 * controllers @edit has and @before has not, as made for the placeholder of @request.
 * Returns DOMAIN_EDIT_CHANGED, 0 when there is nothing to note, or -1.
 */
int domain_edit_note_controllers(struct domain_edit *edit, const struct domain_edit *before,
				 const struct request *request, struct error *err);

/*
 * Takes away the controllers that were noted for @request (NULL: for any, and the note with them), from the
 * last one on: as long as no device is behind it and none comes after it, which libvirt would fill up with
 * new ones.
 */
void domain_edit_drop_controllers(struct domain_edit *edit, const struct request *request);

#endif
