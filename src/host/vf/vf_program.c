/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/vf/vf_program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/program.h"
#include "host/process/child.h"

/* A line has at most 170 bytes: room for 24 000 functions. */
#define ANSWER_MAX (4 << 20)
#define FUNCTIONS_MAX 24000

void vf_list_clear(struct vf_list *list)
{
	free(list->items);
	*list = (struct vf_list){ 0 };
}

/* ---- the answer --------------------------------------------------------------------------------------- */

/* Reads the word at @at. Returns what follows it and @end, or NULL when it is too long. */
static const char *take_word(const char *at, char end, char *buf, size_t size)
{
	size_t len = at ? strcspn(at, " \n") : 0;

	if (len == 0 || len >= size || at[len] != end)
		return NULL;
	memcpy(buf, at, len);
	buf[len] = '\0';
	return at + len + 1;
}

static const char *take_number(const char *at, unsigned max, unsigned *out)
{
	char word[12];
	unsigned long number;

	at = take_word(at, ' ', word, sizeof(word));
	if (!at || strspn(word, "0123456789") != strlen(word))
		return NULL;
	number = strtoul(word, NULL, 10);
	*out = (unsigned)number;
	return number <= max ? at : NULL;
}

static const char *take_line(const char *at, struct vf_entry *out)
{
	char state[8], parent[PCI_ADDR_LEN], text[VF_NET_LEN];

	*out = (struct vf_entry){ .vf = 0 };
	at = take_number(at, INT_MAX, &out->ifindex);
	at = take_word(at, ' ', out->interface, sizeof(out->interface));
	at = take_word(at, ' ', state, sizeof(state));
	at = take_word(at, ' ', parent, sizeof(parent));
	at = take_number(at, UINT16_MAX, &out->vf);
	at = take_word(at, '\n', text, sizeof(text));
	if (!at)
		return NULL;
	out->is_up = strcmp(state, "up") == 0;
	out->has_parent = pci_addr_parse(parent, &out->parent) == 0;
	if ((!out->is_up && strcmp(state, "down") != 0) || (!out->has_parent && strcmp(parent, "-") != 0))
		return NULL;
	if (strcmp(text, "-") != 0 && (vf_net_parse(text, &out->net) != 0 || !out->net.set))
		return NULL;
	return out->net.mac_kind == VF_MAC_GIVEN && out->ifindex > 0 ? at : NULL;
}

int vf_list_read(const char *text, struct vf_list *out, struct error *err)
{
	*out = (struct vf_list){ 0 };
	while (*text) {
		struct vf_entry entry;

		text = take_line(text, &entry);
		if (!text || out->count == FUNCTIONS_MAX)
			return error_set(err, 0, "the answer of " VF_NET_PROGRAM " cannot be understood");
		if (!ARRAY_APPEND(out->items, out->count, entry))
			return error_set(err, ENOMEM, "cannot list %zu virtual functions", out->count + 1);
	}
	return 0;
}

/* ---- running it --------------------------------------------------------------------------------------- */

static int run(char *const argv[], struct vf_list *out, struct deadline deadline, struct error *err)
{
	CLEANUP(child_clear) struct child child = { 0 };
	int rc = child_run(argv, ANSWER_MAX, deadline, &child, err);

	*out = (struct vf_list){ 0 };
	if (rc == CHILD_LATE)
		return error_set(err, 0, "the kernel does not answer about virtual functions in time");
	if (rc < 0)
		return -1;
	if (child.exit_code == EXIT_DONE)
		return vf_list_read(child.out ? child.out : "", out, err);
	(void)child_complain(&child, VF_NET_PROGRAM, err);
	return child.exit_code == EXIT_FINDINGS ? VF_PROGRAM_REFUSED : -1;
}

int vf_program_list(struct vf_list *out, struct deadline deadline, struct error *err)
{
	char *const argv[] = { (char *)VF_NET_PROGRAM, (char *)VF_NET_LIST, NULL };

	return run(argv, out, deadline, err) == 0 ? 0 : -1;
}

int vf_program_set(const struct pci_addr *addr, const struct vf_entry *entry, const struct vf_net *net,
		   struct vf_list *after, struct deadline deadline, struct error *err)
{
	char function[PCI_ADDR_LEN], ifindex[12], vf[12], text[VF_NET_LEN];
	char *const argv[] = {
		(char *)VF_NET_PROGRAM, (char *)VF_NET_SET, function, ifindex, vf, text, NULL
	};
	int rc;

	pci_addr_format(addr, function);
	snprintf(ifindex, sizeof(ifindex), "%u", entry->ifindex);
	snprintf(vf, sizeof(vf), "%u", entry->vf);
	vf_net_text(net, text);
	rc = run(argv, after, deadline, err);
	if (rc != 0)
		(void)error_prefix(err, "%s", entry->interface);
	return rc;
}
