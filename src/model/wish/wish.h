/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wishes: which of the devices that match a request are wanted. Models and profiles of the registry have
 * them, and so have the requests of a domain. Pure.
 */
#ifndef PCITAG_MODEL_WISH_WISH_H
#define PCITAG_MODEL_WISH_WISH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/wish/pattern_list.h"

/* The most that `limit` and `per_domain` may be. */
#define WISH_LIMIT_MAX 9999

/* Where a device is to be, as seen from memory and processors of the domain; the later one is narrower. */
enum wish_numa {
	WISH_NUMA_UNSET,
	WISH_NUMA_NONE,
	WISH_NUMA_PREFERRED,
	WISH_NUMA_REQUIRED,
};

/*
 * The kinds of places that two devices can share, from the nearest to the farthest: devices that share one
 * also share each later one (model/pci/place.h).
 */
enum wish_level {
	WISH_LEVEL_UNSET,
	WISH_LEVEL_CARD,
	WISH_LEVEL_SWITCH,
	WISH_LEVEL_ROOT,
	WISH_LEVEL_NUMA,
	WISH_LEVELS,
};

/* Which of several devices that are equally good otherwise. */
enum wish_prefer {
	WISH_PREFER_UNSET,
	WISH_PREFER_FIRST,  /* the lowest address */
	WISH_PREFER_LAST,   /* what the domain had before */
	WISH_PREFER_SPREAD, /* on the card of which the fewest functions are in use */
	WISH_PREFER_PACK,   /* on the card of which the most are */
};

/* Whether the domain starts without the device when none is free; the later one is narrower. */
enum wish_optional {
	WISH_OPTIONAL_UNSET,
	WISH_OPTIONAL_YES,
	WISH_OPTIONAL_NO,
};

/* {0} wishes nothing. It owns nothing. */
struct wishes {
	enum wish_numa numa;
	enum wish_level together; /* all devices of a set of requests in one place of this kind */
	enum wish_level apart;	  /* no two of them in one place of this kind */
	enum wish_prefer prefer;
	enum wish_optional optional;
	unsigned limit;	     /* how many may be lent at a time to all domains; 0: unset */
	unsigned per_domain; /* and to each of them; 0: unset */
};

enum { WISH_NO_SUCH_KEY = 1 };

/*
 * Sets one wish from its text: numa, together, apart, prefer, optional, limit, per_domain. A previous value
 * is replaced.
 * Returns 0; WISH_NO_SUCH_KEY when @key is none of these; or -1 with what to write instead in *err, which
 * begins with the key. @wishes is unchanged in both cases.
 */
int wishes_set(struct wishes *wishes, const char *key, const char *value, struct error *err);

/* "numa=preferred together=switch apart=switch prefer=spread optional=yes limit=9999 per_domain=9999" */
#define WISHES_LEN 128

/* Writes those that are set, separated by blanks; "" for none. Returns @buf. */
char *wishes_format(const struct wishes *wishes, char buf[static WISHES_LEN]);

/* Return the word for a value as it is written, such as "switch"; "" for one that is unset. */
const char *wish_numa_name(enum wish_numa numa);
const char *wish_level_name(enum wish_level level);
const char *wish_prefer_name(enum wish_prefer prefer);
const char *wish_optional_name(enum wish_optional optional);

/* The values of a key that is set in @wishes, as text; NULL for a key that is unset or none of wishes_set().
 */
const char *wishes_get(const struct wishes *wishes, const char *key, char buf[static WISHES_LEN]);

/* True when nothing is wished. */
bool wishes_are_none(const struct wishes *wishes);

/*
 * Fails when no choice can meet @wishes: devices that are to be in one place, and in different places of the
 * same or a farther kind. Names both.
 */
int wishes_check(const struct wishes *wishes, struct error *err);

/*
 * Adds @more, of one who stands below, to @base. That narrows and never widens: of two values the narrower
 * one stays, whoever said it. numa: required before preferred before none; together: the nearer place;
 * apart: the farther; optional: no before yes; limit and per_domain: the smaller number. @more may say how to
 * prefer when @base does not.
 * @base_name, @more_name: who has them, for the message, such as "profile fast-gpu" and "domain 'win11'"
 * Fails, with both named, when they contradict each other: two ways to prefer, or what wishes_check()
 * refuses. @base is then unchanged.
 */
int wishes_narrow(struct wishes *base, const char *base_name, const struct wishes *more,
		  const char *more_name, struct error *err);

/* ---- allow ------------------------------------------------------------------------------------------ */

#define WISH_UUID "uuid:"

/*
 * Parses the key `allow`: shell patterns of domain names, or uuid:UUID, each with a "!" in front to exclude.
 * A blank in a name is matched by "?".
 * @list: empty; the caller clears it, also after a failure
 * Fails with what to write instead in *err.
 */
int wish_parse_allow(const char *key, const char *value, struct pattern_list *list, struct error *err);

/*
 * True when @allow admits a domain: none of the patterns with "!" fits, and one of the others does, if there
 * are any. An empty list admits every domain. Whoever may edit domains may also rename them: this is order
 * among domains, and not security.
 * @name, @uuid: of the domain; the name in the case in which libvirt has it
 */
bool wish_allows(const struct pattern_list *allow, const char *name, const char *uuid);

#endif
