/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/config/registry_ini.c host/config/ini_file.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/fileio.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c model/lease/vf_net.c model/pci/setting.c model/registry/identity.c */
/* libs: inih */
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fileio.h"
#include "host/config/registry_ini.h"
#include "test.h"

/* Every kind of mistake an administrator can make, and the line that says what to write instead. */

#define HEAD "[Atlas]\ntype = npu\nvendor = 19e5\ndevice = d500\n"
#define LONG "1234567890123456789012345678901234567890123456789" /* 49 characters */
#define LINE_200                                                             \
	"address = 0000:3b:00.0, 0000:3b:00.1, 0000:3b:00.2, 0000:3b:00.3, " \
	"0000:3b:00.4, 0000:3b:00.5, 0000:3b:00.6, 0000:3b:00.7, "           \
	"0000:3c:00.4, 0000:3c:00.5, 0000:3c:00.6, 0000:3c:00.7, 0000:3d:00.0, 0000:3d:00.1"

struct mistake {
	const char *text;
	const char *message;
};

static void put(const char *path, const char *text, size_t len)
{
	struct error err = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write_all(fd, text, len, &err) == 0);
	CHECK(close(fd) == 0);
}

/* A registry that is already there must survive every failure. */
static void refused(const char *message)
{
	struct model old = { .name = "old" };
	struct registry registry = { .models = &old, .count = 1 };
	struct error err = { 0 };

	CHECK(registry_load("etc", &registry, &err) < 0);
	CHECK_STR(err.msg, message);
	CHECK(registry.models == &old && registry.count == 1);
}

static void refuse_each(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put("etc/registry.ini", mistakes[i].text, strlen(mistakes[i].text));
		refused(mistakes[i].message);
	}
}

#define VFS                                                                           \
	": write how many virtual functions each physical one is to have, 1 to what " \
	"sriov_totalvfs of the device in sysfs shows"

#define FUNCTIONS                                                                                            \
	"write one for the function that matches, all for every function of its slot, or the numbers (0 to " \
	"7, each once) of those that go with it, such as 0 1"

