# SPDX-License-Identifier: LGPL-2.1-or-later
# Is this host ready? Each check where all is well, where it is not, and after what it says was typed.

load helper

# A host where everything is as it should be; a new one for each test, which changes /etc and /usr.
setup() {
	pretend_host lab
	host_root
	HOST=$REPLY
	cp "$ENGINE_DIR/systemctl" "$HOST/usr/bin/systemctl"
	echo '  1:   9   0  IR-IO-APIC   1-edge   i8042' >"$HOST/run/cover-proc-interrupts"
	echo 'root=/dev/vda1 intel_iommu=on' >"$HOST/run/cover-proc-cmdline"
	lab_registry
	in_pretend bash -e -c 'mount --bind /run/cover-proc-interrupts /proc/interrupts
		mount --bind /run/cover-proc-cmdline /proc/cmdline
		systemctl start libvirtd
		systemctl enable --now pcitag-reconcile.timer
		systemctl enable --now pcitag-reconcile.service'
}

teardown() {
	local pid
	[[ -n ${PRETEND_PID-} ]] || return 0 # no host: nothing of this is meant for the machine itself
	for pid in "$HOST"/run/{libvirtd,virtqemud}.pid; do
		[[ ! -e $pid ]] || kill -KILL "$(<"$pid")" 2>/dev/null || true
	done
	emulators_end
	pretend_end
}

