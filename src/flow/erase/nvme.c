/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/erase/nvme.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/deadline.h"
#include "host/nvme/controller.h"
#include "host/nvme/disk.h"
#include "model/nvme/sample.h"

/* Interval at which a sanitize is asked how far it is; a line is printed each minute. */
#define POLL_MS 1000
#define POLLS_PER_LINE 60

/* A namespace that was just formatted is looked at anew by the kernel, and may not answer meanwhile. */
#define READ_TRIES 10

struct sample {
	uint64_t offset;
	uint8_t before[SAMPLE_LEN];
};

/* State of one erasure. */
struct erasure {
	struct sysfs sysfs;
	struct nvme_controller controller;
	struct nvme_disks disks;
	struct nvme_namespaces active;
	struct nvme_abilities can;
	enum nvme_erase how;
	struct sample *samples; /* owned; SAMPLE_COUNT of each disk */
	uint8_t *buf;		/* owned; of SAMPLE_LEN bytes, aligned for direct reads */
};

/* ---- what there is ----------------------------------------------------------------------------------- */

static int list_namespaces(const struct erasure *e, enum nvme_identify_kind kind, struct nvme_namespaces *out,
			   struct error *err)
{
	uint8_t list[NVME_IDENTIFY_LEN];

	if (nvme_identify(&e->controller, kind, 0, list, err) < 0)
		return -1;
	return nvme_namespaces_read(list, out) == 0
		       ? 0
		       : error_set(err, 0, "%s lists its namespaces in no order", e->controller.name);
}

static int check_disk_of_each(const struct erasure *e, struct error *err)
{
	for (size_t i = 0; i < e->active.count; i++) {
		bool is_there = false;

		for (size_t k = 0; k < e->disks.count; k++)
			is_there |= e->disks.items[k].namespace_id == e->active.ids[i];
		if (!is_there)
			return error_set(
				err, 0,
				"namespace %u of %s is not a disk of the kernel: what is on it cannot "
				"be read back",
				(unsigned)e->active.ids[i], e->controller.name);
	}
	for (size_t k = 0; k < e->disks.count; k++) {
		if (e->disks.items[k].size < SAMPLE_LEN)
			return error_set(err, 0, "%s is too small to be read back", e->disks.items[k].name);
	}
	return 0;
}

/* A format reaches what is attached, and a guest may have detached a namespace. */
static int check_format(const struct erasure *e, struct error *err)
{
	struct nvme_namespaces allocated;
	uint32_t missing;

	if (e->active.count == 0)
		return error_set(err, 0, "%s has no namespace that can be formatted", e->controller.name);
	if (!e->can.manages_namespaces)
		return 0;
	if (list_namespaces(e, NVME_ALLOCATED_NAMESPACES, &allocated, err) < 0)
		return -1;
	missing = nvme_namespaces_missing(&allocated, &e->active);
	if (missing)
		return error_set(err, 0, "namespace %u of %s is not attached, and a format does not reach it",
				 (unsigned)missing, e->controller.name);
	return 0;
}

static int choose(struct erasure *e, struct error *err)
{
	uint8_t identify[NVME_IDENTIFY_LEN];
	bool is_alone;

	if (nvme_identify(&e->controller, NVME_OF_CONTROLLER, 0, identify, err) < 0 ||
	    nvme_controller_is_alone(&e->sysfs, &e->controller, &is_alone, err) < 0)
		return -1;
	nvme_abilities_read(identify, &e->can);
	if (nvme_erase_choose(&e->can, is_alone, &e->how, err) != 0)
		return error_prefix(err, "%s", e->controller.name);
	return e->how == NVME_FORMAT ? check_format(e, err) : 0;
}

/* ---- samples ----------------------------------------------------------------------------------------- */

static int fill_randomly(void *buf, size_t len, struct error *err)
{
	char *at = buf;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, errno, "cannot read random bytes");
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Where the disk shows nothing, something is written that must be gone afterwards. */
static int take_sample(const struct erasure *e, const struct nvme_disk *disk, struct sample *out,
		       struct error *err)
{
	if (nvme_disk_read(disk, out->offset, e->buf, SAMPLE_LEN, err) < 0)
		return -1;
	if (!sample_tells(e->buf)) {
		if (fill_randomly(e->buf, SAMPLE_LEN, err) < 0 ||
		    nvme_disk_write(disk, out->offset, e->buf, SAMPLE_LEN, err) < 0)
			return -1;
		memcpy(out->before, e->buf, SAMPLE_LEN);
		if (nvme_disk_read(disk, out->offset, e->buf, SAMPLE_LEN, err) < 0)
			return -1;
		if (memcmp(out->before, e->buf, SAMPLE_LEN) != 0)
			return error_set(err, 0, "%s does not keep what is written to it", disk->name);
	}
	memcpy(out->before, e->buf, SAMPLE_LEN);
	return 0;
}

