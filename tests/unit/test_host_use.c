/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/in_use/in_use.c host/in_use/disk.c host/in_use/disk_backing.c host/in_use/net.c */
/* links: host/process/process.c host/net/facts.c host/net/netlink.c model/system/packet_filter.c */
/* links: host/net/away.c host/net/tcx.c */
/* links: host/in_use/device_nodes.c host/in_use/node_holders.c host/process/progress.c host/pci/walk.c host/pci/sysfs.c host/process/worker.c */
/* links: model/pci/topology.c model/pci/address.c base/fileio.c base/text.c base/error.c */
#include "base/deadline.h"
#include "host/in_use/device_nodes.h"
#include "host/in_use/in_use.h"
#include "fake_tree.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

/* The function under test; what is below it is written relative to this. */
#define CARD "sys/bus/pci/devices/0000:0a:00.0/"

static struct pci_device card = { .addr = { 0, 0x0a, 0, 0 }, .group = 24, .driver = "nvme" };

/* A directory that is a device of that subsystem; @number is its `dev`, or NULL. */
static void device(const char *path, const char *subsystem, const char *number)
{
	char file[300], target[64];

	snprintf(file, sizeof(file), "%s/uevent", path);
	tree_file(file, "");
	snprintf(file, sizeof(file), "%s/subsystem", path);
	snprintf(target, sizeof(target), "../../class/%s", subsystem);
	tree_link(file, target);
	if (!number)
		return;
	snprintf(file, sizeof(file), "%s/dev", path);
	tree_file(file, number);
}

static void setup(void)
{
	tree_start();
	device("sys/bus/pci/devices/0000:0a:00.0", "pci", NULL);
	tree_file("proc/self/mountinfo", "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n");
	tree_file("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n");
}

static void nvme(void)
{
	device(CARD "nvme/nvme0", "nvme", "242:0\n");
	device(CARD "nvme/nvme0/nvme0n1", "block", "259:0\n");
	device(CARD "nvme/nvme0/nvme0n1/nvme0n1p1", "block", "259:1\n");
	tree_directory(CARD "nvme/nvme0/nvme0n1/holders");
}

static void nic(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), CARD "net/%s", name);
	device(path, "net", NULL);
}

/* What was found last. */
static struct pci_device found;

/* What the host uses the card for. */
static const char *use_seen_by(const char *proc)
{
	struct topology topology = { 0 };
	struct error err = { 0 };
	struct sysfs sysfs;
	char path[64];

	snprintf(path, sizeof(path), "%s/sys", tree);
	CHECK(sysfs_open(path, &sysfs, &err) == 0);
	CHECK(topology_add(&topology, &card, &err) == 0);
	if (in_use_scan(&sysfs, proc, &topology, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	found = topology.devices[0];
	topology_clear(&topology);
	sysfs_close(&sysfs);
	return found.host_use;
}

static const char *use(void)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "%s/proc", tree);
	return use_seen_by(proc);
}

static void test_a_disk_that_nobody_uses_is_free_whatever_is_on_it(void)
{
	setup();
	nvme();
	CHECK_STR(use(), "");
	tree_remove();
}

static void test_a_mounted_partition_is_named_with_its_mount_point(void)
{
	setup();
	nvme();
	tree_file("proc/self/mountinfo",
		  "22 1 259:11 / / rw - ext4 /dev/vda1 rw\n"
		  "90 22 259:1 /sub /srv/my\\040disk rw,noatime shared:9 master:2 - ext4 /dev/root rw\n");
	CHECK_STR(use(), "disk nvme0n1p1 is mounted on /srv/my disk");
	tree_remove();
}

static void test_a_file_system_over_several_disks_names_one_of_them(void)
{
	setup();
	nvme();
	tree_file("proc/self/mountinfo", "90 22 0:45 / /srv rw - btrfs /dev/nvme0n1 rw,subvol=/\n");
	CHECK_STR(use(), "disk nvme0n1 is mounted on /srv");
	tree_remove();
}

