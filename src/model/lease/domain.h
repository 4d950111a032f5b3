/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pcitag needs from a libvirt domain: its identity, the requests that it makes through placeholders, and
 * the host PCI devices that it names by address. Pure: host/xml/domain.c reads the XML.
 */
#ifndef PCITAG_MODEL_LEASE_DOMAIN_H
#define PCITAG_MODEL_LEASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/lease/name.h"
#include "model/lease/options.h"
#include "model/lease/vf_net.h"
#include "model/wish/pinning.h"
#include "model/pci/address.h"
#include "model/wish/wish.h"

/* Maximum size of its XML, in bytes; libvirt's remote protocol is limited to 4 MiB (libvirt:
 * src/remote/remote_protocol.x). */
#define DOMAIN_XML_MAX ((size_t)16 << 20)

#define UUID_LEN 37
#define DOMAIN_NAME_LEN 256
#define DOMAIN_PATH_LEN 256

/* More placeholders than the root ports of a q35 machine. It bounds the work of the allocator. */
#define DOMAIN_REQUESTS_MAX 64

/* The namespaces of the links under /dev; see "The placeholder" in the design document. */
#define PLACEHOLDER_DIR "/dev/pcitag/"
#define PLACEHOLDER_DEVICE_DIR "/dev/pcitag/device/"
#define PLACEHOLDER_RESERVED_OWNER "device"
#define VFIO_CONTAINER_PATH "/dev/vfio/vfio"
#define NULL_DEVICE_PATH "/dev/null" /* where the link of an optional request leads that got no device */
#define WRAPPER_PREFIX "pcitag-"

/* "<boot order='2147483647'/>" and the like, with its NUL. */
#define BOOT_CLASH_LEN 40

/* One placeholder: <source evdev='/dev/pcitag/OWNER/REQUEST'/>. */
struct request {
	char owner[NAME_LEN];
	char text[REQUEST_LEN]; /* "npu.1", as written */
	char name[NAME_LEN];	/* "npu" */
	int index;		/* 1, or -1 */
};

/* What the domain's definition says about the device of one request. */
struct request_options {
	char request[REQUEST_LEN]; /* "npu.1" */
	struct device_options options;
	struct vf_net net; /* of a virtual function of a network card */
};

/* What the domain's definition says about the devices of some of its requests together. */
struct domain_wish {
	char *names;	   /* owned: "gpu nic.0", as written */
	uint64_t requests; /* bit n: requests[n] of the domain is one of them; set by domain_resolve_wishes()
			    */
	struct wishes wishes; /* without limit and per_domain */
};
/* The text of both, with a comma between them. */
#define REQUEST_OPTIONS_LEN (DEVICE_OPTIONS_LEN + VF_NET_LEN)

struct domain {
	char name[DOMAIN_NAME_LEN]; /* attacker-chosen text: for messages only, never a path */
	char uuid[UUID_LEN];	    /* lower case, checked; the key of the lease */
	/* Not owned. The domain runs with what the lease of this UUID has, and asks for more; NULL: a start.
	 */
	const char *running_as;
	char emulator[DOMAIN_PATH_LEN];	 /* "" when the XML names none */
	bool has_container;		 /* the XML has <input type='evdev'> for /dev/vfio/vfio */
	char boot_clash[BOOT_CLASH_LEN]; /* what contradicts the bootindex of a request; "" for nothing */
	struct request *requests;	 /* owned, in document order */
	size_t request_count;
	struct pci_addr *hostdevs; /* owned: <hostdev>, <interface type='hostdev'>, NVMe disks */
	size_t hostdev_count;
	struct request_options *options; /* owned, for different requests; most domains have none */
	size_t option_count;
	struct domain_wish *wishes; /* owned; most domains have none */
	size_t wish_count;
	struct pinning *pinning; /* owned; NULL: neither memory nor processors are bound to a place */
};

/* Frees what @domain owns and leaves it empty. An empty domain ({0}) is allowed. */
void domain_clear(struct domain *domain);

/*
 * True when @path names PLACEHOLDER_DIR or a path below it, in any spelling, such as "//dev/./pcitag/x" or
 * "/dev/vfio/../pcitag/x". Only the text counts; links are not followed.
 */
