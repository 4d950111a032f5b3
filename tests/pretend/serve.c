/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that serves the file system: its session with the real kernel, and when it ends. */
#include "pretend/fuse.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct fuse_session *session;

void kernel_unlock(struct kernel *k)
{
	struct stale *stale = k->stale;
	int n = k->n_stale;

	k->stale = NULL;
	k->n_stale = k->stale_space = 0;
	pthread_mutex_unlock(&k->lock);
	for (int i = 0; i < n; i++)
		fuse_lowlevel_notify_inval_entry(session, stale[i].dir, stale[i].name, strlen(stale[i].name));
	free(stale);
}

/* Links are cached (what they lead to is part of their inode number); no request waits for another. */
void start_session(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
	conn->want |= conn->capable & FUSE_CAP_CACHE_SYMLINKS;
	conn->max_background = 1000;
}

/* Ends this process when the one that wanted it is gone, however that one ended. */
static void *watch(void *arg)
{
	struct pollfd p = { .fd = (int)(intptr_t)arg, .events = POLLIN };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int serve_forever(pid_t live_with)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	pthread_t thread;

	setsid();
	if (live_with > 0) {
		int fd = (int)syscall(SYS_pidfd_open, live_with, 0);

		if (fd < 0 || pthread_create(&thread, NULL, watch, (void *)(intptr_t)fd) != 0)
			return 1;
	}
	/* Each request that hangs keeps a thread. */
	fuse_loop_cfg_set_max_threads(config, 4096);
	return fuse_session_loop_mt(session, config) != 0;
}

int serve(struct kernel *k, const char *mountpoint, pid_t live_with)
{
	char *argv[] = { strdup("pretend"), strdup("-o"),
			 strdup("allow_other,default_permissions,fsname=pretend"), NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	pid_t pid;

	session = fuse_session_new(&args, &file_operations, sizeof(file_operations), k);
	if (!session || fuse_session_mount(session, mountpoint) != 0)
		return 1;
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid > 0) {
		printf("%d\n", (int)pid);
		fflush(stdout);
		_exit(0);
	}
	/* Whoever reads our parent's output must not wait for us. */
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout))
		return 1;
	return serve_forever(live_with);
}
