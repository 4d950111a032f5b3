/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/import/device_list.c host/import/pci_devices_yaml.c host/import/cluster_yaml.c host/import/yaml_nodes.c host/import/nova_conf.c model/import/pci_devices.c model/import/pci_selectors.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/fileio.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* libs: yaml-0.1 json-c */
#include "host/import/device_list.h"
#include "test.h"

/* A list, and what became of it: the models as "NAME TYPE VVVV:DDDD@ADDRESSES/HOSTS; ", the mistakes one a
 * line. */
struct outcome {
	char models[2000];
	char mistakes[3000];
};

static struct outcome read_list(const char *text)
{
	struct outcome out = { .models = "" };
	struct registry registry = { 0 };
	struct pci_devices devices;
	struct error err = { 0 };
	char ids[MODEL_DEVICES_LEN];
	size_t len = 0;

	if (device_list_parse(text, strlen(text), "l", &devices, &err) < 0) {
		snprintf(out.mistakes, sizeof(out.mistakes), "refused: %s\n", err.msg);
		pci_devices_clear(&devices);
		return out;
	}
	CHECK(pci_devices_add_models(&devices, NULL, &registry, &err) == 0);
	CHECK(devices.comment_count == registry.count);
	for (size_t i = 0; i < registry.count; i++) {
		const struct model *model = &registry.models[i];

		len += (size_t)snprintf(out.models + len, sizeof(out.models) - len, "%s %s %04x:%s",
					model->name, model->type, model->vendor, model_devices(model, ids));
		for (size_t j = 0; j < model->address.count; j++)
			len += (size_t)snprintf(out.models + len, sizeof(out.models) - len, "%s%s",
						j ? "," : "@", model->address.items[j]);
		for (size_t j = 0; j < model->hosts.count; j++)
			len += (size_t)snprintf(out.models + len, sizeof(out.models) - len, "/%s",
						model->hosts.items[j]);
		len += (size_t)snprintf(out.models + len, sizeof(out.models) - len, "; ");
	}
	len = 0;
	for (size_t i = 0; i < devices.mistake_count; i++)
		len += (size_t)snprintf(out.mistakes + len, sizeof(out.mistakes) - len, "%s\n",
					devices.mistakes[i].text);
	pci_devices_clear(&devices);
	registry_clear(&registry);
	return out;
}

#define IS(text, expected_models, expected_mistakes)             \
	do {                                                     \
		struct outcome outcome_ = read_list(text);       \
		CHECK_STR(outcome_.models, expected_models);     \
		CHECK_STR(outcome_.mistakes, expected_mistakes); \
	} while (0)

/* ---- KubeVirt ---------------------------------------------------------------------------------------- */

#define PERMITTED "permittedHostDevices:\n  pciHostDevices:\n"

static void test_a_resource_becomes_a_section_with_all_its_ids(void)
{
	IS(PERMITTED
	   "  - {pciVendorSelector: \"10DE:1EB8\", resourceName: nvidia.com/T4}\n"
	   "  - {resourceName: nvidia.com/T4, pciVendorSelector: 10de:2236, externalResourceProvider: true}\n"
	   "  - {pciVendorSelector: '8086:0443', resourceName: \"nvidia.com/T4\"}\n",
	   "T4-10de T4 10de:1eb8 2236; T4-8086 T4 8086:0443; ", "");
}

static void test_permitted_devices_are_found_wherever_they_stand(void)
{
	const char *const around[] = {
		"%s",
		"kind: KubeVirt\nspec: {configuration: {permittedHostDevices: {pciHostDevices: [%s]}}}\n",
		"kind: HyperConverged\nspec: {permittedHostDevices: {pciHostDevices: [%s]}}\n",
		"items: [{spec: {configuration: {permittedHostDevices: {pciHostDevices: [%s]}}}}]\nkind: "
		"List\n",
		"---\n# nothing yet\n---\npciHostDevices: [%s]\n",
		"{\"kind\": \"KubeVirt\",\n\t\"spec\": {\"configuration\": {\"permittedHostDevices\": "
		"{\"pciHostDevices\": [%s]}}}}",
	};
	char text[500];

	for (size_t i = 1; i < ARRAY_SIZE(around); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), around[i],
			 "{\"pciDeviceSelector\": \"10DE:1EB8\", \"resourceName\": \"nvidia.com/T4\"}");
