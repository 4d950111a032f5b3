/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A pretend kernel: serves the PCI part of /sys, and /dev/vfio, of a described host as a
 * file system, so that unmodified programs meet it through real system calls and a write
 * that hangs is a wait that not even SIGKILL ends. See README.md.
 *
 * usage: kernel MOUNTPOINT DESCRIPTION [PID]
 * Returns when the file system is mounted and prints the pid of the process that serves
 * it, which lives until it is killed or process PID ends.
 */
#include "pretend/kernel.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pretend/sriov.h"

struct kernel *kernel_new(const char *description)
{
	struct kernel *k = calloc(1, sizeof(*k));
	pthread_condattr_t attr;

	if (!k)
		abort();
	k->m = model_new();
	k->description = description;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->changed, &attr);
	return k;
}

long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Runs an operation to its end, however long that takes. Returns what op_step() gave. */
int kernel_run(struct kernel *k, struct op *op)
{
	int r;

	while ((r = op_step(k->m, op, now_ms())) == OP_WAIT) {
		struct timespec until = { op->wake_ms / 1000, op->wake_ms % 1000 * 1000000 };

		if (op->dropped) {
			forget_device(k, op->dropped);
			op->dropped = NULL;
			pthread_cond_broadcast(&k->changed);
			continue;
		}
		if (op->wake_ms)
			pthread_cond_timedwait(&k->changed, &k->lock, &until);
		else
			pthread_cond_wait(&k->changed, &k->lock);
	}
	if (op->kind == OP_REMOVE && r == 0)
		forget_device(k, op->dev);
	pthread_cond_broadcast(&k->changed);
	return r;
}

struct background {
	struct kernel *k;
	struct op op;
};

static void *run_background(void *arg)
{
	struct background *b = arg;

	pthread_mutex_lock(&b->k->lock);
	kernel_run(b->k, &b->op);
	kernel_unlock(b->k);
	free(b);
	return NULL;
}

/* Starts an operation that nobody waits for, as a thread of the kernel would do it. */
void kernel_start(struct kernel *k, const struct op *op)
{
	struct background *b = malloc(sizeof(*b));
	pthread_t thread;

	if (!b)
		abort();
	b->k = k;
	b->op = *op;
	if (pthread_create(&thread, NULL, run_background, b) != 0)
		abort();
	pthread_detach(thread);
}

/* What happens elsewhere in that moment. A line that is refused is a mistake of the test, and is seen in the
 * log. */
static void run_rule(struct kernel *k, const struct rule *rule)
{
	char line[sizeof(rule->line)];
	int id = log_begin(k, 0, "when", rule->line, NULL, 0), r;
	unsigned int generation = k->log_generation;

	memcpy(line, rule->line, sizeof(line));
	r = control_line(k, line);
	log_end(k, id, generation, r);
}

/* Applies the rules to one access. Returns 0 (after a stall, perhaps) or the errno to fail with. */
int kernel_fault(struct kernel *k, const char *op, const char *path)
{
	for (int i = 0; i < MAX_RULES; i++) {
		struct rule *rule = &k->rules[i];
		unsigned int serial = rule->serial;

		if (!rule->active || fnmatch(rule->glob, path, 0) != 0)
			continue;
		if (strcmp(rule->op, "any") != 0 && strcmp(rule->op, op) != 0)
			continue;
		rule->seen++;
		if (rule->nth && rule->seen != rule->nth)
			continue;
		if (rule->error)
			return rule->error;
		if (rule->line[0]) {
			run_rule(k, rule);
			continue;
		}
		while (rule->active && rule->serial == serial)
			pthread_cond_wait(&k->changed, &k->lock);
	}
	return 0;
}

/* Text of any length, built piece by piece. */
struct text {
	char *buf;
	size_t len, space;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	for (;;) {
		va_start(ap, fmt);
		n = vsnprintf(t->buf ? t->buf + t->len : NULL, t->space - t->len, fmt, ap);
		va_end(ap);
		if (t->buf && t->len + (size_t)n < t->space)
			break;
		t->space = t->space * 2 + (size_t)n + 256;
		t->buf = realloc(t->buf, t->space);
		if (!t->buf)
			abort();
	}
	t->len += (size_t)n;
}

/* Bytes as they would stand in a C string, so that each write is one line of the log. */
static void append_escaped(struct text *t, const char *data, size_t len)
{
	for (size_t i = 0; i < len && i < 200; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\n')
			append(t, "\\n");
		else if (c < 32 || c > 126 || c == '"' || c == '\\')
			append(t, "\\x%02x", c);
		else
			append(t, "%c", c);
	}
	if (len > 200)
		append(t, "...");
}

