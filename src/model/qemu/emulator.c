/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu/emulator.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/lease/domain.h"

#define SYSTEM "qemu-system-"

/* QEMU's targets for which Linux has VFIO, then the names of the emulator for the host's own architecture. */
static const char *const known[] = {
	SYSTEM "x86_64", SYSTEM "aarch64", SYSTEM "i386",  SYSTEM "loongarch64",
	SYSTEM "ppc64",	 SYSTEM "riscv64", SYSTEM "s390x", "qemu-kvm",
	"kvm",		 "kvm-spice",
};

const char *qemu_emulator_known(size_t i)
{
	return i < ARRAY_SIZE(known) ? known[i] : NULL;
}

bool qemu_emulator_name_valid(const char *name)
{
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(name, known[i]) == 0)
			return true;
	}
	return strncmp(name, SYSTEM, strlen(SYSTEM)) == 0 && name[strlen(SYSTEM)] != '\0';
}

const char *qemu_emulator_of_wrapper(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	if (!name || strncmp(name, WRAPPER_PREFIX, strlen(WRAPPER_PREFIX)) != 0)
		return NULL;
	name += strlen(WRAPPER_PREFIX);
	return qemu_emulator_name_valid(name) ? name : NULL;
}

bool qemu_emulator_path(const char *dirs, size_t i, const char *name, char buf[static QEMU_EMULATOR_LEN])
{
	int len;

	for (; i > 0; i--) {
		dirs += strcspn(dirs, ":");
		if (*dirs == '\0')
			return false;
		dirs++;
	}
	len = snprintf(buf, QEMU_EMULATOR_LEN, "%.*s/%s", (int)strcspn(dirs, ":"), dirs, name);
	return len >= 0 && len < QEMU_EMULATOR_LEN;
}
