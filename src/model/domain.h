/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pcitag needs to know of a libvirt domain: who it is, which requests it makes
 * through placeholders, and which host PCI devices it names by itself. Pure: the XML is
 * read by host/domain_xml.c.
 */
#ifndef PCITAG_MODEL_DOMAIN_H
#define PCITAG_MODEL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "model/name.h"
#include "model/pci_addr.h"

#define UUID_LEN 37
#define DOMAIN_NAME_LEN 256
#define DOMAIN_PATH_LEN 256

/* More placeholders than a q35 machine has root ports to offer; bounds the allocator's work. */
#define DOMAIN_REQUESTS_MAX 64

/* The namespaces of the links under /dev: see design, "The placeholder". */
#define PLACEHOLDER_DIR "/dev/pcitag/"
#define PLACEHOLDER_DEVICE_DIR "/dev/pcitag/device/"
#define PLACEHOLDER_RESERVED_OWNER "device"
#define VFIO_CONTAINER_PATH "/dev/vfio/vfio"
#define WRAPPER_PREFIX "pcitag-"

/* One placeholder: <source evdev='/dev/pcitag/OWNER/REQUEST'/>. */
struct request {
	char owner[NAME_LEN];
	char text[REQUEST_LEN]; /* "npu.1", as written */
	char name[NAME_LEN];	/* "npu" */
	int index;		/* 1, or -1 */
};

struct domain {
	char name[DOMAIN_NAME_LEN];	/* attacker-chosen text: for messages only, never a path */
	char uuid[UUID_LEN];		/* lower case, checked: the key of everything */
	char emulator[DOMAIN_PATH_LEN]; /* "" when the XML names none */
	bool has_container;		/* there is an <input type='evdev'> for /dev/vfio/vfio */
	struct request *requests;	/* owned, in document order */
	size_t request_count;
	struct pci_addr *hostdevs; /* owned: <hostdev>, <interface type='hostdev'>, NVMe disks */
	size_t hostdev_count;
};

/* Frees what @domain owns and leaves it empty. An empty one ({0}) is fine. */
void domain_clear(struct domain *domain);

/*
 * Says whether @path names PLACEHOLDER_DIR or something below it, however it is spelt:
 * "//dev/./pcitag/x" and "/dev/vfio/../pcitag/x" do. By its text alone, no link is followed.
 */
bool placeholder_path(const char *path);

/*
 * Reads a placeholder path.
 * Fails with what to write when @path is not literally /dev/pcitag/OWNER/REQUEST with a
 * legal owner (a name, and not PLACEHOLDER_RESERVED_OWNER) and a legal request; @out is
 * then untouched.
 */
int placeholder_parse(const char *path, struct request *out, struct error *err);

/*
 * Reads a request such as "npu" or "npu.1" that stands for itself: the owner is "".
 * Fails with what to write; @out is then untouched.
 */
int request_read(const char *text, struct request *out, struct error *err);

/*
 * Append a copy of @request / of @addr. Fail for want of memory; the first also beyond
 * DOMAIN_REQUESTS_MAX.
 */
int domain_add_request(struct domain *domain, const struct request *request, struct error *err);
int domain_add_hostdev(struct domain *domain, const struct pci_addr *addr, struct error *err);

/*
 * Checks what can be said of the domain alone: no placeholder twice, the container element
 * is there. Its emulator is a matter of the host (host/emulator_file.h). A domain without requests always
 * passes.
 * Fails with the element to write.
 */
int domain_check(const struct domain *domain, struct error *err);

#endif
