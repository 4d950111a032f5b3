/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether guests have a /dev of their own. A domain that goes without an optional device has /dev/null in its
 * place, and libvirt makes what a placeholder leads to belong to QEMU's user: in the guest's own /dev, or,
 * without one, in the host's (libvirt: src/qemu/qemu_security.c, qemuSecuritySetInputLabel).
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/fileio.h"
#include "flow/check/parts.h"
#include "host/config/registry_ini.h"
#include "host/xml/domain.h"
#include "model/system/host_text.h"

#define QEMU_CONF_MAX ((size_t)1 << 20)

/* Whose requests are optional. */
struct optional {
	const char *kind; /* NULL: none was found */
	char name[DOMAIN_NAME_LEN];
};

static void find_in_registry(const struct check *check, struct optional *out)
{
	struct registry registry = { 0 };

	/* Errors are reported where the registry is checked. */
	if (registry_load(check->paths->etc, &registry, NULL) == 0) {
		for (size_t i = 0; i < registry.profile_count && !out->kind; i++) {
			if (registry.profiles[i].wishes.optional != WISH_OPTIONAL_YES)
				continue;
			out->kind = "profile";
			snprintf(out->name, sizeof(out->name), "%s", registry.profiles[i].name);
		}
	}
	registry_clear(&registry);
}

/* A definition that cannot be read, or parsed, belongs to a domain that does not start with devices. */
static void find_in_definition(const char *path, struct optional *out)
{
	CLEANUP_FREE char *xml = NULL;
	CLEANUP(domain_clear) struct domain domain = { 0 };

	if (read_file_if_any(path, DOMAIN_XML_MAX, &xml, NULL) != 0 ||
	    domain_xml_parse(xml, strlen(xml), &domain, NULL) < 0)
		return;
	for (size_t i = 0; i < domain.wish_count; i++) {
		if (domain.wishes[i].wishes.optional != WISH_OPTIONAL_YES)
			continue;
		out->kind = "domain";
		memcpy(out->name, domain.name, sizeof(out->name));
	}
}

/* libvirt keeps the definitions of its domains there, a file each. */
static int find_in_definitions(const struct check *check, struct optional *out, struct error *err)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/qemu", check->paths->libvirt_etc), rc = 0;
	CLEANUP_DIR DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : error_set(err, errno, "cannot list %s", path);
	while (!out->kind && (rc = directory_next(dir, &entry, err)) == 0 && entry) {
		size_t len = strlen(entry->d_name);

		if (len < 4 || strcmp(entry->d_name + len - 4, ".xml") != 0)
			continue;
		(void)snprintf(path + n, sizeof(path) - (size_t)n, "/%s", entry->d_name);
		find_in_definition(path, out);
	}
	return rc < 0 ? -1 : 0;
}

void check_private_dev(struct check *check)
{
	char path[PATH_MAX];
	CLEANUP_FREE char *text = NULL;
	struct optional optional = { NULL, "" };
	struct error err;
	int rc;

	snprintf(path, sizeof(path), "%s/qemu.conf", check->paths->libvirt_etc);
	rc = read_file_if_any(path, QEMU_CONF_MAX, &text, &err);
	if (rc == 0 && libvirt_conf_is_empty_list(text, "namespaces")) {
		find_in_registry(check, &optional);
		rc = optional.kind ? 0 : find_in_definitions(check, &optional, &err);
	} else if (rc >= 0) {
		check_pass(check, "each guest has a /dev of its own");
		return;
	}
	if (rc < 0) {
		check_unseen(check, &err);
	} else if (!optional.kind) {
		check_pass(check, "guests use the host's, by namespaces = [] in %s; no request is optional",
			   path);
	} else {
		check_warn(
			check,
			"guests use the host's, by namespaces = [] in %s, and requests of %s '%s' are "
			"optional: without a device, the host's /dev/null belongs to QEMU's user while the "
			"domain runs",
			path, optional.kind, optional.name);
		check_advice(check, "delete the line namespaces from %s, and restart %s", path,
			     check->daemon.name);
	}
}
