/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry: which devices of this host carry which type tag. One entry a model, many
 * models may share a type; both are names a domain may ask for. Pure: the text comes from
 * host/registry_ini.c.
 */
#ifndef PCITAG_MODEL_REGISTRY_H
#define PCITAG_MODEL_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/name.h"
#include "model/pci_addr.h"
#include "model/topology.h"

#define REGISTRY_DRIVER_DEFAULT "vfio-pci"
/* In place of a driver's name: the function stays on the one that has it, which must be VFIO's. */
#define REGISTRY_DRIVER_KEEP "keep"
#define REGISTRY_PATH_LEN 256
#define REGISTRY_PATTERNS_MAX 64
#define REGISTRY_MODELS_MAX 4096

enum functions_mode {
	FUNCTIONS_ONE,	/* the guest gets the function that matched, the rest of its group is held */
	FUNCTIONS_ALL,	/* the guest gets every function of the slot, but for the host's own, as one device */
	FUNCTIONS_LIST, /* the guest gets, besides, those of the slot that are named */
};

struct pattern_list {
	char **items; /* owned */
	size_t count;
};

/* Most device ids in a section, less one: a line of ini_file.h has room for more. */
#define MODEL_MORE_DEVICES 31

/* "20b5 26b9", or "*", with its NUL. */
#define MODEL_DEVICES_LEN (5 * (MODEL_MORE_DEVICES + 1) + 1)

struct model {
	char name[NAME_LEN];
	char type[NAME_LEN];
	uint16_t vendor;
	uint16_t device;			   /* the first of those that are named */
	uint16_t more_devices[MODEL_MORE_DEVICES]; /* the others */
	size_t more_count;
	bool any_device; /* "*": every device of the vendor, of a class that must be given */
	bool has_subsystem;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
	/* The leading class_digits hex digits (2, 4 or 6) of the 24-bit class code: 12, 1200 or 120000; 0
	 * when not given. */
	unsigned class_digits;
	uint32_t class_code;
	bool has_revision;
	uint8_t revision;
	struct pattern_list address; /* empty: every address */
	struct pattern_list exclude;
	struct pattern_list hosts; /* shell patterns of host names, "!" excludes; empty: every host */
	char driver[PCI_DRIVER_LEN];
	enum functions_mode functions;
	uint8_t function_list; /* FUNCTIONS_LIST: bit n for function n */
	struct pattern_list
		force;	  /* addresses, no patterns, of functions to be taken although the host uses them */
	bool lends_input; /* also while it has the keyboard or mouse of the console, and nothing else, below
			     it */
	bool enabled;
	unsigned keys_set;	      /* bit n: the n-th known key was given; a key may be given once */
	char file[REGISTRY_PATH_LEN]; /* where its section stands, for messages */
	unsigned line;		      /* 0: nowhere yet, and file says who gives it */
};

/* Longest text of a place plus NUL: a path, a colon, a number. */
#define MODEL_PLACE_LEN (REGISTRY_PATH_LEN + 12)

struct registry {
	struct model *models; /* owned, in the order read */
	size_t count;
	void *names;	/* owned: of the first @indexed models, a tree of tsearch(3) */
	size_t indexed; /* registry_add() does the rest */
};

/* Frees everything in @registry and leaves it empty. An empty one ({0}) is fine. */
void registry_clear(struct registry *registry);

/*
 * Sets one key of a model from its text, with every check that needs only this value.
 * @key, @value: as read, blanks stripped
 * Fails (-1) with what is wrong and what to write instead; the caller adds file and line.
 * A model that failed is good for model_clear() only.
 */
int model_set(struct model *model, const char *key, const char *value, struct error *err);

/* Writes "file:line", or what stands for it, as messages about @model begin. Returns @buf. */
char *model_place(const struct model *model, char buf[static MODEL_PLACE_LEN]);

/* Do both say the same of devices and hosts, under the same name? (Not: enabled.) */
bool model_equal(const struct model *a, const struct model *b);

/* Frees the lists of one model that is not (or no longer) in a registry. */
void model_clear(struct model *model);

/*
 * Gives @model the defaults of a section called @name.
 * @file, @line: where the section begins, for messages; @file is copied. Line 0: it stands nowhere yet, and
 *               @file is who gives it, such as "define"
 * Fails with "file:line: ..." when the name is not legal, or is "pcitag", which is the section
 * of the settings. Nothing is owned by @model then.
 */
int model_init(struct model *model, const char *name, const char *file, unsigned line, struct error *err);

/*
 * Checks what only a finished section can show: type, vendor and device are there, and the type
 * is not the model's own name. Fails with "file:line: ..." of the section.
 */
int model_check(const struct model *model, struct error *err);

/*
 * Adds a finished model, taking over its lists (also on failure: then they are freed) and
 * leaving @model empty.
 * Fails with file:line of both sides when the model exists already, or its name is the
 * type of another, or its type is the name of another; also beyond REGISTRY_MODELS_MAX.
 */
int registry_add(struct registry *registry, struct model *model, struct error *err);

/*
 * Is the model for the host called @hostname (its `hosts` key)? Disabled models still apply.
 * Case does not count, as in host names; a pattern without a dot is compared with the first
 * label too, so that "node-7" means node-7.example.org. A pattern with "!" that fits decides;
 * otherwise one of those without must fit, if there are any.
 */
bool model_applies_to_host(const struct model *model, const char *hostname);

/* Do ids, subsystem, class, revision, address and exclude of @model fit @device? (Not: hosts, enabled.) */
bool model_matches(const struct model *model, const struct pci_device *device);

/* "gpu, npu": the types, or the models, in the order of the registry, cut when there is no room. Return @buf.
 */
char *registry_list_types(const struct registry *registry, char *buf, size_t size);
char *registry_list_models(const struct registry *registry, char *buf, size_t size);

/*
 * The first model, in the order of the registry, that answers to @name (NULL: whichever) and matches @device;
 * NULL for none.
 */
const struct model *registry_first_match(const struct registry *registry, const char *name,
					 const struct pci_device *device);

/* Does @id have the vendor and a device id of @model? */
bool model_has_ids(const struct model *model, const struct pci_identity *id);

/* Writes the device ids as a registry has them. Returns @buf. */
char *model_devices(const struct model *model, char buf[static MODEL_DEVICES_LEN]);

/* The first key of @model that keeps @device from matching, such as "subsystem"; NULL when it matches. */
const char *model_mismatch(const struct model *model, const struct pci_device *device);

/* Do functions of @model stay on the driver that has them? */
bool model_keeps_driver(const struct model *model);

/* The first key of @model that is written by hand only, and would be lost with its section; NULL for none. */
const char *model_hand_written(const struct model *model);

/* Does the key `force` of @model name this very address? */
bool model_forces(const struct model *model, const struct pci_addr *addr);

/* Is @name the model's name or its type? */
bool model_answers_to(const struct model *model, const char *name);

#endif
