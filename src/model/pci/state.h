/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a PCI function is: what a look at it finds, and what that means. Pure; host/pci/state.c looks.
 */
#ifndef PCITAG_MODEL_PCI_STATE_H
#define PCITAG_MODEL_PCI_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pci_condition {
	PCI_WELL,
	PCI_DEGRADED, /* a request gets it only when no other device is left */
	PCI_OUT,      /* no request gets it */
};

/* Errors that the kernel has counted since the function was added (Advanced Error Reporting). */
struct pci_errors {
	uint32_t fatal, nonfatal;
};

/* As errors of an earlier time: none that is counted later is new. */
#define PCI_ERRORS_ALL ((struct pci_errors){ UINT32_MAX, UINT32_MAX })

/* The result of one look. */
struct pci_state {
	bool is_read;		   /* there was one, and the function did answer or was found to be mute */
	bool is_header;		   /* only the header of its configuration space could be read */
	bool is_mute;		   /* its configuration space reads all ones */
	bool is_tired;		   /* it is in a low power state, although the kernel wants it awake */
	uint8_t power;		   /* the power state that it reports: 0 to 3 for D0 to D3hot */
	uint8_t width, width_most; /* lanes of its link, now and at most; 0: it has no link */
	struct pci_errors errors;
};

/* The first part of the configuration space, which has all of its plain capabilities. */
#define PCI_CONFIG_LEN 256
/* The part that every user may read: it has no capability. */
#define PCI_CONFIG_HEADER_LEN 64

/*
 * Takes power state and link out of the configuration space (PCI Local Bus Specification 3.0, 6.7; PCI
 * Express Base Specification, Link Capabilities and Link Status; linux/pci_regs.h).
 * @bytes, @len: its beginning; of less than PCI_CONFIG_HEADER_LEN bytes nothing is known
 * @out: is_read, is_header, is_mute, power, width and width_most are set; 0 where a capability is missing, or
 *       is not in @len
 */
void pci_state_from_config(const unsigned char *bytes, size_t len, struct pci_state *out);

/*
 * Reads the sum out of `aer_dev_fatal` or `aer_dev_nonfatal`: the line that begins with TOTAL_ERR_ (kernel:
 * Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats). A sum that does not fit is the largest number.
 * Returns 0, or 1 when there is no such line (@out untouched).
 */
int pci_errors_parse(const char *text, uint32_t *out);

#define PCI_EVIDENCE_LEN 96

/*
 * Judges a look.
 * @before: the errors that do not count, because they are of an earlier time
 * @evidence: receives a clause, "2 fatal errors (AER)"; "" for PCI_WELL
 */
enum pci_condition pci_state_judge(const struct pci_state *now, const struct pci_errors *before,
				   char evidence[static PCI_EVIDENCE_LEN]);

/* Returns "well", "degraded" or "out". */
const char *pci_condition_name(enum pci_condition condition);
/* Returns 0, or 1 when @text is no such word (@out untouched). */
int pci_condition_parse(const char *text, enum pci_condition *out);

#endif
