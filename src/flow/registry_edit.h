/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing the registry. Each of these has the lock under which starts choose: a start sees the registry as
 * it was, and then its lease is seen here, or as it is afterwards; and two editors wait for each other. The
 * new text is read as every start will read it, with the whole registry, before it takes the old one's place.
 */
#ifndef PCITAG_FLOW_REGISTRY_EDIT_H
#define PCITAG_FLOW_REGISTRY_EDIT_H

#include "base/error.h"
#include "flow/flow.h"
#include "host/lease_store.h"
#include "host/registry_file.h"
#include "host/registry_ini.h"
#include "model/registry.h"
#include "model/registry_text.h"

/* A device that a domain has by a model. */
struct model_user {
	char domain[DOMAIN_NAME_LEN];
	struct pci_addr addr;
	bool is_quarantined; /* the domain has ended, and the device did not come back */
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
	EDIT_REMOVED, /* with its file */
	EDIT_CUT,     /* out of its file */
	EDIT_SWITCHED,
};

/* What has been done. Free it with registry_change_clear(). */
struct registry_change {
	enum edit_outcome outcome;
	char file[REGISTRY_PATH_LEN]; /* the file that it was done to, or that needed no change */
	char type[NAME_LEN];	      /* of the model */
	bool enabled;		      /* the model is, now */
	size_t left_of_type;	      /* after undefine: models of that type that there are still */
	struct model_users users;     /* who has devices of a model that has just been disabled */
};

void registry_change_clear(struct registry_change *change);

/*
 * Makes @model a section of its own file, registry.d/NAME.ini. Its key `enabled` stays as it is there.
 * @model: line 0, see model_init(); it is taken over and left empty
 * Returns 0; FLOW_REFUSED with one line in *err when the registry would contradict itself, when the model
 * stands elsewhere, or has devices lent; or -1 with one line. Nothing is changed then.
 */
int flow_define(const struct flow *flow, struct model *model, struct registry_change *out, struct error *err);

/*
 * Takes the section of @model away, and its file when that says nothing else.
 * Returns 0, FLOW_REFUSED when there is no such model or devices of it are lent, or -1.
 */
int flow_undefine(const struct flow *flow, const char *model, struct registry_change *out, struct error *err);

/*
 * Sets the key `enabled` of @model.
 * @drain: switch it off although devices of it are lent
 * Returns as flow_undefine().
 */
int flow_enable(const struct flow *flow, const char *model, bool enabled, bool drain,
		struct registry_change *out, struct error *err);

/* ---- for those who change more than one model at once ----------------------------------------------- */

struct registry_edit {
	const struct flow *flow;
	const char *verb; /* what messages begin with: "define Edu" */
	struct lease_store store;
	struct registry registry; /* as it is */
	struct registry_file file;
};

/* Takes the lock and reads the registry. End it with registry_edit_end(), also after a failure. */
int registry_edit_begin(struct registry_edit *edit, const struct flow *flow, const char *verb,
			struct error *err);
void registry_edit_end(struct registry_edit *edit);

/*
 * Who has devices of @model?
 * @out: empty ({0}); appended to
 */
int registry_edit_users(const struct registry_edit *edit, const char *model, struct model_users *out,
			struct error *err);

/* Refuses when somebody has: returns FLOW_REFUSED with who it is, and what to do, in *err. */
int registry_edit_refuse_users(const struct registry_edit *edit, const char *model, struct error *err);

/* Opens a file of the registry (see registry_file_open()) as edit->file. */
int registry_edit_open(struct registry_edit *edit, const char *file, struct error *err);

/* Writes this text into edit->file once the whole registry with it has been read without a mistake. */
int registry_edit_write(const struct registry_edit *edit, const char *text, size_t len, struct error *err);

/* The model of this name, or NULL. */
const struct model *registry_find(const struct registry *registry, const char *name);

#endif
