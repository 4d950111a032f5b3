/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The file system. Nodes are values (nodes.h), so there is nothing to allocate or forget.
 *
 * Two things make a hang here like one in the kernel. A request is answered by a thread of
 * its own, so one that waits stops no other; the caller then sits in an uninterruptible
 * sleep, as request_wait_answer() of the kernel's fs/fuse/dev.c has it once a request was
 * read. And each lookup of a file that can be written gives another inode: FUSE holds
 * the lock of the inode during a write, which would let one hanging unbind block all
 * others of that driver; sysfs has no such lock.
 */
#include "pretend/fuse.h"
#include "pretend/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LONG_TIME 3600.0
/* How long an open of a group node waits for a close that was seen, but is not complete. */
#define CLOSING_MS 100

/* An open file or directory. */
struct handle {
	bool is_group;
	bool flushed; /* close(2) was called on (a copy of) the descriptor */
	char *text;   /* log, state, error: as they were when opened; of a directory: its entries */
	size_t len;
};

static struct kernel *kernel_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static void fill_stat(struct node n, mode_t mode, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	n.seq = 0;
	st->st_ino = node_encode(n);
	st->st_mode = mode;
	st->st_nlink = S_ISDIR(mode) ? 2 : 1;
	st->st_blksize = PAGE_LEN;
	if (S_ISREG(mode))
		st->st_size = n.kind == NODE_ATTR && n.sub == ATTR_CONFIG ? 256 : PAGE_LEN;
}

/* Names that come and go while a device stays are asked for each time. */
static bool can_cache(const struct kernel *k, struct node n, mode_t mode)
{
	if (S_ISREG(mode) && (mode & 0222))
		return false;
	switch (n.kind) {
	case NODE_DRIVER_LINK:
	case NODE_BOUND_LINK:
	case NODE_CHILD:
	case NODE_CLASS_LINK:
	case NODE_DRIVER:
	case NODE_DRIVER_FILE:
	case NODE_MODULE:
	case NODE_VFIO_GROUP:
	case NODE_VIRTFN_LINK:
	case NODE_GROUP:
	case NODE_GROUP_DEVICES:
	case NODE_GROUP_TYPE:
	case NODE_NUMA:
		return false;
	case NODE_GROUP_LINK:
	case NODE_MEMBER_LINK:
		return !k->m->noiommu;
	case NODE_STATIC:
	case NODE_ROOT_BUS:
	case NODE_DEVICE:
	case NODE_ATTR:
	case NODE_BUS_LINK:
	case NODE_SUBSYSTEM_LINK:
	case NODE_PHYSFN_LINK:
		return true;
	}
	return false;
}

static void do_lookup(fuse_req_t req, fuse_ino_t dir, const char *name)
{
	struct kernel *k = kernel_of(req);
	struct fuse_entry_param e = { .attr_timeout = LONG_TIME };
	struct node n;
	mode_t mode = 0;
	int r;

	pthread_mutex_lock(&k->lock);
	r = node_lookup(k->m, node_decode(dir), name, &n);
	if (r == 0) {
		mode = node_mode(k->m, n);
		e.entry_timeout = can_cache(k, n, mode) ? LONG_TIME : 0;
		if (S_ISREG(mode) && (mode & 0222))
			n.seq = ++k->seq;
	}
	pthread_mutex_unlock(&k->lock);
	if (r < 0 || !mode) {
		fuse_reply_err(req, r < 0 ? -r : ENOENT);
		return;
	}
	e.ino = node_encode(n);
	fill_stat(n, mode, &e.attr);
	fuse_reply_entry(req, &e);
}

static void do_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);
	struct stat st;
	mode_t mode;

	(void)fi;
	pthread_mutex_lock(&k->lock);
	mode = node_mode(k->m, node_decode(ino));
	pthread_mutex_unlock(&k->lock);
	if (!mode) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	fill_stat(node_decode(ino), mode, &st);
	fuse_reply_attr(req, &st, LONG_TIME);
}

/* Truncation (a shell's ">") is accepted and does nothing, as in sysfs. */
static void do_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		       struct fuse_file_info *fi)
{
	(void)attr;
	(void)to_set;
	do_getattr(req, ino, fi);
}

