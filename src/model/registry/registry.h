/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry: which devices of this host have which type tag. It has one entry per model; several models
 * may share a type. A domain may request either name. Pure: the text comes from host/config/registry_ini.c.
 */
#ifndef PCITAG_MODEL_REGISTRY_REGISTRY_H
#define PCITAG_MODEL_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/lease/after_use.h"
#include "model/lease/name.h"
#include "model/lease/options.h"
#include "model/lease/vf_net.h"
#include "model/pci/address.h"
#include "model/pci/reset.h"
#include "model/pci/setting.h"
#include "model/pci/topology.h"
#include "model/wish/pattern_list.h"
#include "model/registry/identity.h"
#include "model/registry/profile.h"
#include "model/wish/wish.h"
#include "model/units/unit_name.h"

#define REGISTRY_DRIVER_DEFAULT "vfio-pci"
/* Used instead of a driver's name: the function stays on its current driver, which must be a VFIO driver. */
#define REGISTRY_DRIVER_KEEP "keep"
#define REGISTRY_PATTERNS_MAX 64
#define REGISTRY_UNITS_MAX 16

/* Seconds for all clean_units of a device, and the most that may be written: a week. */
#define REGISTRY_CLEAN_TIMEOUT_DEFAULT 3600
#define REGISTRY_CLEAN_TIMEOUT_MAX 604800

/* Most virtual functions of a physical one (sriov_numvfs has 16 bits). */
#define REGISTRY_VFS_MAX 65535

#define REGISTRY_MODELS_MAX 4096

enum functions_mode {
	FUNCTIONS_ONE,	/* the guest gets the function that matched; the rest of its group is held */
	FUNCTIONS_ALL,	/* the guest gets all functions of the slot except the host's own, as one device */
	FUNCTIONS_LIST, /* the guest also gets the listed functions of the slot */
};

/* Most device ids in a section, minus one; a line of host/config/ini_file.h has room for more. */
#define MODEL_MORE_DEVICES 31

/* "20b5 26b9", or "*", with its NUL. */
#define MODEL_DEVICES_LEN (5 * (MODEL_MORE_DEVICES + 1) + 1)

struct model {
	char name[NAME_LEN];
	char type[NAME_LEN];
	uint16_t vendor;
	uint16_t device;			   /* the first device id */
	uint16_t more_devices[MODEL_MORE_DEVICES]; /* the other device ids */
	bool any_device; /* "*": every device of the vendor with the given class, which is required */
	bool has_subsystem;
	bool has_revision;
	uint8_t revision;
	uint16_t subsystem_vendor;
	uint16_t subsystem_device;
	uint8_t function_list; /* FUNCTIONS_LIST: bit n is function n */
	bool lends_input;      /* assign it also while only the console's keyboard or mouse is below it */
	bool is_vfio_at_boot;  /* its driver is to have it before any other one */
	bool enabled;
	/* The leading digits of the 24-bit class code, as many as class_digits: 2, 4, 6; 0: not given. */
	unsigned class_digits;
	uint32_t class_code;
	size_t more_count;
	struct pattern_list address; /* empty: any address */
	struct pattern_list exclude;
	struct model_identity *identity; /* owned; NULL: any device with these ids */
	struct pattern_list hosts;	 /* shell patterns of host names, "!" excludes; empty: any host */
	char driver[PCI_DRIVER_LEN];
	enum functions_mode functions;
	struct pattern_list
		force; /* addresses (not patterns) of functions to assign although the host uses them */
	struct pattern_list stop_units;	 /* systemd's units that may be stopped when they hold it */
	struct pattern_list start_units; /* and those that run while it is assigned; also templates */
	struct pattern_list clean_units; /* those that erase what a guest has left; also templates */
	enum after_use after_use;
	int clean_timeout; /* seconds for all of its clean_units */
	pci_resets resets; /* the methods while a guest has it; 0: the kernel's */
	unsigned vfs; /* how many virtual functions pcitag vf makes of each physical one; 0: not its affair */
	struct pci_setting setting;	/* of a vendor's driver, while a guest has it */
	struct device_options *options; /* owned; what the guest's device is told; NULL for nothing */
	struct vf_net *net;		/* owned; what its virtual functions are told; NULL for nothing */
	struct wishes wishes;		/* limit, per_domain and prefer */
	struct pattern_list allow;	/* which domains may have it: wish_allows() */
	uint64_t keys_set;		/* bit n: the n-th known key was given; each key may occur once */
	char file[REGISTRY_PATH_LEN];	/* file with its section, for messages */
	unsigned line;			/* 0: not in a file; file is then the origin */
};

struct registry {
	struct model *models; /* owned, in the order read */
	size_t count;
	struct profile *profiles; /* owned, in the order read; most registries have none */
	size_t profile_count;
	void *names;	/* owned: a tsearch(3) tree of the first @indexed models */
	size_t indexed; /* registry_add() indexes the others */
};

/* Frees everything in @registry and leaves it empty. An empty registry ({0}) is allowed. */
void registry_clear(struct registry *registry);

enum { MODEL_NO_SUCH_KEY = 1 };

/*
 * Sets one key of a model from its text, and does every check that needs only this value.
 * @key, @value: as read, without surrounding blanks
 * Fails with what to write instead in *err; the caller adds file and line. Then only model_clear() is valid.
 */
int model_set(struct model *model, const char *key, const char *value, struct error *err);

/*
 * As model_set(), but returns MODEL_NO_SUCH_KEY, without a message, for a key that no model has.
 */
int model_set_known(struct model *model, const char *key, const char *value, struct error *err);

