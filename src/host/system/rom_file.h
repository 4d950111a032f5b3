/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The files in ROM_DIR (model/lease/options.h), which a guest's QEMU reads as the ROM of its device. They and
 * the directory are root's, and readable for everybody: QEMU runs as another user, and has no other right to
 * them.
 */
#ifndef PCITAG_HOST_SYSTEM_ROM_FILE_H
#define PCITAG_HOST_SYSTEM_ROM_FILE_H

#include "base/error.h"
#include "model/lease/options.h"

#define ROM_PATH_LEN (sizeof(ROM_DIR) + ROM_NAME_LEN)

enum { ROM_FILE_UNFIT = 1 };

/*
 * Checks, without opening it, that a guest can have the file @name.
 * Returns 0; or ROM_FILE_UNFIT, with what to do in *err, when there is no such file, or it is not a regular
 * file of root's that every user can read and only root can write.
 */
int rom_file_check(const char *name, struct error *err);

#endif
