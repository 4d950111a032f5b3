# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests. A unit test says in its second line which sources it links, and links nothing else:
# that a model file links without sysfs, processes or libvirt proves that it needs none.

unit_tests := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

# The words of these lines of all tests as TEST:links:FILE and TEST:libs:LIBRARY, read in one process.
test_words := $(shell awk '/^\/\* (links|libs): / { n = FILENAME; gsub(/.*\/|\.c$$/, "", n); \
	for (i = 3; i < NF; i++) print n ":" $$2 $$i }' tests/unit/*.c tests/fuzz/*.c tests/cluster/*.c)
# test_word links|libs, TEST
test_word = $(patsubst $(2):$(1):%,%,$(filter $(2):$(1):%,$(test_words)))

# Those of pure code need nothing of the host: no root, no kernel. The build of a package runs them.
pure_tests := $(foreach test,$(unit_tests),$(if $(filter-out model/% base/%,$(call test_word,links,$(test))),,$(test)))

.PHONY: unit unit-pure unit-programs
unit-programs: $(unit_tests:%=$(BUILD)/unit/%) $(BUILD)/unit/pcitag-qemu
## unit                the unit tests that are C programs
unit: $(unit_tests:%=$(BUILD)/unit/%)
	$(Q)for test in $^; do $$test || exit 1; done
unit-pure: $(pure_tests:%=$(BUILD)/unit/%)
	$(Q)for test in $^; do $$test || exit 1; done

$(BUILD)/unit/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -Itests/unit -g -O1 $(SANITIZERS) $(all_cflags) -MMD -MP -c -o $@ $<

# The wrapper with a limit for locked memory that a machine without CAP_SYS_RESOURCE cannot have: in tests/unit it tells
# what is set, in tests/bench not.
$(BUILD)/unit/pcitag-qemu $(BUILD)/bench/pcitag-qemu: $(BUILD)/%/pcitag-qemu: $(BUILD)/obj/tests/%/fake_memlock.o \
		$(call objects,wrapper) $(instrument_objects)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(wrapper_link) $(instrument) -o $@ $^ $(call lib_ldflags,$(wrapper_libs))

# test_rule TEST, LAYER, the command that links: from the test and the sources that it names.
define test_rule
$(BUILD)/$(2)/$(1): $(patsubst %.c,$(BUILD)/$(2)/obj/%.o,tests/$(2)/$(1).c $(addprefix src/,$(call test_word,links,$(1))))
	$$(if $$(Q),@echo "  LINK  $$@")
	$$(Q)$(3) -o $$@ $$^ $$(call lib_ldflags,$(call test_word,libs,$(1)))
-include $(BUILD)/$(2)/obj/tests/$(2)/$(1).d
endef
$(foreach test,$(unit_tests),$(eval $(call test_rule,$(test),unit,$$(CC) $$(SANITIZERS))))
-include $(wildcard $(BUILD)/unit/obj/src/*/*.d $(BUILD)/unit/obj/src/*/*/*.d)

# For the clusters of tests/cluster, also those of another release of Debian: without sanitizers, whose libraries these lack.
.PHONY: cluster-programs
cluster-programs: $(BUILD)/cluster/scheduled_placement
$(BUILD)/cluster/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -Itests/unit -g -O1 $(all_cflags) -MMD -MP -c -o $@ $<
$(eval $(call test_rule,scheduled_placement,cluster,$$(CC)))
-include $(wildcard $(BUILD)/cluster/obj/src/*/*/*.d)

include tests/pretend/Makefile.inc
include tests/faults/Makefile.inc
