# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016 # what is in single quotes is for the shell of the lab
#
# Functions for tests that install pcitag themselves. LAB_TREE is what the lab was given by tests/lab/run.

# make_untouched: as Debian's packages left it, and libvirt's daemon never saw a trace of pcitag.
make_untouched() {
	lab '/usr/share/pcitag/post-install --remove
		rm -rf /etc/pcitag /run/pcitag /run/udev/tags/pcitag-*
		modprobe -r vfio_pci vfio_iommu_type1' || true
	tar -C "${LAB_TREE:?}" -c . | tar -t | grep -v '/$' | lab 'cd / && xargs -d "\n" rm -f'
	lab 'systemctl daemon-reload; udevadm control --reload; systemctl restart libvirtd'
	for file in /usr/sbin/pcitag /usr/sbin/pcitag-engine /usr/sbin/pcitag-hook /etc/libvirt/hooks/qemu; do
		lab "test ! -e $file" || { echo "$file is still there" >&2 && return 1; }
	done
}

# unpack: what `make install DESTDIR=/` does before it runs anything of it.
unpack() {
	tar -C "$LAB_TREE" --owner=root:0 --group=root:0 -c . |
		lab 'tar -C / -x -p --keep-directory-symlink --no-overwrite-dir'
}