static void test_a_mount_point_cannot_forge_a_line(void)
{
	char line[400] = "90 22 259:1 / /a\\012b\\033";

	setup();
	nvme();
	memset(line + strlen(line), 'x', 250);
	strcat(line, " rw - ext4 /dev/root rw\n");
	tree_file("proc/self/mountinfo", line);
	CHECK(strncmp(use(), "disk nvme0n1p1 is mounted on /a?b?xxx", 36) == 0);
	CHECK(strlen(use()) == HOST_USE_LEN - 1);
	CHECK_STR(use() + HOST_USE_LEN - 5, "x...");
	tree_remove();
}

static void test_swap_space(void)
{
	setup();
	nvme();
	tree_file("proc/swaps",
		  "Filename\tType\tSize\tUsed\tPriority\n"
		  "/dev/nvme0n1p11   partition\t1\t0\t-2\n/dev/nvme0n1p1   partition\t1\t0\t-3\n");
	CHECK_STR(use(), "disk nvme0n1p1 is swap space");
	tree_remove();
}

static void test_holders_are_called_by_their_names(void)
{
	static const struct {
		const char *uuid, *said;
	} mappers[] = {
		{ "LVM-abc\n", "disk nvme0n1 is part of the LVM volume vg-srv" },
		{ "mpath-3600\n", "disk nvme0n1 is part of the multipath map vg-srv" },
		{ "CRYPT-LUKS2-x\n", "disk nvme0n1 is part of the encrypted volume vg-srv" },
		{ "\n", "disk nvme0n1 is part of the device-mapper volume vg-srv" },
	};

	for (size_t i = 0; i < sizeof(mappers) / sizeof(mappers[0]); i++) {
		setup();
		nvme();
		tree_file("sys/devices/virtual/block/dm-0/dm/name", "vg-srv\n");
		tree_file("sys/devices/virtual/block/dm-0/dm/uuid", mappers[i].uuid);
		tree_link(CARD "nvme/nvme0/nvme0n1/holders/dm-0",
			  "../../../../../../../../devices/virtual/block/dm-0");
		CHECK_STR(use(), mappers[i].said);
		tree_remove();
	}
	setup();
	nvme();
	tree_link(CARD "nvme/nvme0/nvme0n1/holders/md127", "../nowhere");
	CHECK_STR(use(), "disk nvme0n1 is part of md127");
	tree_remove();
}

