/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes the number of virtual functions of a physical one, from none or to none. */
#ifndef PCITAG_FLOW_CONFIGURE_VF_CHANGE_H
#define PCITAG_FLOW_CONFIGURE_VF_CHANGE_H

#include "flow/configure/virtual_functions.h"

/*
 * Gives @pf @number virtual functions, if it is not assigned and none of them is in use; the host may use @pf
 * itself. A lease keeps every domain from them meanwhile; reconcile removes that after a crash. The kernel is
 * asked by a process of its own, for at most the time of bind_timeout, which proves again that they are those
 * that were looked at and are not open. Sets is_changed. Returns 0; FLOW_REFUSED with who has one; or -1: the
 * last words of *err then are how many there are. The others are not prefixed with its address either.
 */
int vf_change(const struct paths *paths, const struct sysfs *sysfs, struct physical_function *pf,
	      unsigned number, struct error *err);

#endif