static void test_mistakes_in_ids_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ "[Atlas]\nvendor = 0x030200\n",
		  "etc/registry.ini:2: vendor = 0x030200 has 6 digits: that is a class code, not an id; "
		  "write the 4 "
		  "digits lspci -nn shows in brackets, and class = 0302 to narrow by class" },
		{ "[Atlas]\ndevice = 120000\n",
		  "etc/registry.ini:2: device = 120000 has 6 digits: that is a class code, not an id; write "
		  "the 4 "
		  "digits lspci -nn shows in brackets, and class = 1200 to narrow by class" },
		{ "[Atlas]\nvendor = 19e5:d500\n", "etc/registry.ini:2: vendor = 19e5:d500 holds two ids; "
						   "write vendor = 19e5 and device = d500 on a "
						   "line each" },
		{ "[Atlas]\n\ndevice = 19E5:D500\n", "etc/registry.ini:3: device = 19E5:D500 holds two ids; "
						     "write vendor = 19e5 and device = d500 on a "
						     "line each" },
		{ "[Atlas]\nvendor = NVIDIA\n", "etc/registry.ini:2: vendor: invalid id NVIDIA; write the 4 "
						"hex digits that lspci -nn shows in "
						"brackets, not a name" },
		{ "[Atlas]\nvendor = [10de]\n", "etc/registry.ini:2: vendor: invalid id [10de]; write the 4 "
						"hex digits that lspci -nn shows in "
						"brackets, not a name" },
		{ "[Atlas]\ndevice = 0x\n",
		  "etc/registry.ini:2: device: invalid id 0x; write the 4 hex digits that lspci -nn shows in "
		  "brackets, not a name" },
		{ "[Atlas]\ndevice = d500 npu\n", "etc/registry.ini:2: device: invalid id npu; write the 4 "
						  "hex digits that lspci -nn shows in "
						  "brackets, not a name" },
		{ "[Atlas]\ndevice = d500 *\n",
		  "etc/registry.ini:2: device: invalid id *; write the 4 hex digits that lspci -nn shows in "
		  "brackets, not a name" },
		{ "[Atlas]\ntype = npu\nvendor = 19e5\ndevice = *\n",
		  "etc/registry.ini:1: [Atlas] has device = * and no class; write class = the 4 digits in "
		  "front "
		  "of the ids that lspci -nn shows in brackets" },
		{ "[Atlas]\ndevice = 12\n", "etc/registry.ini:2: device = 12 has 2 digits; an id has 4 hex "
					    "digits, as lspci -nn shows in "
					    "brackets" },
		{ "[Atlas]\ndevice = f\n",
		  "etc/registry.ini:2: device = f has 1 digit; an id has 4 hex digits, as lspci -nn shows in "
		  "brackets" },
		{ "[Atlas]\ndevice = 0x19e5d500\n", "etc/registry.ini:2: device = 0x19e5d500 has 8 digits; "
						    "an id has 4 hex digits, as lspci -nn shows "
						    "in brackets" },
		{ "[Atlas]\nvendor = ffff\n", "etc/registry.ini:2: vendor = ffff is what an absent device "
					      "reads as; write the first 4 digits of "
					      "the pair lspci -nn shows in brackets" },
		{ "[Atlas]\nvendor = 0x0000\n", "etc/registry.ini:2: vendor = 0x0000 is what an absent "
						"device reads as; write the first 4 digits "
						"of the pair lspci -nn shows in brackets" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

static void test_mistakes_in_what_narrows_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ HEAD "subsystem = 0100\n", "etc/registry.ini:5: subsystem: invalid pair of ids 0100; write "
					     "VVVV:DDDD, the 4+4 hex digits that "
					     "lspci -nnv shows behind Subsystem, such as 19e5:0100" },
		{ HEAD "subsystem = 19e5:01000\n",
		  "etc/registry.ini:5: subsystem: invalid pair of ids 19e5:01000; write VVVV:DDDD, the 4+4 "
		  "hex digits "
		  "that lspci -nnv shows behind Subsystem, such as 19e5:0100" },
		{ HEAD "class = 120\n", "etc/registry.ini:5: class: invalid class code 120; write the 4 hex "
					"digits that lspci -nn shows "
					"behind the name of the class, such as 0302, or 2 or 6 of them" },
		{ HEAD "class = VGA\n", "etc/registry.ini:5: class: invalid class code VGA; write the 4 hex "
					"digits that lspci -nn shows "
					"behind the name of the class, such as 0302, or 2 or 6 of them" },
		{ HEAD "class = 0604\n", "etc/registry.ini:5: class = 0604 is plumbing of the host (0500, "
					 "0600, 0601, 0604 and 0c05 are "
					 "never given to a guest); write the class of the device itself" },
		{ HEAD "class = 0x0C0500\n",
		  "etc/registry.ini:5: class = 0x0C0500 is plumbing of the host (0500, 0600, 0601, 0604 and "
		  "0c05 are "
		  "never given to a guest); write the class of the device itself" },
		{ HEAD "revision = 1\n", "etc/registry.ini:5: revision: invalid revision 1; write the 2 hex "
					 "digits that lspci -nn shows "
					 "behind rev, such as a1" },
		{ HEAD "address = 3b:00\n", "etc/registry.ini:5: address: invalid PCI address 3b:00; write "
					    "DOMAIN:BUS:SLOT.FUNCTION as lspci -D "
					    "shows it, such as 0000:3b:00.0, * for any of the four" },
		{ HEAD "exclude = 3b:00.0, 5e:*\n", "etc/registry.ini:5: exclude: invalid PCI address 5e:*; "
						    "write DOMAIN:BUS:SLOT.FUNCTION as lspci -D "
						    "shows it, such as 0000:3b:00.0, * for any of the four" },
		{ HEAD "force = 3b:00.0 5e:00.*\n",
		  "etc/registry.ini:5: force: invalid PCI address 5e:00.*; write each device to be taken "
		  "from "
		  "the host as lspci -D shows it, such as 0000:3b:00.0, without *" },
		{ HEAD "stop_units = gdm\n",
		  "etc/registry.ini:5: stop_units: gdm is not the name of a unit that can be stopped and "
		  "started; write it as systemctl list-units shows it, such as display-manager.service" },
		{ HEAD "stop_units = gdm.service, getty@.service\n",
		  "etc/registry.ini:5: stop_units: getty@.service is a template; write the name of its "
		  "instance, with what follows the @" },
		{ HEAD "start_units = fabric@.service session-2.scope\n",
		  "etc/registry.ini:5: start_units: session-2.scope is not the name of a unit that can be "
		  "stopped and started; write it as systemctl list-units shows it, such as "
		  "display-manager.service" },
		{ HEAD "stop_units = a.path b.path c.path d.path e.path f.path g.path h.path i.path j.path "
		       "k.path l.path m.path n.path o.path p.path q.path\n",
		  "etc/registry.ini:5: stop_units has more than 16 units; let one of them require the "
		  "others" },
		{ HEAD "force = yes\n",
		  "etc/registry.ini:5: force: invalid PCI address yes; write each device to be taken from "
		  "the host as lspci -D shows it, such as 0000:3b:00.0, without *" },
		{ HEAD "address = ,\n",
		  "etc/registry.ini:5: address = , holds nothing; write a value or delete the line" },
		{ HEAD "hosts = node-1, ! node-7\n", "etc/registry.ini:5: hosts: ! fits no host name; write "
						     "names with * and ?, and ! right in front to "
						     "exclude, such as node-*, !node-7" },
		{ HEAD "hosts = !!node-7\n",
		  "etc/registry.ini:5: hosts: !!node-7 fits no host name; write names with * and ?, and ! "
		  "right in front to exclude, such as node-*, !node-7" },
		{ HEAD "hosts = node/1\n", "etc/registry.ini:5: hosts: node/1 fits no host name; write names "
					   "with * and ?, and ! right in "
					   "front to exclude, such as node-*, !node-7" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
	/* Each of the classes that belong to the host, and nothing near them. */
	for (const char *const *code = (const char *const[]){ "0500", "0600", "0601", "0604", "0c05", NULL };
	     *code; code++) {
		char text[200], message[300];

		snprintf(text, sizeof(text), HEAD "class = %s\n", *code);
		snprintf(message, sizeof(message),
			 "etc/registry.ini:5: class = %s is plumbing of the host (0500, 0600, 0601, 0604 and "
			 "0c05 are never given to a guest); write the class of the device itself",
			 *code);
		put("etc/registry.ini", text, strlen(text));
		refused(message);
	}
}

