/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a domain XML as libvirt writes it. */
#ifndef PCITAG_HOST_DOMAIN_XML_H
#define PCITAG_HOST_DOMAIN_XML_H

#include <stddef.h>

#include "base/error.h"
#include "model/domain.h"

/* 16 MiB; libvirt's own remote protocol stops at 4 (libvirt: src/remote/remote_protocol.x). */
#define DOMAIN_XML_MAX ((size_t)16 << 20)

/*
 * Reads what struct domain has room for.
 * @bytes: the XML, UTF-8 whatever it declares, need not be terminated
 * @len:   bytes, at most DOMAIN_XML_MAX
 * @out:   overwritten, never read; the caller clears it with domain_clear(), also after a
 *         failure: it then owns nothing but still has the name and uuid when they could
 *         be read ("" otherwise), even of a document that ends too early, so that a release
 *         can go on
 *
 * The document must be complete, well-formed, without DOCTYPE (so without entities of its
 * own), at most 256 elements deep, its root <domain>. A file that nobody has defined yet has
 * no <uuid>: then uuid is "", and who needs it must ask for it. Nothing outside @bytes
 * is ever opened. A name that is too long for struct domain is cut.
 *
 * A placeholder is exactly
 *   <devices><input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/OWNER/REQUEST'/>
 * because libvirt turns only that into the -device which the wrapper swaps. A path of
 * /dev/pcitag (however spelt) in any other attribute or text is refused with what to
 * write, for such a node would be granted to a guest without a lease. <name>, <title>,
 * <description> and <metadata> are prose and not looked at. In elements of another XML
 * namespace (qemu:commandline, qemu:override) the path is refused in the middle of a value too.
 *
 * Native host devices, each as libvirt formats them (libvirt: src/conf/domain_conf.c,
 * src/conf/device_conf.c); an address may be listed twice:
 *   <hostdev type='pci'><source><address domain= bus= slot= function=/>
 *   <interface type='hostdev'><source><address type='pci' .../>
 *   <disk type='nvme'><source type='pci'><address .../>, backing stores and mirrors included
 * Devices that a libvirt <network> gives out of its pool are not in the XML at prepare.
 */
int domain_xml_parse(const char *bytes, size_t len, struct domain *out, struct error *err);

#endif