# cover FILE TEXT: what the kernel says in that file of /proc.
cover() {
	local file=$HOST/run/cover${1//\//-}
	echo "$2" >"$file"
	in_pretend umount "$1" 2>/dev/null || true
	in_pretend mount --bind "/run/${file##*/}" "$1"
}

# sysfs FILE TEXT: a file that the pretend kernel has not, relative to /sys.
sysfs() {
	if [[ ! -e $HOST/run/sys ]]; then
		mkdir -p "$HOST/run/sys/upper" "$HOST/run/sys/work"
		in_pretend mount -t overlay more-sysfs -o lowerdir=/sys,upperdir=/run/sys/upper,workdir=/run/sys/work /sys
	fi
	in_pretend mkdir -p "/sys/${1%/*}"
	echo "$2" | in_pretend tee "/sys/$1" >/dev/null
}

# found RESULT NAME [TEXT]: one item of the last `run pcitag check` has this name, this result, and the
# text among what was found.
found() {
	local line
	while IFS= read -r line; do
		[[ $line != "$1  $2 "* || $line != *"${3-}"* ]] || return 0
	done <<<"$output"
	echo "$output"
	return 1
}

# below WORD NAME: what the first item of that name that does not pass says behind "fix" or "do".
below() {
	local line is_it=no
	while IFS= read -r line; do
		if [[ $line =~ ^(WARN|FAIL)\ \ "$2"\  ]]; then
			is_it=yes
		elif [[ $is_it == yes ]]; then
			[[ $line != "    $1: "* ]] || echo "${line#*: }"
			return
		fi
	done <<<"$output"
}
fix_of() { below fix "$1"; }
advice_of() { below 'do' "$1"; }

# mend NAME: does what the item says, to the letter, and looks again.
mend() {
	local command
	command=$(fix_of "$1")
	echo "fix: $command"
	[ -n "$command" ]
	in_pretend bash -c "$command"
	run pcitag check
}

@test "a host that is ready" {
	run -0 pcitag check
	[ "${lines[-1]}" = "$((${#lines[@]} - 1)) checks: $((${#lines[@]} - 1)) passed, 0 to look at, 0 failed: this host is ready" ]
	[[ $output != *fix:* && $output != *do:* ]]
	found PASS iommu '25 IOMMU groups in /sys/kernel/iommu_groups'
	found PASS interrupt-remapping 'on: /proc/interrupts'
	found PASS libvirt-daemon "libvirtd runs (process $(<"$HOST/run/libvirtd.pid"))"
	found PASS hook /etc/libvirt/hooks/qemu
	found PASS memlock 'the hard limit of libvirtd is unlimited'
	found PASS model 'Edu: 4 of type npu, 4 free, 0 assigned'
}

@test "checks come in the order of hardware, kernel, libvirt, installation, registry" {
	run -0 pcitag check
	[ "$(awk '$1 == "PASS" { print $2 }' <<<"$output" | uniq | xargs)" = "iommu interrupt-remapping vfio-pci vfio-pci-at-boot \
vfio-container iommufd preloaded-ids bound-devices libvirt-daemon hook hook-seen memlock apparmor selinux private-dev engine wrapper capabilities \
reconcile-timer reconcile-service permissions leases settings registry model" ]
}

@test "it changes nothing" {
	remember_host
	run -0 pcitag check
	nothing_touched
	[ ! -e "$HOST/run/pcitag" ]
}

@test "--json has the same for programs" {
	in_pretend rm /usr/lib/modules-load.d/pcitag.conf
	run -0 pcitag check --json
	[ "$(jq -c '[.version, .checks[0].name, .checks[0].result, .checks[0].fix, .checks[0].fix_is_command]' <<<"$output")" = \
		'[1,"iommu","PASS",null,false]' ]
	[ "$(jq -c '.checks[] | select(.result != "PASS") | [.name, .result, .fix, .fix_is_command]' <<<"$output")" = \
		'["vfio-pci-at-boot","WARN","echo vfio-pci >/etc/modules-load.d/vfio-pci.conf",true]' ]
	[ "$(jq -r '[.checks[].found] | all(length > 0)' <<<"$output")" = true ]
}

@test "nobody special sees most of it, and is told what not" {
	run -0 in_pretend setpriv --reuid=nobody --regid=nogroup --clear-groups /usr/sbin/pcitag check
	found PASS memlock
	found WARN privilege 'not root'
	[ "$(fix_of privilege)" = 'sudo pcitag check' ]
}

@test "no IOMMU: what to switch on depends on the maker and on what the kernel was told" {
	pretend_reset "$PRETEND_DIR/hosts/noiommu.desc"
	cover /proc/cpuinfo 'vendor_id	: GenuineIntel'
	run -3 pcitag check
	found FAIL iommu 'although the kernel was booted with intel_iommu=on'
	[ "$(advice_of iommu)" = 'switch VT-d on in the firmware, reboot' ]
	found WARN interrupt-remapping
	[[ ${lines[-1]} == *'1 failed: this host is not ready' ]]

	cover /proc/cmdline 'root=/dev/vda1 intel_iommu=on-a-line-of-its-own'
	run -3 pcitag check
	[ "$(advice_of iommu)" = 'switch VT-d on in the firmware; add intel_iommu=on to GRUB_CMDLINE_LINUX in /etc/default/grub, run update-grub, reboot' ]

	cover /proc/cpuinfo 'vendor_id	: AuthenticAMD'
	run -3 pcitag check
	[ "$(advice_of iommu)" = 'switch AMD-Vi (IOMMU) on in the firmware, reboot' ]
}

@test "an IOMMU that serves the board, but no PCI slot" {
	cat >"$BATS_TEST_TMPDIR/arm.desc" <<-EOF
		driver pcieport
		driver igb
		driver vfio-pci
		device 0002:01:00.0 vendor=1de4 device=0001 class=020000 group=0
		device 0001:00:00.0 vendor=14e4 device=2712 class=060400 native=pcieport
		device 0001:01:00.0 under=0001:00:00.0 vendor=8086 device=1521 class=020000 native=igb
		device 0001:01:00.1 under=0001:00:00.0 vendor=8086 device=1521 class=020000 native=igb group=1
	EOF
	# Part of the slots is served: those can be used.
	pretend_reset "$BATS_TEST_TMPDIR/arm.desc"
	run pcitag check
	found WARN iommu '2 IOMMU groups, but 1 of 2 PCI functions have none'

	sed -i 's/ group=1$//' "$BATS_TEST_TMPDIR/arm.desc"
	pretend_reset "$BATS_TEST_TMPDIR/arm.desc"
	run -3 pcitag check
	found FAIL iommu '1 IOMMU groups in /sys/kernel/iommu_groups, but none for what is on a PCI slot'
	[[ $(advice_of iommu) != *intel_iommu* ]]
	found WARN interrupt-remapping 'cannot be told without an IOMMU'
	registry <<<$'[I350]\ntype = nic\nvendor = 8086\ndevice = 1521'
	run -1 prepare vm nic
	[[ $output == *"0001:01:00.0: has no IOMMU group (pcitag check says what this host needs)"* ]]
	[[ $output != *intel_iommu* ]]
}

@test "interrupts that are not remapped" {
	cover /proc/interrupts '  1:   9   0  IO-APIC   1-edge   i8042'
	run -3 pcitag check
	found FAIL interrupt-remapping 'no chip of /proc/interrupts begins with IR-'
	[[ $(advice_of interrupt-remapping) == 'switch interrupt remapping on in the firmware'* ]]

	sysfs class/iommu/dmar0/intel-iommu/ecap f0105e
	run -3 pcitag check
	found FAIL interrupt-remapping 'off, although the IOMMU can do it'
}

@test "vfio was told to do without remapped interrupts" {
	sysfs module/vfio_iommu_type1/parameters/allow_unsafe_interrupts Y
	run -0 pcitag check
	found WARN interrupt-remapping 'allow_unsafe_interrupts = Y'
	mend interrupt-remapping
	found PASS interrupt-remapping

	# By a file that would do it again at the next boot.
	echo 'options vfio_iommu_type1 allow_unsafe_interrupts=1' | in_pretend tee /etc/modprobe.d/unsafe.conf >/dev/null
	sysfs module/vfio_iommu_type1/parameters/allow_unsafe_interrupts Y
	run -0 pcitag check
	mend interrupt-remapping
	found PASS interrupt-remapping
	[ "$(in_pretend cat /etc/modprobe.d/unsafe.conf)" = '#options vfio_iommu_type1 allow_unsafe_interrupts=1' ]
}

@test "vfio was told to do without an IOMMU" {
	sysfs module/vfio/parameters/enable_unsafe_noiommu_mode Y
	run -0 pcitag check
	found WARN noiommu
	mend noiommu
	[[ $output != *noiommu* ]]
}

@test "the module of vfio-pci is not loaded, or not there" {
	sed '/^driver vfio-pci$/s/$/ loadable/' "$PRETEND_DIR/hosts/lab.desc" >"$BATS_TEST_TMPDIR/unloaded.desc"
	pretend_reset "$BATS_TEST_TMPDIR/unloaded.desc"
	run -3 pcitag check
	found FAIL vfio-pci "kernel $(uname -r) has no module vfio-pci"
	[[ $(advice_of vfio-pci) == 'boot a kernel with CONFIG_VFIO_PCI'* ]]

	in_pretend mkdir -p "/usr/lib/modules/$(uname -r)"
	echo 'kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/drivers/vfio/pci/vfio-pci-core.ko.xz' |
		in_pretend tee "/usr/lib/modules/$(uname -r)/modules.dep" >/dev/null
	run -0 pcitag check
	found WARN vfio-pci 'has not loaded it'
	mend vfio-pci
	found PASS vfio-pci
}

@test "nothing loads vfio-pci at boot" {
	in_pretend rm /usr/lib/modules-load.d/pcitag.conf
	run -0 pcitag check
	found WARN vfio-pci-at-boot
	mend vfio-pci-at-boot
	found PASS vfio-pci-at-boot /etc/modules-load.d/vfio-pci.conf

	# systemd reads no file of /usr/lib that has a namesake in /etc.
	in_pretend bash -c 'rm /etc/modules-load.d/vfio-pci.conf; echo vfio-pci >/usr/lib/modules-load.d/other.conf
		ln -s /dev/null /etc/modules-load.d/other.conf'
	run -0 pcitag check
	found WARN vfio-pci-at-boot
}

@test "there is no VFIO container" {
	in_pretend mount -t tmpfs empty /dev/vfio
	run -3 pcitag check
	found FAIL vfio-container '/dev/vfio/vfio is not there'
	[ "$(fix_of vfio-container)" = 'modprobe vfio' ]
	in_pretend umount /dev/vfio
	run -0 pcitag check
	found PASS vfio-container
}

@test "a kernel with iommufd, and one without, are both ready" {
	run -0 pcitag check
	found PASS iommufd '/dev/iommu is not there: no <hostdev> with iommufd starts; placeholders need none'
	in_pretend touch /dev/iommu
	run -0 pcitag check
	found PASS iommufd '/dev/iommu is there, for a <hostdev> with iommufd; placeholders use their group'
}

@test "vfio-pci.ids takes devices at boot" {
	printf '# mine\noptions vfio_pci disable_vga=1 ids=10de:2204,10de:1aef\n' |
		in_pretend tee /etc/modprobe.d/vfio.conf >/dev/null
	cover /proc/cmdline 'root=/dev/vda1 vfio-pci.ids=1234:11e8 quiet'
	run -0 pcitag check
	found WARN preloaded-ids 'kernel command line: vfio-pci.ids=1234:11e8'
	found WARN preloaded-ids '/etc/modprobe.d/vfio.conf:2: vfio-pci takes every device with the ids 10de:2204,10de:1aef at boot'
	[[ $(advice_of preloaded-ids) == 'remove vfio-pci.ids=1234:11e8 from GRUB_CMDLINE_LINUX in /etc/default/grub'* ]]

	cover /proc/cmdline 'root=/dev/vda1 quiet'
	run -0 pcitag check
	mend preloaded-ids
	found PASS preloaded-ids
	[ "$(in_pretend cat /etc/modprobe.d/vfio.conf)" = $'# mine\n#options vfio_pci disable_vga=1 ids=10de:2204,10de:1aef' ]
}

@test "a device is bound to vfio-pci, and not by a lease" {
	prepare vm npu
	run -0 pcitag check
	found PASS bound-devices
	release vm
	ctl set $NIC1 driver=vfio-pci
	run -0 pcitag check
	found WARN bound-devices "$NIC1 is bound to vfio-pci and no lease has it"
	[[ $(advice_of bound-devices) == *'virsh nodedev-reattach pci_0000_05_00_0' ]]
}

@test "a device that is held after its use, or is bound at boot, is bound by pcitag" {
	sed -i '/^type *= *npu$/a after_use = hold' "$HOST/etc/pcitag/registry.ini"
	prepare vm npu
	release vm
	[ "$(driver_of "$NPU1")" = vfio-pci ]
	run -0 pcitag check
	found PASS bound-devices
	ctl set $NIC1 driver=vfio-pci
	run -0 pcitag check
	found WARN bound-devices "$NIC1 is bound to vfio-pci"
	sed -i '/^type *= *nic$/a boot = vfio' "$HOST/etc/pcitag/registry.ini"
	run -0 pcitag check
	found PASS bound-devices
}

@test "no daemon of libvirt runs" {
	in_pretend systemctl stop libvirtd
	run -3 pcitag check
	found FAIL libvirt-daemon 'neither libvirtd nor virtqemud runs'
	mend libvirt-daemon
	[ "$status" -eq 0 ]
	found PASS libvirt-daemon
}

@test "only the modular daemon is installed, or none" {
	in_pretend systemctl stop libvirtd
	in_pretend mv /usr/lib/systemd/system/libvirtd.service /usr/lib/systemd/system/virtqemud.service
	run -3 pcitag check
	mend libvirt-daemon
	[ "$status" -eq 0 ]
	found PASS libvirt-daemon 'virtqemud runs'

	in_pretend systemctl stop virtqemud
	in_pretend rm /usr/lib/systemd/system/virtqemud.service
	run -3 pcitag check
	[ "$(fix_of libvirt-daemon)" = 'apt-get install -y libvirt-daemon-system' ]
}

@test "a pid file that was left behind is no daemon" {
	in_pretend systemctl stop libvirtd
	echo $$ >"$HOST/run/libvirtd.pid"
	run -3 pcitag check
	found FAIL libvirt-daemon
	rm "$HOST/run/libvirtd.pid"
}

@test "the daemon starts when somebody connects" {
	in_pretend systemctl stop libvirtd
	mkdir -p "$HOST/run/libvirt"
	: >"$HOST/run/libvirt/virtqemud-sock"
	run -0 pcitag check
	found PASS libvirt-daemon 'virtqemud is started when a client connects'
	found PASS hook-seen
	found PASS memlock 'virtqemud.service.d/pcitag.conf is there for the next start'
}

@test "the modular daemon is as good" {
	in_pretend systemctl stop libvirtd
	in_pretend systemctl start virtqemud
	run -0 pcitag check
	found PASS libvirt-daemon 'virtqemud runs'
	in_pretend touch --no-dereference $HOOK
	run -3 pcitag check
	mend hook-seen
	[ "$status" -eq 0 ]
}

@test "the hook is not there" {
	in_pretend rm $HOOK
	run -3 pcitag check
	found FAIL hook "$HOOK is not there"
	mend hook
	found PASS hook $HOOK
	found FAIL hook-seen 'the hook is newer than the start of libvirtd'
	mend hook-seen
	[ "$status" -eq 0 ]
	run -0 prepare vm npu
	release vm
}

@test "hooks/qemu is another's: ours stands beside it, and runs after it" {
	another_hook $HOOK
	run -3 pcitag check
	found FAIL hook "$HOOK is another program's"
	mend hook
	found PASS hook "$HOOK.d/pcitag, which libvirt runs after $HOOK, another program's"
	[ "$(in_pretend readlink $HOOK.d/pcitag)" = /usr/sbin/pcitag-hook ]
	[ "$(in_pretend sed -n 2p $HOOK)" = 'exit 0' ]
}

@test "hooks/qemu.d/pcitag is another's, too: it is not written over" {
	another_hook $HOOK
	another_hook $HOOK.d/pcitag
	run -3 pcitag check
	mend hook
	found PASS hook "$HOOK.d/pcitag-hook, which libvirt runs after $HOOK"
	[ "$(in_pretend sed -n 2p $HOOK.d/pcitag)" = 'exit 0' ]
}

# another_hook PATH: a hook that is not pcitag's is there instead.
another_hook() {
	in_pretend bash -c "rm -f $1 && mkdir -p ${1%/*} && printf '#!/bin/sh\nexit 0\n' >$1 && chmod 755 $1"
}

@test "the hook is there twice, whatever the second is called" {
	in_pretend install -D $HOOK $HOOK.d/pcitag.dpkg-old
	run -3 pcitag check
	found FAIL hook "installed 2 times, each is run: $HOOK, $HOOK.d/pcitag.dpkg-old"
	mend hook
	found PASS hook $HOOK
	in_pretend test ! -e $HOOK.d/pcitag.dpkg-old
}

@test "a copy that was there when a package came: the copy goes, the link stays" {
	in_pretend bash -c "rm $HOOK; install /usr/sbin/pcitag-hook $HOOK
		mkdir -p $HOOK.d; ln -s /usr/sbin/pcitag-hook $HOOK.d/pcitag"
	run -3 pcitag check
	found FAIL hook "installed 2 times, each is run: $HOOK.d/pcitag, $HOOK"
	mend hook
	found PASS hook $HOOK.d/pcitag
	in_pretend test ! -e $HOOK
}

@test "the hook is not executable" {
	in_pretend chmod 644 $HOOK
	run -3 pcitag check
	found FAIL hook 'is not executable'
	[ "$(fix_of hook)" = "chmod 755 $HOOK && systemctl restart libvirtd" ]
	mend hook
	found PASS hook
}

@test "the hook is a copy of another version" {
	in_pretend bash -c "rm $HOOK; install /usr/sbin/pcitag-hook $HOOK; echo >>$HOOK"
	run -3 pcitag check
	found WARN hook "$HOOK is a copy that is not of this version of pcitag"
	mend hook
	found PASS hook
	[ "$(in_pretend readlink $HOOK)" = /usr/sbin/pcitag-hook ]
}

@test "the hook leads nowhere: the program is not there" {
	in_pretend rm /usr/sbin/pcitag-hook
	run -3 pcitag check
	found FAIL hook '/usr/sbin/pcitag-hook, which libvirt is to run, is not there'
	[ "$(advice_of hook)" = 'install pcitag again' ]
}

@test "an upgrade gives the program another file, and the daemon need not be restarted for it" {
	in_pretend bash -c 'cp /usr/sbin/pcitag-hook /usr/sbin/new && mv /usr/sbin/new /usr/sbin/pcitag-hook'
	run -0 pcitag check
	found PASS hook-seen 'libvirtd was started after the hook was installed'
}

@test "the daemon was started before the hook came" {
	in_pretend touch --no-dereference $HOOK
	run -3 pcitag check
	found FAIL hook-seen
	mend hook-seen
	[ "$status" -eq 0 ]
	found PASS hook-seen
}

@test "the daemon was started before its limit was raised" {
	cover "/proc/$(<"$HOST/run/libvirtd.pid")/limits" 'Max locked memory         8388608              8388608              bytes'
	run -3 pcitag check
	found FAIL memlock 'is 8 MiB'
	[ "$(fix_of memlock)" = 'systemctl daemon-reload && systemctl restart libvirtd' ]
	mend memlock
	[ "$status" -eq 0 ]
}

@test "nothing raises the daemon's limit" {
	in_pretend rm -r /usr/lib/systemd/system/libvirtd.service.d
	in_pretend systemctl restart libvirtd
	run -3 pcitag check
	found FAIL memlock
	mend memlock
	[ "$status" -eq 0 ]
	[ "$(in_pretend cat /etc/systemd/system/libvirtd.service.d/pcitag.conf)" = $'[Service]\nLimitMEMLOCK=64M:infinity' ]
}

@test "AppArmor, Debian 13: the rule is gone" {
	sysfs module/apparmor/parameters/enabled Y
	echo '  include if exists <abstractions/libvirt-qemu.d>' | in_pretend tee /etc/apparmor.d/abstractions/libvirt-qemu >/dev/null
	run -0 pcitag check
	found PASS apparmor '/etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag lets guests run the wrapper'
	in_pretend rm /etc/apparmor.d/abstractions/libvirt-qemu.d/pcitag
	run -3 pcitag check
	found FAIL apparmor 'no rule for /usr/bin/pcitag-qemu'
	mend apparmor
	found PASS apparmor
}

@test "AppArmor, Debian 12: the rule is missing from the local file" {
	sysfs module/apparmor/parameters/enabled Y
	echo '  #include <local/abstractions/libvirt-qemu>' | in_pretend tee /etc/apparmor.d/abstractions/libvirt-qemu >/dev/null
	in_pretend mkdir -p /etc/apparmor.d/local/abstractions
	echo '  # /usr/bin/pcitag-qemu would stand here' | in_pretend tee /etc/apparmor.d/local/abstractions/libvirt-qemu >/dev/null
	run -3 pcitag check
	found FAIL apparmor '/etc/apparmor.d/local/abstractions/libvirt-qemu: guests may not run the wrapper'
	mend apparmor
	found PASS apparmor /etc/apparmor.d/local/abstractions/libvirt-qemu
}

@test "AppArmor without libvirt's rules is none of our business" {
	sysfs module/apparmor/parameters/enabled Y
	in_pretend rm -f /etc/apparmor.d/abstractions/libvirt-qemu
	run -0 pcitag check
	found PASS apparmor 'libvirt has no rules for guests here'
}

@test "SELinux enforces: nobody has tried" {
	sysfs fs/selinux/enforce 1
	run -0 pcitag check
	found WARN selinux 'with which pcitag is not tested'
	[ "$(fix_of selinux)" = "semanage fcontext -a -t qemu_exec_t '/usr/bin/pcitag-qemu' && restorecon -v /usr/bin/pcitag-qemu" ]
	sysfs fs/selinux/enforce 0
	run -0 pcitag check
	found PASS selinux
}

@test "SELinux enforces on Fedora, or on what is built from it: the package with the policy" {
	local system
	sysfs fs/selinux/enforce 1
	in_pretend rm -f /etc/os-release
	for system in 'ID=fedora' $'ID="rhel"\nID_LIKE="fedora"' $'ID="almalinux"\nID_LIKE="rhel centos fedora"'; do
		in_pretend tee /etc/os-release <<<"$system" >/dev/null
		run -0 pcitag check
		found WARN selinux 'with which pcitag is not tested'
		found WARN selinux 'pcitag-selinux, which make rpm builds beside pcitag, labels it'
		[ "$(fix_of selinux)" = "dnf install pcitag-selinux && restorecon -v /usr/bin/pcitag-qemu" ]
	done
	# Elsewhere there is no such package, whatever installs its own.
	for system in $'ID=opensuse\nID_LIKE="suse"' '# fedora'; do
		in_pretend tee /etc/os-release <<<"$system" >/dev/null
		run -0 pcitag check
		[[ $(fix_of selinux) == "semanage fcontext "* ]]
	done
}

@test "guests without a /dev of their own: only an optional request makes that a finding" {
	local wish="<metadata><pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'><pcitag:wish requests='npu' optional='yes'/></pcitag:controllers></metadata>"
	run -0 pcitag check
	found PASS private-dev 'each guest has a /dev of its own'
	in_pretend tee /etc/libvirt/qemu.conf <<<'namespaces = [ ]' >/dev/null
	run -0 pcitag check
	found PASS private-dev "guests use the host's, by namespaces = [] in /etc/libvirt/qemu.conf; no request is optional"

	in_pretend mkdir -p /etc/libvirt/qemu
	domain_xml vm npu | in_pretend tee /etc/libvirt/qemu/vm.xml >/dev/null
	run -0 pcitag check
	found PASS private-dev
	domain_xml vm npu | sed "s|<memory|$wish&|" | in_pretend tee /etc/libvirt/qemu/vm.xml >/dev/null
	run -0 pcitag check
	found WARN private-dev "and requests of domain 'vm' are optional: without a device, the host's /dev/null belongs to QEMU's user"
	[ "$(advice_of private-dev)" = "delete the line namespaces from /etc/libvirt/qemu.conf, and restart libvirtd" ]
	in_pretend rm /etc/libvirt/qemu/vm.xml

	printf '%s\n' '[spare]' 'any = npu' 'optional = yes' >>"$HOST/etc/pcitag/registry.ini"
	run -0 pcitag check
	found WARN private-dev "and requests of profile 'spare' are optional: "
	in_pretend tee /etc/libvirt/qemu.conf <<<'namespaces = [ "mount" ]' >/dev/null
	run -0 pcitag check
	found PASS private-dev 'each guest has a /dev of its own'
}

@test "an emulator has no wrapper, or somebody else's" {
	local native
	native=/usr/bin/pcitag-qemu-system-$(uname -m)
	in_pretend rm $native
	run -3 pcitag check
	found FAIL wrapper "$native is not there"
	mend wrapper
	[ "$status" -eq 0 ]
	in_pretend ln -sfn sleep $native
	run -3 pcitag check
	found FAIL wrapper "$native is not pcitag's"
	mend wrapper
	[ "$status" -eq 0 ]
}

@test "the wrapper is not for guests to run" {
	chmod 700 "$HOST/usr/bin/pcitag-qemu"
	run -3 pcitag check
	found FAIL wrapper 'is not world-executable'
	mend wrapper
	[ "$status" -eq 0 ]
}

@test "QEMU was upgraded after the wrapper" {
	in_pretend touch /usr/bin/qemu-system-x86_64
	run -0 pcitag check
	found WARN capabilities 'qemu-system-x86_64 changed after /usr/bin/pcitag-qemu'
	mend capabilities
	found PASS capabilities
}

@test "what the hook runs is missing, not executable, or of another version" {
	run -0 pcitag check
	found PASS engine '/usr/sbin/pcitag-engine, version '
	in_pretend mv /usr/sbin/pcitag-engine /usr/sbin/engine.old
	run -3 pcitag check
	found FAIL engine '/usr/sbin/pcitag-engine, which the hook runs, is not there'
	in_pretend sh -c 'cp /usr/sbin/engine.old /usr/sbin/pcitag-engine; chmod 644 /usr/sbin/pcitag-engine'
	run -3 pcitag check
	found FAIL engine 'is not executable'
	mend engine
	found PASS engine
	in_pretend sh -c 'printf "#!/bin/sh\necho pcitag-engine 0.0.1\n" >/usr/sbin/pcitag-engine'
	run -3 pcitag check
	found FAIL engine '/usr/sbin/pcitag-engine, which the hook runs, is not of version '
	in_pretend sh -c 'printf "#!/bin/sh\necho libxml2.so.2: not found >&2\nexit 127\n" >/usr/sbin/pcitag-engine'
	run -3 pcitag check
	found FAIL engine 'cannot run: libxml2.so.2: not found'
}

@test "nothing returns what a crash left behind" {
	in_pretend rm -r /etc/systemd/system/timers.target.wants /etc/systemd/system/multi-user.target.wants
	run -0 pcitag check
	found WARN reconcile-timer 'is not enabled'
	found WARN reconcile-service 'is not enabled'
	mend reconcile-timer
	found PASS reconcile-timer
	mend reconcile-service
	found PASS reconcile-service
}

@test "others may write what root believes" {
	printf '[Odd]\ntype=odd\nvendor=1234\ndevice=11e8\n' >"$HOST/etc/pcitag/registry.d/it's mine.ini"
	chmod 666 "$HOST/etc/pcitag/registry.d/it's mine.ini"
	run -3 pcitag check
	found FAIL permissions "/etc/pcitag/registry.d/it's mine.ini must be owned by root"
	mend permissions
	found PASS permissions

	mkdir -p "$HOST/run/pcitag/leases"
	chown nobody "$HOST/run/pcitag"
	run -3 pcitag check
	found FAIL permissions '/run/pcitag must be owned by root'
	mend permissions
	found PASS permissions
}

@test "a lease is quarantined" {
	prepare vm npu
	hold_group "$(group_of $NPU1)"
	release vm
	run -0 pcitag check
	found WARN leases 'that of domain vm is quarantined'
	drop_holder
	mend leases
	found PASS leases
}

@test "a lease cannot be read" {
	prepare vm npu
	damage_lease vm
	run -0 pcitag check
	found WARN leases 'cannot be understood'
	[ "$(fix_of leases)" = 'pcitag reconcile' ]
	found PASS model 'Dual-82574L'
	mend leases
	found PASS leases
}

@test "settings: switched off, or mistaken" {
	settings <<<$'[pcitag]\nenabled = no'
	run -0 pcitag check
	found WARN settings 'pcitag is switched off'
	[ "$(advice_of settings)" = 'write enabled = yes into /etc/pcitag/pcitag.ini' ]
	settings <<<$'[pcitag]\nenabled = perhaps'
	run -3 pcitag check
	found FAIL settings /etc/pcitag/pcitag.ini:2:
}

@test "a mistake in the registry comes with its place" {
	registry <<<$'[Edu]\ntype = npu\nvendor = 12345'
	run -3 pcitag check
	found FAIL registry /etc/pcitag/registry.ini:3:
	registry <<<''
	run -0 pcitag check
	found WARN registry 'describes no device'
	[[ $(advice_of registry) == 'pcitag probe shows'* ]]
}

@test "a model that matches nothing, and why" {
	registry <<-'EOF'
		[Absent]
		type = a
		vendor = 19e5
		device = d500

		[Narrow]
		type = b
		vendor = 1234
		device = 11e8
		class = 12

		[Class]
		type = c
		vendor = 10de
		device = 0302

		[Elsewhere]
		type = d
		vendor = 1234
		device = 11e8
		hosts = no-host-of-this-name

		[Elsewhere-and-absent]
		type = e
		vendor = 19e5
		device = d500
		hosts = no-host-of-this-name

		[Off]
		type = f
		vendor = 19e5
		device = d500
		enabled = no
	EOF
	run -0 pcitag check
	found WARN model 'Absent: matches nothing: no device of this host has the ids 19e5:d500'
	found WARN model 'Narrow: matches nothing: 4 here with the ids 1234:11e8, but its key class fits none'
	found WARN model 'Class: device = 0302 looks like a class code'
	found WARN model "Elsewhere: matches 4 here, but its key hosts leaves $(hostname) out"
	found PASS model 'Elsewhere-and-absent: for other hosts'
	found PASS model 'Off: switched off'
	[ "$(advice_of model)" = 'compare [Absent] at /etc/pcitag/registry.ini:1 with pcitag probe' ]
}

@test "a model that is not what its name says, or that the host needs" {
	registry <<-EOF
		[Card]
		type = npu
		vendor = 8086
		device = 10d3

		[Forced]
		type = usb-stick
		vendor = 1234
		device = 11e8
		address = $NPU1
		force = $NPU1
	EOF
	ctl set $NIC1 net=pnet1:up master=pnet-bridge
	run -0 pcitag check
	found WARN model "Card: 4 of its devices are not an accelerator, which type = npu suggests: $NIC1 has class 020000"
	found WARN model "Card: 1 of its 4 devices cannot be assigned: $NIC1: is used by the host: interface pnet1"
	found WARN model "Forced: force names each of its 1 devices"
}

@test "the console of a management controller offered as an accelerator" {
	sed 's/^device 0000:01:00.0 .*/device 0000:01:00.0 under=0000:00:10.0 vendor=1a03 device=2000 class=030000 group=16/' \
		"$PRETEND_DIR/hosts/lab.desc" >"$BATS_TEST_TMPDIR/bmc.desc"
	pretend_reset "$BATS_TEST_TMPDIR/bmc.desc"
	registry <<<$'[AST]\ntype = npu\nvendor = 1a03\ndevice = 2000'
	run -0 pcitag check
	found WARN model "AST: 0000:01:00.0 (1a03:2000) is the console of the host's management controller"
	[[ $(advice_of model) == 'write exclude = 0000:01:00.0 into [AST] at /etc/pcitag/registry.ini:1'* ]]
}

@test "a model names a ROM file that is not there" {
	local REPLY
	host_root
	sed 's/^type = npu$/&\nromfile = gone.rom/' < <(machine_registry) >"$REPLY/etc/pcitag/registry.ini"
	run pcitag check
	found WARN model 'Edu: the ROM file /var/lib/pcitag/rom/gone.rom is not there (No such file or directory): pcitag rom add gone.rom FILE'
}
