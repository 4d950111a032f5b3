/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads the objects in which KubeVirt and Harvester list the PCI devices that guests may use, as `kubectl get
 * -o yaml` (or json, which is valid YAML) prints them: as single objects, in a List, or as several documents.
 *
 * KubeVirt (kubevirt.io/api/core/v1 types.go, PermittedHostDevices). HyperConverged has permittedHostDevices
 * directly below spec, and its own key pciDeviceSelector:
 *
 *	kind: KubeVirt
 *	spec:
 *	  configuration:
 *	    permittedHostDevices:
 *	      pciHostDevices:
 *	      - pciVendorSelector: "10DE:1EB8"
 *	        resourceName: nvidia.com/TU104GL_Tesla_T4
 *	        externalResourceProvider: true	(ignored)
 *	      mediatedDevices: ...		(not PCI devices)
 *
 * Harvester (github.com/harvester/pcidevices, pkg/apis/devices.harvesterhci.io/v1beta1). There is one
 * PCIDevice for every function of every node. The ids are hexadecimal text; they were decimal numbers in its
 * first version:
 *
 *	kind: PCIDevice
 *	status:
 *	  address: "0000:04:10.0"
 *	  vendorId: "8086"
 *	  deviceId: 10ed
 *	  classId: "0200"
 *	  nodeName: node1
 *	  resourceName: intel.com/82599_ETHERNET_CONTROLLER_VIRTUAL_FUNCTION
 *
 * A claim marks a device for use by guests. When there are claims, only the devices that they name are taken,
 * each at its address on its host:
 *
 *	kind: PCIDeviceClaim
 *	spec:
 *	  address: "0000:04:10.0"
 *	  nodeName: node1
 */
#ifndef PCITAG_HOST_IMPORT_CLUSTER_YAML_H
#define PCITAG_HOST_IMPORT_CLUSTER_YAML_H

#include "base/error.h"
#include "model/import/pci_devices.h"

/* Maximum nesting of a document; most objects are far below it. */
#define CLUSTER_YAML_DEPTH 32

enum { CLUSTER_YAML_OTHER = 1 };

/*
 * Reads all documents of @text. What cannot be imported is recorded as a mistake.
 * @path: its name for messages; must outlive @out
 * @out:  empty; the caller frees it with pci_devices_clear(), also after a failure
 * Returns 0; CLUSTER_YAML_OTHER when the part of @text that is valid YAML has no such object; or -1 with one
 * line in *err.
 */
int cluster_yaml_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		       struct error *err);

#endif
