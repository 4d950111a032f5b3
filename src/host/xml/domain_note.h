/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The record that pcitag keeps in the <metadata> of a domain:
 *
 *	<pcitag:controllers xmlns:pcitag='urn:x-pcitag:1'>
 *	  <pcitag:controller index='5' request='npu'/>                  made by libvirt for the placeholder
 *	  <pcitag:device request='npu' options='bootindex=1,rombar=0'/> what the guest's device is told
 *	  <pcitag:wish requests='npu nic' together='switch' numa='required'/> which devices are wanted
 *	</pcitag:controllers>
 *
 * libvirt requires a namespace of its own for each element in <metadata>, and lets there be one element of
 *each; `virsh metadata DOMAIN urn:x-pcitag:1` shows it.
 */
#ifndef PCITAG_HOST_XML_DOMAIN_NOTE_H
#define PCITAG_HOST_XML_DOMAIN_NOTE_H

#include <stdbool.h>

#include "host/xml/document.h"

#define NOTE_NAMESPACE "urn:x-pcitag:1"
#define NOTE_PREFIX "pcitag"
#define NOTE_ELEMENT "controllers"
#define NOTE_DEVICE "device"
#define NOTE_REQUEST "request"
#define NOTE_OPTIONS "options"
#define NOTE_WISH "wish"
#define NOTE_REQUESTS "requests"
/* Set when <metadata> was created for the record alone. */
#define NOTE_MADE_PARENT "made-metadata"

/* Returns the record in @metadata, or NULL. */
xmlNode *domain_note_find(const xmlNode *metadata);

/* Returns true when @node is the record, or is in it. */
bool domain_note_has(const xmlNode *node);

/* Return the first element about a device's options, and the one after @entry; NULL for none. */
xmlNode *domain_note_first(const xmlNode *metadata);
xmlNode *domain_note_next(const xmlNode *entry);

/* The same for wishes. */
xmlNode *domain_note_first_wish(const xmlNode *metadata);
xmlNode *domain_note_next_wish(const xmlNode *entry);

#endif
