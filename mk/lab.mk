# SPDX-License-Identifier: LGPL-2.1-or-later
# A root shell in a lab with this build installed; LAB=trixie for Debian 13, LAB=backports for that with its
# backports, LAB=topology for one with NUMA nodes, switches and virtual functions. It stays up afterwards.

LAB ?= bookworm

.PHONY: lab-shell
## lab-shell           a root shell in a lab; LAB=trixie for Debian 13, LAB=backports, LAB=topology
lab-shell:
	$(Q)mk/install-dependencies demo
	$(Q)$(MAKE) --no-print-directory install DESTDIR=$(BUILD)/stage
	$(Q)tests/lab/shell $(LAB) $(BUILD)/stage
