# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Functions for lab tests. "load helper" in a .bats file; tests/lab/run sets LAB to the lab under test.
#
#   lab virsh start plain              runs in the lab, as root; returns exit code and output of the command
#   lab 'ls /dev/vfio | wc -l'         one argument is a shell command line
#   lab_until 30 COMMAND               waits in the lab until that command line succeeds, for 30 s at most
#   lab_driver 0000:05:00.0            the driver's name, or "none"
#   lab_override 0000:05:00.0          driver_override, or "none"
#   lab_group 0000:05:00.0             the number of the IOMMU group, or "none"
#   lab_snapshot_devices               one line for each function: address, driver, override
#   lab_define FILE                    copies a domain XML into the lab and defines it
#   lab_serial plain                   what the nested guest of that domain has printed
#   lab_serial_wait plain PATTERN      waits for a line that matches and prints it

LAB_DIR=${LAB_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)}

lab() {
	"$LAB_DIR/ssh" "${LAB:?the lab under test is chosen by tests/lab/run}" "$@"
}

lab_until() {
	lab bash -s -- "$@" <<-'END'
		end=$((SECONDS + $1))
		until eval "$2"; do
			if [[ $SECONDS -ge $end ]]; then
				echo "not within $1 s: $2" >&2
				exit 1
			fi
			sleep 0.2
		done
	END
}

lab_monitor() {
	"$LAB_DIR/monitor" "${LAB:?}" "$@"
}

# lab_put FILE PATH: copies a file of this machine into the lab.
lab_put() {
	lab "cat >$(printf %q "$2")" <"$1"
}

lab_driver() {
	lab "basename \"\$(readlink /sys/bus/pci/devices/$1/driver || echo none)\""
}

# lab_override ADDRESS: the kernel shows an unset override as the text "(null)".
lab_override() {
	lab "sed 's/^(null)\$/none/' /sys/bus/pci/devices/$1/driver_override"
}

lab_group() {
	lab "basename \"\$(readlink /sys/bus/pci/devices/$1/iommu_group || echo none)\""
}

# lab_snapshot_devices: uses two processes for all devices, because a process is slow on an emulated CPU, and
# this function is called often.
lab_snapshot_devices() {
	lab bash -s <<-'END'
		cd /sys/bus/pci/devices
		declare -A driver
		while IFS=/ read -r address link; do
			driver[$address]=${link##*/}
		done < <(stat -c %N */driver | tr -d "'")
		for address in *; do
			read -r override <"$address/driver_override"
			echo "$address ${driver[$address]-none} $override"
		done
	END
}

lab_define() {
	lab 'cat >/tmp/domain.xml && virsh --quiet define /tmp/domain.xml' <"$1"
}

lab_serial() {
	lab "tr -d '\r' </var/log/libvirt/qemu/$1-serial.log"
}

# lab_waits SCRIPT ARGUMENT...: runs tests/lab/inside/SCRIPT in the lab, with the functions of progress.bash.
lab_waits() {
	local script=$1
	shift
	cat "$LAB_DIR/inside/progress.bash" "$LAB_DIR/inside/$script" | lab bash -s -- "$@"
}

# lab_serial_wait DOMAIN PATTERN [COUNT]: waits until COUNT lines (1) match; prints the last one. The wait is
# bounded by progress: see inside/wait-serial.
lab_serial_wait() {
	lab_waits wait-serial "$@"
}

# lab_reset SECONDS [UNIT]: pulls the plug, and waits until the lab has booted and all its units have started; with UNIT,
# until that one has: a unit that takes long, such as a cleaning that was begun again, may still start then.
lab_reset() {
	local boot_id end=$((SECONDS + $1)) now
	boot_id=$(lab cat /proc/sys/kernel/random/boot_id)
	lab sync
	lab_monitor system_reset
	lab_hang_up
	until now=$(lab cat /proc/sys/kernel/random/boot_id 2>/dev/null) && [[ $now != "$boot_id" ]]; do
		[[ $SECONDS -lt $end ]] || return 1
		lab_hang_up
		sleep 1
	done
	if [[ $# -eq 1 ]]; then
		lab systemctl is-system-running --wait
	else
		lab_until "$1" "systemctl --quiet is-active $2"
	fi
}

# lab_type DOMAIN WORD: types a line at the guest's serial console (poweroff, reboot, panic). QEMU checks once
# per second whether its pty was opened, and reads from it only after that.
lab_type() {
	lab "{ sleep 1.5; echo $2; sleep 0.5; } >\"\$(virsh ttyconsole $1)\""
}

# lab_wait_state DOMAIN STATE SECONDS: waits until virsh domstate reports STATE; at most SECONDS without
# progress.
lab_wait_state() {
	lab_waits wait-state "$@"
}

# lab_hang_up: drops the connection, which outlives a lab that was reset.
lab_hang_up() {
	"$LAB_DIR/hang-up" "${LAB:?}"
}

# lab_clean: removes all domains, running or defined. One virsh for all of them, because its start takes long.
lab_clean() {
	lab 'commands=
		for domain in $(virsh list --name); do commands+="destroy $domain;"; done
		for domain in $(virsh list --all --name --persistent); do commands+="undefine $domain;"; done
		test -z "$commands" && exit
		# One may end by itself meanwhile: what is left counts.
		said=$(virsh --quiet "$commands" 2>&1)
		test -z "$(virsh list --all --name | tr -d "\n")" || { echo "$said"; exit 1; }'
}