#pragma GCC diagnostic pop
		IS(text, "T4-10de T4 10de:1eb8; ", "");
	}
}

static void test_names_of_resources_become_names_of_types(void)
{
	IS(PERMITTED "  - {pciVendorSelector: 10de:0001, resourceName: \"nvidia.com/GH100 [H200 (SXM)]\"}\n"
		     "  - {pciVendorSelector: 10de:0002, resourceName: "
		     "a.b/ETHERNET_CONTROLLER_10G_X550T_VIRTUAL_FUNCTION_OF_A_LONG_NAME}\n"
		     "  - {pciVendorSelector: 10de:0003, resourceName: nvidia.com/}\n"
		     "  - {pciVendorSelector: 10de:0004, resourceName: \"other.com/GH100 [H200 (SXM)]\"}\n",
	   "GH100-H200-SXM-10de GH100-H200-SXM 10de:0001; "
	   "ETHERNET_CONTROLLER_10G_X550T_VIRTUAL_-10de ETHERNET_CONTROLLER_10G_X550T_VIRTUAL_FUNCTION_O "
	   "10de:0002; ",
	   "l:5: resource nvidia.com/ has nothing that a type's name may have; write letters or digits\n"
	   "l:6: resource other.com/GH100 [H200 (SXM)] would be type GH100-H200-SXM, as resource "
	   "nvidia.com/GH100 "
	   "[H200 (SXM)] of line 3 is; rename one of the two\n");
}

static void test_what_is_wrong_with_a_permitted_device(void)
{
	IS(PERMITTED "  - {pciVendorSelector: 10de, resourceName: a.b/C}\n"
		     "  - {pciVendorSelector: \"10de:12345\", resourceName: a.b/C}\n"
		     "  - {resourceName: a.b/C}\n"
		     "  - {pciVendorSelector: 10de:0001}\n"
		     "  - {pciVendorSelector: 10de:0001, resourceName: [a]}\n"
		     "  - {pciVendorSelector: 10de:0001, resourceName: a.b/C, numa: 1}\n"
		     "  - text\n"
		     "  - {pciVendorSelector: 10de:0001, pciVendorSelector: 10de:0002, resourceName: a.b/D}\n"
		     "  - {pciVendorSelector: 10DE:0001, resourceName: a.b/E}\n"
		     "  - {pciVendorSelector: ffff:0001, resourceName: a.b/F}\n",
	   "D-10de D 10de:0001; ",
	   "l:3: pciVendorSelector: invalid pair of ids 10de; write VVVV:DDDD, the 4+4 hex digits that lspci "
	   "-nn shows "
	   "in brackets\n"
	   "l:4: pciVendorSelector: invalid pair of ids 10de:12345; write VVVV:DDDD, the 4+4 hex digits that "
	   "lspci -nn "
	   "shows in brackets\n"
	   "l:5: a device without pciVendorSelector; write one, or delete it\n"
	   "l:6: a device without resourceName; write one, or delete it\n"
	   "l:7: resourceName is not a string; write resourceName: VALUE\n"
	   "l:8: unknown key numa; the keys are pciVendorSelector, resourceName, externalResourceProvider\n"
	   "l:9: this is not a device; write \"- pciVendorSelector: ...\"\n"
	   "l:10: pciVendorSelector is given twice; delete one of the two\n"
	   "l:11: the device 10de:0001 is at line 10 already, as resource a.b/D; delete one of the two\n"
	   "l:12: vendor = ffff is what an absent device reads as; write the first 4 digits of the pair "
	   "lspci -nn "
	   "shows in brackets\n");
}