bool placeholder_path(const char *path);

/*
 * Parses a placeholder path. Fails, with the text to write in *err, when @path is not literally
 * /dev/pcitag/OWNER/REQUEST with a valid owner (a name other than PLACEHOLDER_RESERVED_OWNER) and a valid
 * request. @out is then untouched.
 */
int placeholder_parse(const char *path, struct request *out, struct error *err);

/*
 * Parses a request such as "npu" or "npu.1" without a path; its owner is "". Fails with the text to write in
 * *err; @out is then untouched.
 */
int request_read(const char *text, struct request *out, struct error *err);

/*
 * Append a copy of @request or @addr. Both fail when out of memory; the first also fails beyond
 * DOMAIN_REQUESTS_MAX.
 */
int domain_add_request(struct domain *domain, const struct request *request, struct error *err);
int domain_add_hostdev(struct domain *domain, const struct pci_addr *addr, struct error *err);

/*
 * Adds the options of a request.
 * @list: as for request_options_set_list()
 * Fails when an option is not valid, there are too many requests, this one has options already, or memory has
 * run out.
 */
int domain_add_options(struct domain *domain, const char *request, const char *list, struct error *err);

/* Return the options of a request, all or those of QEMU; NULL when it has none. */
const struct request_options *domain_find_request_options(const struct domain *domain, const char *request);
const struct device_options *domain_find_options(const struct domain *domain, const char *request);

/* Maximum length of the names of the requests of a wish, including the NUL: all of a domain. */
#define DOMAIN_WISH_LEN (DOMAIN_REQUESTS_MAX * REQUEST_LEN)

/*
 * Adds a wish.
 * @requests: those that it is for, separated by blanks; one that the domain does not make is not an error
 * Fails when one is not a request or is there twice, there are too many, or memory has run out.
 */
int domain_add_wish(struct domain *domain, const char *requests, const struct wishes *wishes,
		    struct error *err);

/* Sets for all wishes which requests of the domain they are for. To be called when both are complete. */
void domain_resolve_wishes(struct domain *domain);

/*
 * Reads the next word of a list of requests.
 * @at: the list before the first call; moved past the word
 * Returns false at the end; @word is then "". A word that is too long is cut, and so is not a request.
 */
bool request_list_next(const char **at, char word[static REQUEST_LEN + 1]);

/* True when @request, "gpu" or "nic.0", is one of those that the wish names. */
bool domain_wish_is_about(const struct domain_wish *wish, const char *request);

/*
 * Sets each option of a list of "NAME=VALUE" with commas between them, as a domain's metadata has it: what
 * vf_net_knows() is of a virtual function, any other is QEMU's (device_options_set_text()). Fails, with what
 * to write instead in *err, for an option that is not valid; @options may then have some of the others.
 */
int request_options_set_list(struct request_options *options, const char *list, struct error *err);

/* Sets each option of @wish in @options. Fails when all together are too long. */
int request_options_merge(struct request_options *options, const struct request_options *wish,
			  struct error *err);

/* Writes all options as such a list, "" for none. Returns @buf. */
char *request_options_text(const struct request_options *options, char buf[static REQUEST_OPTIONS_LEN]);

/*
 * Checks what depends on the domain alone: no placeholder occurs twice, the container element exists, and
 * nothing contradicts a bootindex. The emulator depends on the host and is checked elsewhere
 * (host/system/emulator_file.h). A domain without requests always passes. Fails with the element to write in
 * *err.
 */
int domain_check(const struct domain *domain, struct error *err);

/* True when @owner can own placeholders: it is a name other than the reserved one. */
bool owner_valid(const char *owner);

/*
 * Returns in @owner the domain's name when it is a valid owner. Otherwise @owner is the name, with "_" for
 * each invalid byte, and the first 8 characters of the uuid: "win 11" becomes win_11-6f1c2f4e. A domain
 * always gets the same owner, and two domains get different ones.
 * @uuid: in the format of uuid_valid()
 */
void owner_of_domain(const char *name, const char *uuid, char owner[static NAME_LEN]);

#endif
