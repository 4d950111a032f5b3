/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of check_run(), by subject, and the functions with which they report. */
#ifndef PCITAG_FLOW_CHECK_PARTS_H
#define PCITAG_FLOW_CHECK_PARTS_H

#include "flow/check/check.h"
#include "host/libvirt/daemon.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"
#include "model/registry/registry.h"

/* State shared by the parts. */
struct check {
	const struct paths *paths;
	const struct check_places *at;
	const char *name; /* of the items that are added: that of the check that runs */
	struct check_report *report;
	struct sysfs sysfs;
	bool is_root;
	bool has_iommu;		  /* set by check_iommu() */
	struct lease_list leases; /* those leases that can be read */
	int leases_read;	  /* return value of health_read_leases(); its error is in leases_error */
	struct error leases_error;
	struct libvirt_daemon daemon; /* set by check_daemon(); its name is always set */
	bool has_daemon;
};

/* The checks, file by file. */
typedef void check_fn(struct check *check);
check_fn check_iommu, check_remapping, check_no_iommu_mode;
check_fn check_driver, check_boot, check_container, check_iommufd, check_preloaded, check_bound;
check_fn check_daemon, check_hooks, check_memlock, check_apparmor, check_selinux;
check_fn check_engine, check_wrappers, check_timer, check_service, check_vf_service, check_permissions,
	check_leases;
check_fn check_settings, check_registry, check_boot_rules, check_private_dev;

/* Adds an item for each unit of systemd that @model names and that is not there; none when all are. */
void check_units(struct check *check, const struct model *model);

/* Adds an item for each physical function of @model that has not as many virtual ones as its key vfs says. */
void check_vfs(struct check *check, const struct topology *topology, const struct model *model);

/*
 * Adds an item that says whether this unit is installed and enabled.
 * @without: what does not happen otherwise: "devices are not returned after a crash"
 */
void check_unit(struct check *check, const char *unit, const char *target, const char *without);

/* Each adds one item with the finding. */
void check_add(struct check *check, enum check_result result, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define check_pass(check, ...) check_add(check, CHECK_PASS, __VA_ARGS__)
#define check_warn(check, ...) check_add(check, CHECK_WARN, __VA_ARGS__)
#define check_fail(check, ...) check_add(check, CHECK_FAIL, __VA_ARGS__)

/* Set the fix of the last item: a command for root's shell, or advice in words. */
void check_fix(struct check *check, bool is_command, const char *fmt, ...) PRINTF_LIKE(3, 4);
#define check_command(check, ...) check_fix(check, true, __VA_ARGS__)
#define check_advice(check, ...) check_fix(check, false, __VA_ARGS__)

/* Adds an item which reports that @err prevented this check. */
void check_unseen(struct check *check, const struct error *err);

#define CHECK_QUOTED_LEN 600

/* Quotes a path as a word for the shell. Returns @buf; "" when it does not fit. */
char *check_quote(const char *path, char buf[static CHECK_QUOTED_LEN]);

#endif