static void test_what_permits_no_pci_device_says_so(void)
{
	IS("permittedHostDevices:\n  mediatedDevices:\n  - {mdevNameSelector: GRID T4-1Q, resourceName: "
	   "a.b/C}\n",
	   "",
	   "l:3: mediatedDevices are not PCI devices and are left out; give them to a domain as libvirt's "
	   "<hostdev "
	   "type='mdev'>\n");
	IS("kind: KubeVirt\nspec: {}\n", "",
	   "l:1: this KubeVirt permits no host devices; write permittedHostDevices, or sections by pcitag "
	   "define\n");
	IS("kind: ConfigMap\ndata:\n  permittedHostDevices: |-\n    pciHostDevices: []\n", "",
	   "l:3: permittedHostDevices is text in a ConfigMap; import a file that has that text alone\n");
	IS("kind: SriovNetworkNodePolicy\nspec: {}\n---\n- kind: KubeVirt\n---\npermittedHostDevices: "
	   "{pciHostDevices: x}\n",
	   "",
	   "l:1: an object of kind SriovNetworkNodePolicy has no PCI devices that import takes; those are "
	   "KubeVirt, "
	   "HyperConverged, PCIDevice and PCIDeviceClaim\n"
	   "l:4: this is not an object; write \"kind: ...\" and what belongs to it\n"
	   "l:6: pciHostDevices is not a list; write \"- pciVendorSelector: ...\" below it\n");
	IS("kind: List\nitems: [&a {kind: Pod}, *a]\n", "",
	   "refused: l:2: an alias, *a; write what it stands for\n");
	IS("kind: KubeVirt\nspec: [\n", "",
	   "refused: l:3: invalid YAML: did not find expected node content; save the list as plain text "
	   "in UTF-8\n");
	IS("kind: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "",
	   "refused: l:1: more than 32 levels; save the objects alone\n");
}

/* ---- Harvester --------------------------------------------------------------------------------------- */

#define DEVICE(address, node, device, resource)                                                            \
	"- kind: PCIDevice\n  metadata: {name: d}\n  status: {address: \"" address "\", nodeName: " node   \
	", vendorId: \"8086\", deviceId: " device ", classId: \"0200\", resourceName: intel.com/" resource \
	"}\n"
#define CLAIM(address, node)                                                                                \
	"- kind: PCIDeviceClaim\n  metadata: {name: c}\n  spec: {address: \"" address "\", nodeName: " node \
	"}\n"

static void test_devices_of_all_nodes_become_one_section(void)
{
	IS("kind: List\nitems:\n" DEVICE("0000:04:10.0", "n1", "10ed", "VF")
		   DEVICE("0000:04:10.2", "n1", "10ed", "VF") DEVICE("0000:04:10.0", "n2", "\"1521\"", "VF")
			   DEVICE("0000:05:00.0", "n2", "10EE", "PF"),
	   "VF-8086 VF 8086:10ed 1521; PF-8086 PF 8086:10ee; ", "");
}

static void test_claims_choose_devices_at_their_places(void)
{
	IS("kind: List\nitems:\n" CLAIM("04:10.0", "n1") DEVICE("0000:04:10.0", "n1", "10ed", "VF")
		   DEVICE("0000:04:10.2", "n1", "10ed", "VF") DEVICE("0000:04:10.4", "n1", "10ed", "VF")
			   DEVICE("0000:04:10.0", "n2", "10ed", "VF") CLAIM("0000:04:10.4", "n1")
				   CLAIM("0000:04:10.0", "n2") CLAIM("0000:09:00.0", "n2")
					   DEVICE("0000:04:10.4", "n2", "10ed", "VF"),
	   "VF-8086 VF 8086:10ed@0000:04:10.0,0000:04:10.4/n1; VF-8086-2 VF 8086:10ed@0000:04:10.0/n2; ",
	   "l:24: PCIDeviceClaim c names 0000:09:00.0 and no ids, and the list has no PCIDevice of it; "
	   "import what "
	   "kubectl get pcidevices,pcideviceclaims -o yaml prints\n");
}