static void test_a_multipath_disk_is_looked_at_where_the_host_sees_it(void)
{
	setup();
	device(CARD "nvme/nvme3", "nvme", NULL);
	device(CARD "nvme/nvme3/nvme0c3n1", "block", NULL);
	device("sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "block", "259:0\n");
	device("sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p2", "block", "259:2\n");
	tree_link("sys/class/block/nvme0n1", "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
	CHECK_STR(use(), "");
	tree_file("proc/self/mountinfo", "90 22 259:2 / /srv rw - ext4 /dev/nvme0n1p2 rw\n");
	CHECK_STR(use(), "disk nvme0n1p2 is mounted on /srv");
	tree_remove();
}

static void test_a_disk_deep_below_a_controller_is_found(void)
{
	setup();
	/* SAS: what lies between has no subsystem, but is a device. */
	tree_file(CARD "host0/uevent", "");
	tree_file(CARD "host0/port-0:0/uevent", "");
	tree_file(CARD "host0/port-0:0/end_device-0:0/uevent", "");
	tree_file(CARD "host0/port-0:0/end_device-0:0/target0:0:0/uevent", "");
	tree_file(CARD "host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/uevent", "");
	device(CARD "host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sda", "block", "8:0\n");
	tree_file("proc/self/mountinfo", "90 22 8:0 / /srv rw - ext4 /dev/sda rw\n");
	CHECK_STR(use(), "disk sda is mounted on /srv");
	tree_remove();
}

static void test_links_lead_nowhere(void)
{
	setup();
	device("sys/devices/other/block/sdb", "block", "8:16\n");
	tree_link(CARD "virtfn0", "../../../../devices/other");
	tree_file("proc/self/mountinfo", "90 22 8:16 / /srv rw - ext4 /dev/sdb rw\n");
	CHECK_STR(use(), "");
	tree_remove();
}

static void test_an_interface_with_an_address(void)
{
	setup();
	nic("lo");
	CHECK_STR(use(), "interface lo has the address 127.0.0.1");
	tree_remove();
}

static void test_an_interface_that_is_only_up_is_free(void)
{
	setup();
	nic("eth7");
	tree_directory(CARD "net/eth7/queues");
	tree_file("proc/net/route",
		  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		  "eth77\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	tree_file("proc/net/ipv6_route",
		  "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
		  "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth7\n"
		  "ff000000000000000000000000000000 08 00000000000000000000000000000000 00 "
		  "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth7\n"
		  "20010db8000000000000000000000001 80 00000000000000000000000000000000 00 "
		  "00000000000000000000000000000000 00000000 00000001 00000000 80200001     eth7\n");
	CHECK_STR(use(), "");
	tree_remove();
}

static void test_interfaces_that_others_are_built_on(void)
{
	setup();
	nic("eth7");
	tree_link(CARD "net/eth7/upper_eth7.100", "../eth7.100");
	CHECK_STR(use(), "interface eth7 carries eth7.100");
	tree_link(CARD "net/eth7/master", "../../../../virtual/net/br0");
	CHECK_STR(use(), "interface eth7 is part of br0");
	tree_remove();
}

static void test_interfaces_that_routes_lead_to(void)
{
	setup();
	nic("eth7");
	tree_file("proc/net/route",
		  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		  "eth7\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n");
	CHECK_STR(use(), "interface eth7 carries the route to 10.0.0.0/8");
	tree_file("proc/net/route", "eth7\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	CHECK_STR(use(), "interface eth7 carries the default route");
	tree_file("proc/net/route", "");
	tree_file("proc/net/ipv6_route",
		  "20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
		  "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth7\n");
	CHECK_STR(use(), "interface eth7 carries the route to 2001:db8::/64");
	tree_remove();
}

static void test_an_interface_that_a_container_has(void)
{
	setup();
	tree_directory(CARD "net");
	CHECK_STR(use(), "its network interface is in another network namespace");
	tree_remove();
}

static void test_a_serial_port_with_the_kernels_messages(void)
{
	setup();
	device(CARD "tty/ttyS4", "tty", "4:68\n");
	tree_file("proc/consoles",
		  "ttyS40               -W- (EC p a)    4:104\ntty0   -WU (E  p  )    4:7\n");
	CHECK_STR(use(), "");
	tree_file("proc/consoles", "tty0   -WU (E  p  )    4:7\nttyS4                -W- (EC p a)    4:68\n");
	CHECK_STR(use(), "serial port ttyS4 is a console of the kernel");
	tree_remove();
}

/* A process called "player" that has @path open until it is killed. */
static pid_t open_elsewhere(const char *path)
{
	int ready[2];
	char byte;
	pid_t pid;

	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_NAME, "player");
		if (open(path, O_RDONLY | O_CLOEXEC) < 0 || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(1);
	}
	CHECK(close(ready[1]) == 0);
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(close(ready[0]) == 0);
	return pid;
}

static void test_a_node_that_a_process_has_open(void)
{
	char said[128];
	pid_t pid;

	setup();
	device(CARD "sound/card0/pcmC0D0p", "sound", "1:7\n"); /* /dev/full plays the part */
	tree_file(CARD "sound/card0/uevent", "");
	tree_file(CARD "sound/card0/pcmC0D0p/uevent", "MAJOR=1\nMINOR=7\nDEVNAME=snd/pcmC0D0p\n");
	CHECK_STR(use_seen_by("/proc"), "");
	pid = open_elsewhere("/dev/full");
	snprintf(said, sizeof(said), "process %d (player) has /dev/snd/pcmC0D0p open", (int)pid);
	CHECK_STR(use_seen_by("/proc"), said);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
	CHECK_STR(use_seen_by("/proc"), "");
	tree_remove();
}

/* A loop device plays the disk. */
#define LOOP7 "7:7\n"

/* A process 1234 of this name, with a descriptor that is open on a node of this kind and number. Returns the
 * proc it is in. */
static const char *held_by(const char *command, mode_t type, dev_t number)
{
	static char proc[64];
	char node[64], line[64];

	snprintf(line, sizeof(line), "%s\n", command);
	tree_file("proc/1234/comm", line);
	snprintf(node, sizeof(node), "%s/elsewhere", tree);
	CHECK(mknod(node, type | 0600, number) == 0);
	tree_link("proc/1234/fd/11", node);
	snprintf(proc, sizeof(proc), "%s/proc", tree);
	return proc;
}

static void test_any_disk_of_a_controller_that_a_process_has_open(void)
{
	setup();
	device(CARD "ata1/host0/target0:0:0/0:0:0:0/block/sda", "block", "8:0\n");
	device(CARD "ata2/host1/target1:0:0/1:0:0:0/block/sdb", "block", "8:16\n");
	device(CARD "ata3/host2/target2:0:0/2:0:0:0/block/sdc", "block", "8:32\n");
	device(CARD "ata3/host2/target2:0:0/2:0:0:0/block/sdc/sdc1", "block", LOOP7);
	/* What lies between is a device. */
	for (int i = 0; i < 3; i++) {
		char path[160];

		snprintf(path, sizeof(path), CARD "ata%d/uevent", i + 1);
		tree_file(path, "");
		snprintf(path, sizeof(path), CARD "ata%d/host%d/uevent", i + 1, i);
		tree_file(path, "");
		snprintf(path, sizeof(path), CARD "ata%d/host%d/target%d:0:0/uevent", i + 1, i, i);
		tree_file(path, "");
		snprintf(path, sizeof(path), CARD "ata%d/host%d/target%d:0:0/%d:0:0:0/uevent", i + 1, i, i,
			 i);
		tree_file(path, "");
	}
	tree_file(CARD "ata3/host2/target2:0:0/2:0:0:0/block/sdc/sdc1/uevent", "DEVNAME=sdc1\n");
	CHECK_STR(use(), "");
	CHECK_STR(use_seen_by(held_by("qemu", S_IFBLK, makedev(7, 7))),
		  "process 1234 (qemu) has /dev/sdc1 open");
	tree_remove();
}

static void test_a_disk_that_a_process_has_open_for_a_moment(void)
{
	const char *proc;
	char path[128];
	pid_t pid;

	setup();
	nvme();
	tree_file(CARD "nvme/nvme0/nvme0n1/dev", LOOP7);
	proc = held_by("smartd", S_IFBLK, makedev(7, 7));
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		usleep(300000);
		snprintf(path, sizeof(path), "%s/1234/fd/11", proc);
		_exit(unlink(path) < 0);
	}
	CHECK_STR(use_seen_by(proc), "");
	CHECK(waitpid(pid, NULL, 0) == pid);
	tree_remove();
}

static void test_the_other_nodes_of_a_disk(void)
{
	static const struct {
		const char *path, *subsystem, *node;
	} nodes[] = {
		{ CARD "nvme/nvme0", "nvme", "nvme0" },
		{ CARD "nvme/nvme0/ng0n1", "nvme-generic", "ng0n1" },
		{ CARD "host0/scsi_generic/sg0", "scsi_generic", "sg0" },
		{ CARD "host0/bsg/0:0:0:0", "bsg", "bsg/0:0:0:0" },
	};
	char said[128], file[160], uevent[64];

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		setup();
		tree_file(CARD "nvme/nvme0/uevent", "");
		tree_file(CARD "host0/uevent", "");
		device(nodes[i].path, nodes[i].subsystem, "1:7\n");
		snprintf(file, sizeof(file), "%s/uevent", nodes[i].path);
		snprintf(uevent, sizeof(uevent), "DEVNAME=%s\n", nodes[i].node);
		tree_file(file, uevent);
		snprintf(said, sizeof(said), "process 1234 (smartd) has /dev/%s open", nodes[i].node);
		CHECK_STR(use_seen_by(held_by("smartd", S_IFCHR, makedev(1, 7))), said);
		tree_remove();
	}
}

