/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Edits the XML definition of a domain, as text. What does not concern placeholders is kept. Nothing is
 * validated here: domain_xml_parse() and domain_check() do so before and afterwards.
 */
#ifndef PCITAG_HOST_XML_DOMAIN_EDIT_H
#define PCITAG_HOST_XML_DOMAIN_EDIT_H

#include "base/error.h"
#include "model/lease/domain.h"
#include "model/pci/address.h"

/* An open definition. */
struct domain_edit {
	void *doc; /* xmlDocPtr, owned */
};

/* Parses @xml, with the limits of domain_xml_parse(), to @edit. The caller closes it, also after a failure.
 */
int domain_edit_open(const char *xml, struct domain_edit *edit, struct error *err);
void domain_edit_close(struct domain_edit *edit);

/* Returns the current definition, which the caller frees; NULL with *err set when there is no memory. */
char *domain_edit_text(const struct domain_edit *edit, struct error *err);

/*
 * Appends the placeholder of @request, including its owner.
 * @guest: its <address> in the guest; NULL leaves the choice to libvirt
 * This and all functions below fail only when there is no memory.
 */
int domain_edit_add_placeholder(struct domain_edit *edit, const struct request *request,
				const struct pci_addr *guest, struct error *err);

/* Removes the placeholder of @request; does nothing when there is none. */
void domain_edit_remove_placeholder(struct domain_edit *edit, const struct request *request);

enum { DOMAIN_EDIT_CHANGED = 1, DOMAIN_EDIT_FULL };

/*
 * Sets the guest address of the placeholder of @request. Returns DOMAIN_EDIT_CHANGED, 0 when it already has
 * this address or there is no such placeholder, or -1.
 */
int domain_edit_place(struct domain_edit *edit, const struct request *request, const struct pci_addr *guest,
		      struct error *err);

/*
 * Makes a pcie-expander-bus for a NUMA cell of the guest, with a root port, and records both in <metadata> as
 * made for @request. libvirt chooses their bus numbers and the slot of the first (libvirt:
 * src/conf/domain_addr.c; docs/formatdomain.rst, "pcie-expander-bus").
 * @guest: receives the address behind the port, for the placeholder
 * Returns 0, DOMAIN_EDIT_FULL when the guest has no numbers left for two controllers, or -1.
 */
int domain_edit_add_expander(struct domain_edit *edit, const struct request *request, unsigned cell,
			     struct pci_addr *guest, struct error *err);

/*
 * Returns true when the placeholder of @request is behind an expander bus of this cell, on a port or on the
 * bus itself.
 */
bool domain_edit_is_in_cell(const struct domain_edit *edit, const struct request *request, unsigned cell);

/*
 * Records in <metadata> what the guest's device of @request is told, in the form of request_options_text();
 * empty options remove the record of it.
 * Returns DOMAIN_EDIT_CHANGED, 0 when there is nothing to change, or -1.
 */
int domain_edit_set_options(struct domain_edit *edit, const struct request *request, const char *options,
			    struct error *err);

/*
 * Records in <metadata> what is wished of the devices of @requests together, a list as in struct domain_wish.
 * What is wished of exactly these already stays, unless @wishes sets it. Returns DOMAIN_EDIT_CHANGED, 0 when
 * there is nothing to change, or -1.
 */
int domain_edit_add_wish(struct domain_edit *edit, const char *requests, const struct wishes *wishes,
			 struct error *err);

/*
 * Takes @request out of all wishes. One that is left for a single request is no longer about several
 * (together, apart); one that is left without anything is removed.
 */
int domain_edit_drop_wishes(struct domain_edit *edit, const struct request *request, struct error *err);

/* Changes the owner in the placeholder of @request. */
int domain_edit_rename_owner(struct domain_edit *edit, const struct request *request, const char *owner,
			     struct error *err);

/* Add and remove the <input type='evdev'> of the VFIO container. */
int domain_edit_add_container(struct domain_edit *edit, struct error *err);
void domain_edit_remove_container(struct domain_edit *edit);

/* Replaces the text of <emulator>; does nothing when there is none. */
int domain_edit_set_emulator(struct domain_edit *edit, const char *path, struct error *err);

/*
 * libvirt adds PCI controllers for devices without a free slot, and never removes one. With these two
 * functions, removing a placeholder restores what there was before it was added. This one records in
 * <metadata> which controllers @edit has and @before does not have, as made for the placeholder of @request,
 * unless they are recorded already.
 * Returns DOMAIN_EDIT_CHANGED, 0 when there is nothing to record, or -1.
 */
int domain_edit_note_controllers(struct domain_edit *edit, const struct domain_edit *before,
				 const struct request *request, struct error *err);

/*
 * Removes the controllers recorded for @request, or for one whose placeholder is gone (NULL: for any request,
 * and the record with them), from the last one on. Stops at a controller with a device on its bus, and at one
 * that is not recorded: libvirt would fill a gap in the numbering with a new controller.
 */
void domain_edit_drop_controllers(struct domain_edit *edit, const struct request *request);

#endif
