/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How the disks of an NVMe controller are erased. Numbers of bytes and bits are those of the NVM Express Base
 * Specification 1.4, which later ones keep. Pure.
 */
#ifndef PCITAG_MODEL_NVME_ERASE_H
#define PCITAG_MODEL_NVME_ERASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Sizes of what a controller answers, in bytes: Identify (5.15), the log page of sanitize (5.14.1.16.2). */
#define NVME_IDENTIFY_LEN 4096
#define NVME_SANITIZE_LOG_LEN 512

/* Most namespaces that are erased one by one, and that one answer lists (5.15.2.3). */
#define NVME_NAMESPACES_MAX 1024

/* What a controller can do (5.15.2.2). */
struct nvme_abilities {
	bool sanitizes_blocks, sanitizes_keys, sanitizes_by_overwriting; /* SANICAP: BES, CES, OWS */
	bool formats;							 /* OACS bit 1 */
	bool formats_all;		    /* FNA bits 0 and 1: a format or erasure is of all namespaces */
	bool manages_namespaces;	    /* OACS bit 3 */
	bool is_virtual, is_one_of_several; /* CMIC bits 2 and 1 */
};

/* Reads the answer to Identify Controller. */
void nvme_abilities_read(const uint8_t identify[static NVME_IDENTIFY_LEN], struct nvme_abilities *out);

enum nvme_erase {
	NVME_SANITIZE_BLOCKS,	 /* erases the media, also what no namespace shows */
	NVME_SANITIZE_KEYS,	 /* forgets the keys of all that was written */
	NVME_SANITIZE_OVERWRITE, /* overwrites the media once */
	NVME_FORMAT,		 /* formats each namespace with secure erase of user data */
};

enum { NVME_REFUSED = 1 };

/*
 * Chooses the strongest way that touches nothing else: sanitize is for the whole NVM subsystem, of which
 * other controllers, and thereby the host or other guests, may have a part.
 * @is_alone: the kernel knows no other controller of the subsystem
 * Returns 0, or NVME_REFUSED with *err saying why none is possible.
 */
int nvme_erase_choose(const struct nvme_abilities *can, bool is_alone, enum nvme_erase *out,
		      struct error *err);

/* Returns the words for it: "sanitize (block erase)". */
const char *nvme_erase_name(enum nvme_erase how);

/* Returns command dword 10 of Sanitize (5.24): not to be left when it fails, with one pass of overwriting. */
uint32_t nvme_sanitize_command(enum nvme_erase how);

/*
 * Returns command dword 10 of Format NVM (5.23) that keeps the namespace's format (FLBAS, DPS) and erases its
 * user data.
 * @identify: the answer to Identify Namespace (5.15.2.1)
 */
uint32_t nvme_format_command(const uint8_t identify[static NVME_IDENTIFY_LEN]);

enum nvme_sanitize_state {
	NVME_SANITIZE_NEVER,
	NVME_SANITIZE_DONE,
	NVME_SANITIZE_RUNS,
	NVME_SANITIZE_FAILED,
};

/* The last sanitize of a controller. */
struct nvme_sanitize_log {
	enum nvme_sanitize_state state;
	unsigned percent; /* of one that runs */
	uint32_t command; /* its dword 10 */
};

/* Reads the log page. A state that the specification does not know counts as failed. */
void nvme_sanitize_log_read(const uint8_t page[static NVME_SANITIZE_LOG_LEN], struct nvme_sanitize_log *out);

/* Numbers of namespaces, in ascending order. */
struct nvme_namespaces {
	uint32_t ids[NVME_NAMESPACES_MAX];
	size_t count;
};

/* Reads a list of namespaces (5.15.2.3). Returns 0, or NVME_REFUSED when it is not in order. */
int nvme_namespaces_read(const uint8_t list[static NVME_IDENTIFY_LEN], struct nvme_namespaces *out);

/* Returns the first namespace of @all that is not in @some, or 0. */
uint32_t nvme_namespaces_missing(const struct nvme_namespaces *all, const struct nvme_namespaces *some);

#endif
