/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/libvirt/domain_program.h"

#include <string.h>

#include "base/program.h"
#include "host/libvirt/domain_protocol.h"
#include "host/process/child.h"
#include "host/xml/domain.h"

/* host/process/child.h */
#define EXIT_BY_SIGNAL 128

/* "0000:07:00.0,0000:07:00.1" */
#define ADDRESSES_LEN (PCI_FUNCTIONS * PCI_ADDR_LEN)

static char *list_addresses(const struct pci_addr *addr, uint8_t functions, char buf[static ADDRESSES_LEN])
{
	buf[0] = '\0';
	for (uint8_t f = 0; f < PCI_FUNCTIONS; f++) {
		struct pci_addr one = *addr;
		char text[PCI_ADDR_LEN];

		one.function = f;
		if (functions & (1U << f))
			text_append(buf, ADDRESSES_LEN, "%s%s", buf[0] ? "," : "",
				    pci_addr_format(&one, text));
	}
	return buf;
}

static int ask(const char *command, const char *who, const char *addresses, int seconds, struct child *child,
	       struct error *err)
{
	char *const argv[] = { (char *)DOMAIN_PROGRAM, (char *)command, (char *)who, (char *)addresses,
			       NULL };
	int rc = child_run(argv, DOMAIN_XML_MAX, deadline_in(seconds * 1000), child, err);

	if (rc == CHILD_LATE)
		return error_refuse(err, DOMAIN_UNCERTAIN, "libvirt did not answer within %d seconds",
				    seconds);
	if (rc < 0 || child->exit_code == 0)
		return rc;
	(void)child_complain(child, DOMAIN_PROGRAM, err);
	if (child->exit_code > EXIT_BY_SIGNAL)
		return DOMAIN_UNCERTAIN;
	if (child->exit_code == EXIT_FAILED)
		return DOMAIN_REFUSED;
	return child->exit_code == EXIT_FINDINGS ? DOMAIN_KEPT : -1;
}

int domain_program_read(const char *who, struct domain *out, struct error *err)
{
	CLEANUP(child_clear) struct child child = { 0 };
	int rc = ask(DOMAIN_LIVE_XML, who, NULL, DOMAIN_READ_SECONDS, &child, err);

	*out = (struct domain){ 0 };
	if (rc == 0 && domain_xml_parse(child.out ? child.out : "", child.out_len, out, err) < 0)
		rc = -1;
	if (rc == 0 && !out->uuid[0])
		rc = error_set(err, 0, "libvirt's XML of domain '%s' has no <uuid>", out->name);
	return rc == DOMAIN_UNCERTAIN ? -1 : rc;
}

static int move(const char *command, const char *uuid, const struct pci_addr *addr, uint8_t functions,
		int seconds, struct error *err)
{
	char addresses[ADDRESSES_LEN];
	CLEANUP(child_clear) struct child child = { 0 };

	return ask(command, uuid, list_addresses(addr, functions, addresses), seconds, &child, err);
}

int domain_program_attach(const char *uuid, const struct pci_addr *addr, uint8_t functions, struct error *err)
{
	return move(DOMAIN_ATTACH, uuid, addr, functions, DOMAIN_ATTACH_SECONDS, err);
}

int domain_program_detach(const char *uuid, const struct pci_addr *addr, uint8_t functions, struct error *err)
{
	return move(DOMAIN_DETACH, uuid, addr, functions, DOMAIN_DETACH_SECONDS + DOMAIN_READ_SECONDS, err);
}
