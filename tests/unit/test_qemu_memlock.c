/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/memlock.c model/qemu/option.c host/process/memlock_limit.c base/error.c */
/* libs: json-c */
#include <errno.h>
#include <stdarg.h>
#include <sys/resource.h>

#include "host/process/memlock_limit.h"
#include "model/qemu/memlock.h"
#include "test.h"

#define MIB (1ULL << 20)
#define VFIO "{\"driver\":\"vfio-pci\",\"sysfsdev\":\"/sys/bus/pci/devices/0000:02:00.0\"}"

/* The kernel's part: a limit that only goes down once it is set, as for any process without CAP_SYS_RESOURCE.
 */
static struct rlimit limit;
static int limit_writes;

int getrlimit(__rlimit_resource_t resource, struct rlimit *out)
{
	if (resource != RLIMIT_MEMLOCK)
		return prlimit(0, resource, NULL, out);
	*out = limit;
	return 0;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *in)
{
	if (resource != RLIMIT_MEMLOCK)
		return prlimit(0, resource, in, NULL);
	limit_writes++;
	if (in->rlim_cur > in->rlim_max || in->rlim_max > limit.rlim_max) {
		errno = in->rlim_max > limit.rlim_max ? EPERM : EINVAL;
		return -1;
	}
	limit = *in;
	return 0;
}

/* Computes the limits for the words that follow, up to NULL. One of its VFIO devices came by a placeholder.
 */
static int compute(struct qemu_memlock *out, struct error *err, ...)
{
	char *argv[64] = { (char *)(uintptr_t) "qemu" };
	va_list args;
	size_t n = 1;

	va_start(args, err);
	do
		argv[n] = va_arg(args, char *);
	while (argv[n++]);
	va_end(args);
	return qemu_memlock_compute(argv, 1, out, err);
}

#define CHECK_MIB(boot_mib, max_mib, ...)                                        \
	do {                                                                     \
		struct qemu_memlock out_;                                        \
		struct error err_ = { .msg = "" };                               \
		CHECK(compute(&out_, &err_, __VA_ARGS__, (char *)NULL) == 0);    \
		CHECK(out_.boot == (boot_mib)*MIB && out_.max == (max_mib)*MIB); \
	} while (0)

#define CHECK_REFUSED(text, ...)                                               \
	do {                                                                   \
		struct qemu_memlock out_;                                      \
		struct error err_ = { .msg = "" };                             \
		CHECK(compute(&out_, &err_, __VA_ARGS__, (char *)NULL) == -1); \
		CHECK(strstr(err_.msg, text));                                 \
	} while (0)

static void test_memory_in_every_form_libvirt_writes(void)
{
	CHECK_MIB(1280ULL, 1280ULL, "-m", "256", "-device", VFIO);
	CHECK_MIB(1280ULL, 1280ULL, "-m", "size=262144k", "-device", VFIO);
	CHECK_MIB(1280ULL, 2048ULL, "-m", "size=262144k,slots=4,maxmem=1048576k", "-device", VFIO);
}

static void test_memory_in_every_form_qemu_takes(void)
{
	CHECK_MIB(1152ULL, 1152ULL, "-device", VFIO);
	CHECK_MIB(3072ULL, 3072ULL, "-m", "2G", "-device", VFIO);
	CHECK_MIB(3072ULL, 3072ULL, "--m", "2048m", "-device", VFIO);
	CHECK_MIB(1025ULL, 1025ULL, "-m", "1048576B", "-device", VFIO);
	CHECK_MIB(1049600ULL, 1049600ULL, "-m", "1t", "-device", VFIO);
	/* Without suffix size is in MiB, maxmem in bytes. */
	CHECK_MIB(1280ULL, 1536ULL, "-m", "256,maxmem=536870912,slots=1", "-device", VFIO);
	/* A second -m adds to the first. */
	CHECK_MIB(1280ULL, 2048ULL, "-m", "512,maxmem=1g", "-m", "256", "-device", VFIO);
	/* QEMU refuses a maxmem below size; the sum must not shrink for it. */
	CHECK_MIB(1280ULL, 1280ULL, "-m", "256,maxmem=1m", "-device", VFIO);
}