static void test_what_is_wrong_with_a_device_of_a_node(void)
{
	IS("kind: List\nitems:\n"
	   "- {kind: PCIDevice, metadata: {name: d}}\n"
	   "- {kind: PCIDevice, status: {address: x, nodeName: n}}\n"
	   "- {kind: PCIDevice, status: {address: '00:1f.6', nodeName: '*'}}\n"
	   "- {kind: PCIDevice, status: {address: '00:1f.6', nodeName: n, vendorId: 32902, deviceId: "
	   "'1234'}}\n"
	   "- {kind: PCIDevice, status: {address: '00:1f.6', nodeName: n, vendorId: '8086', deviceId: "
	   "'123'}}\n"
	   "- {kind: PCIDevice, status: {address: '00:1f.6', nodeName: n, vendorId: '8086', deviceId: "
	   "'1234'}}\n"
	   "- {kind: PCIDevice, status: {address: '00:1c.0', nodeName: n, vendorId: '8086', deviceId: "
	   "'9d10', "
	   "classId: '0604', resourceName: intel.com/BRIDGE}}\n",
	   "",
	   "l:3: PCIDevice d has no status; import what kubectl get pcidevices -o yaml prints\n"
	   "l:4: invalid PCI address x; write DOMAIN:BUS:SLOT.FUNCTION as lspci -D shows it\n"
	   "l:5: nodeName: invalid host name *; write the one that hostname shows\n"
	   "l:6: vendorId 32902 is a number without quotes and may be decimal; write the 4 hex digits in "
	   "quotes\n"
	   "l:7: deviceId: invalid id 123; write the 4 hex digits that lspci -nn shows in brackets, in "
	   "quotes\n"
	   "l:8: a device without resourceName; write one, or delete it\n");
}

/* ---- Nova -------------------------------------------------------------------------------------------- */

#define IDS "\"vendor_id\": \"8086\", \"product_id\": \"0443\""

static void test_an_alias_is_the_type_of_what_it_fits(void)
{
	IS("[DEFAULT]\ndebug = true\n[pci]\n"
	   "device_spec = { \"vendor_id\": \"8086\",\n  \"product_id\": \"0443\" }\n"
	   "device_spec = [{\"vendor_id\": \"8086\", \"product_id\": \"444\"},\n\n {\"vendor_id\": "
	   "\"0x10de\", "
	   "\"product_id\": \"2330\", \"resource_class\": \"CUSTOM_H100\"}]\n"
	   "alias = '{\n  \"name\": \"Quick Assist\",\n  " IDS ",\n  \"device_type\": \"type-PCI\",\n  }'\n"
	   "alias = { \"name\": \"Quick Assist\", \"vendor_id\": \"8086\", \"product_id\": \"0444\" }\n"
	   "alias: { \"name\": \"H100\", \"resource_class\": \"h100\" }\n"
	   "alias = { \"name\": \"none\", \"vendor_id\": \"1234\", \"product_id\": \"0444\" }\n"
	   "[other]\nalias = { \"name\": \"no alias\" }\n",
	   "Quick-Assist-8086 Quick-Assist 8086:0443 0444; H100-10de H100 10de:2330; ",
	   "l:16: alias none fits no device_spec, and is left out; write one, or delete it\n");
}

static void test_a_device_spec_without_alias_has_a_name_of_its_own(void)
{
	IS("[DEFAULT]\npci_passthrough_whitelist = {" IDS
	   ", \"resource_class\": \"PGPU\", \"traits\": \"A,b\"}\n"
	   "[pci]\npassthrough_whitelist = {\"vendor_id\": \"8086\", \"product_id\": \"0001\", "
	   "\"physical_network\": \"physnet1\", \"trusted\": \"true\"}\n"
	   "device_spec={\"vendor_id\": \"8086\", \"product_id\": \"0002\", \"physical_network\": null}\n",
	   "PGPU-8086 PGPU 8086:0443; physnet1-8086 physnet1 8086:0001; pci-8086-0002-8086 pci-8086-0002 "
	   "8086:0002; ",
	   "");
}

