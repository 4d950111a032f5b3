/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects in which KubeVirt and Harvester keep which PCI devices guests may have, as `kubectl get -o
 *yaml` (or json, which is YAML) prints them, alone, in a List, or as several documents:
 *
 *	kind: KubeVirt			kubevirt.io/api/core/v1 types.go, PermittedHostDevices; HyperConverged
 *	spec:				has it right below spec, and its own word pciDeviceSelector
 *	  configuration:
 *	    permittedHostDevices:
 *	      pciHostDevices:
 *	      - pciVendorSelector: "10DE:1EB8"
 *	        resourceName: nvidia.com/TU104GL_Tesla_T4
 *	        externalResourceProvider: true	no matter here
 *	      mediatedDevices: ...		no PCI devices
 *
 *	kind: PCIDevice			github.com/harvester/pcidevices,
 *pkg/apis/devices.harvesterhci.io/v1beta1:
 *	status:				one for every function of every node; the ids are hexadecimal text,
 *and were address: "0000:04:10.0"	decimal numbers in its first version vendorId: "8086" deviceId: 10ed
 *classId: "0200" nodeName: node1 resourceName: intel.com/82599_ETHERNET_CONTROLLER_VIRTUAL_FUNCTION
 *
 *	kind: PCIDeviceClaim		whoever wants one for guests; when there are claims, only what they
 *name is spec:				taken, at its address of that host address: "0000:04:10.0" nodeName:
 *node1
 */
#ifndef PCITAG_HOST_CLUSTER_YAML_H
#define PCITAG_HOST_CLUSTER_YAML_H

#include "base/error.h"
#include "model/pci_devices.h"

/* Deepest nesting of a document; most objects are far below. */
#define CLUSTER_YAML_DEPTH 32

#define CLUSTER_YAML_OTHER 1

/*
 * Reads all documents of @text; what cannot be imported is noted as a mistake.
 * @path: its name for messages; must outlive @out
 * @out:  empty; free it with pci_devices_clear(), also after a failure
 * Returns 0; CLUSTER_YAML_OTHER when no document is such an object, as far as it is YAML; or fails with one
 * line.
 */
int cluster_yaml_parse(const char *text, size_t len, const char *path, struct pci_devices *out,
		       struct error *err);

#endif
