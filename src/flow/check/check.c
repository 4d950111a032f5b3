/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/check/check.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "flow/check/parts.h"
#include "host/store/lease_store.h"

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
		[CHECK_PASS] = "PASS",
		[CHECK_WARN] = "WARN",
		[CHECK_FAIL] = "FAIL",
	};

	return names[result];
}

PRINTF_LIKE(4, 0)
static void add(struct check *check, enum check_result result, const char *name, const char *fmt,
		va_list args) PRINTF_LIKE(4, 0);

static void add(struct check *check, enum check_result result, const char *name, const char *fmt,
		va_list args)
{
	struct check_report *report = check->report;
	struct check_item *item = ARRAY_ADD(report->items, report->count);

	if (!item) {
		report->is_cut = true;
		return;
	}
	item->result = result;
	snprintf(item->name, sizeof(item->name), "%s", name);
	(void)vsnprintf(item->found, sizeof(item->found), fmt, args);
	keep_one_line(item->found);
}

void check_pass(struct check *check, const char *name, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(check, CHECK_PASS, name, fmt, args);
	va_end(args);
}

void check_warn(struct check *check, const char *name, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(check, CHECK_WARN, name, fmt, args);
	va_end(args);
}

void check_fail(struct check *check, const char *name, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(check, CHECK_FAIL, name, fmt, args);
	va_end(args);
}

static void set_fix(struct check *check, bool is_command, const char *fmt, va_list args) PRINTF_LIKE(3, 0);

/* A truncated command is not marked as a command. */
PRINTF_LIKE(3, 0)
static void set_fix(struct check *check, bool is_command, const char *fmt, va_list args)
{
	struct check_report *report = check->report;
	struct check_item *item;
	int n;

	if (report->is_cut || report->count == 0)
		return;
	item = &report->items[report->count - 1];
	n = vsnprintf(item->fix, sizeof(item->fix), fmt, args);
	item->fix_is_command = is_command && n >= 0 && (size_t)n < sizeof(item->fix);
	keep_one_line(item->fix);
}

void check_command(struct check *check, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_fix(check, true, fmt, args);
	va_end(args);
}

void check_advice(struct check *check, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_fix(check, false, fmt, args);
	va_end(args);
}

void check_unseen(struct check *check, const char *name, const struct error *err)
{
	check_warn(check, name, "not looked at: %s", err->msg);
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

/* A lease that cannot be parsed does not hide the others. */
static void read_leases(struct check *check)
{
	struct lease_store store = LEASE_STORE_CLOSED;
	int rc = lease_store_open(check->paths->run, false, &store, &check->leases_error);

	if (rc == 0)
		rc = lease_store_load_all(&store, &check->leases, &check->leases_error);
	check->leases_read = rc == LEASE_STORE_ABSENT ? 0 : rc;
	lease_store_close(&store);
}

int check_run(const struct paths *paths, const struct check_places *places, struct check_report *report,
	      struct error *err)
{
	struct check check = { .paths = paths, .at = places, .report = report, .is_root = geteuid() == 0 };

	*report = (struct check_report){ 0 };
	if (sysfs_open(paths->sys, &check.sysfs, err) < 0)
		return -1;
	read_leases(&check);
	check_hardware(&check);
	check_kernel(&check);
	check_libvirt(&check);
	check_confinement(&check);
	check_installation(&check);
	check_leases(&check);
	check_registry(&check);
	lease_list_clear(&check.leases);
	sysfs_close(&check.sysfs);
	return report->is_cut ? error_set(err, ENOMEM, "cannot check everything") : 0;
}
