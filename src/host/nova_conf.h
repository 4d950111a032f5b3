/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PCI devices of OpenStack Nova's configuration (nova/conf/pci.py, nova/pci/devspec.py,
 *nova/pci/request.py):
 *
 *	[pci]
 *	device_spec = { "vendor_id": "8086", "product_id": "0443", "address": "0000:0a:00.*" }
 *	device_spec = [{ "vendor_id": "10de", "product_id": "2330", "resource_class": "H100" }, ...]
 *	alias = { "name": "QuickAssist", "vendor_id": "8086", "product_id": "0443" }
 *
 * device_spec was passthrough_whitelist, and in [DEFAULT] pci_passthrough_whitelist; alias was pci_alias
 *there. A value is JSON and may go on in the next lines. What a device_spec leaves out, any device has; an
 *address is a pattern ("*:0a:00.*", ":0a:00.") or has a regular expression for each field.
 *
 * Flavors ask for an alias, so that becomes the type: of each device_spec that it fits, as what both say
 *together. A device_spec without an alias has the name of its resource_class, or of its physical_network, or
 *of its ids. A file without any device_spec, as the API's is, has the devices of its aliases.
 */
#ifndef PCITAG_HOST_NOVA_CONF_H
#define PCITAG_HOST_NOVA_CONF_H

#include "base/error.h"
#include "model/pci_devices.h"

/*
 * Reads the text; what cannot be imported is noted as a mistake.
 * @text: terminated by a NUL that @len does not count
 * @path: its name for messages; must outlive @out
 * @out:  empty; free it with pci_devices_clear(), also after a failure
 * Fails with one line when there is nothing of the kind.
 */
int nova_conf_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		    struct error *err);

#endif
