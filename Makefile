# SPDX-License-Identifier: LGPL-2.1-or-later
# pcitag. `make demo` shows it at work, `make check` proves it, `make install` puts it in place, `make help`
# lists every target.
# A packager may set CC CFLAGS LDFLAGS DESTDIR PREFIX SYSCONFDIR VERSION EMULATOR_DIRS; V=1 shows the commands.

VERSION ?= 0.1.0
PREFIX ?= /usr
SYSCONFDIR ?= /etc
LIBEXECDIR ?= $(PREFIX)/libexec
BUILD ?= build
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
# Where distributions have QEMU, in the order in which a wrapper looks: Debian and most; Red Hat; others.
EMULATOR_DIRS ?= /usr/bin /usr/libexec /usr/lib/qemu-kvm/bin /usr/local/bin
V ?= 0
Q := $(if $(filter 0,$(V)),@)

WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wswitch-enum -Wundef -Wwrite-strings $(if $(WERROR),-Werror)
# What a packager's flags already say is left as it is.
fortify := $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
HARDENING = $(fortify) -fstack-protector-strong -fPIE
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
DEFINES := -D_GNU_SOURCE -Isrc -DPCITAG_VERSION='"$(VERSION)"' -DPCITAG_BINDIR='"$(PREFIX)/bin"' \
	-DPCITAG_EMULATOR_DIRS='"$(subst $() ,:,$(strip $(EMULATOR_DIRS)))"' \
	-DPCITAG_SBINDIR='"$(PREFIX)/sbin"' -DPCITAG_LIBEXECDIR='"$(LIBEXECDIR)"' -DPCITAG_SYSCONFDIR='"$(SYSCONFDIR)"' \
	-DPCITAG_DATADIR='"$(PREFIX)/share/pcitag"'
COMPILE = $(CC) -std=gnu11 $(CPPFLAGS) $(DEFINES) $(CFLAGS) $(WARNINGS)

# The flags of libraries, by their pkg-config names.
lib_cflags = $(if $(1),$(shell $(PKG_CONFIG) --cflags $(1)))
lib_ldflags = $(if $(1),$(shell $(PKG_CONFIG) --libs $(1)))

.PHONY: all clean help
.DEFAULT_GOAL := all

include mk/sources.mk
include mk/build.mk
include mk/tests.mk
include mk/install.mk
include mk/cockpit.mk
include mk/check.mk
include mk/demo.mk
include mk/lab.mk
include mk/bench.mk
include mk/fuzz.mk
include mk/package.mk

## clean               remove what was built, except the lab's images
# The lab's images stay: they take minutes, and are made anew when what they are made of changes.
clean:
	rm -rf $(BUILD)/obj $(BUILD)/bin $(BUILD)/unit $(BUILD)/stage $(BUILD)/pretend $(BUILD)/fuzz/fuzz_*

# Targets are listed from the lines that begin with two '#' in these files.
help:
	$(Q)sed -n 's/^## //p' $(filter Makefile mk/%,$(MAKEFILE_LIST))