static void test_memory_that_cannot_be_counted_is_refused(void)
{
	CHECK_REFUSED("-m size=1.5G: write a whole number", "-m", "1.5G", "-device", VFIO);
	CHECK_REFUSED("-m size=: write a whole number", "-m", "size=", "-device", VFIO);
	CHECK_REFUSED("-m size=0x100: write a whole number", "-m", "0x100", "-device", VFIO);
	CHECK_REFUSED("-m size=5q: write", "-m", "5q", "-device", VFIO);
	CHECK_REFUSED("-m size=5mb: write", "-m", "5mb", "-device", VFIO);
	CHECK_REFUSED("-m maxmem=17179869184g is too large", "-m", "1,maxmem=17179869184g", "-device", VFIO);
	CHECK_REFUSED("-m size=99999999999999999999 is too large", "-m", "99999999999999999999", "-device",
		      VFIO);
	CHECK_REFUSED("too large to be locked", "-m", "15e", "-device", VFIO, "-device", VFIO, "-device",
		      "intel-iommu");
	CHECK_REFUSED("'maxmem' twice", "-m", "1,maxmem=2g,maxmem=3g", "-device", VFIO);
}

static void test_several_devices_share_the_memory_without_an_iommu(void)
{
	CHECK_MIB(1280ULL, 1280ULL, "-m", "256", "-device", VFIO, "-device", "vfio-pci,host=03:00.0");
}

static void test_with_an_iommu_each_device_locks_for_itself(void)
{
	static const char *const iommus[] = {
		"intel-iommu",
		"amd-iommu",
		"arm-smmuv3",
		"virtio-iommu-pci,bus=pcie.0",
		"{\"driver\":\"virtio-iommu\",\"id\":\"iommu0\"}",
		"{\"driver\":\"intel-iommu\",\"id\":\"iommu0\",\"intremap\":\"on\"}",
	};

	for (size_t i = 0; i < sizeof(iommus) / sizeof(iommus[0]); i++)
		CHECK_MIB(1536ULL, 1536ULL, "-m", "256", "-device", VFIO, "-device", iommus[i], "-device",
			  "vfio-pci,host=03:00.0");
	CHECK_MIB(1536ULL, 1536ULL, "-machine", "virt,iommu=smmuv3", "-m", "256", "-device", VFIO, "-device",
		  VFIO);
	CHECK_MIB(1280ULL, 1280ULL, "-M", "virt,iommu=none", "-m", "256", "-device", VFIO, "-device", VFIO);
}

static void test_an_iommu_by_name_only_is_none(void)
{
	CHECK_MIB(1280ULL, 1280ULL, "-m", "256", "-device", VFIO, "-device", VFIO, "-device",
		  "{\"driver\":\"edu\",\"id\":\"intel-iommu\"}", "-device", "edu,iommu_platform=on",
		  "-device", "{\"driver\":\"iommu", "-name", "iommu");
}

static void test_vdpa_and_nvme_lock_for_themselves(void)
{
	CHECK_MIB(1792ULL, 1792ULL, "-m", "256", "-device", VFIO, "-netdev",
		  "{\"type\":\"vhost-vdpa\",\"vhostdev\":\"/dev/vhost-vdpa-0\",\"id\":\"n\"}", "-blockdev",
		  "{\"driver\":\"nvme\",\"device\":\"0000:01:00.0\",\"namespace\":1,\"node-name\":\"x\"}");
	CHECK_MIB(1536ULL, 1536ULL, "-m", "256", "-device", VFIO, "-netdev", "vhost-vdpa,id=n");
	CHECK_MIB(
		1536ULL, 1536ULL, "-m", "256", "-device", VFIO, "-blockdev",
		"{\"driver\":\"virtio-blk-vhost-vdpa\",\"path\":\"/dev/vhost-vdpa-1\",\"node-name\":\"y\"}");
}

