/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An attribute that a vendor's driver has below a function, and its value while a guest has the function.
 * Only attributes of a list are known: what a value does, and how it is undone, is different for each. Pure.
 *
 * The only one so far is the type of an NVIDIA vGPU on a virtual function (NVIDIA vGPU software 17 and later,
 * with Linux 6.8 or later: "vendor-specific VFIO framework"). Facts, from reports of its users:
 * `nvidia/current_vgpu_type` is the number of the type, 0 for none; `nvidia/creatable_vgpu_types` has a
 * header, "ID    : vGPU Name", and a line for each type that the card still has room for, "1145  : NVIDIA
 * L40S-1B"; of a full card it has the header alone.
 */
#ifndef PCITAG_MODEL_PCI_SETTING_H
#define PCITAG_MODEL_PCI_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pci/address.h"

enum pci_attribute {
	PCI_ATTRIBUTE_NONE,
	PCI_ATTRIBUTE_VGPU_TYPE,
};

struct pci_setting {
	enum pci_attribute attribute;
	uint16_t value; /* not 0, which undoes it */
};

/* Size of the longest one as text, including the NUL. */
#define PCI_SETTING_LEN 40

enum { PCI_SETTING_UNKNOWN = 1, PCI_SETTING_VALUE };

/*
 * Parses "nvidia/current_vgpu_type=533". Returns 0; PCI_SETTING_UNKNOWN when the attribute is not of the
 * list, or PCI_SETTING_VALUE when the value is none that it can have; @out is then untouched.
 */
int pci_setting_parse(const char *text, struct pci_setting *out);

/*
 * The same for a line of the registry: "set = nvidia/current_vgpu_type=533", where blanks may stand beside
 * the second sign as well, or "set nvidia/current_vgpu_type = 533". @key: what stands before the first sign.
 */
int pci_setting_parse_line(const char *key, const char *value, struct pci_setting *out);

/* True for the keys of such lines: "set", and what begins with "set ". */
bool pci_setting_is_key(const char *key);

/* Writes the same; "" for none. Returns @buf. */
char *pci_setting_format(const struct pci_setting *setting, char buf[static PCI_SETTING_LEN]);

/* Returns the path below the function's directory, "nvidia/current_vgpu_type". */
const char *pci_attribute_path(enum pci_attribute attribute);

/* No card has as many types; of more, those that follow count as unknown. */
#define VGPU_TYPES_MAX 64

/* The vGPU of a virtual function, as the driver shows it. */
struct vgpu_state {
	bool is_read;  /* false: what follows is not known */
	bool is_cut;   /* there are more types */
	uint16_t type; /* 0 for none */
	uint8_t count;
	uint16_t left[VGPU_TYPES_MAX]; /* the types that its card has room for */
};

/* Size of the list of types as text, including the NUL. */
#define VGPU_LEFT_LEN 128

/*
 * Takes the types of the text of `creatable_vgpu_types`. Returns 0, or 1 when it is not such a text; @out
 * then has none.
 */
int vgpu_parse_left(const char *text, struct vgpu_state *out);

/*
 * What a start has found out: a card takes no more than this number of vGPUs of a type. Its driver tells
 * which types it has room for, and not for how many.
 */
struct vgpu_room {
	struct pci_addr card; /* its physical function */
	uint16_t type;
	unsigned most;
};

bool vgpu_has_left(const struct vgpu_state *vgpu, uint16_t type);

/* Writes the types, "1145, 1147", as many as there is room for; "" for none. Returns @buf. */
char *vgpu_format_left(const struct vgpu_state *vgpu, char buf[static VGPU_LEFT_LEN]);

#endif
