/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/store/cluster_domains.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/array.h"
#include "base/fileio.h"

#define CLUSTER_DIR "/run/pcitag-cluster"
#define CLUSTER_FILE_MAX 65536

/* Opens the directory. Returns 0, FILE_ABSENT or -1. */
static int open_domains(DIR **out, struct error *err)
{
	CLEANUP_CLOSE int parent = -1;
	CLEANUP_CLOSE int fd = -1;
	int rc = directory_open_roots(AT_FDCWD, CLUSTER_DIR, false, "the cluster's domains", &parent, err);

	if (rc == 0)
		rc = directory_open_roots(parent, "domains", false, "the cluster's domains", &fd, err);
	if (rc != 0)
		return rc;
	*out = fdopendir(fd);
	if (!*out)
		return error_set(err, errno, "cannot list " CLUSTER_DOMAINS_DIR);
	(void)take_fd(&fd);
	return 0;
}

/* One that is gone by now has stopped. */
static int add_domain(int dir, const char *name, struct fleet_domains *out, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct fleet_domain *domain;
	struct error why;

	if (read_file_at(dir, name, CLUSTER_FILE_MAX, &text, NULL, &why) < 0)
		return why.code == ENOENT ? 0 : error_set(err, 0, CLUSTER_DOMAINS_DIR ": %s", why.msg);
	domain = ARRAY_ADD(out->items, out->count);
	if (!domain)
		return error_set(err, ENOMEM, "cannot list %zu domains", out->count + 1);
	snprintf(domain->name, sizeof(domain->name), "%s", name);
	domain->is_noted = strchr(text, '=') != NULL;
	if (fleet_counts_parse(text, &domain->demand, &why) < 0)
		return error_set(
			err, 0,
			CLUSTER_DOMAINS_DIR
			"/%s cannot be understood (%s); write what pcitag utilization prints for the "
			"domain, or remove it",
			name, why.msg);
	return 0;
}

int cluster_domains_load(struct fleet_domains *out, struct error *err)
{
	CLEANUP_DIR DIR *dir = NULL;
	const struct dirent *entry;
	int rc = open_domains(&dir, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	while ((rc = directory_next(dir, &entry, err)) == 0 && entry) {
		if (entry->d_name[0] != '.' && add_domain(dirfd(dir), entry->d_name, out, err) < 0)
			return -1;
	}
	return rc < 0 ? error_prefix(err, "cannot list " CLUSTER_DOMAINS_DIR) : 0;
}
