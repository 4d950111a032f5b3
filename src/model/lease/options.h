/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest's device is told: properties of QEMU's vfio-pci that a model of the registry or a domain may
 * set. One table has all of them. Registry, command line, metadata of a domain, lease and wrapper use it:
 * what is not in it is accepted nowhere. Pure.
 */
#ifndef PCITAG_MODEL_LEASE_OPTIONS_H
#define PCITAG_MODEL_LEASE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Where the files are that `romfile` names. They are root's; a confined QEMU may read them, and no other. */
#define ROM_DIR "/var/lib/pcitag/rom/"

/* Maximum length of the name of such a file, including the NUL. */
#define ROM_NAME_LEN 65

/*
 * Maximum length of the text of all options, including the NUL. The text is a part of a link's name, which
 * has at most 255 bytes (limits.h: NAME_MAX), together with an address (model/lease/placeholder.h).
 */
#define DEVICE_OPTIONS_LEN 224

/* "bootindex=1,rombar=0,x-vga=on": in the order of the table, each at most once; "" for none. */
struct device_options {
	char text[DEVICE_OPTIONS_LEN];
};

enum option_kind {
	OPTION_SWITCH, /* "on" or "off"; for QEMU a boolean */
	OPTION_BAR,    /* "1" or "0"; for QEMU a number */
	OPTION_NUMBER, /* decimal */
	OPTION_ID,     /* "0x10de"; for QEMU a number */
	OPTION_WORD,   /* one of a few words; for QEMU a string */
	OPTION_ROM,    /* the name of a file in ROM_DIR; for QEMU a path */
};

/* Where an option may be written. */
enum option_place {
	OPTION_OF_MODEL,  /* a key of the registry of its own, or a domain's option */
	OPTION_OF_QEMU,	  /* the registry's key `qemu`, or a domain's option */
	OPTION_OF_DOMAIN, /* a domain's option only: it is about the domain's other devices as well */
};

/* One option, as the wrapper needs it. */
struct device_option {
	const char *name; /* of QEMU's property; constant */
	enum option_kind kind;
	bool of_every_function; /* otherwise only of the function that matched */
	char value[ROM_NAME_LEN];
	uint32_t number; /* of a switch, a bar, a number or an id */
};

/*
 * Sets one option; a previous value of it is replaced.
 * @place: where it is written, for options that cannot be set there
 * @name, @value: as written by a person; "on" and "1" mean the same
 * Fails, with what to write instead in *err, when no such option exists (and names the nearest), the value is
 * not one, or all options together exceed DEVICE_OPTIONS_LEN. @options is then unchanged.
 */
int device_options_set(struct device_options *options, enum option_place place, const char *name,
		       const char *value, struct error *err);

/* The same for "NAME=VALUE", the form of the command line and of the registry's key `qemu`. */
int device_options_set_text(struct device_options *options, enum option_place place, const char *text,
			    struct error *err);

/* The same for a list of them, separated by commas, as a domain's metadata has it. */
int device_options_set_list(struct device_options *options, const char *list, struct error *err);

/* Sets each option of @wish in @options. Fails as device_options_set(). */
int device_options_merge(struct device_options *options, const struct device_options *wish,
			 struct error *err);

/* Returns true when @text is what the functions above write, to the letter; "" is valid. */
bool device_options_valid(const char *text);

/*
 * Reads the next option of a valid text.
 * @at: the text before the first call; moved past the option
 * Returns false at the end, and at what is not an option.
 */
bool device_options_next(const char **at, struct device_option *out);

/* Returns whether @options sets the option @name; its value, if so, is in *out. */
bool device_options_find(const struct device_options *options, const char *name, struct device_option *out);

/* Returns true when @name can be the name of a file in ROM_DIR: letters, digits, "._-", no dot in front. */
bool rom_name_valid(const char *name);

#endif
