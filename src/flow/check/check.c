/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/check/check.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "flow/check/parts.h"
#include "flow/view/health.h"

void check_report_clear(struct check_report *report)
{
	free(report->items);
	*report = (struct check_report){ 0 };
}

size_t check_report_count(const struct check_report *report, enum check_result result)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->items[i].result == result;
	return count;
}

const char *check_result_name(enum check_result result)
{
	static const char *const names[] = {
		[CHECK_PASS] = "PASS", [CHECK_WARN] = "WARN", [CHECK_FAIL] = "FAIL"
	};

	return names[result];
}

void check_add(struct check *check, enum check_result result, const char *fmt, ...)
{
	struct check_report *report = check->report;
	struct check_item *item = ARRAY_ADD(report->items, report->count);
	va_list args;

	if (!item) {
		report->is_cut = true;
		return;
	}
	item->name = check->name;
	item->result = result;
	va_start(args, fmt);
	(void)vsnprintf(item->found, sizeof(item->found), fmt, args);
	va_end(args);
	keep_one_line(item->found);
}

/* A truncated command is not marked as a command. */
void check_fix(struct check *check, bool is_command, const char *fmt, ...)
{
	struct check_report *report = check->report;
	struct check_item *item;
	va_list args;
	int n;

	if (report->is_cut || report->count == 0)
		return;
	item = &report->items[report->count - 1];
	va_start(args, fmt);
	n = vsnprintf(item->fix, sizeof(item->fix), fmt, args);
	va_end(args);
	item->fix_is_command = is_command && n >= 0 && (size_t)n < sizeof(item->fix);
	keep_one_line(item->fix);
}

void check_unseen(struct check *check, const struct error *err)
{
	check_warn(check, "not looked at: %s", err->msg);
	if (!check->is_root && (err->code == EACCES || err->code == EPERM))
		check_command(check, "sudo pcitag check");
	else
		check_advice(check, "make that readable and check again");
}

char *check_quote(const char *path, char buf[static CHECK_QUOTED_LEN])
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+:@-";
	size_t used = 0;

	if (strspn(path, safe) == strlen(path)) {
		snprintf(buf, CHECK_QUOTED_LEN, "%s", path);
		return buf;
	}
	buf[used++] = '\'';
	for (; *path && used < CHECK_QUOTED_LEN - 6; path++) {
		if (*path == '\'')
			used += (size_t)snprintf(buf + used, 5, "'\\''");
		else
			buf[used++] = *path;
	}
	buf[used++] = '\'';
	buf[*path ? 0 : used] = '\0';
	return buf;
}

/* In the order of the report: some use what an earlier one has found. Some add items of other names, too. */
static const struct {
	const char *name;
	check_fn *run;
} checks[] = {
	{ "iommu", check_iommu },
	{ "interrupt-remapping", check_remapping },
	{ "noiommu", check_no_iommu_mode },
	{ "vfio-pci", check_driver },
	{ "vfio-pci-at-boot", check_boot },
	{ "vfio-container", check_container },
	{ "iommufd", check_iommufd },
	{ "preloaded-ids", check_preloaded },
	{ "bound-devices", check_bound },
	{ "libvirt-daemon", check_daemon },
	{ "hook", check_hooks },
	{ "memlock", check_memlock },
	{ "apparmor", check_apparmor },
	{ "selinux", check_selinux },
	{ "private-dev", check_private_dev },
	{ "engine", check_engine },
	{ "wrapper", check_wrappers },
	{ "reconcile-timer", check_timer },
	{ "reconcile-service", check_service },
	{ "vf-service", check_vf_service },
	{ "permissions", check_permissions },
	{ "leases", check_leases },
	{ "settings", check_settings },
	{ "registry", check_registry },
	{ "boot-rules", check_boot_rules },
};

int check_run(const struct paths *paths, const struct check_places *places, struct check_report *report,
	      struct error *err)
{
	struct check check = { .paths = paths, .at = places, .report = report, .is_root = geteuid() == 0 };

	*report = (struct check_report){ 0 };
	if (sysfs_open(paths->sys, &check.sysfs, err) < 0)
		return -1;
	check.leases_read = health_read_leases(paths, &check.leases, &check.leases_error);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		check.name = checks[i].name;
		checks[i].run(&check);
	}
	lease_list_clear(&check.leases);
	sysfs_close(&check.sysfs);
	return report->is_cut ? error_set(err, ENOMEM, "cannot check everything") : 0;
}
