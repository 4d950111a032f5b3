# SPDX-License-Identifier: LGPL-2.1-or-later
# Objects and programs. Every object is compiled once, from a path that mirrors its source.

source_headers := $(wildcard src/*/*.h src/*/*/*.h)
objects = $($(1)_sources:%.c=$(BUILD)/obj/%.o)
# SANITIZE=1: with ASan and UBSan, for tests; neither can be linked statically.
instrument := $(if $(SANITIZE),$(SANITIZERS))
# LEAKS=1: they look for leaks, too, at the end of each process.
instrument_objects := $(if $(SANITIZE),$(if $(LEAKS),,$(BUILD)/obj/tests/sanitizer_options.o))
hook_link := $(if $(SANITIZE),-pie,-static-pie)
# So is the wrapper, where json-c has an archive (Debian; Fedora has none): each start of a guest loads it.
wrapper_link := $(if $(wildcard $(shell $(CC) -print-file-name=libjson-c.a)),$(hook_link),-pie)
all_libs := $(sort $(pcitag_libs) $(domain_libs) $(units_libs) $(vf_net_libs) $(wrapper_libs))
all_cflags := $(call lib_cflags,$(all_libs))
programs := $(addprefix $(BUILD)/bin/,pcitag pcitag-engine pcitag-domain pcitag-units pcitag-vf-net pcitag-clean-nvme pcitag-qemu pcitag-hook)

## all                 build the programs in build/bin; V=1 shows the commands, WERROR=1 makes warnings errors
all: $(programs)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(COMPILE) $(HARDENING) $(instrument) $(all_cflags) -MMD -MP -c -o $@ $<

# link PROGRAM, WORD: from WORD_sources and WORD_libs, with WORD_link if it is not linked as the others are.
define link
$(BUILD)/bin/$(1): $(call objects,$(2)) $(instrument_objects)
	@mkdir -p $$(@D)
	$$(if $$(Q),@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(CFLAGS) $$(LDFLAGS) $$(or $($(2)_link),-pie) -Wl,-z,relro,-z,now $$(instrument) -o $$@ $$^ \
		$$(call lib_ldflags,$($(2)_libs))
-include $(patsubst %.o,%.d,$(call objects,$(2)))
endef
$(eval $(call link,pcitag,pcitag))
$(eval $(call link,pcitag-engine,engine))
$(eval $(call link,pcitag-domain,domain))
$(eval $(call link,pcitag-units,units))
$(eval $(call link,pcitag-vf-net,vf_net))
$(eval $(call link,pcitag-clean-nvme,clean_nvme))
$(eval $(call link,pcitag-qemu,wrapper))
$(eval $(call link,pcitag-hook,hook))
