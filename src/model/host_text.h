/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files say that tell how a host is set up: texts of the kernel's and of kmod's. Pure. */
#ifndef PCITAG_MODEL_HOST_TEXT_H
#define PCITAG_MODEL_HOST_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest value of a module's option that is kept plus NUL; a longer one is cut. */
#define MODULE_OPTION_LEN 128

/*
 * The option of a module on the kernel's command line: "vfio-pci.ids=10de:2204" (kernel:
 * Documentation/admin-guide/kernel-parameters.rst, which says that '-' and '_' are the same in such names).
 * Returns false when it is not there, @value untouched.
 */
bool cmdline_option(const char *cmdline, const char *module, const char *option,
		    char value[static MODULE_OPTION_LEN]);

/* Is this very word on the kernel's command line? */
bool cmdline_has(const char *cmdline, const char *word);

/* The same for a line of modprobe.d: "options vfio-pci ids=10de:2204 disable_vga=1" (modprobe.d(5)). */
bool modprobe_option(const char *line, const char *module, const char *option,
		     char value[static MODULE_OPTION_LEN]);

/* Is a module in modules.dep(5) or modules.builtin, whose lines begin "kernel/.../NAME.ko"? */
bool module_list_has(const char *text, const char *module);

/* Is this line of modules-load.d(5) the name of @module? */
bool modules_load_names(const char *line, const char *module);

#define MEMLOCK_UNLIMITED UINT64_MAX

/*
 * The hard limit for locked memory in proc(5), /proc/PID/limits, in bytes or MEMLOCK_UNLIMITED.
 * Returns false when it is not there.
 */
bool limits_memlock(const char *text, uint64_t *hard);

enum interrupt_remapping {
	REMAPPING_ON,
	REMAPPING_OFF,
	REMAPPING_UNKNOWN,
};

/*
 * Whether interrupts are remapped, by the names that /proc/interrupts has for the chips. On x86 those of
 * remapped interrupts begin with "IR-" (kernel: drivers/iommu/intel/irq_remapping.c and
 * drivers/iommu/amd/iommu.c, the ".prefix" of their MSI parents, arch/x86/kernel/apic/io_apic.c); on Arm the
 * GIC's ITS, which tells devices apart, calls its own "ITS-" (drivers/irqchip/irq-gic-v3-its.c).
 */
enum interrupt_remapping interrupts_remapping(const char *text);

#endif
