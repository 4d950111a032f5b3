/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of a description, which are also what the control file takes while the host runs. */
#include "pretend/kernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pretend/sriov.h"

#define MAX_WORDS 40

static int refuse(struct kernel *k, int error, const char *what, const char *subject)
{
	snprintf(k->error, sizeof(k->error), "%s: %s", what, subject);
	return -error;
}

/* driver NAME [absent] [loadable] [vfio] [module=NAME] */
static int do_driver(struct kernel *k, int argc, char **argv)
{
	struct driver *drv = argc > 1 ? model_driver_add(k->m, argv[1]) : NULL;

	if (!drv)
		return refuse(k, EINVAL, "driver", "a name is needed, and at most 64 drivers");
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "absent") == 0)
			drv->present = false;
		else if (strcmp(argv[i], "loadable") == 0)
			drv->present = !(drv->loadable = true);
		else if (strcmp(argv[i], "vfio") == 0)
			drv->vfio = true;
		else if (strncmp(argv[i], "module=", 7) == 0)
			snprintf(drv->module, sizeof(drv->module), "%s", argv[i] + 7);
		else
			return refuse(k, EINVAL, "driver", argv[i]);
	}
	return 0;
}

/* option noiommu|disable_denylist */
static int do_option(struct kernel *k, int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "noiommu") == 0)
		k->m->noiommu = true;
	else if (argc == 2 && strcmp(argv[1], "disable_denylist") == 0)
		k->m->denylist_off = true;
	else
		return refuse(k, EINVAL, "option", "only noiommu and disable_denylist are known");
	return 0;
}

/* node NUMBER CPUS */
static int do_node(struct kernel *k, int argc, char **argv)
{
	struct numa_node *node = &k->m->nodes[k->m->n_nodes];

	if (argc != 3 || k->m->n_nodes == MAX_NODES)
		return refuse(k, EINVAL, "node",
			      "a number and a list of processors are needed, at most 16 times");
	node->number = atoi(argv[1]);
	snprintf(node->cpus, sizeof(node->cpus), "%s", argv[2]);
	k->m->n_nodes++;
	return 0;
}

/* device ADDR KEY=VALUE... */
static int do_device(struct kernel *k, int argc, char **argv)
{
	unsigned int domain, bus, slot, function;
	struct device *dev;

	if (argc < 2 || sscanf(argv[1], "%x:%x:%x.%x", &domain, &bus, &slot, &function) != 4)
		return refuse(k, EINVAL, "device", "an address such as 0000:02:00.0 is needed");
	dev = model_add(k->m, argv[1]);
	if (!dev)
		return refuse(k, EEXIST, "device", argv[1]);
	dev->root_bus = (int)(domain << 8 | bus);
	return describe_device(k, dev, argc - 2, argv + 2);
}

/* set ADDR KEY=VALUE... */
static int do_set(struct kernel *k, int argc, char **argv)
{
	struct device *dev = argc > 1 ? model_find(k->m, argv[1]) : NULL;

	if (!dev)
		return refuse(k, ENODEV, "set", "no such device");
	return describe_device(k, dev, argc - 2, argv + 2);
}

static struct group *group_named(struct kernel *k, int argc, char **argv)
{
	int number = argc > 1 ? atoi(argv[1]) : -1;

	if (number < 0 || number >= MAX_GROUPS || !k->m->groups[number].exists)
		return NULL;
	return &k->m->groups[number];
}

/* hold GROUP [ADDR...]: a QEMU has the group, and these devices of it (all of them when none is named) */
static int do_hold(struct kernel *k, int argc, char **argv)
{
	struct group *g = group_named(k, argc, argv);

	if (!g || g->vfio_members == 0)
		return refuse(k, ENODEV, "hold", "no such group, or none of its devices is with vfio-pci");
	if (g->opener || g->held)
		return refuse(k, EBUSY, "hold", "somebody has it");
	g->held = true;
	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		struct device *dev = k->m->devices[i];
		bool named = argc == 2;

		for (int w = 2; w < argc; w++)
			named = named || strcmp(argv[w], dev->addr) == 0;
		if (!dev->gone && dev->group == g->number && dev->driver && dev->driver->vfio && named)
			dev->open_count = 1;
	}
	return 0;
}

/* unhold GROUP */
static int do_unhold(struct kernel *k, int argc, char **argv)
{
	struct group *g = group_named(k, argc, argv);

	if (!g || !g->held)
		return refuse(k, ENODEV, "unhold", "it is not held");
	g->held = false;
	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		if (k->m->devices[i]->group == g->number)
			k->m->devices[i]->open_count = 0;
	}
	return 0;
}

static struct rule *free_rule(struct kernel *k)
{
	for (int i = 0; i < MAX_RULES; i++) {
		if (!k->rules[i].active)
			return &k->rules[i];
	}
	return NULL;
}