static void test_text_of_other_options_is_not_counted(void)
{
	CHECK_MIB(1280ULL, 1280ULL, "-m", "256", "-append", "-m", "-device", VFIO, "-append", "-device");
}

static void check_raise(uint64_t soft, uint64_t hard, uint64_t want_soft, uint64_t want_hard, int writes)
{
	static const struct qemu_memlock wanted = { .boot = 1280 * MIB, .max = 2048 * MIB };
	struct error err;

	limit = (struct rlimit){ .rlim_cur = soft, .rlim_max = hard };
	limit_writes = 0;
	CHECK(memlock_limit_set(&wanted, &err) == 0);
	CHECK(limit.rlim_cur == want_soft && limit.rlim_max == want_hard);
	CHECK(limit_writes == writes);
}

static void test_the_limit_becomes_what_is_wanted_and_no_more(void)
{
	check_raise(64 * MIB, RLIM_INFINITY, 2048 * MIB, 2048 * MIB, 1);
	check_raise(64 * MIB, 2048 * MIB, 2048 * MIB, 2048 * MIB, 1);
	/* The daemon's own: the guest is not to have it. */
	check_raise(RLIM_INFINITY, RLIM_INFINITY, 2048 * MIB, 2048 * MIB, 1);
	check_raise(4096 * MIB, RLIM_INFINITY, 2048 * MIB, 2048 * MIB, 1);
}

static void test_a_limit_that_is_enough_is_left_alone(void)
{
	check_raise(2048 * MIB, 2048 * MIB, 2048 * MIB, 2048 * MIB, 0);
	check_raise(4096 * MIB, 4096 * MIB, 4096 * MIB, 4096 * MIB, 0);
}