static void test_a_multipath_disk_is_open_where_the_host_sees_it(void)
{
	static const char *const where[] = { "nvme0n1", "ng0n1" };

	for (size_t i = 0; i < 2; i++) {
		char said[128], uevent[64];

		setup();
		device(CARD "nvme/nvme3", "nvme", NULL);
		device(CARD "nvme/nvme3/nvme0c3n1", "block", NULL);
		device("sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "block", LOOP7);
		device("sys/devices/virtual/nvme-subsystem/nvme-subsys0/ng0n1", "nvme-generic", "1:7\n");
		tree_link("sys/class/block/nvme0n1",
			  "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
		tree_link("sys/class/nvme-generic/ng0n1",
			  "../../devices/virtual/nvme-subsystem/nvme-subsys0/ng0n1");
		snprintf(uevent, sizeof(uevent), "DEVNAME=%s\n", where[i]);
		tree_file(i == 0 ? "sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/uevent"
				 : "sys/devices/virtual/nvme-subsystem/nvme-subsys0/ng0n1/uevent",
			  uevent);
		snprintf(said, sizeof(said), "process 1234 (qemu) has /dev/%s open", where[i]);
		CHECK_STR(use_seen_by(i == 0 ? held_by("qemu", S_IFBLK, makedev(7, 7))
					     : held_by("qemu", S_IFCHR, makedev(1, 7))),
			  said);
		tree_remove();
	}
}

static void test_a_guests_disk_is_not_waited_for(void)
{
	struct deadline soon = deadline_in(700);

	setup();
	nvme();
	tree_file(CARD "nvme/nvme0/nvme0n1/uevent", "DEVNAME=nvme0n1\n");
	tree_file(CARD "nvme/nvme0/nvme0n1/dev", LOOP7);
	tree_file("proc/1234/cgroup", "0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n");
	CHECK_STR(use_seen_by(held_by("qemu-system-x86", S_IFBLK, makedev(7, 7))),
		  "process 1234 (qemu-system-x86) has /dev/nvme0n1 open");
	CHECK(deadline_left(soon) > 0);
	tree_remove();
}

static void test_what_the_nvme_and_scsi_targets_export(void)
{
	static const char *const enabled[] = { "0\n", "1\n" };

	for (size_t i = 0; i < 2; i++) {
		setup();
		nvme();
		tree_file(CARD "nvme/nvme0/nvme0n1/dev", LOOP7);
		tree_file("sys/kernel/config/nvmet/subsystems/nqn.x/namespaces/1/device_path",
			  "/dev/loop7\n");
		tree_file("sys/kernel/config/nvmet/subsystems/nqn.x/namespaces/1/enable", enabled[i]);
		CHECK_STR(use(), i ? "disk nvme0n1 is used by the NVMe target (nqn.x)" : "");
		tree_remove();

		setup();
		nvme();
		tree_file(CARD "nvme/nvme0/nvme0n1/nvme0n1p1/dev", LOOP7);
		tree_file("sys/kernel/config/target/core/alua/lu_gps/x", "");
		tree_file("sys/kernel/config/target/core/fileio_0/disk1/info",
			  "Status: DEACTIVATED  Max Queue Depth: 0\n        TCM FILEIO ID: 0        "
			  "File: /dev/loop7  Size: 512  Mode: O_DSYNC Async: 0\n");
		tree_file("sys/kernel/config/target/core/fileio_0/disk1/enable", enabled[i]);
		CHECK_STR(use(), i ? "disk nvme0n1p1 is used by the SCSI target (fileio_0)" : "");
		tree_remove();
	}
}

static void test_functions_without_a_driver_of_their_own_are_not_looked_at(void)
{
	static const char *const drivers[] = { "", "vfio-pci", "mlx5_vfio_pci" };
	struct pci_device other = card;

	setup();
	tree_directory(CARD "net");
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		strcpy(card.driver, drivers[i]);
		card.is_vfio = drivers[i][0] != '\0';
		CHECK_STR(use(), "");
	}
	card = other;
	card.is_open = true;
	CHECK_STR(use(), "");
	card = other;
	tree_remove();
}

static void test_a_device_number_that_is_none_is_an_error(void)
{
	struct topology topology = { 0 };
	struct error err = { 0 };
	struct sysfs sysfs;
	char path[64];

	setup();
	device(CARD "sound/card0/pcm", "sound", "huh\n");
	tree_file(CARD "sound/card0/uevent", "");
	snprintf(path, sizeof(path), "%s/sys", tree);
	CHECK(sysfs_open(path, &sysfs, &err) == 0);
	CHECK(topology_add(&topology, &card, &err) == 0);
	CHECK(in_use_scan(&sysfs, "/proc", &topology, &err) < 0);
	CHECK_STR(err.msg,
		  "cannot see what the host uses 0000:0a:00.0 for: "
		  "no device number in /sys/bus/pci/devices/0000:0a:00.0/sound/card0/pcm/dev: \"huh\"");
	topology_clear(&topology);
	sysfs_close(&sysfs);
	tree_remove();
}

static void test_an_nvidia_gpu_says_elsewhere_which_node_it_has(void)
{
	struct node_list nodes = { 0 };
	struct error err = { 0 };
	char proc[64];

	setup();
	snprintf(proc, sizeof(proc), "%s/proc", tree);
	CHECK(node_list_add_nvidia(&nodes, proc, &card.addr, &err) == 0);
	CHECK(nodes.count == 0);
	tree_file("proc/driver/nvidia/gpus/0000:0a:00.0/information",
		  "Model: \t\t NVIDIA T4\nBus Location: \t 0000:0a:00.0\nDevice Minor: \t 3\n");
	CHECK(node_list_add_nvidia(&nodes, proc, &card.addr, &err) == 0);
	CHECK(nodes.count == 1 && nodes.items[0].type == S_IFCHR);
	CHECK(nodes.items[0].device == makedev(195, 3));
	CHECK_STR(nodes.items[0].path, "/dev/nvidia3");
	node_list_clear(&nodes);
	tree_remove();
}

/* Who is told by the unit, and not by the name that a process gives itself. */
static void test_the_keyboard_of_the_console(void)
{
	static const struct {
		const char *cgroup, *said;
	} holders[] = {
		{ "0::/system.slice/systemd-logind.service\n",
		  "a keyboard or mouse of the console is below it "
		  "(process 1234 (systemd-logind) has /dev/input/event5 open)" },
		{ "0::/user.slice/user-1000.slice/session-2.scope\n",
		  "a keyboard or mouse of the console is below it "
		  "(process 1234 (systemd-logind) has /dev/input/event5 open)" },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/systemd-logind.service\n",
		  "process 1234 (systemd-logind) has /dev/input/event5 open" },
	};

	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		setup();
		device(CARD "input/event5", "input", "1:7\n");
		tree_file(CARD "input/event5/uevent", "DEVNAME=input/event5\n");
		tree_file("proc/1234/cgroup", holders[i].cgroup);
		CHECK_STR(use_seen_by(held_by("systemd-logind", S_IFCHR, makedev(1, 7))), holders[i].said);
		tree_remove();
	}
}

