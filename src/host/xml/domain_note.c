/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/xml/domain_note.h"

#include <string.h>

static bool is_ours(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
	       strcmp((const char *)node->ns->href, NOTE_NAMESPACE) == 0;
}

xmlNode *domain_note_find(const xmlNode *metadata)
{
	for (xmlNode *node = metadata->children; node; node = node->next) {
		if (is_ours(node))
			return node;
	}
	return NULL;
}

/* Every element of the record is in its namespace. */
bool domain_note_has(const xmlNode *node)
{
	return is_ours(node);
}

static xmlNode *first_of(xmlNode *node, const char *name)
{
	while (node && !(is_ours(node) && xml_is_element(node, name)))
		node = node->next;
	return node;
}

static xmlNode *first_in_note(const xmlNode *metadata, const char *name)
{
	const xmlNode *note = domain_note_find(metadata);

	return note ? first_of(note->children, name) : NULL;
}

xmlNode *domain_note_first(const xmlNode *metadata)
{
	return first_in_note(metadata, NOTE_DEVICE);
}

xmlNode *domain_note_next(const xmlNode *entry)
{
	return first_of(entry->next, NOTE_DEVICE);
}

xmlNode *domain_note_first_wish(const xmlNode *metadata)
{
	return first_in_note(metadata, NOTE_WISH);
}

xmlNode *domain_note_next_wish(const xmlNode *entry)
{
	return first_of(entry->next, NOTE_WISH);
}