/* Starts a line of the log; returns its number for log_end(). */
int log_begin(struct kernel *k, pid_t pid, const char *op, const char *path, const char *data, size_t len)
{
	struct text t = { NULL, 0, 0 };

	append(&t, "%s %s", op, path);
	if (data) {
		append(&t, " \"");
		append_escaped(&t, data, len);
		append(&t, "\"");
	}
	if (k->n_log == k->log_space) {
		k->log_space = k->log_space * 2 + 64;
		k->log = realloc(k->log, (size_t)k->log_space * sizeof(*k->log));
		if (!k->log)
			abort();
	}
	k->log[k->n_log] = (struct log_entry){ .pid = pid, .text = t.buf };
	return k->n_log++;
}

/* Says how it ended, unless the log was cleared meanwhile. */
void log_end(struct kernel *k, int id, unsigned int generation, int result)
{
	if (generation != k->log_generation)
		return;
	k->log[id].done = true;
	k->log[id].result = result;
}

void log_clear(struct kernel *k)
{
	for (int i = 0; i < k->n_log; i++)
		free(k->log[i].text);
	k->n_log = 0;
	k->log_generation++;
}

/* "N PID OP PATH "DATA" = RESULT" for each access, "?" for one that has not returned. malloc()ed. */
char *log_text(const struct kernel *k, size_t *len)
{
	struct text t = { NULL, 0, 0 };

	append(&t, "%s", "");
	for (int i = 0; i < k->n_log; i++) {
		const struct log_entry *e = &k->log[i];

		append(&t, "%d %d %s = ", i + 1, (int)e->pid, e->text);
		if (!e->done)
			append(&t, "?\n");
		else if (e->result < 0)
			append(&t, "%s\n", strerrorname_np(-e->result));
		else
			append(&t, "%d\n", e->result);
	}
	*len = t.len;
	return t.buf;
}

/* One line for each device and each group node: the part of the state that writes can change. malloc()ed. */
char *state_text(const struct kernel *k, size_t *len)
{
	struct text t = { NULL, 0, 0 };
	const struct model *m = k->m;

	append(&t, "%s", "");
	for (int i = m->first_live; i < m->n_devices; i++) {
		const struct device *dev = m->devices[i];

		if (dev->gone)
			continue;
		append(&t, "%s driver=%s override=%s group=%d", dev->addr,
		       dev->driver && dev->link_shown ? dev->driver->name : "-",
		       dev->override ? dev->override : "-", dev->group);
		if (dev->driver && !dev->link_shown)
			append(&t, " leaving=%s", dev->driver->name);
		if (dev->vf_device)
			append(&t, " vfs=%d", dev->numvfs);
		if (has_vgpus(dev))
			append(&t, " vgpu=%d", dev->vgpu);
		append(&t, "%s\n", dev->locked_by ? " locked" : "");
	}
	for (int i = 0; i < MAX_GROUPS; i++) {
		const struct group *g = &m->groups[i];

		if (g->exists && g->vfio_members > 0)
			append(&t, "/dev/vfio/%d members=%d%s%s\n", i, g->vfio_members,
			       g->opener ? " open" : "", g->held ? " held" : "");
	}
	*len = t.len;
	return t.buf;
}

static void forget_entry(struct kernel *k, struct node dir, const char *name)
{
	if (k->n_stale == k->stale_space) {
		k->stale_space = k->stale_space * 2 + 16;
		k->stale = realloc(k->stale, (size_t)k->stale_space * sizeof(*k->stale));
		if (!k->stale)
			abort();
	}
	k->stale[k->n_stale].dir = node_encode(dir);
	snprintf(k->stale[k->n_stale].name, PCI_NAME_LEN, "%s", name);
	k->n_stale++;
}

/* Notes which directory entries of a device that left are cached outside; fuse.c tells. */
void forget_device(struct kernel *k, const struct device *dev)
{
	struct node devices = { .kind = NODE_STATIC, .sub = STATIC_PCI_DEVICES };
	struct node group = { .kind = NODE_GROUP_DEVICES, .obj = (uint32_t)dev->group };
	struct node above = { .kind = NODE_ROOT_BUS, .obj = (uint32_t)dev->root_bus };

	if (dev->parent) {
		above.kind = NODE_DEVICE;
		above.obj = (uint32_t)dev->parent->index;
	}
	forget_entry(k, devices, dev->addr);
	forget_entry(k, above, dev->addr);
	if (dev->group != NO_GROUP)
		forget_entry(k, group, dev->addr);
}

/* The same for the links between a device that stays and the group that it has had. */
void forget_group(struct kernel *k, const struct device *dev)
{
	struct node device = { .kind = NODE_DEVICE, .obj = (uint32_t)dev->index };
	struct node group = { .kind = NODE_GROUP_DEVICES, .obj = (uint32_t)dev->group };

	forget_entry(k, device, "iommu_group");
	forget_entry(k, group, dev->addr);
}

int main(int argc, char **argv)
{
	struct kernel *k;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: kernel MOUNTPOINT DESCRIPTION [PID]\n");
		return 2;
	}
	k = kernel_new(argv[2]);
	if (control_file(k, argv[2]) < 0) {
		fprintf(stderr, "%s\n", k->error);
		return 1;
	}
	return serve(k, argv[1], argc == 4 ? (pid_t)atol(argv[3]) : 0);
}
