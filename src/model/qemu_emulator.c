/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu_emulator.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "model/domain.h"

#define SYSTEM "qemu-system-"

/* Debian names all of its emulators qemu-system-ARCH; qemu-kvm is Red Hat's, kvm Debian's older name. */
static bool emulator_name(const char *name)
{
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
		return false;
	if (strcmp(name, "kvm") == 0 || strcmp(name, "qemu-kvm") == 0)
		return true;
	return strncmp(name, SYSTEM, strlen(SYSTEM)) == 0 && name[strlen(SYSTEM)] != '\0';
}

int qemu_emulator_path(const char *argv0, const char *bindir, char buf[static QEMU_EMULATOR_LEN],
		       struct error *err)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *name = slash ? slash + 1 : argv0;
	int len;

	if (!name || strncmp(name, WRAPPER_PREFIX, strlen(WRAPPER_PREFIX)) != 0 ||
	    !emulator_name(name + strlen(WRAPPER_PREFIX)))
		return error_set(err, 0,
				 "this is the QEMU wrapper of pcitag, run as '%.128s': it is run by libvirt, "
				 "through a link that names the emulator; write "
				 "<emulator>%s/" WRAPPER_PREFIX SYSTEM "x86_64</emulator> in the domain",
				 name ? name : "", bindir);
	len = snprintf(buf, QEMU_EMULATOR_LEN, "%s/%s", bindir, name + strlen(WRAPPER_PREFIX));
	if (len < 0 || len >= QEMU_EMULATOR_LEN)
		return error_set(err, 0, "the emulator's name '%.128s' is too long", name);
	return 0;
}
