/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parsers for kernel and kmod files that show how a host is configured. Pure. */
#ifndef PCITAG_MODEL_SYSTEM_HOST_TEXT_H
#define PCITAG_MODEL_SYSTEM_HOST_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* Maximum length of a module option's value, including the NUL; longer values are cut. */
#define MODULE_OPTION_LEN 128

/*
 * Finds a module's option on the kernel's command line: "vfio-pci.ids=10de:2204". '-' and '_' are equal
 * (kernel: Documentation/admin-guide/kernel-parameters.rst). False when it is absent, with @value untouched.
 */
bool cmdline_option(const char *cmdline, const char *module, const char *option,
		    char value[static MODULE_OPTION_LEN]);

/* True when @word is on the kernel's command line. */
bool cmdline_has(const char *cmdline, const char *word);

/* The same in a line of modprobe.d(5), such as "options vfio-pci ids=10de:2204 disable_vga=1". */
bool modprobe_option(const char *line, const char *module, const char *option,
		     char value[static MODULE_OPTION_LEN]);

/* True when modules.dep(5) or modules.builtin has the module. Their lines begin with "kernel/.../NAME.ko". */
bool module_list_has(const char *text, const char *module);

/* True when this line of modules-load.d(5) is the name of @module. */
bool modules_load_names(const char *line, const char *module);

#define MEMLOCK_UNLIMITED UINT64_MAX

/* Reads the hard limit for locked memory (/proc/PID/limits, proc(5)): bytes or MEMLOCK_UNLIMITED, if any. */
bool limits_memlock(const char *text, uint64_t *hard);

enum interrupt_remapping { REMAPPING_ON, REMAPPING_OFF, REMAPPING_UNKNOWN };

/*
 * Reports whether interrupts are remapped, from the chip names in /proc/interrupts. On x86 the names for
 * remapped interrupts begin with "IR-" (kernel: drivers/iommu/intel/irq_remapping.c and
 * drivers/iommu/amd/iommu.c, the ".prefix" of their MSI parents, arch/x86/kernel/apic/io_apic.c). On Arm the
 * names for the GIC's ITS, which distinguishes devices, begin with "ITS-" (drivers/irqchip/irq-gic-v3-its.c).
 */
enum interrupt_remapping interrupts_remapping(const char *text);

/*
 * Reports whether a key of a configuration file of libvirt is set to the empty list, "namespaces = [ ]"
 * (libvirt: src/util/virconf.c; of several lines the last one counts). A list over several lines is one, too.
 */
bool libvirt_conf_is_empty_list(const char *text, const char *key);

/*
 * Returns, as a clause, what to do on a host where no PCI function has an IOMMU group.
 * @machine: from uname(2), because it depends on the architecture: "x86_64", "aarch64", ...
 * @has_groups: other devices have groups: an IOMMU works, but does not translate for PCI
 */
const char *iommu_advice(const char *machine, bool has_groups);

#endif
