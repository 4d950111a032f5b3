# SPDX-License-Identifier: LGPL-2.1-or-later
# The Cockpit page: its files as they are in cockpit/, PatternFly's style sheets joined to one, translations. See
# cockpit/README.md.

COCKPIT_BUILD ?= build/cockpit
COCKPITDIR := $(PREFIX)/share/cockpit/pcitag
METAINFODIR := $(PREFIX)/share/metainfo
node_modules := build/node/node_modules
# Where PatternFly is: a package's source has it in patternfly/ (packaging/make-source), else npm fetches it.
PATTERNFLY ?= $(if $(wildcard patternfly/base),patternfly,$(node_modules)/@patternfly/patternfly)
patternfly_files := $(addprefix $(PATTERNFLY)/,$(shell cat cockpit/patternfly.list))
cockpit_files := $(patsubst cockpit/%,%,$(wildcard cockpit/*.js cockpit/views/*.js cockpit/*.html cockpit/pcitag.css cockpit/manifest.json))
cockpit_languages := $(patsubst cockpit/po/%.po,%,$(wildcard cockpit/po/*.po))
cockpit_built := $(addprefix $(COCKPIT_BUILD)/,$(cockpit_files) patternfly.css.gz $(cockpit_languages:%=po.%.js))

.PHONY: cockpit cockpit-pot install-cockpit patternfly
# What packaging/make-source packs.
patternfly: $(PATTERNFLY)/package.json

## cockpit             the Cockpit page in build/cockpit; npm fetches PatternFly once
cockpit: $(cockpit_built)

# --prefer-offline: what npm's cache has is not fetched again, and its checksum is that of the lock file in any case.
$(node_modules)/%: cockpit/package.json cockpit/package-lock.json
	@mkdir -p build/node
	$(Q)cp cockpit/package.json cockpit/package-lock.json build/node/
	$(Q)cd build/node && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
	@touch $(node_modules)/@patternfly/patternfly/*/*.css $(node_modules)/@patternfly/patternfly/*/*/*.css

$(addprefix $(COCKPIT_BUILD)/,$(cockpit_files)): $(COCKPIT_BUILD)/%: cockpit/%
	@mkdir -p $(@D)
	$(Q)cp $< $@
# The bytes depend on PatternFly only: -n leaves out name and time.
$(COCKPIT_BUILD)/patternfly.css.gz: $(PATTERNFLY)/package.json cockpit/patternfly.list
	@mkdir -p $(@D)
	$(Q)cat $(patternfly_files) | gzip -9n >$@.new && mv $@.new $@
# cockpit.locale() takes an object: a text, and an array of null and its translation.
$(COCKPIT_BUILD)/po.%.js: cockpit/po/%.po cockpit/po2js
	@mkdir -p $(@D)
	$(Q)cockpit/po2js $* $< >$@.new && mv $@.new $@

## cockpit-pot         the texts of the page for translators, in cockpit/po/pcitag.pot
cockpit-pot:
	$(Q)cd cockpit && xgettext --from-code=UTF-8 --language=JavaScript --keyword=_ --sort-by-file --no-wrap \
		--add-location=file --package-name=pcitag --copyright-holder='pcitag maintainers' \
		--output=po/pcitag.pot *.js views/*.js
	$(Q)sed -i -e '/^"POT-Creation-Date/d' -e 's/charset=CHARSET/charset=UTF-8/' \
		-e '1,/^#$$/c# SPDX-License-Identifier: LGPL-2.1-or-later\n#' cockpit/po/pcitag.pot

## install-cockpit     install the Cockpit page below DESTDIR
install-cockpit: cockpit
	$(Q)for file in $(patsubst $(COCKPIT_BUILD)/%,%,$(cockpit_built)); do \
		install -D -m 644 $(COCKPIT_BUILD)/$$file $(DESTDIR)$(COCKPITDIR)/$$file || exit 1; done
	install -D -m 644 cockpit/pcitag.metainfo.xml $(DESTDIR)$(METAINFODIR)/org.cockpit_project.pcitag.metainfo.xml
