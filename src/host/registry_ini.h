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

#endif
