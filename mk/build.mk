# SPDX-License-Identifier: LGPL-2.1-or-later
# Objects and programs. Every object is compiled once, from a path that mirrors its source.

engine_objects := $(engine_sources:%.c=$(BUILD)/obj/%.o)
domain_objects := $(domain_sources:%.c=$(BUILD)/obj/%.o)
hook_objects := $(hook_sources:%.c=$(BUILD)/obj/%.o)
wrapper_objects := $(wrapper_sources:%.c=$(BUILD)/obj/%.o)
# SANITIZE=1: with ASan and UBSan, for tests; neither can be linked statically.
instrument := $(if $(SANITIZE),$(SANITIZERS))
# LEAKS=1: they look for leaks, too, at the end of each process.
instrument_objects := $(if $(SANITIZE),$(if $(LEAKS),,$(BUILD)/obj/tests/sanitizer_options.o))
hook_link := $(if $(SANITIZE),-pie,-static-pie)
all_libs := $(sort $(engine_libs) $(engine_headers) $(domain_libs) $(wrapper_libs))
programs := $(BUILD)/bin/pcitag $(BUILD)/bin/pcitag-domain $(BUILD)/bin/pcitag-qemu $(BUILD)/bin/qemu-hook

all: $(programs)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC    $<")
	$(Q)$(COMPILE) $(HARDENING) $(instrument) $(call lib_cflags,$(all_libs)) -MMD -MP -c -o $@ $<

$(BUILD)/bin/pcitag: $(engine_objects) $(instrument_objects)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) $(LINK_HARDENING) $(instrument) -o $@ $^ $(call lib_ldflags,$(engine_libs))

$(BUILD)/bin/pcitag-domain: $(domain_objects) $(instrument_objects)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) $(LINK_HARDENING) $(instrument) -o $@ $^ $(call lib_ldflags,$(domain_libs))

$(BUILD)/bin/pcitag-qemu: $(wrapper_objects) $(instrument_objects)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) $(LINK_HARDENING) $(instrument) -o $@ $^ $(call lib_ldflags,$(wrapper_libs))

$(BUILD)/bin/qemu-hook: $(hook_objects) $(instrument_objects)
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LINK  $@")
	$(Q)$(CC) $(LDFLAGS) $(hook_link) -Wl,-z,relro,-z,now $(instrument) -o $@ $^

-include $(engine_objects:.o=.d) $(domain_objects:.o=.d) $(hook_objects:.o=.d) $(wrapper_objects:.o=.d)
