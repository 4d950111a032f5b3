/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of PCI devices by vendor, as ironcore's libvirt-provider keeps it for its source "pci"
 * (github.com/ironcore-dev/libvirt-provider, internal/resources/sources/pci.go, and the guide to PCI
 *passthrough in its docs):
 *
 *	vendors:
 *	  - id: "0x10de"
 *	    name: nvidia
 *	    devices:
 *	      - id: "0x20b7"
 *	        subsystemVendor: "0x10de"	these three may be missing
 *	        subsystemDevice: "0x1532"
 *	        revision: "0xa1"
 *	        name: ga100gl.rev.a1
 *	        type: gpu
 *
 * Made into models of the registry, with a line for each mistake. Pure: host/pci_devices_yaml.c reads it.
 */
#ifndef PCITAG_MODEL_PCI_DEVICES_H
#define PCITAG_MODEL_PCI_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/registry.h"

/* Most devices in a list; longest text of a value plus NUL. */
#define LISTED_DEVICES_MAX 1024
#define LISTED_TEXT_LEN 128
/* Most mistakes that are told one by one. */
#define MISTAKES_MAX 200

struct listed_text {
	char text[LISTED_TEXT_LEN];
	unsigned line; /* 0: it is missing */
};

struct listed_device {
	unsigned line;
	bool is_wrong; /* a mistake has been told of it, and it is left out */
	bool is_model; /* pci_devices_add_models() has made a model of it */
	struct listed_text vendor_id;
	struct listed_text vendor_name;
	struct listed_text id;
	struct listed_text name;
	struct listed_text type;
	struct listed_text subsystem_vendor;
	struct listed_text subsystem_device;
	struct listed_text revision;
};

struct mistake {
	unsigned line;
	char *text; /* owned; begins with "file:line: " */
};

struct pci_devices {
	const char *path;	     /* for messages; the caller's */
	struct listed_device *items; /* owned, in the order of the list */
	size_t count;
	struct mistake *mistakes; /* owned */
	size_t mistake_count;
	size_t untold; /* mistakes beyond MISTAKES_MAX */
};

void pci_devices_clear(struct pci_devices *devices);

/* Notes a mistake in @line of the list. Fails for want of memory. */
int pci_devices_add_mistake(struct pci_devices *devices, struct error *err, unsigned line, const char *fmt,
			    ...) PRINTF_LIKE(4, 5);

/*
 * Adds a model to @registry for each device without a mistake; a device with one gets a mistake noted, with
 * what to write instead. The names of the models are those of the list, other characters than those of a name
 * replaced by "-", and "-2" and so on behind one that is used already.
 * @only_type: devices of other types are passed over; NULL for none
 * Sorts the mistakes by line. Returns 0, or -1 for want of memory.
 */
int pci_devices_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry,
			   struct error *err);

#endif
