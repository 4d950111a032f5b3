/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef PRETEND_FUSE_H
#define PRETEND_FUSE_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "pretend/kernel.h"

/* fuse.c: what is done for each request */
extern const struct fuse_lowlevel_ops file_operations;

/* serve.c: called once, when the session begins */
void start_session(void *userdata, struct fuse_conn_info *conn);

#endif
