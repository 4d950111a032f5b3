/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/import/pci_devices_yaml.c host/import/yaml_nodes.c model/import/pci_devices.c model/import/pci_selectors.c model/registry/registry.c model/registry/keys.c model/registry/settings.c model/lease/name.c model/pci/address.c model/pci/topology.c base/error.c model/lease/after_use.c model/pci/reset.c model/units/unit_name.c model/lease/options.c model/wish/pattern_list.c model/registry/profile.c model/wish/wish.c model/registry/unit_keys.c */
/* libs: yaml-0.1 */
#include "host/import/device_list.h"
#include "test.h"

#define NVIDIA "vendors:\n- id: \"0x10de\"\n  name: nvidia\n  devices:\n"
#define OR_ANOTHER ", or import a list of KubeVirt, Harvester or Nova, see pcitag(8)"
#define A30 "  - id: \"0x20b7\"\n    name: a30\n    type: gpu\n"

/* A list, and what became of it: the models as "NAME TYPE VVVV:DDDD; ", the mistakes one a line. */
struct outcome {
	char models[1000];
	char mistakes[2000];
};

static struct registry others;

static int parse(const char *text, size_t len, struct pci_devices *devices, struct error *err)
{
	*devices = (struct pci_devices){ .path = "l.yaml", .err = err };
	return pci_devices_yaml_parse(text, len, devices);
}

static void collect(const struct pci_devices *devices, const struct registry *registry, size_t first,
		    struct outcome *out)
{
	size_t len = 0;

	for (size_t i = first; i < registry->count; i++) {
		const struct model *model = &registry->models[i];

		len += (size_t)snprintf(out->models + len, sizeof(out->models) - len, "%s %s %04x:%04x; ",
					model->name, model->type, model->vendor, model->device);
	}
	len = 0;
	for (size_t i = 0; i < devices->mistake_count; i++)
		len += (size_t)snprintf(out->mistakes + len, sizeof(out->mistakes) - len, "%s\n",
					devices->mistakes[i].text);
}

static struct outcome read_list(const char *text, const char *only_type)
{
	struct outcome out = { .models = "" };
	struct registry registry = { 0 };
	struct pci_devices devices;
	struct error err = { 0 };