static int add_rule(struct kernel *k, char **argv, int error)
{
	static const char *const ops[] = { "read", "write", "open", "list", "any" };
	struct rule *rule = free_rule(k);
	bool known = false;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		known = known || strcmp(ops[i], argv[1]) == 0;
	if (!known)
		return refuse(k, EINVAL, "read, write, open, list or any, not", argv[1]);
	if (!rule)
		return refuse(k, ENOSPC, argv[0], "too many rules");
	snprintf(rule->op, sizeof(rule->op), "%s", argv[1]);
	snprintf(rule->glob, sizeof(rule->glob), "%s", argv[2]);
	rule->nth = strcmp(argv[3], "*") == 0 ? 0 : atoi(argv[3]);
	rule->error = error;
	rule->line[0] = '\0';
	rule->seen = 0;
	rule->serial++;
	rule->active = true;
	return 0;
}

/* fail OP GLOB NTH ERRNO */
static int do_fail(struct kernel *k, int argc, char **argv)
{
	int error = argc == 5 ? errno_of_name(argv[4]) : 0;

	if (!error)
		return refuse(k, EINVAL, "fail", "wants OP GLOB NTH ERRNO");
	return add_rule(k, argv, error);
}

/* ignore write GLOB NTH: no effect, and no error */
static int do_ignore(struct kernel *k, int argc, char **argv)
{
	if (argc != 4 || strcmp(argv[1], "write") != 0)
		return refuse(k, EINVAL, "ignore", "wants write GLOB NTH");
	return add_rule(k, argv, FAULT_IGNORED);
}

/* stall OP GLOB NTH */
static int do_stall(struct kernel *k, int argc, char **argv)
{
	if (argc != 4)
		return refuse(k, EINVAL, "stall", "wants OP GLOB NTH");
	return add_rule(k, argv, 0);
}

/* when OP GLOB NTH LINE: that access comes right after LINE, as if it were written to this file */
static int do_when(struct kernel *k, int argc, char **argv)
{
	struct rule *rule = free_rule(k);
	size_t used = 0;
	int r = argc > 4 ? add_rule(k, argv, 0) : refuse(k, EINVAL, "when", "wants OP GLOB NTH LINE");

	for (int i = 4; r == 0 && i < argc; i++) {
		used += (size_t)snprintf(rule->line + used, sizeof(rule->line) - used, "%s ", argv[i]);
		if (used >= sizeof(rule->line)) {
			rule->active = false;
			r = refuse(k, E2BIG, "when", "the line is too long");
		}
	}
	return r;
}

/* release: everything that hangs goes on, and nothing hangs any more (held groups stay held) */
static int do_release(struct kernel *k, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < MAX_RULES; i++) {
		if (!k->rules[i].error && !k->rules[i].line[0])
			k->rules[i].active = false;
	}
	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		k->m->devices[i]->unbind_fault.hangs = false;
		k->m->devices[i]->probe_faults[3].hangs = false;
	}
	return 0;
}

/* clear: no rules, and an empty log */
static int do_clear(struct kernel *k, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (int i = 0; i < MAX_RULES; i++)
		k->rules[i].active = false;
	log_clear(k);
	return 0;
}

/* remove ADDR: unplugged. From now on it reads all ones; it leaves when its driver lets go. */
static int do_remove(struct kernel *k, int argc, char **argv)
{
	struct op op = { .kind = OP_REMOVE, .dev = argc == 2 ? model_find(k->m, argv[1]) : NULL };

	if (!op.dev)
		return refuse(k, ENODEV, "remove", "no such device");
	op.dev->dead = true;
	if (!op.dev->locked_by && op.dev->open_count == 0 && !op.dev->unbind_fault.hangs &&
	    op.dev->unbind_ms == 0 && op.dev->numvfs == 0)
		return kernel_run(k, &op);
	kernel_start(k, &op);
	return 0;
}

/*
 * The device of that address that left is back, as `rescan` or a plugged card gives it:
 * without the override it had, and with its native driver (drivers/pci/probe.c).
 * @argv: key=value words of what is different in it
 */
int readd_device(struct kernel *k, const char *addr, int argc, char **argv)
{
	struct op op = { .kind = OP_PROBE };
	struct device *old = NULL, *dev, fresh;
	int r;

	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		if (strcmp(k->m->devices[i]->addr, addr) == 0)
			old = k->m->devices[i];
	}
	if (!old || !old->gone)
		return refuse(k, EEXIST, "add", "no device of this address was removed");
	/* What the driver has set is gone with it. */
	if (has_vgpus(old))
		vgpu_become(old, 0);
	dev = model_add(k->m, addr);
	fresh = *old;
	fresh.index = dev->index;
	fresh.next_same_bucket = dev->next_same_bucket;
	fresh.gone = fresh.dead = fresh.link_shown = false;
	fresh.override = NULL;
	fresh.driver = NULL;
	fresh.locked_by = NULL;
	fresh.open_count = 0;
	fresh.first_child = fresh.next_sibling = NULL;
	*dev = fresh;
	if (dev->parent)
		model_link_parent(dev, dev->parent);
	if (dev->group != NO_GROUP)
		model_join_group(k->m, dev, dev->group);
	op.dev = dev;
	r = describe_device(k, dev, argc, argv);
	return r < 0 ? r : kernel_run(k, &op);
}

