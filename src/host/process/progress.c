/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/process/progress.h"

/* Global, because the process does nothing else. */
static struct progress *current;
static const struct progress_skips *left_out;

void progress_begin(struct progress *mark, const struct progress_skips *skips)
{
	current = mark;
	left_out = skips;
}

static bool is_same(const struct progress *a, const struct progress *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == PROGRESS_DEVICE)
		return pci_addr_equal(&a->addr, &b->addr);
	return a->kind != PROGRESS_PROCESS || a->pid == b->pid;
}

static unsigned at(const struct progress *step, int allowance_ms)
{
	unsigned times = 0;

	if (!current)
		return 0;
	current->kind = step->kind;
	current->addr = step->addr;
	current->pid = step->pid;
	atomic_store(&current->allowance_ms, allowance_ms);
	atomic_fetch_add(&current->steps, 1);
	for (size_t i = 0; i < left_out->count; i++)
		times += is_same(&left_out->items[i], step);
	return times;
}

unsigned progress_at_device(const struct pci_addr *addr)
{
	return at(&(struct progress){ .kind = PROGRESS_DEVICE, .addr = *addr }, 0);
}

unsigned progress_at_process(pid_t pid)
{
	return at(&(struct progress){ .kind = PROGRESS_PROCESS, .pid = pid }, 0);
}

unsigned progress_at_other(int ms)
{
	return at(&(struct progress){ .kind = PROGRESS_OTHER }, ms);
}
