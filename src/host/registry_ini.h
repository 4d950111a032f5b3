/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the registry from registry.ini and registry.d of pcitag's configuration directory. */
#ifndef PCITAG_HOST_REGISTRY_INI_H
#define PCITAG_HOST_REGISTRY_INI_H

#include "base/error.h"
#include "model/registry.h"

#define REGISTRY_FILE "registry.ini"
#define REGISTRY_DIR "registry.d"

/* Most files read from REGISTRY_DIR, each at most INI_FILE_LIMIT long. */
#define REGISTRY_FILES_MAX 256

/*
 * Reads ETC_DIR/registry.ini, then what ends in ".ini" in ETC_DIR/registry.d, in byte order of
 * the names (those that begin with a dot are passed over). What is not there is empty, without
 * complaint.
 * @etc_dir: such as "/etc/pcitag"
 * @out:     a registry, empty ({0}) or not; replaced on success, the caller clears it
 * Fails with "FILE:LINE: what is wrong; what to write" on the first mistake; @out is untouched then.
 */
int registry_load(const char *etc_dir, struct registry *out, struct error *err) MUST_CHECK;

/* A file of the registry as it is going to be. */
struct registry_draft {
	const char *file; /* REGISTRY_FILE, or REGISTRY_DIR "/NAME.ini" */
	const char *text; /* what it will hold; NULL: it will be gone */
	size_t len;
};

/*
 * The registry as registry_load() will read it once @draft is what that file holds. A new file counts only
 * when its directory is there.
 * @draft: NULL for the registry as it is
 */
int registry_load_draft(const char *etc_dir, const struct registry_draft *draft, struct registry *out,
			struct error *err) MUST_CHECK;

/* The name of the file in which @model stands, relative to @etc_dir: as struct registry_draft has it. */
const char *registry_file_of(const char *etc_dir, const struct model *model);

#endif
