# SPDX-License-Identifier: LGPL-2.1-or-later
# The checks. `make check` runs every layer, `make check-fast` those that start no other machine and
# no daemon, `make check-LAYER` one. The first layer that fails is the last that runs; `make -k` goes on.

# Layers joined by "+" run at the same time: those that mostly wait, and labs, whose nested guests use one CPU each.
check_fast := build lint unit engine+sanitized
check_slow := fuzz libvirtd lab-bookworm+lab-trixie
check_layers := build lint unit engine sanitized fuzz libvirtd lab-bookworm lab-trixie
keep_going = $(if $(findstring k,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),--keep-going)
run_layers = $(Q)MAKE='$(MAKE)' tests/run-layers $(keep_going)

.PHONY: check check-fast check-lab check-dependencies $(check_layers:%=check-%)
check: check-dependencies
	$(run_layers) $(check_fast) $(check_slow)
check-fast: check-dependencies
	$(run_layers) $(check_fast)
$(check_layers:%=check-%): check-%: check-dependencies
	$(run_layers) $*
check-lab: check-dependencies
	$(run_layers) lab-bookworm+lab-trixie
check-dependencies:
	$(Q)mk/install-dependencies check

# clang-tidy, a file at a time; what it found clean is not looked at again until something changes.
tidy_sources := $(sort $(engine_sources) $(hook_sources) $(wrapper_sources))

.PHONY: tidy
tidy: $(tidy_sources:%.c=$(BUILD)/tidy/%.clean)
$(BUILD)/tidy/%.clean: %.c .clang-tidy $(wildcard src/*/*.h)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=gnu11 $(DEFINES) $(call lib_cflags,$(engine_libs)) 2>/dev/null
	@touch $@
