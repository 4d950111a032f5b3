# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # the stories use what is set here
# Functions for the stories of the RPM packages, which run in a chroot of Debian after those of ../inside.bash.

# Debian 12's rpm has a database for each user. It also warns that it is not Debian's package manager; the option against
# that is unknown to Debian 13's, which does neither.
rpm() {
	command rpm --dbpath /var/lib/rpm "$@"
}

# install_package [old]: prints what rpm prints. --nodeps: what it depends on is installed, but not by rpm.
install_package() {
	rpm --upgrade --oldpackage --nodeps /"${1-new}"/pcitag-[0-9]*."$(uname -m)".rpm 2>&1
}

install_selinux() {
	rpm --upgrade --nodeps /new/pcitag-selinux-*.rpm 2>&1
}

is_installed() {
	rpm --query pcitag && rpm --verify --nodeps pcitag
}

# make_package NAME VERSION [PATH]: an RPM package, with an empty file if it is named, in /tmp.
make_package() {
	local spec=/tmp/$1.spec install=
	[[ -z ${3-} ]] || install="install -D /dev/null %{buildroot}$3"
	printf '%s\n' "Name: $1" "Version: $2" 'Release: 1' 'Summary: none' 'License: none' 'BuildArch: noarch' \
		'%description' none '%install' "$install" '%files' "${3-}" >"$spec"
	rpmbuild -bb --quiet --define '_topdir /tmp/rpmbuild' "$spec"
	mv "/tmp/rpmbuild/RPMS/noarch/$1-$2-1.noarch.rpm" /tmp/
}

# Directories that packages of Fedora own which every host has (filesystem, systemd, selinux-policy), and rpm's own.
mkdir -p /usr/share/{licenses,zsh/site-functions,fish/vendor_completions.d,selinux/packages/targeted} \
	/var/lib/rpm /var/lib/rpm-state /usr/lib/systemd/system-preset /usr/lib/modules-load.d
