# SPDX-License-Identifier: LGPL-2.1-or-later
# Where everything goes. Without DESTDIR, share/pcitag/post-install then makes it take effect on this host; a
# package has scripts of its own for that (debian/).

BINDIR := $(PREFIX)/bin
SBINDIR := $(PREFIX)/sbin
MANDIR := $(PREFIX)/share/man
DATADIR := $(PREFIX)/share/pcitag
DOCDIR := $(PREFIX)/share/doc/pcitag
BASHDIR := $(PREFIX)/share/bash-completion/completions
FISHDIR := $(PREFIX)/share/fish/vendor_completions.d
# Debian's zsh does not look into site-functions below /usr (its README.Debian).
ZSHDIR ?= $(PREFIX)/share/zsh/$(if $(wildcard /etc/debian_version),vendor-completions,site-functions)
UNITDIR := $(PREFIX)/lib/systemd/system
# Where Pacemaker looks for agents of the provider pcitag; no distribution has it elsewhere.
OCFDIR := $(PREFIX)/lib/ocf/resource.d/pcitag
HOOKDIR := $(SYSCONFDIR)/libvirt/hooks
# One name for each emulator a guest may be given devices under: QEMU's targets that Linux has VFIO on.
QEMU_ARCHES ?= aarch64 i386 loongarch64 ppc64 riscv64 s390x x86_64
# ... and the names that stand for the host's own: Red Hat's, Debian's, Ubuntu's.
QEMU_ALIASES ?= kvm kvm-spice qemu-kvm
wrappers := $(QEMU_ARCHES:%=pcitag-qemu-system-%) $(QEMU_ALIASES:%=pcitag-%)
# Each of these daemons may be the one that starts guests: the first on its own, the second in libvirt's modular form.
daemons := libvirtd virtqemud