static void do_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct kernel *k = kernel_of(req);
	char target[PATH_LEN];
	int r;

	pthread_mutex_lock(&k->lock);
	r = node_link(k->m, node_decode(ino), target);
	pthread_mutex_unlock(&k->lock);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_readlink(req, target);
}

/*
 * The exclusive open of a group node. close(2) on FUSE returns before the file system hears of
 * the last close, VFIO's does not: so when the one who has it was seen closing, wait a moment.
 */
static int open_group(struct kernel *k, struct group *g, struct handle *h)
{
	long long until = now_ms() + CLOSING_MS;
	int r;

	while ((r = group_open(g, h)) == -EBUSY && g->opener && ((const struct handle *)g->opener)->flushed &&
	       now_ms() < until) {
		struct timespec ts = { until / 1000, until % 1000 * 1000000 };

		pthread_cond_timedwait(&k->changed, &k->lock, &ts);
	}
	return r;
}

/* Opens what is no file of sysfs: a group node, the log, ... */
static int open_special(struct kernel *k, struct node n, struct handle *h)
{
	if (n.kind == NODE_VFIO_GROUP) {
		h->is_group = true;
		return open_group(k, &k->m->groups[n.obj % MAX_GROUPS], h);
	}
	if (n.kind != NODE_STATIC)
		return 0;
	if (n.sub == STATIC_LOG)
		h->text = log_text(k, &h->len);
	else if (n.sub == STATIC_STATE)
		h->text = state_text(k, &h->len);
	else if (n.sub == STATIC_ERROR && (h->text = strdup(k->error)))
		h->len = strlen(h->text);
	return 0;
}

/*
 * sysfs holds even root to the mode of a file (fs/kernfs/file.c: kernfs_fop_open(), which
 * KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK asks to).
 */
static int check_open(struct node n, mode_t mode, int flags)
{
	int access_mode = flags & O_ACCMODE;

	if (n.kind == NODE_VFIO_GROUP || (n.kind == NODE_STATIC && n.sub == STATIC_VFIO_CONTAINER))
		return 0;
	if (access_mode != O_WRONLY && !(mode & 0444))
		return -EACCES;
	if (access_mode != O_RDONLY && !(mode & 0222))
		return -EACCES;
	return 0;
}

static void do_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);
	struct handle *h = calloc(1, sizeof(*h));
	struct node n = node_decode(ino);
	unsigned int generation;
	char path[PATH_LEN];
	mode_t mode;
	int r, id = -1;

	if (!h)
		abort();
	pthread_mutex_lock(&k->lock);
	generation = k->log_generation;
	mode = node_mode(k->m, n);
	r = mode ? check_open(n, mode, fi->flags) : -ENOENT;
	if (r == 0) {
		node_path(k->m, n, path);
		if (n.kind == NODE_VFIO_GROUP)
			id = log_begin(k, fuse_req_ctx(req)->pid, "open", path, NULL, 0);
		r = -kernel_fault(k, "open", path);
		if (r == 0)
			r = open_special(k, n, h);
		if (id >= 0)
			log_end(k, id, generation, r);
	}
	kernel_unlock(k);
	if (r < 0) {
		free(h);
		fuse_reply_err(req, -r);
		return;
	}
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	if (fuse_reply_open(req, fi) == -ENOENT)
		free(h);
}

static void do_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);

	(void)ino;
	pthread_mutex_lock(&k->lock);
	handle_of(fi)->flushed = true;
	pthread_mutex_unlock(&k->lock);
	fuse_reply_err(req, 0);
}

static void do_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);
	struct handle *h = handle_of(fi);

	if (h->is_group) {
		pthread_mutex_lock(&k->lock);
		group_close(k->m, &k->m->groups[node_decode(ino).obj % MAX_GROUPS], h);
		pthread_cond_broadcast(&k->changed);
		pthread_mutex_unlock(&k->lock);
	}
	free(h->text);
	free(h);
	fuse_reply_err(req, 0);
}

