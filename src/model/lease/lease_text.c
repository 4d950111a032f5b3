/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/lease/lease_text.h"

#include <string.h>

#include "model/lease/placeholder.h"

/* The text that has not been read yet. After the first surprise, nothing more is read. */
struct reader {
	const char *at, *end;
	bool is_lost;
};

static bool lost(struct reader *r)
{
	r->is_lost = true;
	return false;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n'))
		r->at++;
}

/* Where it is inline, the compiler knows the length of a key: comparing takes a few instructions. */
#define INLINE inline __attribute__((always_inline))

/* Reads @text if it is what follows at once. */
static INLINE bool follows_at_once(struct reader *r, const char *text)
{
	size_t len = strlen(text);

	if (r->is_lost || (size_t)(r->end - r->at) < len || memcmp(r->at, text, len) != 0)
		return false;
	r->at += len;
	return true;
}

static INLINE bool follows(struct reader *r, const char *text)
{
	skip_space(r);
	return follows_at_once(r, text);
}

static INLINE void expect(struct reader *r, const char *text)
{
	if (!follows(r, text))
		r->is_lost = true;
}

/* Reads a key. @before: "," or, of the first one, "{" */
static INLINE void expect_key(struct reader *r, const char *before, const char *key)
{
	if (!follows_at_once(r, before) || !follows(r, key))
		r->is_lost = true;
}

/* Reads the rest of a string. Of the escapes only that of the slash is known. */
static void read_chars(struct reader *r, char *buf, size_t size)
{
	const char *at = r->at, *end = r->end;
	char *to = buf, *last = buf + size - 1;

	for (; at < end && *at != '"' && (unsigned char)*at >= 0x20 && to < last; *to++ = *at++) {
		if (*at == '\\' && (++at == end || *at != '/'))
			break;
	}
	*to = '\0';
	/* No space may precede this quote, and a backslash means one within the string. */
	if (at == end || *at != '"' || at[-1] == '\\')
		r->is_lost = true;
	else
		r->at = at + 1;
}

/* Reads a string, or null for an empty one. */
static void read_value(struct reader *r, char *buf, size_t size)
{
	buf[0] = '\0';
	if (follows_at_once(r, "\""))
		read_chars(r, buf, size);
	else
		expect(r, "null");
}

static INLINE void read_string(struct reader *r, const char *key, char *buf, size_t size)
{
	expect_key(r, ",", key);
	read_value(r, buf, size);
}

static INLINE void read_driver(struct reader *r, const char *key, char buf[static PCI_DRIVER_LEN])
{
	read_string(r, key, buf, PCI_DRIVER_LEN);
	if (buf[0] && !pci_driver_name_valid(buf))
		r->is_lost = true;
}

/* A number of more digits is left to the parser: the digit that follows is not a comma. */
#define DIGITS_MAX 18

static int64_t read_digits(struct reader *r, int64_t max)
{
	int64_t number = 0;
	size_t digits = 0;
	const char *first = r->at;

	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && digits < DIGITS_MAX; digits++)
		number = number * 10 + (*r->at++ - '0');
	if (digits == 0 || (digits > 1 && *first == '0') || number > max)
		r->is_lost = true;
	return number;
}

static INLINE int64_t read_number(struct reader *r, const char *before, const char *key, int64_t max)
{
	expect_key(r, before, key);
	return read_digits(r, max);
}

static int read_group(struct reader *r)
{
	return (int)read_number(r, ",", "\"group\":", INT32_MAX);
}

static uint32_t read_hex_digits(struct reader *r, size_t digits)
{
	uint32_t value = 0;
	char text[16];

	read_value(r, text, sizeof(text));
	for (const char *at = text; *at; at++, digits--) {
		if (*at >= '0' && *at <= '9')
			value = value << 4 | (uint32_t)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			value = value << 4 | (uint32_t)(*at - 'a' + 10);
		else
			r->is_lost = true;
	}
	if (digits != 0)
		r->is_lost = true;
	return value;
}

static INLINE uint32_t read_hex(struct reader *r, const char *key, size_t digits)
{
	expect_key(r, ",", key);
	return read_hex_digits(r, digits);
}

static void read_address(struct reader *r, struct pci_addr *out)
{
	char text[PCI_ADDR_LEN];

	expect_key(r, "{", "\"address\":");
	read_value(r, text, sizeof(text));
	if (r->is_lost || pci_addr_parse(text, out) != 0)
		r->is_lost = true;
}

/* The last keys of a grant, which few have. */
static void read_more(struct reader *r, struct lease_grant *grant)
{
	char after[16];

	if (follows(r, "\"after_use\":")) {
		read_value(r, after, sizeof(after));
		r->is_lost |= after_use_parse(after, &grant->after_use) != 0;
	} else {
		expect(r, "\"options\":");
		read_value(r, grant->options.text, sizeof(grant->options.text));
		r->is_lost |= !device_options_valid(grant->options.text);
	}
}

static bool read_grant(struct reader *r, struct lease *lease)
{
	struct lease_grant grant = { 0 };
	struct request *request = &grant.request;
	char link[GRANT_LINK_LEN], way[16];

	expect_key(r, "{", "\"owner\":");
	read_value(r, request->owner, sizeof(request->owner));
	read_string(r, "\"request\":", request->text, sizeof(request->text));
	read_string(r, "\"model\":", grant.model, sizeof(grant.model));
	read_string(r, "\"type\":", grant.type, sizeof(grant.type));
	read_string(r, "\"device\":", link, sizeof(link));
	grant.group = read_group(r);
	read_string(r, "\"way\":", way, sizeof(way));
	while (follows(r, ","))
		read_more(r, &grant);
	expect(r, "}");
	if (r->is_lost || !name_valid(request->owner) ||
	    strcmp(request->owner, PLACEHOLDER_RESERVED_OWNER) == 0 ||
	    request_parse(request->text, request->name, &request->index) != 0 ||
	    grant_link_parse(link, &grant.addr, &grant.functions, NULL) != 0 ||
	    grant_way_parse(way, &grant.way) != 0 || lease_add_grant(lease, &grant, NULL) < 0)
		return lost(r);
	return true;
}

