/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parses a domain XML in libvirt's format. */
#ifndef PCITAG_HOST_XML_DOMAIN_H
#define PCITAG_HOST_XML_DOMAIN_H

#include <stddef.h>

#include "base/error.h"
#include "model/lease/domain.h"

/*
 * Parses the parts that struct domain has fields for.
 * @bytes: the XML, UTF-8 whatever it declares, need not be terminated
 * @len:   bytes, at most DOMAIN_XML_MAX
 * @out:   overwritten, never read; the caller clears it with domain_clear(), also after a failure. It then
 *         owns nothing, but has the name and uuid as far as they could be read ("" otherwise), even from a
 *         truncated document, so that a release can proceed
 *
 * The document must be complete and well-formed, without DOCTYPE (and so without entities of its own), at
 * most 256 elements deep, with the root <domain>. A definition that is not yet known to libvirt has no
 * <uuid>: uuid is then "", and a caller that needs one must check. Nothing outside @bytes is opened. A name
 * that is too long for struct domain is truncated.
 *
 * A placeholder is exactly
 *   <devices><input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/OWNER/REQUEST'/>
 * because libvirt formats only that as the -device which the wrapper replaces. A path of /dev/pcitag (in any
 * spelling) in another attribute or text is refused with the element to write, because such a node would be
 * granted to a guest without a lease. <name>, <title>, <description> and <metadata> are free text and not
 * checked. In elements of another XML namespace (qemu:commandline, qemu:override) the path is also refused in
 * the middle of a value.
 *
 * Native host devices, in the formats of libvirt (libvirt: src/conf/domain_conf.c, src/conf/device_conf.c);
 * an address may be listed twice:
 *   <hostdev type='pci'><source><address domain= bus= slot= function=/>
 *   <interface type='hostdev'><source><address type='pci' .../>
 *   <disk type='nvme'><source type='pci'><address .../>, backing stores and mirrors included
 *
 * The options of requests are in the record that pcitag add makes in <metadata> (host/xml/domain_note.h).
 * Those of a request that the domain does not have are read as well. An option that is not one is refused.
 *
 * Devices that libvirt assigns from the pool of a <network> are not in the XML of the prepare hook.
 */
int domain_xml_parse(const char *bytes, size_t len, struct domain *out, struct error *err);

/*
 * Reads only name and uuid, which a release needs, and nothing that follows them: the rest may be invalid. A
 * definition without them is read as by domain_xml_parse(), and this returns the same.
 */
int domain_xml_identify(const char *bytes, size_t len, struct domain *out, struct error *err);

#endif