/* A controller with a keyboard, /dev/input/event5, and a security key, /dev/hidraw3, which logind has open.
 */
static const char *keyboard_of_logind(void)
{
	const char *proc;

	setup();
	device(CARD "input/event5", "input", "1:7\n");
	tree_file(CARD "input/event5/uevent", "DEVNAME=input/event5\n");
	device(CARD "hidraw/hidraw3", "hidraw", "1:5\n");
	tree_file(CARD "hidraw/hidraw3/uevent", "DEVNAME=hidraw3\n");
	tree_file("proc/1234/cgroup", "0::/system.slice/systemd-logind.service\n");
	proc = held_by("systemd-logind", S_IFCHR, makedev(1, 7));
	return proc;
}

#define KEYBOARD                                          \
	"a keyboard or mouse of the console is below it " \
	"(process 1234 (systemd-logind) has /dev/input/event5 open)"

/* A process beside 1234 with the same node, or with the security key, open. */
static void held_besides(const char *pid, const char *command, const char *cgroup, dev_t number)
{
	char path[64], node[64], text[64];

	snprintf(path, sizeof(path), "proc/%s/comm", pid);
	snprintf(text, sizeof(text), "%s\n", command);
	tree_file(path, text);
	snprintf(path, sizeof(path), "proc/%s/cgroup", pid);
	tree_file(path, cgroup);
	snprintf(node, sizeof(node), "%s/node-of-%s", tree, pid);
	CHECK(mknod(node, S_IFCHR | 0600, number) == 0);
	snprintf(path, sizeof(path), "proc/%s/fd/3", pid);
	tree_link(path, node);
}