static void do_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);
	struct handle *h = handle_of(fi);
	char buf[PAGE_LEN];
	const char *data = h->text;
	size_t len = h->len;
	int r;

	if (!data) {
		pthread_mutex_lock(&k->lock);
		r = store_read(k, node_decode(ino), fuse_req_ctx(req)->uid, buf);
		kernel_unlock(k);
		if (r < 0) {
			fuse_reply_err(req, -r);
			return;
		}
		data = buf;
		len = (size_t)r;
	}
	if ((size_t)off >= len)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, data + off, len - (size_t)off < size ? len - (size_t)off : size);
}

static void do_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);
	int r;

	(void)off;
	pthread_mutex_lock(&k->lock);
	r = store_write(k, node_decode(ino), fuse_req_ctx(req)->pid, buf, size, handle_of(fi));
	kernel_unlock(k);
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_write(req, (size_t)r);
}

struct listing {
	fuse_req_t req;
	struct handle *h;
	size_t space;
};

static void add_entry(void *ctx, const char *name, struct node n)
{
	struct listing *l = ctx;
	size_t need = fuse_add_direntry(l->req, NULL, 0, name, NULL, 0);
	struct stat st = { .st_ino = node_encode(n) };

	if (l->h->len + need > l->space) {
		l->space = l->space * 2 + need + 4096;
		l->h->text = realloc(l->h->text, l->space);
		if (!l->h->text)
			abort();
	}
	/* As fs/kernfs/dir.c does: who lists sysfs may rely on the types (readdir(3), d_type). */
	st.st_mode = node_mode(kernel_of(l->req)->m, n) & S_IFMT;
	fuse_add_direntry(l->req, l->h->text + l->h->len, need, name, &st, (off_t)(l->h->len + need));
	l->h->len += need;
}

/* A directory is read when it is opened: what comes and goes meanwhile is not in it. */
static void do_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct kernel *k = kernel_of(req);
	struct handle *h = calloc(1, sizeof(*h));
	struct listing l = { .req = req, .h = h };
	struct node n = node_decode(ino);
	char path[PATH_LEN];
	int error = ENOENT;

	if (!h)
		abort();
	pthread_mutex_lock(&k->lock);
	if (node_mode(k->m, n)) {
		node_path(k->m, n, path);
		error = kernel_fault(k, "list", path);
	}
	add_entry(&l, ".", n);
	add_entry(&l, "..", n);
	node_list(k->m, n, add_entry, &l);
	kernel_unlock(k);
	if (error) {
		free(h->text);
		free(h);
		fuse_reply_err(req, error);
		return;
	}
	fi->fh = (uintptr_t)h;
	fuse_reply_open(req, fi);
}

/* Entries carry the offset of the next one, so a part is cut off at the last whole entry. */
static void do_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	const struct handle *h = handle_of(fi);
	size_t start = (size_t)off, end = start;

	(void)ino;
	while (end < h->len) {
		uint32_t name_len;
		size_t entry;

		/* struct fuse_dirent of linux/fuse.h: ino 8, off 8, namelen 4, type 4, name, padding to 8 */
		memcpy(&name_len, h->text + end + 16, sizeof(name_len));
		entry = (24 + name_len + 7) & ~(size_t)7;
		if (end + entry - start > size)
			break;
		end += entry;
	}
	fuse_reply_buf(req, h->text + start, end - start);
}

static void do_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	free(handle_of(fi)->text);
	free(handle_of(fi));
	fuse_reply_err(req, 0);
}

/* sysfs lets nobody make a file: open(2) with O_CREAT of a name that is not there gives EACCES. */
static void do_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	(void)dir;
	(void)name;
	(void)mode;
	(void)fi;
	fuse_reply_err(req, EACCES);
}

const struct fuse_lowlevel_ops file_operations = {
	.init = start_session,
	.lookup = do_lookup,
	.getattr = do_getattr,
	.setattr = do_setattr,
	.readlink = do_readlink,
	.open = do_open,
	.flush = do_flush,
	.release = do_release,
	.read = do_read,
	.write = do_write,
	.opendir = do_opendir,
	.readdir = do_readdir,
	.releasedir = do_releasedir,
	.create = do_create,
};
