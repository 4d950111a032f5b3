/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/xml/domain.c host/xml/document.c model/lease/domain.c model/lease/name.c model/pci/address.c base/error.c host/xml/domain_boot.c host/xml/domain_note.c model/lease/options.c host/xml/domain_pinning.c host/xml/domain_wishes.c model/wish/number_set.c model/wish/wish.c model/wish/pattern_list.c */
/* libs: libxml-2.0 */
/* A domain XML: what is accepted has legal names, and what is refused owns nothing. */
#include <ctype.h>
#include <libxml/xmlstring.h>

#include "host/xml/domain.h"
#include "fuzz.h"

/* Where it is a file name: the lower-case form, or nothing at all. */
static void check_uuid(const char *uuid)
{
	if (uuid[0] == '\0')
		return;
	REQUIRE(strlen(uuid) == UUID_LEN - 1);
	for (int i = 0; i < UUID_LEN - 1; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			REQUIRE(uuid[i] == '-');
		else
			REQUIRE(isxdigit((unsigned char)uuid[i]) && !isupper((unsigned char)uuid[i]));
	}
}

/* Where it is text for people and for JSON. */
static void check_name(const char *name)
{
	REQUIRE(strnlen(name, DOMAIN_NAME_LEN) < DOMAIN_NAME_LEN);
	REQUIRE(xmlCheckUTF8((const xmlChar *)name));
}

static void check_request(const struct request *request)
{
	char name[NAME_LEN];
	int index;

	REQUIRE(name_valid(request->owner) && strcmp(request->owner, PLACEHOLDER_RESERVED_OWNER) != 0);
	REQUIRE(request_parse(request->text, name, &index) == 0);
	REQUIRE(strcmp(name, request->name) == 0 && index == request->index);
}

static void check_wishes(const struct domain *domain)
{
	struct error err = { 0 };

	REQUIRE(domain->wish_count <= DOMAIN_REQUESTS_MAX);
	for (size_t i = 0; i < domain->wish_count; i++) {
		const struct domain_wish *wish = &domain->wishes[i];
		char word[REQUEST_LEN + 1];
		const char *at = wish->names;

		REQUIRE(request_list_next(&at, word));
		REQUIRE(domain->request_count == 64 || wish->requests >> domain->request_count == 0);
		REQUIRE(!wish->wishes.limit && !wish->wishes.per_domain);
		REQUIRE(wishes_check(&wish->wishes, &err) == 0);
	}
}

static void check_accepted(const struct domain *domain)
{
	struct error err = { 0 };

	REQUIRE(domain->name[0] != '\0');
	REQUIRE(strnlen(domain->emulator, DOMAIN_PATH_LEN) < DOMAIN_PATH_LEN);
	REQUIRE(domain->request_count <= DOMAIN_REQUESTS_MAX);
	for (size_t i = 0; i < domain->request_count; i++)
		check_request(&domain->requests[i]);
	for (size_t i = 0; i < domain->hostdev_count; i++)
		REQUIRE(domain->hostdevs[i].slot <= 0x1f && domain->hostdevs[i].function < PCI_FUNCTIONS);
	REQUIRE(domain->option_count <= DOMAIN_REQUESTS_MAX);
	for (size_t i = 0; i < domain->option_count; i++)
		REQUIRE(device_options_valid(domain->options[i].options.text));
	check_wishes(domain);
	if (domain_check(domain, &err) != 0)
		require_message(&err);
}

/* A document that is complete is not complete any more without its last byte. */
static void check_cut_off(const char *bytes, size_t len)
{
	struct domain domain;

	while (len && isspace((unsigned char)bytes[len - 1]))
		len--;
	/* Unless it ends in a comment or the like, which may be left out as a whole. */
	if (len < 2 || bytes[len - 1] != '>' || bytes[len - 2] == '-' || bytes[len - 2] == '?')
		return;
	REQUIRE(domain_xml_parse(bytes, len - 1, &domain, NULL) != 0);
	domain_clear(&domain);
}

/* What an end needs is read as a start reads it. */
static void check_identity(const char *bytes, size_t size, const struct domain *domain, int rc)
{
	struct domain identity;
	struct error err = { 0 };
	int identified = domain_xml_identify(bytes, size, &identity, &err);

	if (domain->uuid[0] || rc == 0) {
		REQUIRE(identified == 0);
		REQUIRE(strcmp(identity.uuid, domain->uuid) == 0);
		REQUIRE(strcmp(identity.name, domain->name) == 0);
	}
	domain_clear(&identity);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct error err = { 0 };
	struct domain domain;
	int rc = domain_xml_parse(bytes, size, &domain, &err);

	check_name(domain.name);
	check_uuid(domain.uuid);
	check_identity(bytes, size, &domain, rc);
	if (rc == 0) {
		require_no_message(&err);
		check_accepted(&domain);
		check_cut_off(bytes, size);
	} else {
		require_message(&err);
		REQUIRE(!domain.requests && !domain.request_count);
		REQUIRE(!domain.hostdevs && !domain.hostdev_count);
	}
	domain_clear(&domain);
	return 0;
}
