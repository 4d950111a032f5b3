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

static xmlNode *first_device(xmlNode *node)
{
	while (node && !(is_ours(node) && xml_is_element(node, NOTE_DEVICE)))
		node = node->next;
	return node;
}

xmlNode *domain_note_first(const xmlNode *metadata)
{
	const xmlNode *note = domain_note_find(metadata);

	return note ? first_device(note->children) : NULL;
}

xmlNode *domain_note_next(const xmlNode *entry)
{
	return first_device(entry->next);
}
