/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Edits of the registry, under the lock under which starts choose devices: a start sees the registry as it
 * was, and its lease is seen here, or as it is afterwards; two editors wait for each other. The new text is
 * parsed as every start will parse it, with the whole registry, before it replaces the old one.
 */
#ifndef PCITAG_FLOW_CONFIGURE_REGISTRY_EDIT_H
#define PCITAG_FLOW_CONFIGURE_REGISTRY_EDIT_H

#include "base/error.h"
#include "flow/paths.h"
#include "host/config/registry_file.h"
#include "host/config/registry_ini.h"
#include "host/store/lease_store.h"
#include "model/registry/registry.h"
#include "model/registry/text.h"

/* A device that is assigned to a domain through a model. */
struct model_user {
	char domain[DOMAIN_NAME_LEN];
	struct pci_addr addr;
	bool is_quarantined; /* the domain has ended, and the device was not returned */
};

/* The owner frees items. */
struct model_users {
	struct model_user *items;
	size_t count;
};

enum edit_outcome {
	EDIT_UNCHANGED,
	EDIT_ADDED,
	EDIT_REPLACED,
	EDIT_REMOVED, /* including its file */
	EDIT_CUT,     /* out of a file that stays */
	EDIT_SWITCHED,
};

/* The result of an edit. The caller frees it with registry_change_clear(). */
struct registry_change {
	enum edit_outcome outcome;
	char file[REGISTRY_PATH_LEN]; /* the file that was changed, or that needed no change */
	char type[NAME_LEN];	      /* of the model */
	bool enabled;		      /* whether the model is enabled now */
	size_t left_of_type;	      /* after undefine: the number of remaining models of that type */
	enum after_use after_use;     /* of a model that was undefined */
	struct model_users held;      /* its devices that are held after their use, and stay so */
	struct model_users users;     /* the domains that have devices of a model that was just disabled */
};

void registry_change_clear(struct registry_change *change);

/*
 * Makes @model a section of its own file, registry.d/NAME.ini. The key `enabled` in that file is kept.
 * @model: line 0, see model_init(); ownership is taken, and it is left empty
 * Returns 0; FLOW_REFUSED with *err when the registry would contradict itself, or when the model is defined
 * in another file or has assigned devices; or -1 with *err. On failure nothing is changed.
 */
int flow_define(const struct paths *paths, struct model *model, struct registry_change *out,
		struct error *err);

/*
 * Removes the section of @model, and its file when it contains nothing else.
 * Returns 0; FLOW_REFUSED when there is no such model or devices of it are assigned; or -1.
 */
int flow_undefine(const struct paths *paths, const char *model, struct registry_change *out,
		  struct error *err);

/*
 * Sets the key `enabled` of @model.
 * @drain: disable it although devices of it are assigned
 * Returns as flow_undefine().
 */
int flow_enable(const struct paths *paths, const char *model, bool enabled, bool drain,
		struct registry_change *out, struct error *err);

/* ---- for callers that change more than one model at once -------------------------------------------- */

struct registry_edit {
	const struct paths *paths;
	const char *verb; /* prefix of messages: "define Edu" */
	struct lease_store store;
	struct registry registry; /* the current one */
	struct registry_file file;
};

/* Takes the lock and reads the registry. The caller calls registry_edit_end(), also after a failure. */
int registry_edit_begin(struct registry_edit *edit, const struct paths *paths, const char *verb,
			struct error *err);
void registry_edit_end(struct registry_edit *edit);

/*
 * Lists the domains that have devices of @model.
 * @out: empty ({0}); items are appended
 */
int registry_edit_users(const struct registry_edit *edit, const char *model, struct model_users *out,
			struct error *err);

/* Returns FLOW_REFUSED when a domain has devices of @model, with that domain and what to do in *err. */
int registry_edit_refuse_users(const struct registry_edit *edit, const char *model, struct error *err);

/* Opens a file of the registry (see registry_file_open()) as edit->file. */
int registry_edit_open(struct registry_edit *edit, const char *file, struct error *err);

/* Writes @text to edit->file after the whole registry with it has been parsed without an error. */
int registry_edit_write(const struct registry_edit *edit, const char *text, size_t len, struct error *err);

#endif
