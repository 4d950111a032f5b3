/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/commands.h"

#include <stddef.h>

const struct verb *const verbs[] = {
	/* TOPIC_HOST */
	&verb_check,
	&verb_probe,
	&verb_list,
	&verb_show,
	&verb_metrics,
	/* TOPIC_REGISTRY */
	&verb_types,
	&verb_define,
	&verb_undefine,
	&verb_enable,
	&verb_disable,
	&verb_import,
	/* TOPIC_DOMAIN */
	&verb_plan,
	&verb_add,
	&verb_remove,
	&verb_rename_owner,
	&verb_attach,
	&verb_detach,
	/* TOPIC_LEASES */
	&verb_leases,
	&verb_reconcile,
	&verb_release,
	&verb_log,
	NULL,
};