/* add ADDR */
static int do_add(struct kernel *k, int argc, char **argv)
{
	return argc == 2 ? readd_device(k, argv[1], 0, NULL) : refuse(k, EINVAL, "add", "wants ADDR");
}

/* replug ADDR KEY=VALUE...: it leaves, which its driver may delay, and is back at once as another one */
static int do_replug(struct kernel *k, int argc, char **argv)
{
	struct op op = { .kind = OP_REMOVE, .dev = argc > 1 ? model_find(k->m, argv[1]) : NULL };
	int r;

	if (!op.dev)
		return refuse(k, ENODEV, "replug", "no such device");
	r = kernel_run(k, &op);
	return r < 0 ? r : readd_device(k, argv[1], argc - 2, argv + 2);
}

/* insmod DRIVER: and it takes at once whatever matches it and is free */
static int do_insmod(struct kernel *k, int argc, char **argv)
{
	struct op op = { .kind = OP_ATTACH, .drv = argc == 2 ? model_driver(k->m, argv[1]) : NULL };

	if (!op.drv)
		return refuse(k, ENOENT, "insmod", "no such driver");
	op.drv->present = true;
	return kernel_run(k, &op);
}

/* modprobe MODULE: the same for a loadable one, by module name */
static int do_modprobe(struct kernel *k, int argc, char **argv)
{
	char *words[2] = { argv[0], NULL };

	for (char *p = argc == 2 ? argv[1] : argv[0]; *p; p++) {
		if (*p == '-')
			*p = '_';
	}
	for (int i = 0; argc == 2 && i < k->m->n_drivers; i++) {
		struct driver *drv = &k->m->drivers[i];

		if (strcmp(drv->module, argv[1]) != 0)
			continue;
		words[1] = drv->name;
		return drv->present    ? 0
		       : drv->loadable ? do_insmod(k, 2, words)
				       : refuse(k, ENOENT, "modprobe", "not found");
	}
	return refuse(k, ENOENT, "modprobe", "not found");
}

/* rmmod DRIVER */
static int do_rmmod(struct kernel *k, int argc, char **argv)
{
	struct driver *drv = argc == 2 ? model_driver(k->m, argv[1]) : NULL;

	if (!drv)
		return refuse(k, ENOENT, "rmmod", "no such driver");
	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		if (!k->m->devices[i]->gone && k->m->devices[i]->driver == drv)
			return refuse(k, EBUSY, "rmmod", "it has devices");
	}
	drv->present = false;
	return 0;
}

/* reset [FILE]: the host as it was described, or another; what hangs returns ENODEV */
static int do_reset(struct kernel *k, int argc, char **argv)
{
	char *file = argc == 2 ? strdup(argv[1]) : NULL;

	for (int i = k->m->first_live; i < k->m->n_devices; i++) {
		if (!k->m->devices[i]->gone)
			forget_device(k, k->m->devices[i]);
	}
	model_clear(k->m);
	do_clear(k, 1, argv);
	if (file)
		k->description = file;
	return control_file(k, k->description);
}

static const struct {
	const char *name;
	int (*run)(struct kernel *k, int argc, char **argv);
} verbs[] = {
	{ "driver", do_driver },     { "option", do_option },	{ "node", do_node },
	{ "device", do_device },     { "set", do_set },		{ "hold", do_hold },
	{ "unhold", do_unhold },     { "fail", do_fail },	{ "ignore", do_ignore },
	{ "stall", do_stall },	     { "release", do_release }, { "clear", do_clear },
	{ "remove", do_remove },     { "add", do_add },		{ "insmod", do_insmod },
	{ "modprobe", do_modprobe }, { "rmmod", do_rmmod },	{ "reset", do_reset },
	{ "when", do_when },	     { "replug", do_replug },
};

/* Runs one line, which it cuts up. Empty lines and those that begin with # do nothing. */
int control_line(struct kernel *k, char *line)
{
	char *argv[MAX_WORDS + 1], *save = NULL;
	int argc = 0;

	for (char *w = strtok_r(line, " \t\n", &save); w && argc < MAX_WORDS;
	     w = strtok_r(NULL, " \t\n", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	k->error[0] = '\0';
	if (argc == 0 || argv[0][0] == '#')
		return 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int r;

		if (strcmp(verbs[i].name, argv[0]) != 0)
			continue;
		r = verbs[i].run(k, argc, argv);
		pthread_cond_broadcast(&k->changed);
		return r;
	}
	return refuse(k, EINVAL, "unknown word", argv[0]);
}

/* Runs every line of a description. 0, or negative errno with file and line in k->error. */
int control_file(struct kernel *k, const char *path)
{
	char line[1024], why[MESSAGE_LEN];
	FILE *f = fopen(path, "re");
	int r = 0;

	if (!f) {
		r = -errno;
		snprintf(k->error, sizeof(k->error), "%s: %s", path, strerror(-r));
		return r;
	}
	for (int n = 1; r == 0 && fgets(line, sizeof(line), f); n++) {
		r = control_line(k, line);
		if (r < 0) {
			memcpy(why, k->error, sizeof(why));
			snprintf(k->error, sizeof(k->error), "%.100s:%d: %.140s", path, n, why);
		}
	}
	fclose(f);
	return r;
}