static void test_the_keyboard_is_told_only_when_there_is_no_other_use(void)
{
	static const char session[] = "0::/user.slice/user-1000.slice/session-2.scope\n";
	static const char guest[] = "0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator\n";

	CHECK_STR(use_seen_by(keyboard_of_logind()), KEYBOARD);
	CHECK(found.is_console_input);
	/* A display server has the keyboard, too, and its session the security key. */
	held_besides("77", "Xorg", session, makedev(1, 7));
	held_besides("78", "browser", session, makedev(1, 5));
	CHECK(strstr(use(), "a keyboard or mouse of the console is below it (process ") == found.host_use);
	CHECK(found.is_console_input);
	tree_remove();

	for (int i = 0; i < 2; i++) {
		/* Before the one of logind in the order of names, and behind it. */
		const char *pid = i ? "9" : "99999";
		char said[100];

		(void)keyboard_of_logind();
		held_besides(pid, "qemu-system-x86", guest, makedev(1, 5));
		snprintf(said, sizeof(said), "process %s (qemu-system-x86) has /dev/hidraw3 open", pid);
		CHECK_STR(use(), said);
		CHECK(!found.is_console_input);
		tree_remove();

		(void)keyboard_of_logind();
		held_besides(pid, "qemu-system-x86", session, makedev(1, 7));
		snprintf(said, sizeof(said), "process %s (qemu-system-x86) has /dev/input/event5 open", pid);
		CHECK_STR(use(), said);
		CHECK(!found.is_console_input);
		tree_remove();
	}
}

