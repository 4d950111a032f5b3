/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name of a grant's middle link under /dev/pcitag/device. It holds everything that the wrapper needs to
 * know; the wrapper runs without privilege inside the guest's sandbox. Pure.
 */
#ifndef PCITAG_MODEL_LEASE_PLACEHOLDER_H
#define PCITAG_MODEL_LEASE_PLACEHOLDER_H

#include <stdint.h>

#include "model/lease/options.h"
#include "model/pci/address.h"

/*
 * An address, up to 7 times "+F", a comma and the options, and the NUL. It is the name of a file, of which
 * Linux allows 255 bytes (limits.h: NAME_MAX).
 */
#define GRANT_LINK_LEN (PCI_ADDR_LEN + 2 * (PCI_FUNCTIONS - 1) + DEVICE_OPTIONS_LEN)

/*
 * Writes the address of the function that matched, then "+F" for each further function of its slot that the
 * guest gets, in ascending order, then "," and the options, if there are any: "0000:02:00.0+1,rombar=0".
 * @functions: bit n is function n; the bit of addr->function is implied
 * @options: NULL for none
 * Returns @buf.
 */
char *grant_link_format(const struct pci_addr *addr, uint8_t functions, const struct device_options *options,
			char buf[static GRANT_LINK_LEN]);

/*
 * Parses such a name; it accepts only what grant_link_format() writes, and only options of the table.
 * Returns 0 with @functions including addr->function, or 1 when @text is not such a name (outputs untouched).
 * @options: NULL accepts no options
 */
int grant_link_parse(const char *text, struct pci_addr *addr, uint8_t *functions,
		     struct device_options *options);

#endif