static void test_aliases_alone_are_the_devices_of_a_file_without_device_spec(void)
{
	IS("pci_alias = {\"name\": \"qat\", " IDS "}\nalias = {\"name\": \"b\"}\nalias = {" IDS "}\n",
	   "qat-8086 qat 8086:0443; ",
	   "l:2: an alias without vendor_id and product_id; write both, pcitag show ADDRESS tells them\n"
	   "l:3: an alias without a name; write one, or delete it\n");
}

static void test_addresses_of_all_kinds(void)
{
	IS("device_spec = {" IDS ", \"address\": \"*:0a:00.*\"}\n"
	   "device_spec = {" IDS ", \"address\": \":0b:00.\"}\n"
	   "device_spec = {" IDS ", \"address\": \"0000:c:1.2\"}\n"
	   "device_spec = {" IDS ", \"address\": {\"domain\": \".*\", \"bus\": \"02\", \"slot\": \"0[1-2]\", "
	   "\"function\": \"[02-3]\"}}\n"
	   "alias = {\"name\": \"q\", " IDS "}\n",
	   "q-8086 q "
	   "8086:0443@*:0a:00.*,*:0b:00.*,0000:0c:01.2,*:02:01.0,*:02:01.2,*:02:01.3,*:02:02.0,*:02:02.2,"
	   "*:02:02.3; ",
	   "");
	IS("device_spec = {" IDS ", \"address\": \"*:*:*.*\"}\nalias = {\"name\": \"q\", " IDS "}\n",
	   "q-8086 q 8086:0443; ", "");
	IS("device_spec = {\"address\": \"0000:0a:00.0\"}\nalias = {\"name\": \"q\", " IDS "}\n",
	   "q-8086 q 8086:0443@0000:0a:00.0; ", "");
	IS("device_spec = {" IDS ", \"address\": \"0:0:0:0.1\"}\n"
	   "device_spec = {" IDS ", \"address\": \"0000:0a:00.8\"}\n"
	   "device_spec = {" IDS ", \"address\": {\"bus\": \"(02|03)\"}}\n"
	   "device_spec = {" IDS ", \"address\": {\"bus\": \"[0-9][0-9]\"}}\n"
	   "device_spec = {" IDS ", \"address\": {\"func\": \"1\"}}\n"
	   "device_spec = {" IDS ", \"address\": 1}\n",
	   "",
	   "l:1: invalid PCI address 0:0:0:0.1; write \"0000:3b:00.0\", with * for any of the four\n"
	   "l:2: invalid PCI address 0000:0a:00.8; write \"0000:3b:00.0\", with * for any of the four\n"
	   "l:3: bus (02|03) of the address is an expression for which no address of the registry can stand; "
	   "write "
	   "\"0000:3b:00.0\", with * for any of the four\n"
	   "l:4: bus [0-9][0-9] of the address is an expression for which no address of the registry can "
	   "stand; "
	   "write \"0000:3b:00.0\", with * for any of the four\n"
	   "l:5: address has no func; its keys are domain, bus, slot, function\n"
	   "l:6: invalid PCI address ; write \"0000:3b:00.0\", with * for any of the four\n");
}