static void test_a_disk_or_a_card_of_the_controller_goes_before_its_keyboard(void)
{
	(void)keyboard_of_logind();
	device(CARD "host0/block/sda", "block", "8:0\n");
	tree_directory(CARD "host0/block/sda/holders");
	tree_file(CARD "host0/uevent", "");
	CHECK_STR(use(), KEYBOARD);
	tree_file("proc/self/mountinfo", "90 22 8:0 / /srv rw - ext4 /dev/sda rw\n");
	CHECK_STR(use(), "disk sda is mounted on /srv");
	CHECK(!found.is_console_input);
	tree_remove();
	(void)keyboard_of_logind();
	nic("lo");
	CHECK_STR(use(), "interface lo has the address 127.0.0.1");
	CHECK(!found.is_console_input);
	tree_remove();
}

static void test_a_gpu_with_mediated_devices(void)
{
	setup();
	tree_directory(CARD "mdev_supported_types/nvidia-105/devices");
	CHECK_STR(use(), "");
	device(CARD "c5ac1cb5-8a39-4b1c-a1c0-bd3bd0a11f0f", "mdev", NULL);
	CHECK_STR(use(), "it has the mediated device c5ac1cb5-8a39-4b1c-a1c0-bd3bd0a11f0f");
	tree_remove();
}