fill_in = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SBINDIR@|$(SBINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
	-e 's|@DATADIR@|$(DATADIR)|g' -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g'
manual_pages = $(wildcard man/*.[578])
# A wrapper's page is that of all of them.
page_links := $(wrappers:%=man8/%.8)
documents = $(wildcard docs/*.md)

.PHONY: install uninstall install-programs install-completion install-hook install-system install-config

## install             install below DESTDIR; without DESTDIR it also takes effect on this host
install: install-programs install-completion install-hook install-system install-config
	$(if $(DESTDIR),,$(Q)$(DATADIR)/post-install)

install-programs: all
	install -D -m 755 $(BUILD)/bin/pcitag $(DESTDIR)$(SBINDIR)/pcitag
	install -D -m 755 $(BUILD)/bin/pcitag-engine $(DESTDIR)$(SBINDIR)/pcitag-engine
	install -D -m 755 $(BUILD)/bin/pcitag-domain $(DESTDIR)$(BINDIR)/pcitag-domain
	install -D -m 755 $(BUILD)/bin/pcitag-units $(DESTDIR)$(SBINDIR)/pcitag-units
	install -D -m 755 $(BUILD)/bin/pcitag-vf-net $(DESTDIR)$(LIBEXECDIR)/pcitag-vf-net
	install -D -m 755 $(BUILD)/bin/pcitag-clean-nvme $(DESTDIR)$(LIBEXECDIR)/pcitag-clean-nvme
	install -D -m 755 $(BUILD)/bin/pcitag-qemu $(DESTDIR)$(BINDIR)/pcitag-qemu
	$(Q)for wrapper in $(wrappers); do ln -sfn pcitag-qemu $(DESTDIR)$(BINDIR)/$$wrapper || exit 1; done
	$(Q)for page in $(manual_pages); do \
		install -D -m 644 $$page $(DESTDIR)$(MANDIR)/man$${page##*.}/$${page#man/} || exit 1; done
	$(Q)for page in $(page_links); do ln -sfn pcitag-qemu.8 $(DESTDIR)$(MANDIR)/$$page || exit 1; done
	install -d $(DESTDIR)$(DOCDIR)
	install -m 644 $(documents) $(DESTDIR)$(DOCDIR)

install-completion:
	install -D -m 644 etc/completion/pcitag.bash $(DESTDIR)$(BASHDIR)/pcitag
	install -D -m 644 etc/completion/_pcitag $(DESTDIR)$(ZSHDIR)/_pcitag
	install -D -m 644 etc/completion/pcitag.fish $(DESTDIR)$(FISHDIR)/pcitag.fish

# libvirt runs hooks/qemu and every file in hooks/qemu.d: ours must be there exactly once, and files of others
# stay. What is there is a link: so the hook is never older than the engine, and no program is among the
# configuration. libvirtd's AppArmor profile follows it (/usr/sbin/* PUx). Ours is known by where the link leads
# to, or, if it is a copy, by a text that only the program has.
hook := $(SBINDIR)/pcitag-hook
is_ours = is_ours() { [ "$$(readlink "$$1")" = $(hook) ] || grep -qsaF "pcitag: domain '%.256s'" "$$1"; }; \
	is_free() { is_ours "$$1" || ! { [ -e "$$1" ] || [ -L "$$1" ]; }; }
install-hook: all
	install -D -m 755 $(BUILD)/bin/pcitag-hook $(DESTDIR)$(hook)
	$(Q)$(is_ours); install -d $(DESTDIR)$(HOOKDIR) && cd $(DESTDIR)$(HOOKDIR) && \
	if is_free qemu; then \
		! is_ours qemu.d/pcitag || rm -f qemu.d/pcitag; \
		ln -sfn $(hook) qemu; \
	elif is_free qemu.d/pcitag; then \
		install -d qemu.d && ln -sfn $(hook) qemu.d/pcitag; \
	else \
		echo "install: $(HOOKDIR)/qemu and qemu.d/pcitag are other programs': pcitag check tells the command"; \
	fi

install-system:
	install -D -m 755 agents/capacity $(DESTDIR)$(OCFDIR)/capacity
	install -D -m 755 agents/Domain $(DESTDIR)$(OCFDIR)/Domain
	install -d $(DESTDIR)$(SYSCONFDIR)/apparmor.d/abstractions/libvirt-qemu.d $(DESTDIR)$(DATADIR)
	$(fill_in) etc/apparmor.in >$(DESTDIR)$(SYSCONFDIR)/apparmor.d/abstractions/libvirt-qemu.d/pcitag
	$(fill_in) etc/apparmor.in >$(DESTDIR)$(DATADIR)/apparmor
	$(fill_in) etc/post-install.in >$(DESTDIR)$(DATADIR)/post-install
	chmod 755 $(DESTDIR)$(DATADIR)/post-install
	install -D -m 644 etc/pcitag.rules $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-pcitag.rules
	install -D -m 755 etc/initramfs-hook $(DESTDIR)$(PREFIX)/share/initramfs-tools/hooks/pcitag
	install -D -m 755 etc/dracut-module $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/90pcitag/module-setup.sh
	install -D -m 644 etc/modules-load.conf $(DESTDIR)$(PREFIX)/lib/modules-load.d/pcitag.conf
	$(Q)for daemon in $(daemons); do \
		install -v -D -m 644 etc/memlock.conf $(DESTDIR)$(UNITDIR)/$$daemon.service.d/pcitag.conf || exit 1; done
	$(fill_in) etc/reconcile.service.in >$(DESTDIR)$(UNITDIR)/pcitag-reconcile.service
	$(fill_in) etc/vf.service.in >$(DESTDIR)$(UNITDIR)/pcitag-vf.service
	install -D -m 644 etc/reconcile.timer $(DESTDIR)$(UNITDIR)/pcitag-reconcile.timer
	$(fill_in) etc/clean.service.in >$(DESTDIR)$(UNITDIR)/pcitag-clean@.service
	$(fill_in) etc/clean-nvme.service.in >$(DESTDIR)$(UNITDIR)/pcitag-clean-nvme@.service
	$(fill_in) etc/metrics.service.in >$(DESTDIR)$(UNITDIR)/pcitag-metrics.service
	install -D -m 644 etc/metrics.timer $(DESTDIR)$(UNITDIR)/pcitag-metrics.timer

# The administrator's files are not written over; the samples beside them are new with every version.
install-config:
	install -d $(DESTDIR)$(SYSCONFDIR)/pcitag/registry.d
	$(Q)for file in pcitag.ini registry.ini; do \
		install -v -D -m 644 etc/$$file $(DESTDIR)$(DATADIR)/$$file || exit 1; \
		[ -e $(DESTDIR)$(SYSCONFDIR)/pcitag/$$file ] || \
			install -v -m 644 etc/$$file $(DESTDIR)$(SYSCONFDIR)/pcitag/$$file || exit 1; done

## uninstall           remove what install put there
# What an administrator wrote into /etc/pcitag is not ours; an untouched sample is.
uninstall:
	$(if $(DESTDIR),,$(Q)[ ! -x $(DATADIR)/post-install ] || $(DATADIR)/post-install --remove)
	$(Q)for file in pcitag.ini registry.ini; do \
		cmp -s $(DESTDIR)$(DATADIR)/$$file $(DESTDIR)$(SYSCONFDIR)/pcitag/$$file && \
			rm -fv $(DESTDIR)$(SYSCONFDIR)/pcitag/$$file || true; done
	$(Q)$(is_ours); for place in qemu qemu.d/pcitag; do \
		! is_ours $(DESTDIR)$(HOOKDIR)/$$place || rm -fv $(DESTDIR)$(HOOKDIR)/$$place; done
	rm -f $(DESTDIR)$(SBINDIR)/pcitag $(DESTDIR)$(SBINDIR)/pcitag-engine $(DESTDIR)$(hook)
	rm -f $(DESTDIR)$(SBINDIR)/pcitag-units
	rm -f $(DESTDIR)$(LIBEXECDIR)/pcitag-clean-nvme $(DESTDIR)$(LIBEXECDIR)/pcitag-vf-net
	rm -f $(DESTDIR)$(BINDIR)/pcitag-domain $(DESTDIR)$(BINDIR)/pcitag-qemu
	rm -f $(wrappers:%=$(DESTDIR)$(BINDIR)/%) $(page_links:%=$(DESTDIR)$(MANDIR)/%)
	rm -f $(foreach page,$(manual_pages),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	rm -f $(DESTDIR)$(BASHDIR)/pcitag $(DESTDIR)$(ZSHDIR)/_pcitag $(DESTDIR)$(FISHDIR)/pcitag.fish
	rm -f $(DESTDIR)$(SYSCONFDIR)/apparmor.d/abstractions/libvirt-qemu.d/pcitag
	rm -f $(DESTDIR)$(PREFIX)/lib/modules-load.d/pcitag.conf $(DESTDIR)$(PREFIX)/lib/udev/rules.d/60-pcitag.rules
	rm -f $(DESTDIR)$(PREFIX)/share/initramfs-tools/hooks/pcitag
	rm -rf $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/90pcitag
	rm -f $(daemons:%=$(DESTDIR)$(UNITDIR)/%.service.d/pcitag.conf)
	rm -f $(DESTDIR)$(UNITDIR)/pcitag-reconcile.service $(DESTDIR)$(UNITDIR)/pcitag-reconcile.timer
	rm -f $(DESTDIR)$(UNITDIR)/pcitag-vf.service
	rm -f $(DESTDIR)$(UNITDIR)/pcitag-clean@.service $(DESTDIR)$(UNITDIR)/pcitag-clean-nvme@.service
	rm -f $(DESTDIR)$(UNITDIR)/pcitag-metrics.service $(DESTDIR)$(UNITDIR)/pcitag-metrics.timer
	rm -rf $(DESTDIR)$(DATADIR) $(DESTDIR)$(DOCDIR) $(DESTDIR)$(OCFDIR)
	rm -rf $(DESTDIR)$(COCKPITDIR) $(DESTDIR)$(METAINFODIR)/org.cockpit_project.pcitag.metainfo.xml
	-$(Q)rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/pcitag/registry.d \
		$(DESTDIR)$(SYSCONFDIR)/pcitag $(daemons:%=$(DESTDIR)$(UNITDIR)/%.service.d) \
		$(DESTDIR)$(HOOKDIR)/qemu.d $(DESTDIR)$(SYSCONFDIR)/apparmor.d/abstractions/libvirt-qemu.d 2>/dev/null
	$(if $(DESTDIR),,$(Q)! [ -d /run/systemd/system ] || { systemctl daemon-reload; \
		systemctl try-restart $(daemons:%=%.service); } 2>/dev/null || true)