static void test_what_is_wrong_with_a_device_spec(void)
{
	IS("[pci]\ndevice_spec = {\"devname\": \"eth0\"}\n"
	   "device_spec = {\"vendor_id\": 8086, \"product_id\": \"0443\"}\n"
	   "device_spec = {\"vendor_id\": \"intel\", \"product_id\": \"0443\"}\n"
	   "device_spec = {\"vendor_id\": \"8086\", \"product_id\": \"*\"}\n"
	   "device_spec = {" IDS ", \"class\": \"0b40\"}\n"
	   "device_spec = \"8086:0443\"\n"
	   "device_spec = 8086:0443\n"
	   "device_spec = {" IDS "} and more\n"
	   "device_spec =\n"
	   "device_spec = {" IDS "\ndevice_spec = {\"vendor_id\": \"8086\", \"product_id\": \"0001\"}\n"
	   "device_spec = {" IDS ",\n",
	   "pci-8086-0443-8086 pci-8086-0443 8086:0443; pci-8086-0001-8086 pci-8086-0001 8086:0001; ",
	   "l:2: devname names a network interface and no device; write vendor_id, product_id and address, "
	   "which "
	   "pcitag probe shows\n"
	   "l:3: vendor_id is not a string; write 4 hex digits in quotes, as in \"10de\"\n"
	   "l:4: vendor_id: invalid id intel; write the 4 hex digits that lspci -nn shows in brackets, in "
	   "quotes\n"
	   "l:5: a device_spec without vendor_id and product_id; write both, pcitag show ADDRESS tells them\n"
	   "l:6: unknown key class; the keys are vendor_id, product_id, address and tags\n"
	   "l:7: device_spec is not a dictionary; write { \"vendor_id\": \"10de\", \"product_id\": \"2330\" "
	   "}\n"
	   "l:8: device_spec is not a dictionary; write { \"vendor_id\": \"10de\", \"product_id\": \"2330\" "
	   "}\n"
	   "l:9: device_spec has something behind its end; delete it\n"
	   "l:11: device_spec is not valid JSON: object value separator ',' expected; write { \"vendor_id\": "
	   "\"10de\", "
	   "\"product_id\": \"2330\" }\n"
	   "l:13: device_spec is not valid JSON: it has no end; write { \"vendor_id\": \"10de\", "
	   "\"product_id\": "
	   "\"2330\" }\n");
	IS("[DEFAULT]\ndebug = true\n", "",
	   "refused: l:1: no list of devices: INI text without a device_spec or alias in its section [pci]; "
	   "import "
	   "the nova.conf of a host\n");
}

/* Were each read to the end once more, this would take minutes. */
static void test_a_text_full_of_values_without_end_is_read_once(void)
{
	static char text[600 * 1000];
	struct pci_devices devices;
	struct error err = { 0 };
	size_t len = 0;

	while (len < sizeof(text) - 40)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "alias={/*\n");
	CHECK(device_list_parse(text, len, "l", &devices, &err) == 0);
	CHECK(devices.mistake_count == 1);
	pci_devices_clear(&devices);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "*/ x\n");
	CHECK(device_list_parse(text, len, "l", &devices, &err) == 0);
	CHECK(devices.mistake_count == 1);
	pci_devices_clear(&devices);
}

/* ---- others ------------------------------------------------------------------------------------------ */

static void test_a_list_by_vendors_is_read_as_before(void)
{
	IS("vendors:\n- {id: 0x10de, devices: [{id: 0x20b7, name: a30, type: gpu}]}\n", "a30 gpu 10de:20b7; ",
	   "");
	IS("hello\n", "",
	   "refused: l:1: no list of devices; write \"vendors:\" and a list below it, or import a list of "
	   "KubeVirt, "
	   "Harvester or Nova, see pcitag(8)\n");
}

int main(void)
{
	RUN(test_a_resource_becomes_a_section_with_all_its_ids);
	RUN(test_permitted_devices_are_found_wherever_they_stand);
	RUN(test_names_of_resources_become_names_of_types);
	RUN(test_what_is_wrong_with_a_permitted_device);
	RUN(test_what_permits_no_pci_device_says_so);
	RUN(test_devices_of_all_nodes_become_one_section);
	RUN(test_claims_choose_devices_at_their_places);
	RUN(test_what_is_wrong_with_a_device_of_a_node);
	RUN(test_an_alias_is_the_type_of_what_it_fits);
	RUN(test_a_device_spec_without_alias_has_a_name_of_its_own);
	RUN(test_aliases_alone_are_the_devices_of_a_file_without_device_spec);
	RUN(test_addresses_of_all_kinds);
	RUN(test_what_is_wrong_with_a_device_spec);
	RUN(test_a_text_full_of_values_without_end_is_read_once);
	RUN(test_a_list_by_vendors_is_read_as_before);
	return 0;
}
