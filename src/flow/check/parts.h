/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of check_run(), by subject, and the functions with which they report. */
#ifndef PCITAG_FLOW_CHECK_PARTS_H
#define PCITAG_FLOW_CHECK_PARTS_H

#include "flow/check/check.h"
#include "host/libvirt/daemon.h"
#include "host/pci/sysfs.h"
#include "model/lease/lease.h"

/* State shared by the parts. */
struct check {
	const struct paths *paths;
	const struct check_places *at;
	struct check_report *report;
	struct sysfs sysfs;
	bool is_root;
	bool has_iommu;		  /* set by check_hardware() */
	struct lease_list leases; /* those leases that can be read */
	int leases_read;	  /* return value of lease_store_load_all(); its error is in leases_error */
	struct error leases_error;
	struct libvirt_daemon daemon; /* set by check_libvirt(); its name is always set */
	bool has_daemon;
};

void check_hardware(struct check *check);
void check_kernel(struct check *check);
void check_libvirt(struct check *check);
void check_confinement(struct check *check);
void check_installation(struct check *check);
void check_leases(struct check *check);
void check_registry(struct check *check);

/* Each adds one item with the finding. */
void check_pass(struct check *check, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
void check_warn(struct check *check, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
void check_fail(struct check *check, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Set the fix of the last item: a command for root's shell, or advice in words. */
void check_command(struct check *check, const char *fmt, ...) PRINTF_LIKE(2, 3);
void check_advice(struct check *check, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Adds an item which reports that @err prevented this check. */
void check_unseen(struct check *check, const char *name, const struct error *err);

#define CHECK_QUOTED_LEN 600

/* Quotes a path as a word for the shell. Returns @buf; "" when it does not fit. */
char *check_quote(const char *path, char buf[static CHECK_QUOTED_LEN]);

#endif
