/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads pcitag's configuration directory: the registry from registry.ini and registry.d, and pcitag.ini. */
#ifndef PCITAG_HOST_CONFIG_REGISTRY_INI_H
#define PCITAG_HOST_CONFIG_REGISTRY_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/registry/registry.h"
#include "model/registry/settings.h"

#define REGISTRY_FILE "registry.ini"
#define REGISTRY_DIR "registry.d"
#define SETTINGS_FILE "pcitag.ini"

/* Maximum number of files read from REGISTRY_DIR. Each has at most INI_FILE_LIMIT bytes. */
#define REGISTRY_FILES_MAX 256

/*
 * Reads ETC_DIR/registry.ini, then the files in ETC_DIR/registry.d whose names end in ".ini", in byte order
 * of the names. Names that begin with a dot are skipped. A missing file or directory counts as empty.
 * @etc_dir: such as "/etc/pcitag"
 * @out:     a registry, empty ({0}) or not; replaced on success, the caller clears it
 * Fails with "FILE:LINE: what is wrong; what to write" on the first mistake, and leaves @out unchanged.
 */
int registry_load(const char *etc_dir, struct registry *out, struct error *err) MUST_CHECK;

/* The planned content of a registry file. */
struct registry_draft {
	const char *file; /* REGISTRY_FILE, or REGISTRY_DIR "/NAME.ini" */
	const char *text; /* the future content; NULL: the file will be removed */
	size_t len;
	bool is_partial; /* models that profiles list may be missing */
};

/*
 * Reads the registry as registry_load() will read it once the file contains @draft. A new file counts only
 * when its directory exists.
 * @draft: NULL for the current registry
 */
int registry_load_draft(const char *etc_dir, const struct registry_draft *draft, struct registry *out,
			struct error *err) MUST_CHECK;

/* Returns the name of the file that defines @model, relative to @etc_dir, as in struct registry_draft. */
const char *registry_file_of(const char *etc_dir, const struct model *model);

/*
 * Reads section [pcitag] of ETC_DIR/pcitag.ini.
 * @etc_dir: such as "/etc/pcitag"
 * @out:     SETTINGS_DEFAULT when the file, the section or the key is missing
 * Fails with "FILE:LINE: what is wrong; what to write" on the first mistake, and leaves @out unchanged.
 */
int settings_load(const char *etc_dir, struct settings *out, struct error *err) MUST_CHECK;

#endif
