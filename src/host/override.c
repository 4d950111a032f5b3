/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/override.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "host/worker.h"

/* In memory that the worker shares with us. */
struct answer {
	size_t read; /* how many members are done */
	char overrides[][PCI_DRIVER_LEN];
};

struct question {
	const struct sysfs *sysfs;
	const struct lease_member *members;
	size_t count;
	struct answer *answer;
};

/* The kernel prints "(null)" for an override that is not set. */
static int read_one(const struct sysfs *sysfs, const struct pci_addr *addr, char out[static PCI_DRIVER_LEN],
		    struct error *err)
{
	char path[SYSFS_PATH_LEN], text[PCI_ADDR_LEN];
	int rc =
		sysfs_read(sysfs, sysfs_device_path(addr, "driver_override", path), out, PCI_DRIVER_LEN, err);

	if (rc == SYSFS_ABSENT)
		return error_set(err, ENODEV, "%s is gone", pci_addr_format(addr, text));
	if (rc < 0)
		return -1;
	if (strcmp(out, "(null)") == 0)
		out[0] = '\0';
	if (out[0] && !pci_driver_name_valid(out))
		return error_set(err, 0, "the driver override of %s is no name of a driver: \"%s\"; clear it",
				 pci_addr_format(addr, text), out);
	return 0;
}

static int read_all(const void *arg, struct error *err)
{
	const struct question *question = arg;
	struct answer *answer = question->answer;

	for (; answer->read < question->count; answer->read++) {
		if (read_one(question->sysfs, &question->members[answer->read].addr,
			     answer->overrides[answer->read], err) < 0)
			return -1;
	}
	return 0;
}

static int ask(const struct question *question, int timeout_ms, struct error *err)
{
	struct worker worker;
	char addr[PCI_ADDR_LEN];
	int rc = worker_start(&worker, read_all, question, err);
	size_t at;

	if (rc == 0)
		rc = worker_wait(&worker, deadline_in(timeout_ms), err);
	if (rc != WORKER_STUCK)
		return rc;
	/* Late, although it has read the last one. */
	at = question->answer->read;
	if (at == question->count)
		at--;
	return error_set(err, ETIMEDOUT,
			 "%s does not tell its driver override: somebody hangs in the kernel with it",
			 pci_addr_format(&question->members[at].addr, addr));
}

int override_read(const struct sysfs *sysfs, struct lease_member *members, size_t count, int timeout_ms,
		  struct error *err)
{
	size_t size;
	struct answer *answer;
	int rc;

	if (count == 0)
		return 0;
	size = sizeof(struct answer) + count * PCI_DRIVER_LEN;
	answer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED)
		return error_set(err, errno, "cannot read %zu driver overrides", count);
	rc = ask(&(struct question){ sysfs, members, count, answer }, timeout_ms, err);
	for (size_t i = 0; i < count && rc == 0; i++)
		strcpy(members[i].previous_override, answer->overrides[i]);
	(void)munmap(answer, size);
	return rc;
}