static void test_a_guest_that_is_locked_as_a_whole_keeps_its_limit(void)
{
	struct qemu_memlock wanted;
	struct error err;

	CHECK(compute(&wanted, &err, "-m", "256", "-overcommit", "mem-lock=on", "-device", VFIO,
		      (char *)NULL) == 0);
	CHECK(wanted.is_locked);
	limit = (struct rlimit){ .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	CHECK(memlock_limit_set(&wanted, &err) == 0);
	CHECK(limit.rlim_cur == RLIM_INFINITY && limit.rlim_max == RLIM_INFINITY);
	CHECK(compute(&wanted, &err, "-m", "256", "-overcommit", "mem-lock=off", "-device", VFIO,
		      (char *)NULL) == 0);
	CHECK(!wanted.is_locked);
}

static void test_a_hard_limit_for_the_boot_memory_is_used_up(void)
{
	/* As libvirt sets it for a domain that also has a <hostdev>, or a <hard_limit>. */
	check_raise(1280 * MIB, 1280 * MIB, 1280 * MIB, 1280 * MIB, 1);
	check_raise(64 * MIB, 1500 * MIB, 1500 * MIB, 1500 * MIB, 1);
}

static void test_a_hard_limit_too_low_says_what_to_install(void)
{
	static const struct qemu_memlock wanted = { .boot = 1280 * MIB, .max = 2048 * MIB };
	struct error err;

	limit = (struct rlimit){ .rlim_cur = 64 * MIB, .rlim_max = 1280 * MIB - 1 };
	CHECK(memlock_limit_set(&wanted, &err) == -1);
	CHECK_STR(
		err.msg,
		"the guest's memory cannot be locked for its devices: 1280 MiB are needed and the hard limit "
		"is 1279 MiB: install pcitag's libvirtd.service.d/pcitag.conf (and "
		"virtqemud.service.d/pcitag.conf), which say LimitMEMLOCK=64M:infinity, then run 'systemctl "
		"daemon-reload' and restart that service");
	CHECK(limit.rlim_cur == 64 * MIB);
}

/* libvirt's rule for what it knows of: memory and 1 GiB, a factor for each vDPA device and NVMe disk. */
static void check_mixed(uint64_t hard, int want, const char *option, const char *value, const char *iommu)
{
	struct qemu_memlock wanted;
	struct error err = { .msg = "" };

	CHECK(compute(&wanted, &err, "-m", "4096", "-device", VFIO, option, value, "-device", iommu,
		      (char *)NULL) == 0);
	limit = (struct rlimit){ .rlim_cur = hard, .rlim_max = hard };
	CHECK(memlock_limit_set(&wanted, &err) == want);
	CHECK(limit.rlim_cur == hard && limit.rlim_max == hard);
}

static void test_what_libvirt_computed_for_its_own_devices_is_not_refused(void)
{
	static const char nvme[] =
		"{\"driver\":\"nvme\",\"device\":\"0000:01:00.0\",\"namespace\":1,\"node-name\":\"x\"}";

	check_mixed(5120 * MIB, MEMLOCK_LIMIT_SHORT, "-netdev", "vhost-vdpa,id=n", "edu");
	check_mixed(5120 * MIB, MEMLOCK_LIMIT_SHORT, "-blockdev", nvme, "edu");
	check_mixed(5120 * MIB, MEMLOCK_LIMIT_SHORT, "-device", "vfio-pci,host=03:00.0", "intel-iommu");
	/* <hard_limit>, as the message says */
	check_mixed(9216 * MIB, 0, "-netdev", "vhost-vdpa,id=n", "edu");
	check_mixed(5120 * MIB, 0, "-device", "vfio-pci,host=03:00.0", "edu");
}

static void test_a_limit_below_libvirts_own_is_refused_in_a_mixed_guest_too(void)
{
	check_mixed(5120 * MIB - 1, -1, "-netdev", "vhost-vdpa,id=n", "edu");
	check_mixed(64 * MIB, -1, "-device", "vfio-pci,host=03:00.0", "intel-iommu");
	/* No device of libvirt's: then it is the daemon's limit. */
	check_mixed(1280 * MIB, -1, "-netdev", "user,id=n", "intel-iommu");
}

static void test_a_short_limit_says_what_to_write(void)
{
	static const struct qemu_memlock wanted = { .boot = 2304 * MIB,
						    .max = 2304 * MIB,
						    .native = 1280 * MIB };
	struct error err;

	limit = (struct rlimit){ .rlim_cur = 1280 * MIB, .rlim_max = 1280 * MIB };
	CHECK(memlock_limit_set(&wanted, &err) == MEMLOCK_LIMIT_SHORT);
	CHECK_STR(
		err.msg,
		"libvirt set the limit for locked memory to 1280 MiB, for the host devices that it knows of; "
		"with the requested ones up to 2304 MiB are needed: should QEMU report 'Cannot allocate "
		"memory', write <memtune><hard_limit unit='MiB'>2304</hard_limit></memtune>");
}

int main(void)
{
	RUN(test_memory_in_every_form_libvirt_writes);
	RUN(test_memory_in_every_form_qemu_takes);
	RUN(test_memory_that_cannot_be_counted_is_refused);
	RUN(test_several_devices_share_the_memory_without_an_iommu);
	RUN(test_with_an_iommu_each_device_locks_for_itself);
	RUN(test_an_iommu_by_name_only_is_none);
	RUN(test_vdpa_and_nvme_lock_for_themselves);
	RUN(test_text_of_other_options_is_not_counted);
	RUN(test_the_limit_becomes_what_is_wanted_and_no_more);
	RUN(test_a_limit_that_is_enough_is_left_alone);
	RUN(test_a_guest_that_is_locked_as_a_whole_keeps_its_limit);
	RUN(test_a_hard_limit_for_the_boot_memory_is_used_up);
	RUN(test_a_hard_limit_too_low_says_what_to_install);
	RUN(test_what_libvirt_computed_for_its_own_devices_is_not_refused);
	RUN(test_a_limit_below_libvirts_own_is_refused_in_a_mixed_guest_too);
	RUN(test_a_short_limit_says_what_to_write);
	return 0;
}
