/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Login sessions, as logind records them (systemd: src/login/logind-session.c, session_save): a file of root
 * for each. Nothing in it comes from the session's own processes.
 */
#ifndef PCITAG_HOST_SYSTEMD_SESSION_H
#define PCITAG_HOST_SYSTEMD_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "model/units/unit_name.h"

struct session {
	uid_t uid;
	pid_t leader;		   /* the process that opened it, by pam_systemd(8) */
	bool is_graphical;	   /* of a display manager, or begun by hand on a console */
	char scope[UNIT_NAME_LEN]; /* the unit of its processes: "session-2.scope" */
};

/*
 * Reads a session.
 * @dir: where the files are; in production "/run/systemd/sessions"
 * @id: as in "session-2.scope"; it is not part of a path unless it consists of letters and digits
 * Returns false when there is none, or it cannot be read.
 */
bool session_read(const char *dir, const char *id, struct session *out);

/*
 * Finds a graphical session of a user. @uid: NULL for any user's
 * Returns false when there is none, or the sessions cannot be listed.
 */
bool session_find_graphical(const char *dir, const uid_t *uid, struct session *out);

/*
 * Writes the unit that began the session: that of the nearest ancestor of its leader which is not in a
 * session itself. A display manager forks the leader (gdm-session-worker, sddm-helper, lightdm).
 * @proc: in production "/proc"
 * Returns false, with "" in @out, when it cannot be told.
 */
bool session_starter(const char *proc, const struct session *session, char out[static UNIT_NAME_LEN]);

#endif
