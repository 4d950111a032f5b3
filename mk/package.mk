# SPDX-License-Identifier: LGPL-2.1-or-later
# Packages for Debian, each built in a bare chroot of its release, and for Fedora and EL; see packaging/.

# The releases that a version is published for.
DEBIAN_SUITES ?= bookworm trixie

.PHONY: deb rpm dist
## deb                 Debian packages in build/deb, for this machine's release or SUITE=trixie
deb:
	$(Q)packaging/build-deb $(SUITE)
## rpm                 RPM packages for Fedora and EL, and their source package, in build/rpm
rpm:
	$(Q)packaging/build-rpm $(SUITE)
## dist                a release in build/dist: tarball, packages and their sources, checksums, news
dist:
	$(Q)packaging/make-dist $(BUILD)/dist $(DEBIAN_SUITES)
