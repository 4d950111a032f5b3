/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/json/fields.c model/lease/cleaning.c model/lease/lease_json.c model/lease/lease.c model/pci/topology.c model/lease/name.c model/lease/placeholder.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/lease_text.c model/pci/address.c base/error.c model/lease/options.c model/lease/vf_net.c model/pci/setting.c */
/* libs: json-c */
/* The file of a lease: what is accepted can be written and read again, and is safe to act upon. */
#include "model/lease/lease_json.h"
#include "model/lease/lease_text.h"
#include "fuzz.h"

static void check_request(const struct request *request)
{
	REQUIRE(name_valid(request->owner));
	REQUIRE(strcmp(request->owner, PLACEHOLDER_RESERVED_OWNER) != 0);
	REQUIRE(name_valid(request->name) && !strchr(request->text, '/'));
}

static void check_grant(const struct lease_grant *grant)
{
	check_request(&grant->request);
	REQUIRE(grant->functions & (1U << grant->addr.function));
	REQUIRE(grant->group >= 0);
	REQUIRE(grant_way_name(grant->way));
	REQUIRE(device_options_valid(grant->options.text));
}

/* These stand between slashes when they are used: bus/pci/drivers/NAME/bind. */
static void check_driver(const char *driver)
{
	REQUIRE(!strchr(driver, '/') && strcmp(driver, ".") != 0 && strcmp(driver, "..") != 0);
}

static void check_member(const struct lease_member *member)
{
	REQUIRE(member->group >= 0);
	REQUIRE(member->addr.slot <= 0x1f && member->addr.function < PCI_FUNCTIONS);
	check_driver(member->driver);
	check_driver(member->previous_driver);
	REQUIRE(!strchr(member->previous_override, '\n'));
}

static void check_accepted(const struct lease *lease)
{
	/* It is the name of the file. */
	REQUIRE(strlen(lease->uuid) == UUID_LEN - 1);
	REQUIRE(strspn(lease->uuid, "0123456789abcdef-") == UUID_LEN - 1);
	REQUIRE(lease->daemon.pid >= 0);
	REQUIRE(lease_state_name(lease->state));
	for (size_t i = 0; i < lease->grant_count; i++)
		check_grant(&lease->grants[i]);
	for (size_t i = 0; i < lease->member_count; i++)
		check_member(&lease->members[i]);
	for (size_t i = 0; i < lease->without_count; i++)
		check_request(&lease->withouts[i]);
	REQUIRE(lease->unit_count <= LEASE_UNITS_MAX);
	for (size_t i = 0; i < lease->unit_count; i++) {
		REQUIRE(unit_name_kind(lease->units[i].name) == UNIT_NAME_PLAIN ||
			unit_name_kind(lease->units[i].name) == UNIT_NAME_INSTANCE);
		REQUIRE(unit_action_name(lease->units[i].action));
	}
}

static void check_round_trip(const struct lease *lease)
{
	char *text = lease_to_text(lease), *again;
	struct error err = { 0 };
	struct lease back = { 0 };

	REQUIRE(text);
	if (lease_from_json(text, strlen(text), &back, &err) != 0)
		fprintf(stderr, "%s\n%s\n", text, err.msg);
	require_no_message(&err);
	again = lease_to_text(&back);
	REQUIRE(again && strcmp(again, text) == 0);
	lease_clear(&back);
	free(again);
	free(text);
}

/* What is read without the parser is what the parser reads, to which a tab in front leads any text. */
static void check_readers_agree(const char *text, size_t size)
{
	struct lease quick = { 0 }, parsed = { 0 };
	char *tabbed, *one, *other;

	if (!lease_text_read(text, size, &quick))
		return;
	tabbed = malloc(size + 1);
	REQUIRE(tabbed);
	tabbed[0] = '\t';
	memcpy(tabbed + 1, text, size);
	REQUIRE(lease_from_json(tabbed, size + 1, &parsed, NULL) == 0);
	one = lease_to_text(&quick);
	other = lease_to_text(&parsed);
	REQUIRE(one && other && strcmp(one, other) == 0);
	free(one);
	free(other);
	free(tabbed);
	lease_clear(&quick);
	lease_clear(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct lease lease = { 0 };

	check_readers_agree((const char *)data, size);
	if (lease_from_json((const char *)data, size, &lease, &err) == 0) {
		require_no_message(&err);
		check_accepted(&lease);
		check_round_trip(&lease);
	} else {
		require_message(&err);
		REQUIRE(!lease.grants && !lease.members && !lease.withouts && lease.uuid[0] == '\0');
	}
	lease_clear(&lease);
	return 0;
}
