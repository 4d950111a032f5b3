# SPDX-License-Identifier: LGPL-2.1-or-later
# pcitag. `make demo` shows it at work, `make check` proves it, `make install` puts it in place.
# What a packager may set: CC CFLAGS LDFLAGS DESTDIR PREFIX SYSCONFDIR.

VERSION ?= 0.1.0
PREFIX ?= /usr
SYSCONFDIR ?= /etc
LOCALSTATEDIR ?= /var
BUILD ?= build
CC ?= cc
PKG_CONFIG ?= pkg-config
V ?= 0
Q := $(if $(filter 0,$(V)),@)

WARNINGS := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wswitch-enum -Wundef -Wwrite-strings
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 $(WARNINGS) $(if $(SANITIZE),$(SANITIZE),$(HARDENING)) $(if $(WERROR),-Werror)
override CPPFLAGS += -D_GNU_SOURCE -Isrc -DPCITAG_VERSION='"$(VERSION)"' \
	-DPCITAG_BINDIR='"$(PREFIX)/bin"' -DPCITAG_SBINDIR='"$(PREFIX)/sbin"' \
	-DPCITAG_SYSCONFDIR='"$(SYSCONFDIR)"'
override LDFLAGS += -pie -Wl,-z,relro,-z,now $(SANITIZE)

# ---- programs: each names its sources, so that its privileges can be read off here ----------------
include mk/sources.mk

.PHONY: all clean
all: $(PROGRAMS)

include mk/tests.mk
include mk/install.mk

clean:
	rm -rf $(BUILD)/obj $(BUILD)/bin $(BUILD)/unit
