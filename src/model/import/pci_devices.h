/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of PCI devices by vendor, in the format of the source "pci" of ironcore's libvirt-provider
 * (github.com/ironcore-dev/libvirt-provider, internal/resources/sources/pci.go, and the guide to PCI
 * passthrough in its docs):
 *
 *   vendors:
 *     - id: "0x10de"
 *       name: nvidia
 *       devices:
 *         - id: "0x20b7"
 *           subsystemVendor: "0x10de"     (optional, like the next two keys)
 *           subsystemDevice: "0x1532"
 *           revision: "0xa1"
 *           name: ga100gl.rev.a1
 *           type: gpu
 *
 * The list is converted into models of the registry, with a line for each mistake. Pure:
 * host/import/pci_devices_yaml.c reads it.
 */
#ifndef PCITAG_MODEL_IMPORT_PCI_DEVICES_H
#define PCITAG_MODEL_IMPORT_PCI_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/pci/address.h"
#include "model/registry/registry.h"

/* Maximum number of devices in a list; maximum length of a value, including the NUL. */
#define LISTED_DEVICES_MAX 1024
#define LISTED_TEXT_LEN 128
/* Maximum number of mistakes that are reported individually. */
#define MISTAKES_MAX 200

struct listed_text {
	char text[LISTED_TEXT_LEN];
	unsigned line; /* 0: it is missing */
};

struct listed_device {
	unsigned line;
	bool is_wrong; /* a mistake in it has been reported, and it is left out */
	bool is_model; /* pci_devices_add_models() has made a model from it */
	struct listed_text vendor_id;
	struct listed_text vendor_name;
	struct listed_text id;
	struct listed_text name;
	struct listed_text type;
	struct listed_text subsystem_vendor;
	struct listed_text subsystem_device;
	struct listed_text revision;
};

/* A key of a device in the list. */
struct listed_key {
	const char *key;
	size_t offset;	    /* of its listed_text in struct listed_device */
	const char *needed; /* what a device without it lacks; NULL: it is optional */
	size_t digits;	    /* hex digits of its value; 0: it is not a number */
};

#define LISTED_KEYS 6
extern const struct listed_key listed_keys[LISTED_KEYS];

/* Returns the text of a key in @device. */
static inline struct listed_text *listed_text_of(struct listed_device *device, const struct listed_key *key)
{
	return (struct listed_text *)((char *)device + key->offset);
}

struct mistake {
	unsigned line;
	char *text; /* owned; begins with "file:line: " */
};

/*
 * Devices as a cluster manager's list selects them: by ids and, where given, by address or host. Their name
 * in that list becomes the type that domains request. See model/import/pci_selectors.h.
 */
struct pci_selector {
	unsigned line;
	const char *what; /* "resource", "alias": a literal, for messages and comments */
	char called[LISTED_TEXT_LEN];
	uint16_t vendor;
	uint16_t device;
	char address[PCI_ADDR_LEN]; /* a pattern of the registry; "": any */
	char host[LISTED_TEXT_LEN]; /* a host's name; "": any */
	bool repeats;		    /* it is one of the detected devices; others may be identical */
};

struct pci_devices {
	const char *path;  /* for messages; owned by the caller */
	struct error *err; /* of the function that reads the list or adds its models */
	int rc; /* -1 when memory or a limit is exhausted, and *err has the reason; nothing is added any more
		 */
	struct listed_device *items; /* owned, in the order of the list */
	size_t count;
	struct pci_selector *selectors; /* owned; a list has these or items */
	size_t selector_count;
	char **comments; /* owned: the list's name for the n-th model made from it */
	size_t comment_count;
	struct mistake *mistakes; /* owned */
	size_t mistake_count;
	size_t untold; /* number of mistakes beyond MISTAKES_MAX */
};

void pci_devices_clear(struct pci_devices *devices);

/* Whether another may follow @count of them. Fails beyond LISTED_DEVICES_MAX: "file:line: more than ...". */
bool pci_devices_have_room(struct pci_devices *devices, size_t count, unsigned line);

/* Fails: there is no memory for what the list has. */
void pci_devices_no_memory(struct pci_devices *devices);

/* Appends a copy of @selector, when there is room and memory. */
void pci_devices_add_selector(struct pci_devices *devices, const struct pci_selector *selector);

/* Keeps the comment for the next model. Fails when out of memory. */
void pci_devices_add_comment(struct pci_devices *devices, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Notes a mistake in @line of the list. Fails when out of memory. */
void pci_devices_add_mistake(struct pci_devices *devices, unsigned line, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* A key of the registry and its value; NULL leaves it out. */
struct model_key {
	const char *key, *value;
};

/*
 * Makes a model of these keys in @model, which is empty. Returns false when a value is invalid, which is then
 * a mistake in @line of the list, or when out of memory; @model is then empty.
 */
bool pci_devices_make_model(struct pci_devices *devices, unsigned line, const char *name,
			    const struct model_key *keys, size_t count, struct model *model);

/*
 * Adds a finished model to @registry and leaves @model empty. Returns false when the registry refuses it,
 * which is then a mistake in the list, or when out of memory.
 */
bool pci_devices_register(struct pci_devices *devices, unsigned line, struct model *model,
			  struct registry *registry);

/* Writes "STEM", or "STEM-2" and so on, so that no model from index @first on has that name.
 * @stem: must leave room for the suffix */
void pci_devices_name(const struct registry *registry, size_t first, const char *stem,
		      char out[static NAME_LEN]);

/* Leaves room for "-1024" after a name. */
#define LISTED_STEM_LEN (NAME_LEN - 5)

/*
 * Adds a model to @registry for each item without a mistake, and the models of pci_selectors_add_models().
 * For a device with a mistake it notes the mistake and the text to write instead. The models get the names in
 * the list, with each character that is invalid in a name replaced by "-", and "-2" and so on appended to a
 * name that is in use.
 * @only_type: devices of other types are skipped; NULL for all types
 * Sorts the mistakes by line. Returns 0, or -1 when out of memory.
 */
int pci_devices_add_models(struct pci_devices *devices, const char *only_type, struct registry *registry,
			   struct error *err);

#endif
