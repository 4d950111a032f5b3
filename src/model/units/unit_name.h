/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of systemd's units, and where they occur in the names of control groups. */
#ifndef PCITAG_MODEL_UNITS_UNIT_NAME_H
#define PCITAG_MODEL_UNITS_UNIT_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* systemd: src/basic/unit-name.h, UNIT_NAME_MAX, with the NUL. */
#define UNIT_NAME_LEN 256

enum unit_name_kind {
	UNIT_NAME_INVALID,
	UNIT_NAME_PLAIN,    /* "display-manager.service" */
	UNIT_NAME_INSTANCE, /* "getty@tty1.service" */
	UNIT_NAME_TEMPLATE, /* "getty@.service" */
};

/*
 * Returns the kind of a name, by systemd's rules (src/basic/unit-name.c, unit_name_is_valid;
 * systemd.unit(5)): its characters, one of its suffixes, at most 255 bytes. The kinds of units that cannot
 * be stopped and started again by name (device, scope) and slices, which would stop all that is in them, are
 * UNIT_NAME_INVALID.
 */
enum unit_name_kind unit_name_kind(const char *name);

/*
 * Writes the name of a template's instance, "pcitag-fabric@0000:01:00.0.service". Any other name is copied.
 * @instance: escaped as systemd-escape(1) does; a PCI address as pcitag writes it is its own escaped form
 * Returns false when the name would be longer than systemd permits; @out is then "".
 */
bool unit_name_instantiate(const char *name, const char *instance, char out[static UNIT_NAME_LEN]);

/*
 * Writes the system unit of a control group: the first component that is no slice (systemd:
 * src/basic/cgroup-util.c, cg_path_get_unit). What is further below may have been made by a user, whose
 * manager has been given that part of the tree, and names nothing.
 * @path: "/system.slice/gdm.service", "/user.slice/user-1000.slice/session-2.scope"
 * Returns false, with "" in @out, when there is none.
 */
bool unit_name_of_cgroup(const char *path, char out[static UNIT_NAME_LEN]);

/*
 * The name between a prefix and a suffix: the session of "session-2.scope", the user of "user@1000.service".
 * Returns its start and @len, or NULL when @unit is not of this form.
 */
const char *unit_name_between(const char *unit, const char *prefix, const char *suffix, size_t *len);

/* True for the scope of a login session, "session-c2.scope": letters and digits, as logind numbers them. */
bool unit_name_is_session(const char *unit);

#endif
