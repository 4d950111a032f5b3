/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/cluster/members.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/fileio.h"
#include "host/config/registry_ini.h"
#include "model/allocate/allocator.h"

void cluster_members_clear(struct cluster_members *members)
{
	for (size_t i = 0; i < members->count; i++) {
		domain_clear(&members->members[i].domain);
		fleet_counts_clear(&members->members[i].demand);
	}
	free(members->members);
	cluster_config_clear(&members->config);
	registry_clear(&members->registry);
}

/* An XML id (W3C "xml:id"): it begins with a letter or "_". */
static void make_id(const struct domain *domain, char id[static CLUSTER_NAME_LEN])
{
	char name[NAME_LEN];

	name_make(domain->name, name, sizeof(name));
	snprintf(id, CLUSTER_NAME_LEN, "%s%s", name[0] >= 'A' ? "" : "vm-", name);
}

static int read_member(const struct cluster_members *members, struct cluster_member *member,
		       struct error *err)
{
	CLEANUP_FREE char *xml = NULL;
	size_t len;

	if (read_file_at(AT_FDCWD, member->path, DOMAIN_XML_MAX, &xml, &len, err) < 0 ||
	    domain_xml_parse(xml, len, &member->domain, err) < 0)
		return -1;
	for (size_t i = 0; i < member->domain.request_count; i++) {
		if (allocator_check_name(&members->registry, &member->domain.requests[i], err) != 0)
			return error_prefix(err, "%s", member->path);
	}
	return fleet_demand(&members->registry, &member->domain, &member->demand, err);
}

static struct cluster_member *find_member(const struct cluster_members *members, const char *path)
{
	for (size_t i = 0; i < members->count; i++) {
		if (strcmp(members->members[i].path, path) == 0)
			return &members->members[i];
	}
	return NULL;
}

static struct cluster_member *new_member(struct cluster_members *members, const char *path, struct error *err)
{
	struct cluster_member *member = ARRAY_ADD(members->members, members->count);

	if (!member) {
		(void)error_set(err, ENOMEM, "cannot hold the domains of the cluster");
		return NULL;
	}
	snprintf(member->path, sizeof(member->path), "%s", path);
	return member;
}

/* A definition that only another node can read is that node's affair. */
static int add_resource(struct cluster_members *members, const struct cluster_resource *resource,
			struct cluster_script *script, struct error *err)
{
	struct cluster_member *member = new_member(members, resource->config, err);
	struct error why;

	if (!member)
		return -1;
	member->resource = resource;
	memcpy(member->id, resource->id, sizeof(member->id));
	if (read_member(members, member, &why) == 0) {
		/* A domain without placeholders may be any agent's. */
		if (resource->is_ours || !member->domain.request_count)
			return 0;
		return cluster_script_remark(
			script, err,
			"resource %s is ocf:heartbeat:VirtualDomain, which does not know pcitag's "
			"wrapper and tells no reasons: make it ocf:pcitag:Domain",
			resource->id);
	}
	domain_clear(&member->domain);
	fleet_counts_clear(&member->demand);
	members->count--;
	return cluster_script_remark(script, err, "resource %s is left as it is: %s", resource->id, why.msg);
}

static int add_file(struct cluster_members *members, const char *path, struct error *err)
{
	struct cluster_member *member;

	if (path[0] != '/')
		return error_set(err, 0,
				 "cluster setup %.200s: write the whole path, which is the same on each node",
				 path);
	if (find_member(members, path))
		return 0;
	member = new_member(members, path, err);
	if (!member || read_member(members, member, err) < 0)
		return -1;
	make_id(&member->domain, member->id);
	for (size_t i = 0; i < members->config.resource_count; i++) {
		if (strcmp(members->config.resources[i].id, member->id) == 0)
			return error_set(
				err, 0,
				"cluster setup %s: the cluster has a resource %s with another definition, "
				"%s; give one of the two domains another name",
				path, member->id, members->config.resources[i].config);
	}
	return 0;
}

static int add_files(struct cluster_members *members, const char *files, struct error *err)
{
	char path[CLUSTER_PATH_LEN];

	while (*files) {
		size_t len = strcspn(files, " ");

		snprintf(path, sizeof(path), "%.*s", (int)len, files);
		if (len >= sizeof(path) || add_file(members, path, err) < 0)
			return len >= sizeof(path)
				       ? error_set(err, ENAMETOOLONG, "cluster setup %.200s", path)
				       : -1;
		files += len + (files[len] == ' ');
	}
	return 0;
}

int cluster_members_read(const struct paths *paths, const char *files, struct cluster_members *out,
			 struct cluster_script *script, struct error *err)
{
	if (registry_load(paths->etc, &out->registry, err) < 0 || cluster_config_read(&out->config, err) < 0)
		return -1;
	for (size_t i = 0; i < out->config.resource_count; i++) {
		const struct cluster_resource *resource = &out->config.resources[i];

		if (resource->config[0] && add_resource(out, resource, script, err) < 0)
			return -1;
	}
	return add_files(out, files, err);
}