static void read_resets(struct reader *r, pci_resets *out)
{
	char text[PCI_RESETS_LEN];

	read_value(r, text, sizeof(text));
	if (pci_resets_parse(text, out) != 0)
		r->is_lost = true;
}

/* The last keys of a member, which few have. */
static void read_more_of_member(struct reader *r, struct lease_member *member)
{
	if (follows(r, "\"resets\":")) {
		read_resets(r, &member->resets);
		expect_key(r, ",", "\"previous_resets\":");
		read_resets(r, &member->previous_resets);
		if (!follows(r, ","))
			return;
	}
	expect(r, "\"fatal_errors\":");
	member->errors.fatal = (uint32_t)read_digits(r, UINT32_MAX);
	member->errors.nonfatal = (uint32_t)read_number(r, ",", "\"nonfatal_errors\":", UINT32_MAX);
}

static bool read_member(struct reader *r, struct lease *lease)
{
	struct lease_member member = { 0 };
	char role[16];

	read_address(r, &member.addr);
	member.id.vendor = (uint16_t)read_hex(r, "\"vendor\":", 4);
	member.id.device = (uint16_t)read_hex(r, "\"device\":", 4);
	member.id.subsystem_vendor = (uint16_t)read_hex(r, "\"subsystem_vendor\":", 4);
	member.id.subsystem_device = (uint16_t)read_hex(r, "\"subsystem_device\":", 4);
	member.id.class_code = read_hex(r, "\"class\":", 6);
	member.group = read_group(r);
	read_string(r, "\"role\":", role, sizeof(role));
	read_driver(r, "\"driver\":", member.driver);
	read_driver(r, "\"previous_driver\":", member.previous_driver);
	read_driver(r, "\"previous_override\":", member.previous_override);
	expect_key(r, ",", "\"previous_unknown\":");
	member.previous_unknown = follows(r, "true");
	if (!member.previous_unknown)
		expect(r, "false");
	if (follows(r, ","))
		read_more_of_member(r, &member);
	expect(r, "}");
	if (r->is_lost || member_role_parse(role, &member.role) != 0 ||
	    lease_add_member(lease, &member, NULL) < 0)
		return lost(r);
	return true;
}

static bool read_hostdev(struct reader *r, struct lease *lease)
{
	struct lease_hostdev hostdev = { 0 };

	read_address(r, &hostdev.addr);
	hostdev.group = read_group(r);
	expect(r, "}");
	if (r->is_lost || lease_add_hostdev(lease, &hostdev, NULL) < 0)
		return lost(r);
	return true;
}

static INLINE void read_each(struct reader *r, const char *key, bool (*read)(struct reader *, struct lease *),
			     struct lease *lease)
{
	expect_key(r, ",", key);
	if (follows(r, "]"))
		return;
	do {
		skip_space(r);
		if (!read(r, lease))
			return;
	} while (follows(r, ","));
	expect(r, "]");
}

/* Reads a string of less than @size bytes into memory of its own: NULL for an empty one. */
static void read_text(struct reader *r, size_t size, char **out)
{
	const char *end = follows_at_once(r, "\"") ? memchr(r->at, '"', (size_t)(r->end - r->at)) : NULL;
	size_t len = end ? (size_t)(end - r->at) : 0;

	if (!end)
		expect(r, "null");
	else if (len == 0 || len >= size || !(*out = malloc(len + 1)))
		r->is_lost = true;
	else
		read_chars(r, *out, len + 1);
}

static void read_fields(struct reader *r, struct lease *out)
{
	char state[16];

	if (read_number(r, "{", "\"version\":", INT32_MAX) != LEASE_VERSION_PLAIN)
		r->is_lost = true;
	read_string(r, "\"uuid\":", out->uuid, sizeof(out->uuid));
	read_string(r, "\"domain\":", out->domain, sizeof(out->domain));
	read_string(r, "\"boot_id\":", out->boot_id, sizeof(out->boot_id));
	out->daemon.pid = (pid_t)read_number(r, ",", "\"daemon_pid\":", INT32_MAX);
	out->daemon.start_time = (uint64_t)read_number(r, ",", "\"daemon_start_time\":", INT64_MAX);
	read_string(r, "\"state\":", state, sizeof(state));
	out->since = read_number(r, ",", "\"since\":", INT64_MAX);
	out->since_boottime_ms = read_number(r, ",", "\"since_boottime_ms\":", INT64_MAX);
	expect_key(r, ",", "\"note\":");
	read_text(r, LEASE_NOTE_LEN, &out->note);
	expect_key(r, ",", "\"drivers\":");
	read_text(r, LEASE_DRIVERS_LEN, &out->drivers);
	read_each(r, "\"grants\":[", read_grant, out);
	read_each(r, "\"members\":[", read_member, out);
	read_each(r, "\"hostdevs\":[", read_hostdev, out);
	expect(r, "}");
	skip_space(r);
	if (r->is_lost || r->at != r->end || !uuid_valid(out->uuid) ||
	    lease_state_parse(state, &out->state) != 0)
		r->is_lost = true;
}

bool lease_text_read(const char *text, size_t len, struct lease *out)
{
	struct reader reader = { text, text + len, false };
	struct lease lease = { 0 };

	read_fields(&reader, &lease);
	if (reader.is_lost) {
		lease_clear(&lease);
		return false;
	}
	*out = lease;
	return true;
}