	for (size_t i = 0; i < others.count; i++) {
		struct model model = others.models[i];

		CHECK(registry_add(&registry, &model, &err) == 0);
	}
	if (parse(text, strlen(text), &devices, &err) < 0 ||
	    pci_devices_add_models(&devices, only_type, &registry, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	collect(&devices, &registry, others.count, &out);
	pci_devices_clear(&devices);
	registry_clear(&registry);
	return out;
}

#define IS(text, expected_models, expected_mistakes)             \
	do {                                                     \
		struct outcome outcome_ = read_list(text, NULL); \
		CHECK_STR(outcome_.models, expected_models);     \
		CHECK_STR(outcome_.mistakes, expected_mistakes); \
	} while (0)

static void is_refused(const char *text, const char *message)
{
	struct pci_devices devices;
	struct error err = { 0 };

	CHECK(parse(text, strlen(text), &devices, &err) == -1);
	CHECK_STR(err.msg, message);
	pci_devices_clear(&devices);
}

static void test_a_list_becomes_models(void)
{
	IS("# devices\nvendors:\n  - id: \"0x10de\"\n    name: nvidia\n    devices:\n"
	   "      - {id: 0x20B7, name: ga100gl.rev.a1, type: gpu}\n"
	   "      - id: '0x2236'\n        type: gpu\n        name: A10\n"
	   "  - name: intel\n    devices:\n      - id: \"0x154d\"\n        name: X520 (SFP+)\n"
	   "        type: network\n    id: \"0x8086\"\n",
	   "ga100gl-rev-a1 gpu 10de:20b7; A10 gpu 10de:2236; X520-SFP network 8086:154d; ", "");
	IS("vendors: []", "", "");
	CHECK_STR(read_list(NVIDIA A30 "  - {id: 0x1, name: b, type: nic}\n", "gpu").models,
		  "a30 gpu 10de:20b7; ");
}

static void test_subsystem_and_revision_narrow(void)
{
	IS(NVIDIA "  - {id: 0x20b7, subsystemVendor: 0x10de, subsystemDevice: 0x1532, revision: 0xa1, name: "
		  "a, type: "
		  "gpu}\n"
		  "  - {id: 0x20b7, subsystemVendor: 0x10de, subsystemDevice: 0x1532, revision: 0xa2, name: "
		  "a, type: "
		  "gpu}\n"
		  "  - {id: 0x20b7, subsystemVendor: 0x10de, name: b, type: gpu}\n"
		  "  - {id: 0x20b7, revision: 0xa, name: c, type: gpu}\n",
	   "a gpu 10de:20b7; a-2 gpu 10de:20b7; ",
	   "l.yaml:7: subsystemVendor and subsystemDevice go together; write both or none\n"
	   "l.yaml:8: revision 0xa has 1 digit behind 0x; write 2, as lspci -nn shows them\n");
}

static void test_the_known_mistakes(void)
{
	IS(NVIDIA "  - id: \"0x030200\"\n    name: ga100gl.rev.a1\n    type: gpu\n" A30,
	   "a30 gpu 10de:20b7; ",
	   "l.yaml:5: id 0x030200 has 6 digits: that is a class code, which many different devices share; "
	   "write the "
	   "device id, the last 4 digits of the pair lspci -nn shows in brackets\n");
	IS(NVIDIA "  - {id: 20b7, name: a, type: gpu}\n" A30, "a30 gpu 10de:20b7; ",
	   "l.yaml:5: id 20b7 has no 0x and may as well be a decimal number; write \"0x20b7\"\n");
	IS(NVIDIA "  - {id: 0x20b, name: a, type: gpu}\n" A30, "a30 gpu 10de:20b7; ",
	   "l.yaml:5: id 0x20b has 3 digits behind 0x; write 4, as lspci -nn shows them\n");
	IS(NVIDIA "  - {id: 0x20bg, name: a, type: gpu}\n" A30, "a30 gpu 10de:20b7; ",
	   "l.yaml:5: id 0x20bg is not a hexadecimal number; write the digits that lspci -nn shows, such as "
	   "\"0x10de\"\n");
	IS(NVIDIA "  - {id: \xe2\x80\x9c"
		  "0x20b7\xe2\x80\x9d, name: a, type: gpu}\n" A30,
	   "a30 gpu 10de:20b7; ",
	   "l.yaml:5: id \xe2\x80\x9c"
	   "0x20b7\xe2\x80\x9d has typographic quotes, or what a wrong character set made "
	   "of them; write plain ones, as in \"0x10de\"\n");
}

static void test_a_vendor_that_is_wrong_is_told_once(void)
{
	IS("vendors:\n- id: \xc3\xa2\xe2\x82\xac\xc5\x93"
	   "0x10de\n  devices:\n" A30
	   "  - {id: 0x2236, name: a10, type: gpu}\n- id: 0x8086\n  devices:\n" A30,
	   "a30 gpu 8086:20b7; ",
	   "l.yaml:2: vendor id \xc3\xa2\xe2\x82\xac\xc5\x93"
	   "0x10de has typographic quotes, or what a wrong "
	   "character set made of them; write plain ones, as in \"0x10de\"\n");
	IS("vendors:\n- devices:\n" A30, "",
	   "l.yaml:3: a device without an id of its vendor; write one, or delete it\n");
	IS("vendors:\n- id: 0xffff\n  devices:\n" A30, "",
	   "l.yaml:4: vendor = 0xffff is what an absent device reads as; write the first 4 digits of the "
	   "pair lspci "
	   "-nn shows in brackets\n");
}

static void test_the_same_device_twice(void)
{
	IS(NVIDIA A30 "  - {id: 0x20B7, name: other, type: gpu}\n", "a30 gpu 10de:20b7; ",
	   "l.yaml:8: the device 10de:20b7 is at line 5 already, as a30; delete one of the two\n");
	IS(NVIDIA A30 "  - {id: 0x20b8, name: a30, type: gpu}\n", "a30 gpu 10de:20b7; a30-2 gpu 10de:20b8; ",
	   "");
}

static void test_keys_that_are_none(void)
{
	IS(NVIDIA A30 "  - {id: 0x20b8, name: b, type: gpu, class: [1, {x: y}]}\n  nmae: x\nversion: 1\n",
	   "a30 gpu 10de:20b7; ",
	   "l.yaml:8: unknown key class; the keys are id, name, type, subsystemVendor, subsystemDevice, "
	   "revision\n"
	   "l.yaml:9: unknown key nmae; the keys are id, name, devices\n"
	   "l.yaml:10: unknown key version; the keys are vendors, once\n");
	IS(NVIDIA "  - {id: 0x20b8, type: gpu}\n  - {id: 0x20b8, id: 0x20b9, name: x, type: gpu}\n"
		  "  - {id: 0x20b8, name: [x], type: ''}\n  - gpu\n  - [gpu]\n" A30,
	   "a30 gpu 10de:20b7; ",
	   "l.yaml:5: a device without a name; write one, or delete it\n"
	   "l.yaml:6: id is given twice; delete one of the two\n"
	   "l.yaml:7: name is not a string; write name: VALUE\n"
	   "l.yaml:7: type is empty, longer than 127 bytes or has a NUL; write a short text\n"
	   "l.yaml:7: a device without a name; write one, or delete it\n"
	   "l.yaml:7: a device without a type; write one, or delete it\n"
	   "l.yaml:8: this is not a device; write \"- id: ...\"\n"
	   "l.yaml:9: this is not a device; write \"- id: ...\"\n");
	IS("vendors:\n- id: 0x10de\n  devices: gpu\n", "",
	   "l.yaml:3: devices is not a list; write \"- id: ...\" below it\n");
}

static void test_names_and_types_that_contradict(void)
{
	struct error err = { 0 };
	struct model model;

	IS(NVIDIA
	   "  - {id: 0x20b8, name: gpu, type: gpu}\n" A30 "  - {id: 0x20b9, name: b, type: a30}\n"
	   "  - {id: 0x20ba, name: c, type: 3D card}\n  - {id: 0x20bb, name: \"\xe2\x98\xba\", type: gpu}\n",
	   "a30 gpu 10de:20b7; 10de-20bb gpu 10de:20bb; ",
	   "l.yaml:5: [gpu] has the name of its own type; a name is either a type or a model, rename one of "
	   "the two\n"
	   "l.yaml:9: type a30 of [b] is the name of the model at l.yaml:6; a name is either a type or a "
	   "model, "
	   "rename one of the two\n"
	   "l.yaml:10: type: invalid type name 3D card; write 1 to 48 letters, digits, - and _\n");
	CHECK(model_init(&model, "a30", "registry.ini", 3, &err) == 0);
	CHECK(model_set(&model, "type", "card", &err) == 0);
	CHECK(registry_add(&others, &model, &err) == 0);
	IS(NVIDIA A30, "",
	   "l.yaml:5: model a30 is already at registry.ini:3; rename or delete one of the two\n");
	others.count = 0;
}

static void test_what_is_no_list(void)
{
	is_refused("", "l.yaml:1: no list of devices; write \"vendors:\" and a list below it" OR_ANOTHER);
	is_refused("- a\n- b\n",
		   "l.yaml:1: no list of devices; write \"vendors:\" and a list below it" OR_ANOTHER);
	is_refused("a: b\n",
		   "l.yaml:2: no list of devices; write \"vendors:\" and a list below it" OR_ANOTHER);
	is_refused("vendors: []\n---\nvendors: []\n",
		   "l.yaml:2: a second document; put it into a file of its own");
	is_refused("vendors:\n - id: [\n",
		   "l.yaml:3: invalid YAML: did not find expected node content; save the "
		   "list as plain text in UTF-8");
	is_refused("vendors:\n- id: \x93"
		   "0x10de\x94\n",
		   "l.yaml:2: invalid YAML: invalid leading UTF-8 octet; save the list as plain text in "
		   "UTF-8");
}

static void test_a_small_text_does_not_become_a_large_one(void)
{
	is_refused("a: &a [x]\nvendors: [*a, *a]\n", "l.yaml:2: an alias, *a; write what it stands for");
	is_refused("a: [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]\n",
		   "l.yaml:1: more than 16 levels; a list of devices has 4");
}

static void test_more_devices_and_mistakes_than_one_reads(void)
{
	static char text[200 * 1000];
	struct pci_devices devices;
	struct error err = { 0 };
	size_t len = (size_t)snprintf(text, sizeof(text), NVIDIA);

	for (unsigned i = 0; i <= MISTAKES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "  - x\n");
	CHECK(parse(text, len, &devices, &err) == 0);
	CHECK(devices.mistake_count == MISTAKES_MAX && devices.untold == 1);
	pci_devices_clear(&devices);
	for (unsigned i = 0; i <= LISTED_DEVICES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"  - {id: 0x%04x, name: a, type: b}\n", i);
	CHECK(parse(text, len, &devices, &err) == -1);
	CHECK_STR(err.msg, "l.yaml:1230: more than 1024 devices; split the list");
	pci_devices_clear(&devices);
}

int main(void)
{
	RUN(test_a_list_becomes_models);
	RUN(test_subsystem_and_revision_narrow);
	RUN(test_the_known_mistakes);
	RUN(test_a_vendor_that_is_wrong_is_told_once);
	RUN(test_the_same_device_twice);
	RUN(test_keys_that_are_none);
	RUN(test_names_and_types_that_contradict);
	RUN(test_what_is_no_list);
	RUN(test_a_small_text_does_not_become_a_large_one);
	RUN(test_more_devices_and_mistakes_than_one_reads);
	free(others.models);
	return 0;
}
