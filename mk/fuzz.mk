# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzing: `make fuzz` runs every target for FUZZ_SECONDS, JOBS at a time; FUZZ="lease address" some of them.

FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc)
FUZZ_CC ?= clang
fuzz_targets := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

.PHONY: fuzz fuzz-programs
## fuzz                every fuzz target for FUZZ_SECONDS=60, JOBS at a time; FUZZ="lease address" some of them
fuzz-programs: $(fuzz_targets:%=$(BUILD)/fuzz/fuzz_%)
fuzz:
	$(Q)mk/install-dependencies fuzz
	$(Q)$(MAKE) --silent -j $(JOBS) fuzz-programs
	$(Q)tests/fuzz/run --seconds $(FUZZ_SECONDS) --jobs $(JOBS) $(FUZZ)

# Warnings come from the compilers that make what is installed; here it is all tests.
fuzz_instrument := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -std=gnu11 $(CPPFLAGS) $(DEFINES) $(WARNINGS) -Itests/fuzz -g -O1 $(fuzz_instrument) \
		$(all_cflags) -MMD -MP -c -o $@ $<
$(foreach target,$(fuzz_targets),$(eval $(call test_rule,fuzz_$(target),fuzz,$(FUZZ_CC) $(fuzz_instrument))))
-include $(wildcard $(BUILD)/fuzz/obj/src/*/*.d $(BUILD)/fuzz/obj/src/*/*/*.d)