static int take_samples(struct erasure *e, struct error *err)
{
	e->samples = calloc(e->disks.count * SAMPLE_COUNT + 1, sizeof(*e->samples));
	if (!e->samples)
		return error_set(err, ENOMEM, "cannot keep samples of %zu disks", e->disks.count);
	for (size_t i = 0; i < e->disks.count * SAMPLE_COUNT; i++) {
		const struct nvme_disk *disk = &e->disks.items[i / SAMPLE_COUNT];
		uint64_t random;

		if (fill_randomly(&random, sizeof(random), err) < 0)
			return -1;
		e->samples[i].offset = sample_offset(i % SAMPLE_COUNT, disk->size, random);
		if (take_sample(e, disk, &e->samples[i], err) < 0)
			return -1;
	}
	return 0;
}

static int read_patiently(const struct erasure *e, const struct nvme_disk *disk, uint64_t offset,
			  struct error *err)
{
	int rc = -1;

	for (int i = 0; i < READ_TRIES && rc < 0; i++) {
		if (i)
			sleep_ms(POLL_MS);
		rc = nvme_disk_read(disk, offset, e->buf, SAMPLE_LEN, err);
	}
	return rc;
}

static int compare_samples(const struct erasure *e, struct error *err)
{
	for (size_t i = 0; i < e->disks.count * SAMPLE_COUNT; i++) {
		const struct nvme_disk *disk = &e->disks.items[i / SAMPLE_COUNT];
		const struct sample *sample = &e->samples[i];

		if (read_patiently(e, disk, sample->offset, err) < 0)
			return -1;
		if (sample_survives(sample->before, e->buf))
			return error_set(err, 0, "%s still has at byte %llu what it had before", disk->name,
					 (unsigned long long)sample->offset);
	}
	return 0;
}

/* ---- erasing ----------------------------------------------------------------------------------------- */

static int await_sanitize(const struct erasure *e, struct nvme_sanitize_log *log, struct error *err)
{
	for (unsigned polls = 0;; polls++) {
		if (nvme_read_sanitize_log(&e->controller, log, err) < 0)
			return -1;
		if (log->state != NVME_SANITIZE_RUNS)
			return 0;
		if (polls % POLLS_PER_LINE == 0) {
			printf("%s: sanitize: %u%%\n", e->controller.name, log->percent);
			(void)fflush(stdout);
		}
		sleep_ms(POLL_MS);
	}
}

/* One that was begun before proves nothing: what a guest has written since may be left. */
static int sanitize(const struct erasure *e, struct error *err)
{
	uint32_t command = nvme_sanitize_command(e->how);
	struct nvme_sanitize_log log;

	if (await_sanitize(e, &log, err) < 0 || nvme_begin_sanitize(&e->controller, command, err) < 0 ||
	    await_sanitize(e, &log, err) < 0)
		return -1;
	if (log.state != NVME_SANITIZE_DONE || log.command != command)
		return error_set(err, 0, "the sanitize log of %s does not say that it was successful",
				 e->controller.name);
	return 0;
}

static int format(const struct erasure *e, struct error *err)
{
	uint8_t identify[NVME_IDENTIFY_LEN];

	for (size_t i = 0; i < e->active.count; i++) {
		uint32_t id = e->active.ids[i];

		if (nvme_identify(&e->controller, NVME_OF_NAMESPACE, id, identify, err) < 0 ||
		    nvme_format(&e->controller, e->can.formats_all ? NVME_ALL_NAMESPACES : id,
				nvme_format_command(identify), err) < 0)
			return -1;
		if (e->can.formats_all)
			break;
	}
	return 0;
}

static int erase(struct erasure *e, const struct pci_addr *addr, struct error *err)
{
	if (nvme_controller_open(&e->sysfs, addr, &e->controller, err) < 0 ||
	    nvme_disks_open(&e->sysfs, addr, &e->controller, &e->disks, err) < 0 ||
	    list_namespaces(e, NVME_ACTIVE_NAMESPACES, &e->active, err) < 0 || choose(e, err) < 0 ||
	    check_disk_of_each(e, err) < 0 || take_samples(e, err) < 0)
		return -1;
	printf("%s: %zu namespaces: %s\n", e->controller.name, e->active.count, nvme_erase_name(e->how));
	(void)fflush(stdout);
	if ((e->how == NVME_FORMAT ? format(e, err) : sanitize(e, err)) < 0 || compare_samples(e, err) < 0)
		return -1;
	printf("%s: done; none of %zu samples is as it was before\n", e->controller.name,
	       e->disks.count * SAMPLE_COUNT);
	return 0;
}

int flow_erase_nvme(const char *sys, const struct pci_addr *addr, struct error *err)
{
	struct erasure e = { .sysfs = { -1 }, .controller = { .fd = -1 } };
	int rc = sysfs_open(sys, &e.sysfs, err);

	e.buf = aligned_alloc(SAMPLE_LEN, SAMPLE_LEN);
	if (rc == 0 && !e.buf)
		rc = error_set(err, ENOMEM, "cannot read disks");
	if (rc == 0)
		rc = erase(&e, addr, err);
	free(e.samples);
	free(e.buf);
	nvme_disks_close(&e.disks);
	nvme_controller_close(&e.controller);
	sysfs_close(&e.sysfs);
	return rc;
}
