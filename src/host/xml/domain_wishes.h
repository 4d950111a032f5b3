/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the wishes of a domain, which `pcitag add` writes into its <metadata> (host/xml/domain_note.h). */
#ifndef PCITAG_HOST_XML_DOMAIN_WISHES_H
#define PCITAG_HOST_XML_DOMAIN_WISHES_H

#include "host/xml/document.h"
#include "model/lease/domain.h"

/* The attributes of a wish, besides NOTE_REQUESTS: keys of wishes_set(). NULL after the last one. */
extern const char *const domain_wish_keys[];

/*
 * Reads all of them. Fails, with the domain and the line, for an attribute that is not one, a value that is
 * not valid, a request that is not one, wishes that contradict each other, or too many.
 */
int domain_wishes_read(const xmlNode *metadata, struct domain *domain, struct error *err);

#endif