/*
 * Completes a profile with the keys that it shares with models, of a section that was read as a model because
 * its key `any` may come last. Takes over the list `allow`, and checks the whole.
 * Fails with "file:line: ..." when the section has a key that only models have, or as profile_check().
 */
int model_to_profile(struct model *section, struct profile *profile, struct error *err);

/*
 * Writes "file:line", or the origin of a model that is not in a file, to begin a message with. Returns @buf.
 */
char *model_place(const struct model *model, char buf[static MODEL_PLACE_LEN]);

/* True when both have the same name and the same settings for devices and hosts. Ignores enabled. */
bool model_equal(const struct model *a, const struct model *b);

/* Frees what a model owns that is not in a registry. */
void model_clear(struct model *model);

/*
 * Sets @model to the defaults of a section called @name.
 * @file, @line: where it begins, for messages; @file is copied. Line 0: in no file, but of an origin
 * ("define") Fails with "file:line: ..." when the name is invalid, or "pcitag", of the settings. @model then
 * owns nothing.
 */
int model_init(struct model *model, const char *name, const char *file, unsigned line, struct error *err);

/* Fails with "file:line: ..." when type, vendor or device is missing, or the type is the model's own name. */
int model_check(const struct model *model, struct error *err);

/*
 * Adds a finished model, takes over its lists (also on failure, which frees them) and leaves @model empty.
 * Fails with file:line of both sections when a model has this name, its name is the type of another, or its
 * type the name of another. Also fails beyond REGISTRY_MODELS_MAX.
 */
int registry_add(struct registry *registry, struct model *model, struct error *err);

/*
 * Adds a finished profile, takes over its lists (also on failure, which frees them) and leaves @profile
 * empty. Fails with file:line of both sections when a profile or a model has this name, or a type, and beyond
 * REGISTRY_PROFILES_MAX.
 */
int registry_add_profile(struct registry *registry, struct profile *profile, struct error *err);

/*
 * To be called when everything has been read. Fails with "file:line: ..." when a profile lists a name that is
 * no model and no type, or that is a profile.
 */
int registry_check_profiles(const struct registry *registry, struct error *err);

/*
 * True when the model is for the host @hostname (its `hosts` key), also a disabled one. Like host names,
 * patterns ignore case. A pattern without a dot is also compared with the first label: "node-7" fits
 * node-7.example.org. A matching pattern with "!" decides; otherwise one without "!" must match, if there are
 * any.
 */
bool model_applies_to_host(const struct model *model, const char *hostname);

/* True when ids, subsystem, class, revision, address and exclude match; hosts and enabled do not count. */
bool model_matches(const struct model *model, const struct pci_device *device);

/* Write types or models in order: "gpu, npu", cut when there is no room. Return @buf. */
char *registry_list_types(const struct registry *registry, char *buf, size_t size);
char *registry_list_models(const struct registry *registry, char *buf, size_t size);

/* Returns the model of this name, or NULL. */
const struct model *registry_find(const struct registry *registry, const char *name);

/* Returns the number of models of this type. */
size_t registry_count_type(const struct registry *registry, const char *type);

/* Returns the profile of this name, or NULL. */
const struct profile *registry_find_profile(const struct registry *registry, const char *name);

/* Writes the profiles in order, as registry_list_types() does. */
char *registry_list_profiles(const struct registry *registry, char *buf, size_t size);

#define PROFILE_NO_RANK SIZE_MAX

/*
 * Returns the place of a model in the list `any` of a profile, by its own name or its type, whichever comes
 * first; PROFILE_NO_RANK when it is not in it.
 */
size_t profile_rank(const struct profile *profile, const struct model *model);

/* True when a request for @name may be answered by @model: its name, its type, or a profile with either. */
bool registry_answers(const struct registry *registry, const struct model *model, const char *name);

/* True when @name is the name or the type of a model, or a profile. */
bool registry_knows(const struct registry *registry, const char *name);

/*
 * Returns the first model that answers to @name (NULL: any), as name, type or by a profile, and matches
 * @device; NULL for none.
 */
const struct model *registry_first_match(const struct registry *registry, const char *name,
					 const struct pci_device *device);

/* True when a model with these ids has a key of model/registry/identity.h. */
bool registry_asks_for_marks(const struct registry *registry, const struct pci_device *device);

/* True when @id has the vendor and a device id of @model. */
bool model_has_ids(const struct model *model, const struct pci_identity *id);

/* Writes the device ids in the format of the registry. Returns @buf. */
char *model_devices(const struct model *model, char buf[static MODEL_DEVICES_LEN]);

/* Returns the first key that prevents a match with @device, such as "subsystem"; NULL when it matches. */
const char *model_mismatch(const struct model *model, const struct pci_device *device);

/* True when functions of @model stay on their current driver. */
bool model_keeps_driver(const struct model *model);

/*
 * Returns the first key that only a hand can write, and that would be lost with its section; NULL for none.
 */
const char *model_hand_written(const struct model *model);

/* True when the key `force` of @model names exactly this address. */
bool model_forces(const struct model *model, const struct pci_addr *addr);

/*
 * Returns the unit of the key `stop_units` whose end makes @holder close the device, as the registry names
 * it; NULL for none.
 */
const char *model_stops(const struct model *model, const struct unit_holder *holder);

/* Returns what the guest's device is told, borrowed; without options when the model says nothing. */
const struct device_options *model_options(const struct model *model);

/* True when @name is the model's name or its type. */
bool model_answers_to(const struct model *model, const char *name);

#endif
