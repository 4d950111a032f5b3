/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/xml/domain_edit.c host/xml/domain.c host/xml/document.c model/lease/domain.c model/lease/name.c model/pci/address.c base/error.c host/xml/domain_boot.c host/xml/domain_note.c model/lease/options.c host/xml/domain_pinning.c host/xml/domain_wishes.c host/xml/guest_numa.c model/wish/guest_numa.c model/wish/number_set.c model/wish/wish.c model/wish/pattern_list.c model/lease/vf_net.c */
/* libs: libxml-2.0 */
/* A definition that is changed: what was added is there, and what is taken away leaves what there was. */
#include "host/xml/document.h"
#include "host/xml/domain.h"
#include "host/xml/domain_edit.h"
#include "host/xml/guest_numa.h"
#include "fuzz.h"

static const struct request added = { .owner = "fuzz", .text = "npu.7", .name = "npu", .index = 7 };

static bool has_added(const struct domain *domain)
{
	for (size_t i = 0; i < domain->request_count; i++) {
		if (strcmp(domain->requests[i].owner, added.owner) == 0 &&
		    strcmp(domain->requests[i].text, added.text) == 0)
			return true;
	}
	return false;
}

static char *text_of(const struct domain_edit *edit)
{
	char *text = domain_edit_text(edit, NULL);

	REQUIRE(text);
	return text;
}

/* What is written reads back as what was read, and one placeholder more. */
static void check_added(const struct domain_edit *edit, const struct domain *before)
{
	char *text = text_of(edit);
	struct domain after;
	struct error err = { 0 };

	/* More than 64 is the one thing it may be refused for; a longer text than may be read another. */
	if (domain_xml_parse(text, strlen(text), &after, &err) == 0) {
		REQUIRE(has_added(&after) && after.has_container);
		REQUIRE(after.request_count == before->request_count + 1);
		REQUIRE(after.hostdev_count == before->hostdev_count);
		REQUIRE(strcmp(after.name, before->name) == 0 && strcmp(after.uuid, before->uuid) == 0);
	} else {
		REQUIRE(before->request_count == DOMAIN_REQUESTS_MAX || strlen(text) > 65536);
	}
	domain_clear(&after);
	free(text);
}

/*
 * libxml2 writes the "<" of a namespace's name as it is (xmlsave.c, xmlNsDumpOutput), and so does libvirt
 * with it: what cannot be read again as it was is refused before anything is written.
 */
static bool reads_back(const struct domain_edit *edit)
{
	char *text = text_of(edit);
	struct domain domain;
	int rc = domain_xml_parse(text, strlen(text), &domain, NULL);

	domain_clear(&domain);
	free(text);
	return rc == 0;
}

static void change_and_change_back(struct domain_edit *edit, const struct domain *before)
{
	char *text = text_of(edit), *again;
	bool had_devices = xml_child(xmlDocGetRootElement(edit->doc), "devices") != NULL;

	REQUIRE(domain_edit_add_placeholder(edit, &added, NULL, NULL) == 0);
	REQUIRE(domain_edit_add_container(edit, NULL) == 0);
	check_added(edit, before);
	domain_edit_remove_placeholder(edit, &added);
	if (!before->has_container)
		domain_edit_remove_container(edit);
	again = text_of(edit);
	if (had_devices && !before->has_container)
		REQUIRE(strcmp(text, again) == 0);
	free(again);
	free(text);
}

/* Controllers for a cell are taken away again, and the cells of any definition can be told. */
static void put_in_a_cell(struct domain_edit *edit, const char *xml)
{
	struct guest_numa guest;
	struct error err = { 0 };
	struct pci_addr addr;

	if (guest_numa_read(xml, &guest, &err) == 0) {
		for (size_t i = 0; i < guest.count; i++)
			REQUIRE(guest.cells[i].id < NUMA_NODES_MAX);
	} else {
		REQUIRE(err.msg[0]);
	}
	guest_numa_clear(&guest);
	if (domain_edit_add_expander(edit, &added, 3, &addr, NULL) == 0) {
		REQUIRE(domain_edit_add_placeholder(edit, &added, &addr, NULL) == 0);
		REQUIRE(domain_edit_is_in_cell(edit, &added, 3) && !domain_edit_is_in_cell(edit, &added, 4));
		domain_edit_remove_placeholder(edit, &added);
		domain_edit_drop_controllers(edit, &added);
	}
}

static void take_everything_away(struct domain_edit *edit, const struct domain *domain)
{
	struct domain left;
	char *text;

	for (size_t i = 0; i < domain->request_count; i++) {
		REQUIRE(domain_edit_rename_owner(edit, &domain->requests[i], domain->requests[i].owner,
						 NULL) == 0);
		domain_edit_remove_placeholder(edit, &domain->requests[i]);
		REQUIRE(domain_edit_set_options(edit, &domain->requests[i], "", NULL) >= 0);
		REQUIRE(domain_edit_drop_wishes(edit, &domain->requests[i], NULL) == 0);
	}
	domain_edit_drop_controllers(edit, NULL);
	text = text_of(edit);
	if (domain_xml_parse(text, strlen(text), &left, NULL) == 0)
		REQUIRE(left.request_count == 0);
	domain_clear(&left);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *xml = fuzz_text(data, size);
	struct domain_edit edit;
	struct domain domain;
	struct error err = { 0 };

	if (domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0 && !has_added(&domain)) {
		REQUIRE(domain_edit_open(xml, &edit, &err) == 0);
		if (reads_back(&edit)) {
			change_and_change_back(&edit, &domain);
			put_in_a_cell(&edit, xml);
			take_everything_away(&edit, &domain);
		}
		domain_edit_close(&edit);
	}
	domain_clear(&domain);
	free(xml);
	return 0;
}
