/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/qemu/memlock.h"

#include <string.h>

#include "model/qemu/option.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

/* The values of a command line that determine the limit. */
struct census {
	uint64_t size;	 /* bytes */
	uint64_t maxmem; /* bytes, 0 when not given */
	uint64_t vfio;
	uint64_t others; /* vDPA devices and NVMe disks: each pins the memory separately */
	bool iommu;
	bool locked;
};

static bool shift_of(char suffix, unsigned *shift)
{
	static const char suffixes[] = "bkmgtpe";
	/* strchr() would also match the NUL. */
	const char *at = suffix ? strchr(suffixes, suffix | 0x20) : NULL;

	if (!at)
		return false;
	*shift = 10 * (unsigned)(at - suffixes);
	return true;
}

/* @shift: the unit of a number without suffix, as a power of two */
static int read_size(const char *key, const char *text, unsigned shift, uint64_t *out, struct error *err)
{
	const char *c = text;
	uint64_t value = 0;

	for (; *c >= '0' && *c <= '9'; c++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*c - '0'), &value))
			return error_set(err, 0, "-m %s=%.64s is too large", key, text);
	}
	if (c == text || (*c && (!shift_of(*c, &shift) || c[1] != '\0')))
		return error_set(err, 0,
				 "-m %s=%.64s: write a whole number with an optional suffix b k m g t p e, "
				 "pcitag has to compute the limit for locked memory from it",
				 key, text);
	if (value > (UINT64_MAX >> shift))
		return error_set(err, 0, "-m %s=%.64s is too large", key, text);
	*out = value << shift;
	return 0;
}

/* Of several -m, later keys override earlier ones (QEMU: softmmu/vl.c, the "memory" list merges). */
static int count_memory(const char *text, struct census *census, struct error *err)
{
	struct qemu_option option;
	const char *size, *maxmem;
	int r = qemu_option_parse(text, "size", &option, err);

	if (r < 0)
		(void)error_prefix(err, "-m %.64s", text);
	size = qemu_option_string(&option, "size");
	maxmem = qemu_option_string(&option, "maxmem");
	if (r == 0 && size)
		r = read_size("size", size, 20, &census->size, err);
	if (r == 0 && maxmem)
		r = read_size("maxmem", maxmem, 0, &census->maxmem, err);
	qemu_option_clear(&option);
	return r;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void count_device(const char *driver, struct census *census)
{
	/* vfio-pci, vfio-ccw, vfio-ap: libvirt counts PCI devices and mediated devices alike. */
	if (begins(driver, "vfio-"))
		census->vfio++;
	/* intel-iommu, amd-iommu, virtio-iommu[-pci], riscv-iommu-pci; QEMU 10.1 has arm-smmuv3. */
	else if (strstr(driver, "iommu") || begins(driver, "arm-smmu"))
		census->iommu = true;
}

static void count_blockdev(const char *driver, struct census *census)
{
	if (strcmp(driver, "nvme") == 0 || begins(driver, "virtio-blk-vhost-vdpa"))
		census->others++;
}

static void count_netdev(const char *type, struct census *census)
{
	if (strcmp(type, "vhost-vdpa") == 0)
		census->others++;
}

/* On Arm the IOMMU is a property of the machine: -machine virt,iommu=smmuv3. */
static void count_machine(const char *iommu, struct census *census)
{
	if (strcmp(iommu, "none") != 0)
		census->iommu = true;
}

/* "on", or "on-fault" since QEMU 10.0 (softmmu/vl.c, system/vl.c: the "overcommit" options). */
static void count_mem_lock(const char *value, struct census *census)
{
	if (strcmp(value, "off") != 0)
		census->locked = true;
}

/* The relevant options besides -m, and the relevant key of each. */
static const struct {
	const char *option;
	const char *implied;
	const char *key;
	void (*count)(const char *value, struct census *census);
} counted[] = {
	{ "device", "driver", "driver", count_device },
	{ "blockdev", "driver", "driver", count_blockdev },
	{ "netdev", "type", "type", count_netdev },
	{ "machine", "type", "iommu", count_machine },
	{ "M", "type", "iommu", count_machine },
	{ "overcommit", "mem-lock", "mem-lock", count_mem_lock },
};

/* True when @text can contain relevant values; most options need no parsing. */
static bool worth_reading(const char *text)
{
	static const char *const hints[] = { "vfio-", "iommu", "smmu", "nvme", "vdpa", "mem-lock" };

	for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
		if (strstr(text, hints[i]))
			return true;
	}
	return false;
}

static int count_option(char *const argv[], size_t at, struct census *census, struct error *err)
{
	const char *memory = qemu_option_value(argv, at, "m");

	if (memory)
		return count_memory(memory, census, err);
	for (size_t i = 0; i < ARRAY_SIZE(counted); i++) {
		const char *text = qemu_option_value(argv, at, counted[i].option);
		struct qemu_option option;
		const char *value;

		if (!text || !worth_reading(text))
			continue;
		/* QEMU reports options that cannot be parsed. */
		if (qemu_option_parse(text, counted[i].implied, &option, NULL) == 0) {
			value = qemu_option_string(&option, counted[i].key);
			if (value)
				counted[i].count(value, census);
		}
		qemu_option_clear(&option);
	}
	return 0;
}

static int limit(const struct census *census, uint64_t memory, uint64_t *out, struct error *err)
{
	uint64_t factor = census->others;

	if (census->vfio)
		factor += census->iommu ? census->vfio : 1;
	if (__builtin_mul_overflow(memory, factor, out) || __builtin_add_overflow(*out, GIB, out))
		return error_set(err, 0, "the guest's memory, %llu MiB, is too large to be locked",
				 (unsigned long long)(memory / MIB));
	return 0;
}

int qemu_memlock_compute(char *const argv[], size_t placeholders, struct qemu_memlock *out, struct error *err)
{
	struct census census = { .size = 128 * MIB };

	for (size_t i = 1; argv[0] && argv[i]; i++) {
		if (count_option(argv, i, &census, err) < 0)
			return -1;
	}
	if (census.maxmem < census.size)
		census.maxmem = census.size;
	out->is_locked = census.locked;
	if (limit(&census, census.size, &out->boot, err) < 0)
		return -1;
	/* The factor for such devices is at least 1. */
	out->native = census.others || census.vfio > placeholders ? census.size + GIB : 0;
	return limit(&census, census.maxmem, &out->max, err);
}
