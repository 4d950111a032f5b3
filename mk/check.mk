# SPDX-License-Identifier: LGPL-2.1-or-later
# The checks. `make check` runs every layer, `make check-fast` what is worth a look at every change,
# `make check-LAYER` one; `make check-all` is `make check` with nothing shared out or shortened.
# The first layer that fails is the last that runs; `make -k` goes on.

# Layers joined by "+" run at the same time: those that mostly wait, and labs, whose QEMU uses one CPU each. Images
# ("..." of run-layers) are made in the time that the others leave until the labs begin.
check_fast := build lint+unit+core
check_first := build images... lint+unit+install engine+sanitized bench+libvirtd+mutants cockpit faults+fuzz+cluster
check_labs := lab-bookworm+lab-trixie
check_layers := build lint unit install images core engine sanitized bench faults mutants fuzz libvirtd cockpit cluster packages $(subst +, ,$(check_labs)) lab-backports lab-topology lab-cluster lab-cockpit
keep_going = $(if $(findstring k,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),--keep-going)
# A recipe in which MAKE itself is named runs with make -n, too.
this_make = $(MAKE)
run_layers = $(Q)MAKE='$(this_make)' tests/run-layers $(keep_going)

.PHONY: check check-all check-fast check-lab check-dependencies $(check_layers:%=check-%)
## check               every layer of tests; -k goes on after one that fails
check: check-dependencies
	$(Q)ENGINE_FILES=shared MAKE='$(this_make)' tests/run-layers $(keep_going) $(check_first) $(check_labs)
# Every file on every lab, packages for every Debian, every round, every fault, every mutant, every leak, every path that clang's analyzer finds.
## check-all           the same with nothing shared out or shortened
check-all: check-dependencies
	$(Q)TIDY_DEPTH=deep LEAKS=1 FUZZ_SECONDS=60 LANES=all ROUNDS=all DEBIANS=all FAULTS= MUTANTS= MAKE='$(this_make)' tests/run-layers $(keep_going) $(check_first) packages $(check_labs) lab-backports lab-topology lab-cluster lab-cockpit
## check-fast          lint, unit tests, and what a start and an end are made of
check-fast: check-dependencies
	$(run_layers) $(check_fast)
## check-LAYER         one of build lint images unit install core engine sanitized bench faults mutants fuzz libvirtd
##                     cockpit cluster packages lab-bookworm lab-trixie lab-backports lab-topology lab (all four) lab-cluster
##                     lab-cockpit
$(check_layers:%=check-%): check-%: check-dependencies
	$(run_layers) $*
check-lab: check-dependencies
	$(run_layers) $(check_labs) lab-backports lab-topology
check-dependencies:
	$(Q)mk/install-dependencies check

# clang-tidy, a file at a time; what it found clean is not looked at again until something changes. "shallow" is
# how far its analyzer follows calls, which takes it a sixth of the time of "deep" (clang: -analyzer-config mode).
TIDY_DEPTH ?= shallow
tidy_sources := $(sort $(engine_sources) $(pcitag_sources) $(domain_sources) $(vf_net_sources) $(clean_nvme_sources) $(hook_sources) \
	$(wrapper_sources))

.PHONY: tidy
tidy: $(tidy_sources:%.c=$(BUILD)/tidy-$(TIDY_DEPTH)/%.clean)
$(BUILD)/tidy-$(TIDY_DEPTH)/%.clean: %.c .clang-tidy $(source_headers)
	@mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=gnu11 $(DEFINES) $(all_cflags) \
		-Xclang -analyzer-config -Xclang mode=$(TIDY_DEPTH) 2>/dev/null
	@touch $@

# gcc's own analysis, in the same way. It sees one file at a time; what it is told to pass over there:
ANALYZER_CC ?= gcc
# Knows no array that owns what its elements point to: names_add(), list_add(), add_entry(), take_some(), note(), extend(), no
# tree of tsearch(3): hold_known(), nor a text that its caller owns: append(). LeakSanitizer does.
$(BUILD)/analyzer/src/host/config/registry_ini.clean $(BUILD)/analyzer/src/model/registry/keys.clean \
$(BUILD)/analyzer/src/model/registry/registry.clean $(BUILD)/analyzer/src/model/map/layout.clean \
$(BUILD)/analyzer/src/model/registry/text.clean $(BUILD)/analyzer/src/flow/recover/force_release.clean \
$(BUILD)/analyzer/src/flow/recover/reconcile.clean \
$(BUILD)/analyzer/src/host/process/child.clean: \
	passed_over := -Wno-analyzer-malloc-leak
# allocation_to_lease() is for an allocation that allocate() completed: every request has its choice.
$(BUILD)/analyzer/src/model/allocate/allocator.clean: passed_over := -Wno-analyzer-null-dereference
# Each command of an array that moves has words of its own, which cluster_command_add_word() extends.
$(BUILD)/analyzer/src/flow/cluster/script.clean: \
	passed_over := -Wno-analyzer-malloc-leak -Wno-analyzer-double-free

.PHONY: analyzer
analyzer: $(tidy_sources:%.c=$(BUILD)/analyzer/%.clean)
$(BUILD)/analyzer/%.clean: %.c mk/check.mk $(source_headers)
	@mkdir -p $(@D)
	$(Q)$(ANALYZER_CC) -std=gnu11 $(DEFINES) $(CFLAGS) $(all_cflags) -fanalyzer \
		-fanalyzer-verbosity=1 -Werror $(passed_over) -c -o /dev/null $<
	@touch $@