static void test_mistakes_about_cleaning_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ HEAD "clean_units = nvme\n",
		  "etc/registry.ini:5: clean_units: nvme is not the name of a unit that can be stopped and "
		  "started; write it as systemctl list-units shows it, such as display-manager.service" },
		{ HEAD "after_use = wipe\n",
		  "etc/registry.ini:5: after_use = wipe is neither return nor hold nor clean; write return "
		  "for a device that goes back to the host, hold for one that is kept until pcitag clean "
		  "frees it, clean for one that is kept until its clean_units have succeeded" },
		{ HEAD "after_use = clean\n",
		  "etc/registry.ini:1: [Atlas] has after_use = clean and no clean_units; write the units of "
		  "systemd that clean its devices, or after_use = hold" },
		{ HEAD "clean_units = a.service\n",
		  "etc/registry.ini:1: [Atlas] has clean_units, which would never run; write after_use = "
		  "clean, or after_use = hold and run pcitag clean yourself" },
		{ HEAD "clean_timeout = 0\n",
		  "etc/registry.ini:5: clean_timeout = 0: write a number of seconds, 1 to 604800" },
		{ HEAD "clean_timeout = 604801\n",
		  "etc/registry.ini:5: clean_timeout = 604801: write a number of seconds, 1 to 604800" },
		{ HEAD "clean_timeout = 1h\n",
		  "etc/registry.ini:5: clean_timeout = 1h: write a number of seconds, 1 to 604800" },
		{ HEAD "vfs = 0\n", "etc/registry.ini:5: vfs = 0" VFS },
		{ HEAD "vfs = 65536\n", "etc/registry.ini:5: vfs = 65536" VFS },
		{ HEAD "vfs = all\n", "etc/registry.ini:5: vfs = all" VFS },
		{ HEAD "vfs = -4\n", "etc/registry.ini:5: vfs = -4" VFS },
		{ HEAD "vfs = 4\nboot = vfio\n",
		  "etc/registry.ini:1: [Atlas] has boot = vfio and vfs, which contradict each other: only "
		  "its "
		  "native driver makes virtual functions; delete one of the two" },
		{ HEAD "set = nvidia/current_vgpu_type=0\n",
		  "etc/registry.ini:5: set = nvidia/current_vgpu_type=0: write the number of a vGPU type, 1 "
		  "to "
		  "65535, such as one that nvidia/creatable_vgpu_types of the device in sysfs shows" },
		{ HEAD "set = driver_override=1\n",
		  "etc/registry.ini:5: set = driver_override=1 is not an attribute that pcitag sets; write "
		  "set = nvidia/current_vgpu_type=NUMBER" },
		{ HEAD "set nvidia/current_vgpu_type = 5 33\n",
		  "etc/registry.ini:5: set nvidia/current_vgpu_type = 5 33: write the number of a vGPU type, "
		  "1 "
		  "to 65535, such as one that nvidia/creatable_vgpu_types of the device in sysfs shows" },
		{ HEAD "set driver_override = 1\n", "etc/registry.ini:5: set driver_override = 1 is not an "
						    "attribute that pcitag sets; write set = "
						    "nvidia/current_vgpu_type=NUMBER" },
		{ HEAD "set nvidia/current_vgpu_type = 1\nset = nvidia/current_vgpu_type=2\n",
		  "etc/registry.ini:6: set is given twice in [Atlas]; delete one of the two" },
		{ HEAD "set = nvidia/current_vgpu_type\n",
		  "etc/registry.ini:5: set = nvidia/current_vgpu_type: write the number of a vGPU type, 1 to "
		  "65535, such "
		  "as one that nvidia/creatable_vgpu_types of the device in sysfs shows" },
		{ HEAD "set = nvidia/current_vgpu_type=533\n",
		  "etc/registry.ini:1: [Atlas] has set and no driver = keep: what it sets is an attribute of "
		  "its vendor's driver; write driver = keep" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

static void test_mistakes_in_words_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ HEAD "driver = nvidia\n",
		  "etc/registry.ini:5: driver: nvidia is not a VFIO driver, and only "
		  "a VFIO driver hands a device to a guest; "
		  "delete the line for vfio-pci, write the VFIO variant for "
		  "this device, such as mlx5_vfio_pci, or keep if the vendor's own "
		  "driver, such as that of NVIDIA vGPU, has it and stays" },
		{ HEAD "driver = vfio-pci/../x\n", "etc/registry.ini:5: driver: invalid driver name "
						   "vfio-pci/../x; write 1 to 63 letters, digits, - and "
						   "_, such as vfio-pci" },
		{ HEAD "driver = vfio" LONG "12345678901\n",
		  "etc/registry.ini:5: driver: invalid driver name vfio" LONG
		  "12345678901; write 1 to 63 letters, "
		  "digits, - and _, such as vfio-pci" },
		{ HEAD "functions = both\n",
		  "etc/registry.ini:5: functions = both is neither one nor all nor a list; " FUNCTIONS },
		{ HEAD "functions = 0 8\n",
		  "etc/registry.ini:5: functions = 0 8 is neither one nor all nor a list; " FUNCTIONS },
		{ HEAD "functions = 0 1 0\n",
		  "etc/registry.ini:5: functions = 0 1 0 is neither one nor all nor a list; " FUNCTIONS },
		{ HEAD "functions = 01\n",
		  "etc/registry.ini:5: functions = 01 is neither one nor all nor a list; " FUNCTIONS },
		{ HEAD "functions = all 1\n",
		  "etc/registry.ini:5: functions = all 1 is neither one nor all nor a list; " FUNCTIONS },
		{ HEAD "functions = ,\n",
		  "etc/registry.ini:5: functions = , is neither one nor all nor a list; " FUNCTIONS },
		{ HEAD "enabled = maybe\n", "etc/registry.ini:5: enabled = maybe is neither yes nor no; "
					    "write enabled = yes or enabled = no" },
		{ "[Atlas]\ntype = n p u\n", "etc/registry.ini:2: type: invalid type name n p u; write "
					     "1 to 48 letters, digits, - and _" },
		{ "[Atlas]\ntype = npu;the card\n", "etc/registry.ini:2: type: invalid type name npu;the "
						    "card; write 1 to 48 letters, digits, - and _" },
		{ "[Atlas]\ntype = npu.1\n", "etc/registry.ini:2: type: invalid type name npu.1; write "
					     "1 to 48 letters, digits, - and _" },
		{ "[Atlas]\ntype = " LONG "\n", "etc/registry.ini:2: type: invalid type name " LONG
						"; write 1 to 48 letters, digits, - and "
						"_" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

static void test_unknown_and_repeated_keys_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ "[Atlas]\nvendr = 19e5\n",
		  "etc/registry.ini:2: unknown key vendr; write vendor if that is meant" },
		{ "[Atlas]\nVendor = 19e5\n",
		  "etc/registry.ini:2: unknown key Vendor; write vendor if that is meant" },
		{ "[Atlas]\nhost = a\n",
		  "etc/registry.ini:2: unknown key host; write hosts if that is meant" },
		{ "[Atlas]\nclas = a\n",
		  "etc/registry.ini:2: unknown key clas; write class if that is meant" },
		{ "[Atlas]\naddr = a\n",
		  "etc/registry.ini:2: unknown key addr; write address if that is meant" },
		{ "[Atlas]\nxyz = 19e5\n",
		  "etc/registry.ini:2: unknown key xyz; the keys are type, vendor, device, subsystem, class, "
		  "revision, address, exclude, hosts, driver, functions, enabled, force, "
		  "lend_console_input, after_use, clean_units, clean_timeout, boot, reset, stop_units, "
		  "start_units, rombar, romfile, qemu, vfs, set, mac, vlan, trust, spoofchk, link_state, "
		  "max_tx_rate, allow, limit, per_domain, prefer, serial, wwid, slot, "
		  "path, and of a profile "
		  "any, numa, together, apart, optional" },
		{ "[Atlas]\nid = 19e5\n",
		  "etc/registry.ini:2: unknown key id; the keys are type, vendor, "
		  "device, subsystem, class, revision, "
		  "address, exclude, hosts, driver, functions, enabled, force, "
		  "lend_console_input, after_use, clean_units, clean_timeout, "
		  "boot, reset, stop_units, "
		  "start_units, rombar, romfile, qemu, vfs, set, mac, vlan, trust, spoofchk, link_state, "
		  "max_tx_rate, allow, limit, per_domain, "
		  "prefer, serial, wwid, slot, path, and of a profile any, numa, together, apart, optional" },
		{ "[Atlas]\npower_management = on\n",
		  "etc/registry.ini:2: unknown key power_management; the keys are type, vendor, device, "
		  "subsystem, "
		  "class, revision, address, exclude, hosts, driver, functions, enabled, force, "
		  "lend_console_input, after_use, clean_units, clean_timeout, boot, reset, stop_units, "
		  "start_units, rombar, romfile, qemu, vfs, set, mac, vlan, trust, spoofchk, link_state, "
		  "max_tx_rate, allow, limit, per_domain, prefer, serial, wwid, slot, "
		  "path, and of a profile "
		  "any, numa, together, apart, optional" },
		{ "[Atlas]\nvendor = 19e5\ndevice = d500\nvendor = 19e5\n",
		  "etc/registry.ini:4: vendor is given twice in [Atlas]; delete one of the two" },
		{ "[Atlas]\ntype =\n",
		  "etc/registry.ini:2: type has no value; write one or delete the line" },
		{ "[Atlas]\ntype = ; npu\n",
		  "etc/registry.ini:2: type has no value; write one or delete the line" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

static void test_sections_that_cannot_be_a_model_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ "# comment\ntype = npu\n",
		  "etc/registry.ini:2: type = npu is outside any section; write [NAME] above it" },
		{ HEAD "[pcitag]\nenabled = no\n", "etc/registry.ini:5: [pcitag] holds the settings, not a "
						   "model; move the section to pcitag.ini" },
		{ "[Atlas 300I]\n",
		  "etc/registry.ini:1: invalid model name [Atlas 300I]; write 1 to 48 letters, "
		  "digits, - and _" },
		{ "[]\n",
		  "etc/registry.ini:1: invalid model name []; write 1 to 48 letters, digits, - and _" },
		{ "[" LONG "]\n", "etc/registry.ini:1: invalid model name [" LONG "]; write 1 to 48 letters, "
				  "digits, - and _" },
		{ "[Atlas\n",
		  "etc/registry.ini:1: [Atlas is not a section; write [NAME] on a line of its own" },
		{ "[Atlas] type = npu\n", "etc/registry.ini:1: [Atlas] type = npu is not a section; write "
					  "[NAME] on a line of its own" },
		{ "\n[Atlas]\nvendor = 19e5\ndevice = d500\n",
		  "etc/registry.ini:2: [Atlas] has no type; write type = NAME, the tag that domains ask "
		  "for" },
		{ "[Atlas]\ntype = npu\ndevice = d500\n", "etc/registry.ini:1: [Atlas] has no vendor; write "
							  "vendor = the first 4 digits of the pair lspci "
							  "-nn shows in brackets" },
		{ "[Atlas]\ntype = npu\nvendor = 19e5\n[Next]\ntype = npu\n",
		  "etc/registry.ini:1: [Atlas] has no device; write device = the last 4 digits of the pair "
		  "lspci "
		  "-nn shows in brackets" },
		{ "[Atlas]\n",
		  "etc/registry.ini:1: [Atlas] has no type; write type = NAME, the tag that domains "
		  "ask for" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

static void test_names_that_collide_are_named_with_both_places(void)
{
	static const struct mistake mistakes[] = {
		{ HEAD "\n" HEAD,
		  "etc/registry.ini:6: model Atlas is already at etc/registry.ini:1; rename or delete "
		  "one of the two" },
		{ HEAD "[npu]\ntype = x\nvendor = 19e5\ndevice = d500\n",
		  "etc/registry.ini:5: model npu has the name of a type, which [Atlas] at etc/registry.ini:1 "
		  "uses; a "
		  "name is either a type or a model, rename one of the two" },
		{ HEAD "[B]\ntype = Atlas\nvendor = 19e5\ndevice = d500\n",
		  "etc/registry.ini:5: type Atlas of [B] is the name of the model at etc/registry.ini:1; a "
		  "name is "
		  "either a type or a model, rename one of the two" },
		{ "[npu]\ntype = npu\nvendor = 19e5\ndevice = d500\n",
		  "etc/registry.ini:1: [npu] has the name of its own type; a name is either a type or a "
		  "model, rename "
		  "one of the two" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

static void test_lines_that_inih_would_misread_are_refused(void)
{
	static const struct mistake mistakes[] = {
		{ HEAD "enabled\n",
		  "etc/registry.ini:5: enabled has no =; write KEY = VALUE, or # in front of a "
		  "comment" },
		{ HEAD "address = 3b:00.0,\n    3c*00.0\n",
		  "etc/registry.ini:6: 3c*00.0 has no =, and an indented line does not continue the one "
		  "above; write "
		  "the whole value in one line" },
		{ HEAD "address = 3b:00.0,\n\t0000:3c:00.0\n",
		  "etc/registry.ini:6: 0000:3c:00.0 has : in front of any =; write KEY = VALUE, an address "
		  "as address "
		  "= 0000:3b:00.0" },
		{ HEAD "0000:02:00.0 = gpu\n", "etc/registry.ini:5: 0000:02:00.0 = gpu has : in front of any "
					       "=; write KEY = VALUE, an address as "
					       "address = 0000:3b:00.0" },
		{ HEAD "class: 1200\n",
		  "etc/registry.ini:5: class: 1200 has : in front of any =; write KEY = VALUE, "
		  "an address as address = 0000:3b:00.0" },
		{ HEAD "= 1200\n", "etc/registry.ini:5: missing key before =; write KEY = VALUE" },
		{ HEAD LINE_200 "\n",
		  "etc/registry.ini:5: the line has 204 characters, 197 are the most; shorten it, "
		  "with * in patterns or a second model of the same type" },
		{ HEAD "address = " LONG LONG LONG "12345678901234567890123456789012345678901\n",
		  "etc/registry.ini:5: the line has 198 characters, 197 are the most; shorten it, with * in "
		  "patterns or a second model of the same type" },
		{ HEAD "type\r = npu\n",
		  "etc/registry.ini:5: the control character 0x0d; save the file as plain text "
		  "with one line feed a line" },
		{ "[Atlas]\rtype = npu\r", "etc/registry.ini:1: the control character 0x0d; save the file as "
					   "plain text with one line feed a "
					   "line" },
		{ "# \033[31mred\n[Atlas]\n", "etc/registry.ini:1: the control character 0x1b; save the file "
					      "as plain text with one line feed a "
					      "line" },
	};
	static const char utf16[] = "\xff\xfe[\0A\0]\0\n\0";

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
	put("etc/registry.ini", utf16, sizeof(utf16) - 1);
	refused("etc/registry.ini:1: a NUL byte; save the file as plain text (ASCII or UTF-8)");
}

static void test_files_that_cannot_be_read_are_named(void)
{
	static char big[(1 << 20) + 1];

	put("etc/registry.ini", HEAD, strlen(HEAD));
	CHECK(mkdir("etc/registry.d", 0700) == 0);
	put("etc/registry.d/site.ini", HEAD, strlen(HEAD));
	refused("etc/registry.d/site.ini:1: model Atlas is already at etc/registry.ini:1; rename or delete "
		"one of "
		"the two");
	CHECK(unlink("etc/registry.d/site.ini") == 0);

	CHECK(mkdir("etc/registry.d/site.ini", 0700) == 0);
	refused("etc/registry.d/site.ini is not a regular file; put a text file there or remove it");
	CHECK(rmdir("etc/registry.d/site.ini") == 0);

	CHECK(mkfifo("etc/registry.d/site.ini", 0600) == 0);
	refused("etc/registry.d/site.ini is not a regular file; put a text file there or remove it");
	CHECK(unlink("etc/registry.d/site.ini") == 0);

	CHECK(symlink("nowhere", "etc/registry.d/site.ini") == 0);
	refused("etc/registry.d/site.ini is a dangling symbolic link; fix or remove it: No such file or "
		"directory");
	CHECK(unlink("etc/registry.d/site.ini") == 0);

	memset(big, '\n', sizeof(big));
	put("etc/registry.d/site.ini", big, sizeof(big));
	refused("cannot read etc/registry.d/site.ini: more than 1048576 bytes: File too large");
	CHECK(unlink("etc/registry.d/site.ini") == 0 && rmdir("etc/registry.d") == 0);

	put("etc/registry.d", "", 0);
	refused("cannot list etc/registry.d: Not a directory");
	CHECK(unlink("etc/registry.d") == 0);
}

static void test_too_many_files_are_refused(void)
{
	char path[64];

	CHECK(mkdir("etc/registry.d", 0700) == 0);
	for (int i = 0; i <= REGISTRY_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "etc/registry.d/%d.ini", i);
		put(path, "", 0);
	}
	refused("etc/registry.d holds more than 256 files; merge some");
	for (int i = 0; i <= REGISTRY_FILES_MAX; i++) {
		snprintf(path, sizeof(path), "etc/registry.d/%d.ini", i);
		CHECK(unlink(path) == 0);
	}
	CHECK(rmdir("etc/registry.d") == 0);
}

static void test_mistakes_in_options_are_named(void)
{
	static const struct mistake mistakes[] = {
		{ HEAD "rombar = perhaps\n", "etc/registry.ini:5: rombar: perhaps is neither on nor off" },
		{ HEAD "romfile = /boot/x.rom\n",
		  "etc/registry.ini:5: romfile: /boot/x.rom cannot be the name of a ROM file; write the name "
		  "that pcitag "
		  "rom list shows, 1 to 64 letters, digits, dots, - and _, without a path" },
		{ HEAD "qemu = x-vag=on\n",
		  "etc/registry.ini:5: qemu: unknown option x-vag; write x-vga if that is meant" },
		{ HEAD "qemu = x-vga\n",
		  "etc/registry.ini:5: qemu: x-vga is not an option; write NAME=VALUE, such as rombar=off" },
		{ HEAD "qemu = rombar=off\n", "etc/registry.ini:5: qemu: rombar has a key of its own in the "
					      "registry; write rombar = VALUE" },
		{ HEAD "qemu = x-vga=on bootindex=1\n", "etc/registry.ini:5: qemu: bootindex belongs to a "
							"domain, not to a model; write pcitag add DOMAIN "
							"REQUEST --option bootindex=VALUE" },
		{ HEAD "mac = 52:54:00:12:34:56\n",
		  "etc/registry.ini:5: mac = 52:54:00:12:34:56 would be the address of every device of "
		  "[Atlas]; write stable or keep, and an address with pcitag add DOMAIN REQUEST --option "
		  "mac=ADDRESS" },
		{ HEAD "vlan = 4095\n",
		  "etc/registry.ini:5: vlan: 4095 is not the number of a VLAN; write 1 to 4094, 0 for none, "
		  "and a priority of 0 to 7 behind a colon, such as 10:5" },
		{ HEAD "trust = yes\n", "etc/registry.ini:5: trust: yes is neither on nor off" },
		{ HEAD "qemu = x-nv-gpudirect-clique=16\n",
		  "etc/registry.ini:5: qemu: x-nv-gpudirect-clique: write a number from 0 to 15, not 16" },
	};

	refuse_each(mistakes, ARRAY_SIZE(mistakes));
}

int main(void)
{
	char dir[] = "/tmp/pcitag-mistakes-XXXXXX";

	CHECK(mkdtemp(dir) && chdir(dir) == 0 && mkdir("etc", 0700) == 0);
	RUN(test_mistakes_in_ids_are_named);
	RUN(test_mistakes_in_what_narrows_are_named);
	RUN(test_mistakes_about_cleaning_are_named);
	RUN(test_mistakes_in_words_are_named);
	RUN(test_mistakes_in_options_are_named);
	RUN(test_unknown_and_repeated_keys_are_named);
	RUN(test_sections_that_cannot_be_a_model_are_named);
	RUN(test_names_that_collide_are_named_with_both_places);
	RUN(test_lines_that_inih_would_misread_are_refused);
	RUN(test_files_that_cannot_be_read_are_named);
	RUN(test_too_many_files_are_refused);
	CHECK(unlink("etc/registry.ini") == 0 && rmdir("etc") == 0 && chdir("/") == 0 && rmdir(dir) == 0);
	return 0;
}
