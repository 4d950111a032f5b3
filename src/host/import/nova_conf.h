/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The PCI devices of OpenStack Nova's configuration (nova/conf/pci.py, nova/pci/devspec.py,
 * nova/pci/request.py):
 *
 *	[pci]
 *	device_spec = { "vendor_id": "8086", "product_id": "0443", "address": "0000:0a:00.*" }
 *	device_spec = [{ "vendor_id": "10de", "product_id": "2330", "resource_class": "H100" }, ...]
 *	alias = { "name": "QuickAssist", "vendor_id": "8086", "product_id": "0443" }
 *
 * The former name of device_spec is passthrough_whitelist, or pci_passthrough_whitelist in [DEFAULT]; the
 * former name of alias there is pci_alias. A value is JSON and may continue on the following lines. A key
 * that a device_spec omits matches any device. An address is a pattern ("*:0a:00.*", ":0a:00.") or has a
 * regular expression for each field.
 *
 * Flavors request an alias, so the alias becomes the type: one for each device_spec that matches it, with the
 * combined conditions of both. A device_spec without an alias is named after its resource_class, its
 * physical_network, or its IDs. A file without any device_spec, such as the API's, yields the devices of its
 * aliases.
 */
#ifndef PCITAG_HOST_IMPORT_NOVA_CONF_H
#define PCITAG_HOST_IMPORT_NOVA_CONF_H

#include "base/error.h"
#include "model/import/pci_devices.h"

/*
 * Reads the text. Entries that cannot be imported are recorded as mistakes.
 * @text: terminated by a NUL that @len does not count
 * @path: its name for messages; must outlive @out
 * @out:  empty; free it with pci_devices_clear(), also after a failure
 * Fails with one line when the text has neither option.
 */
int nova_conf_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		    struct error *err);

#endif
