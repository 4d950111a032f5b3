/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Profiles: names in the registry for a wish. A section with the key `any` is one; a domain requests it like
 * a type. Pure.
 */
#ifndef PCITAG_MODEL_REGISTRY_PROFILE_H
#define PCITAG_MODEL_REGISTRY_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/lease/name.h"
#include "model/wish/pattern_list.h"
#include "model/wish/wish.h"

#define REGISTRY_PATH_LEN 256

/* Maximum length of a place, including the NUL: a path, a colon, a number. */
#define MODEL_PLACE_LEN (REGISTRY_PATH_LEN + 12)

/* More of them would be models. It bounds the search for a name. */
#define REGISTRY_PROFILES_MAX 256

/* The most names that `any` may list. */
#define PROFILE_ANY_MAX 32

struct profile {
	char name[NAME_LEN];
	struct pattern_list any; /* models or types, in the order of preference */
	struct pattern_list allow;
	struct wishes wishes;
	unsigned keys_set;	      /* bit n: the n-th key that only profiles have was given */
	char file[REGISTRY_PATH_LEN]; /* file with its section, for messages */
	unsigned line;
};

void profile_clear(struct profile *profile);

/* The keys that only a profile has, such as "any", for messages; NULL after the last one. */
extern const char *const profile_keys[];

enum { PROFILE_NO_SUCH_KEY = 1 };

/*
 * Sets a key that only profiles have, and does every check that needs only this value.
 * Returns 0; PROFILE_NO_SUCH_KEY for another key; or -1 with what to write instead in *err, to which the
 * caller adds file and line. Then only profile_clear() is valid.
 */
int profile_set(struct profile *profile, const char *key, const char *value, struct error *err);

/*
 * Fails with "file:line: ..." when `any` is missing, has a name twice or the profile's own, or the wishes
 * contradict each other.
 */
int profile_check(const struct profile *profile, struct error *err);

/* Writes "file:line", to begin a message with. Returns @buf. */
char *profile_place(const struct profile *profile, char buf[static MODEL_PLACE_LEN]);

#endif
