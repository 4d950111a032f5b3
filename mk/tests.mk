# SPDX-License-Identifier: LGPL-2.1-or-later
# Tests. A unit test says in its second line which sources it links, and links nothing else:
# that a model file links without sysfs, processes or libvirt proves that it needs none.

unit_tests := $(patsubst tests/unit/%.c,%,$(sort $(wildcard tests/unit/test_*.c)))
unit_word = $(shell sed -n 's|^/\* $(1): \(.*\) \*/$$|\1|p' tests/unit/$(2).c)

# Those of pure code need nothing of the host: no root, no kernel. The build of a package runs them.
pure_tests := $(foreach test,$(unit_tests),$(if $(filter-out model/% base/%,$(call unit_word,links,$(test))),,$(test)))

.PHONY: unit unit-pure unit-programs
unit-programs: $(unit_tests:%=$(BUILD)/unit/%)
## unit                the unit tests that are C programs
unit: $(unit_tests:%=$(BUILD)/unit/%)
	$(Q)for test in $^; do $$test || exit 1; done
unit-pure: $(pure_tests:%=$(BUILD)/unit/%)
	$(Q)for test in $^; do $$test || exit 1; done

# Several sources go into one call of the compiler, which can note the headers of one only.
unit_headers := $(source_headers) $(wildcard tests/unit/*.h)

define unit_rule
$(BUILD)/unit/$(1): tests/unit/$(1).c $(addprefix src/,$(call unit_word,links,$(1))) $(unit_headers)
	@mkdir -p $$(@D)
	$$(if $$(Q),@echo "  UNIT  $(1)")
	$$(Q)$$(COMPILE) -Itests/unit -g -O1 $$(SANITIZERS) $$(call lib_cflags,$(call unit_word,libs,$(1))) \
		-o $$@ $$(filter %.c,$$^) $$(call lib_ldflags,$(call unit_word,libs,$(1)))
endef
$(foreach test,$(unit_tests),$(eval $(call unit_rule,$(test))))
include tests/pretend/Makefile.inc
include tests/faults/Makefile.inc
