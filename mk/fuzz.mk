# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzing: `make fuzz` runs every target for FUZZ_SECONDS, JOBS at a time; FUZZ="lease address" some of them.

FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc)
FUZZ_CC ?= clang
fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz_word = $(shell sed -n 's|^/\* $(1): \(.*\) \*/$$|\1|p' tests/fuzz/fuzz_$(2).c)
fuzz_headers := $(source_headers) $(wildcard tests/fuzz/*.h)

.PHONY: fuzz fuzz-programs
## fuzz                every fuzz target for FUZZ_SECONDS=60, JOBS at a time; FUZZ="lease address" some of them
fuzz-programs: $(fuzz_targets:%=$(BUILD)/fuzz/fuzz_%)
fuzz:
	$(Q)mk/install-dependencies fuzz
	$(Q)$(MAKE) --silent -j $(JOBS) fuzz-programs
	$(Q)tests/fuzz/run --seconds $(FUZZ_SECONDS) --jobs $(JOBS) $(FUZZ)

# Warnings come from the compilers that make what is installed; here it is all tests.
define fuzz_rule
$(BUILD)/fuzz/fuzz_$(1): tests/fuzz/fuzz_$(1).c $(addprefix src/,$(call fuzz_word,links,$(1))) $(fuzz_headers)
	@mkdir -p $$(@D)
	$$(if $$(Q),@echo "  FUZZ  $(1)")
	$$(Q)$(FUZZ_CC) -std=gnu11 $$(CPPFLAGS) $$(DEFINES) $$(WARNINGS) -Itests/fuzz -g -O1 \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		$$(call lib_cflags,$(call fuzz_word,libs,$(1))) \
		-o $$@ $$(filter %.c,$$^) $$(call lib_ldflags,$(call fuzz_word,libs,$(1)))
endef
$(foreach target,$(fuzz_targets),$(eval $(call fuzz_rule,$(target))))