/* Nodes that are below no function, with the driver that makes them. */
static void test_nodes_that_functions_share(void)
{
	static const char *const drivers[] = { "amdgpu", "nvidia-nvswitch", "devdrv_device_driver" };
	static const char *const nodes[] = { "kfd", "nvidia-nvswitch7", "davinci7" };
	char said[128];

	for (size_t i = 0; i < 3; i++) {
		const char *proc;

		setup();
		strcpy(card.driver, drivers[i]);
		device("sys/class/kfd/kfd", "kfd", "1:7\n");
		tree_file("sys/class/kfd/kfd/uevent", "DEVNAME=kfd\n");
		tree_file("proc/devices", "Character devices:\n  5 tty\n  1 nvidia-nvswitch\n  1 "
					  "devdrv-cdev\n\nBlock devices:\n");
		CHECK_STR(use(), "");
		proc = held_by("fabricmanager", S_IFCHR, makedev(1, 7));
		snprintf(said, sizeof(said), "process 1234 (fabricmanager) has /dev/%s open", nodes[i]);
		CHECK_STR(use_seen_by(proc), said);
		tree_file(CARD "dev_id", "6\n"); /* of an Ascend: /dev/davinci6 */
		CHECK_STR(use_seen_by(proc), i == 2 ? "" : said);
		strcpy(card.driver, "i915");
		CHECK_STR(use_seen_by(proc), "");
		strcpy(card.driver, "nvme");
		tree_remove();
	}
}

/* Whatever the class, a node below the function counts: RDMA, accelerators, graphics, vDPA. */
static void test_nodes_of_any_class(void)
{
	static const char *const nodes[][2] = {
		{ "infiniband_verbs", "infiniband/uverbs0" },
		{ "accel", "accel/accel0" },
		{ "drm", "dri/renderD128" },
		{ "video4linux", "video0" },
		{ "vhost-vdpa", "vhost-vdpa-0" },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		char path[160], said[128];

		setup();
		snprintf(path, sizeof(path), CARD "%s/node", nodes[i][0]);
		device(path, nodes[i][0], "1:7\n");
		snprintf(path, sizeof(path), CARD "%s/node/uevent", nodes[i][0]);
		snprintf(said, sizeof(said), "DEVNAME=%s\n", nodes[i][1]);
		tree_file(path, said);
		snprintf(said, sizeof(said), "process 1234 (user) has /dev/%s open", nodes[i][1]);
		CHECK_STR(use_seen_by(held_by("user", S_IFCHR, makedev(1, 7))), said);
		tree_remove();
	}
}

int main(void)
{
	RUN(test_a_disk_that_nobody_uses_is_free_whatever_is_on_it);
	RUN(test_a_mounted_partition_is_named_with_its_mount_point);
	RUN(test_a_file_system_over_several_disks_names_one_of_them);
	RUN(test_a_mount_point_cannot_forge_a_line);
	RUN(test_swap_space);
	RUN(test_holders_are_called_by_their_names);
	RUN(test_a_multipath_disk_is_looked_at_where_the_host_sees_it);
	RUN(test_a_disk_deep_below_a_controller_is_found);
	RUN(test_links_lead_nowhere);
	RUN(test_an_interface_with_an_address);
	RUN(test_an_interface_that_is_only_up_is_free);
	RUN(test_interfaces_that_others_are_built_on);
	RUN(test_interfaces_that_routes_lead_to);
	RUN(test_an_interface_that_a_container_has);
	RUN(test_a_serial_port_with_the_kernels_messages);
	RUN(test_a_node_that_a_process_has_open);
	RUN(test_any_disk_of_a_controller_that_a_process_has_open);
	RUN(test_a_disk_that_a_process_has_open_for_a_moment);
	RUN(test_the_other_nodes_of_a_disk);
	RUN(test_a_multipath_disk_is_open_where_the_host_sees_it);
	RUN(test_a_guests_disk_is_not_waited_for);
	RUN(test_what_the_nvme_and_scsi_targets_export);
	RUN(test_functions_without_a_driver_of_their_own_are_not_looked_at);
	RUN(test_a_device_number_that_is_none_is_an_error);
	RUN(test_the_keyboard_of_the_console);
	RUN(test_the_keyboard_is_told_only_when_there_is_no_other_use);
	RUN(test_a_disk_or_a_card_of_the_controller_goes_before_its_keyboard);
	RUN(test_a_gpu_with_mediated_devices);
	RUN(test_nodes_that_functions_share);
	RUN(test_nodes_of_any_class);
	RUN(test_an_nvidia_gpu_says_elsewhere_which_node_it_has);
	return 0;
}
