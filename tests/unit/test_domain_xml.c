/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/xml/domain.c host/xml/document.c model/lease/domain.c model/lease/name.c model/pci/address.c base/error.c host/xml/domain_boot.c host/xml/domain_note.c model/lease/options.c host/xml/domain_pinning.c host/xml/domain_wishes.c model/wish/number_set.c model/wish/pinning.c model/wish/wish.c model/wish/pattern_list.c */
/* libs: libxml-2.0 */
#include <unistd.h>

#include "host/xml/domain.h"
#include "test.h"

#define UUID "6f1c2f4e-0d0b-4b7c-9b5b-3a2d6f2f6a01"
#define HEAD "<domain type='kvm'>\n<name>win11</name>\n<uuid>" UUID "</uuid>\n"
#define DEVICES(text) HEAD "<devices>\n" text "\n</devices></domain>"
#define NPU "<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/win11/npu'/></input>"

/* The parts that matter of what libvirt 9.0 hands to `prepare`. */
static const char libvirt_9[] =
	"<domain type='qemu'>\n"
	"  <name>build-7</name>\n"
	"  <uuid>0D9A6B1C-11F0-4C1E-8D37-5B0A33F6C0DE</uuid>\n"
	"  <metadata>\n"
	"    <my:note xmlns:my='http://example.com/notes'>uses /dev/pcitag/build-7/npu</my:note>\n"
	"  </metadata>\n"
	"  <memory unit='KiB'>262144</memory>\n"
	"  <vcpu placement='static'>1</vcpu>\n"
	"  <os>\n    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>\n  </os>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/pcitag-qemu-system-x86_64</emulator>\n"
	"    <controller type='pci' index='1' model='pcie-root-port'>\n"
	"      <model name='pcie-root-port'/>\n"
	"      <target chassis='1' port='0x8'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'/>\n"
	"    </controller>\n"
	"    <input type='passthrough' bus='virtio'>\n"
	"      <source evdev='/dev/pcitag/build-7/npu.0'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>\n"
	"    </input>\n"
	"    <input type='passthrough' bus='virtio'>\n"
	"      <source evdev='/dev/pcitag/build-7/Atlas-300I'/>\n"
	"      <alias name='ua-npu'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>\n"
	"    </input>\n"
	"    <input type='evdev'>\n"
	"      <source dev='/dev/vfio/vfio'/>\n"
	"    </input>\n"
	"    <input type='mouse' bus='ps2'/>\n"
	"    <hostdev mode='subsystem' type='pci' managed='yes'>\n"
	"      <driver name='vfio'/>\n"
	"      <source>\n"
	"        <address domain='0x0000' bus='0xaf' slot='0x1f' function='0x7'/>\n"
	"      </source>\n"
	"      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>\n"
	"    </hostdev>\n"
	"    <hostdev mode='subsystem' type='usb' managed='no'>\n"
	"      <source>\n"
	"        <vendor id='0x1234'/>\n"
	"        <address bus='1' device='4'/>\n"
	"      </source>\n"
	"    </hostdev>\n"
	"  </devices>\n"
	"  <seclabel type='dynamic' model='apparmor' relabel='yes'/>\n"
	"</domain>\n";

/* And of 11.3, which knows variant drivers and formats more attributes. */
static const char libvirt_11[] =
	"<domain type='kvm' id='3'>\n"
	"  <name>ml</name>\n"
	"  <uuid>" UUID "</uuid>\n"
	"  <devices>\n"
	"    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
	"    <disk type='nvme' device='disk'>\n"
	"      <driver name='qemu' type='qcow2'/>\n"
	"      <source type='pci' managed='yes' namespace='1'>\n"
	"        <address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n"
	"      </source>\n"
	"      <backingStore type='nvme'>\n"
	"        <format type='raw'/>\n"
	"        <source type='pci' managed='no' namespace='2'>\n"
	"          <address domain='0x10000' bus='0x02' slot='0x03' function='0x0'/>\n"
	"        </source>\n"
	"        <backingStore/>\n"
	"      </backingStore>\n"
	"      <target dev='vda' bus='virtio'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/>\n"
	"    </disk>\n"
	"    <interface type='hostdev' managed='yes'>\n"
	"      <mac address='52:54:00:11:22:33'/>\n"
	"      <driver name='vfio' model='mlx5_vfio_pci'/>\n"
	"      <source>\n"
	"        <address type='pci' domain='0x0000' bus='0x3b' slot='0x02' function='0x1'/>\n"
	"      </source>\n"
	"      <teaming type='transient' persistent='ua-backup'/>\n"
	"      <address type='pci' domain='0x0000' bus='0x06' slot='0x00' function='0x0'/>\n"
	"    </interface>\n"
	"    <hostdev mode='subsystem' type='pci' managed='no'>\n"
	"      <driver model='vfio-pci-igb'/>\n"
	"      <source writeFiltering='no'>\n"
	"        <address domain='0x0000' bus='0x06' slot='0x12' function='0x4'/>\n"
	"      </source>\n"
	"      <alias name='hostdev0'/>\n"
	"    </hostdev>\n"
	"    <hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'>\n"
	"      <source>\n"
	"        <address uuid='" UUID "'/>\n"
	"      </source>\n"
	"    </hostdev>\n"
	"  </devices>\n"
	"</domain>\n";

static struct domain parse(const char *xml)
{
	struct error err = { 0 };
	struct domain domain;

	if (domain_xml_parse(xml, strlen(xml), &domain, &err) != 0)
		fprintf(stderr, "%s\n", err.msg);
	CHECK(err.msg[0] == '\0');
	return domain;
}

/* Says that @xml is refused, leaves nothing to free, and returns why. */
static const char *refusal_n(const char *xml, size_t len)
{
	static struct error err;
	struct domain domain;

	CHECK(domain_xml_parse(xml, len, &domain, &err) < 0);
	CHECK(!domain.requests && !domain.hostdevs && !domain.request_count && !domain.hostdev_count);
	CHECK(err.msg[0] != '\0' && !strchr(err.msg, '\n'));
	return err.msg;
}

static const char *refusal(const char *xml)
{
	return refusal_n(xml, strlen(xml));
}

static void check_hostdev(const struct domain *domain, size_t i, const char *expected)
{
	char buf[PCI_ADDR_LEN];

	CHECK(i < domain->hostdev_count);
	CHECK_STR(pci_addr_format(&domain->hostdevs[i], buf), expected);
}

static void test_what_libvirt_9_writes_is_read(void)
{
	struct domain d = parse(libvirt_9);

	CHECK_STR(d.name, "build-7");
	CHECK_STR(d.uuid, "0d9a6b1c-11f0-4c1e-8d37-5b0a33f6c0de");
	CHECK_STR(d.emulator, "/usr/bin/pcitag-qemu-system-x86_64");
	CHECK(d.has_container);
	CHECK(d.request_count == 2);
	CHECK_STR(d.requests[0].text, "npu.0");
	CHECK_STR(d.requests[1].text, "Atlas-300I");
	CHECK_STR(d.requests[1].owner, "build-7");
	CHECK(d.hostdev_count == 1);
	check_hostdev(&d, 0, "0000:af:1f.7");
	domain_clear(&d);
}

static void test_what_libvirt_11_writes_is_read(void)
{
	struct domain d = parse(libvirt_11);

	CHECK_STR(d.name, "ml");
	CHECK(!d.has_container && d.request_count == 0);
	CHECK(d.hostdev_count == 4);
	check_hostdev(&d, 0, "0000:01:00.0");
	check_hostdev(&d, 1, "10000:02:03.0");
	check_hostdev(&d, 2, "0000:3b:02.1");
	check_hostdev(&d, 3, "0000:06:12.4");
	domain_clear(&d);
}

static void test_numbers_are_read_as_libvirt_reads_them(void)
{
	struct domain d =
		parse(DEVICES("<hostdev type='pci'><source><address bus='59' slot='017'/></source></hostdev>"
			      "<interface type='hostdev'><source><address type='usb' bus='1'/></source>"
			      "</interface>"));

	CHECK(d.hostdev_count == 1);
	check_hostdev(&d, 0, "0000:3b:0f.0");
	domain_clear(&d);
	CHECK_STR(refusal(DEVICES("<hostdev type='pci'><source><address bus='0x100'/></source></hostdev>")),
		  "domain 'win11': line 5: invalid PCI address in <hostdev>: write <address "
		  "domain='0x0000' bus='0x02' slot='0x00' function='0x0'/>");
	refusal(DEVICES("<hostdev type='pci'><source><address slot='0x20'/></source></hostdev>"));
	refusal(DEVICES("<hostdev type='pci'><source><address function='8'/></source></hostdev>"));
	refusal(DEVICES("<hostdev type='pci'><source><address bus='-1'/></source></hostdev>"));
	refusal(DEVICES("<hostdev type='pci'><source><address bus=''/></source></hostdev>"));
	refusal(DEVICES("<hostdev type='pci'><source><address domain='0x100000000'/></source></hostdev>"));
}

static void test_other_inputs_are_left_alone(void)
{
	struct domain d = parse(
		DEVICES("<input type='passthrough' bus='virtio'><source evdev='/dev/input/event3'/></input>"
			"<input type='evdev'><source dev='/dev/input/by-id/kbd' grab='all'/></input>"
			"<input type='passthrough' bus='virtio'/><input type='tablet' bus='usb'/><input/>"));

	CHECK(d.request_count == 0 && !d.has_container);
	domain_clear(&d);
}

static void test_prose_may_mention_a_placeholder(void)
{
	struct domain d = parse(HEAD "<title>/dev/pcitag/win11/npu</title>\n"
				     "<description>/dev/pcitag/win11/npu is the NPU</description>\n"
				     "<metadata><a:b xmlns:a='urn:x' c='/dev/pcitag/win11/npu'/></metadata>\n"
				     "<!-- /dev/pcitag/win11/npu --><devices/></domain>");

	CHECK(d.request_count == 0);
	domain_clear(&d);
}

static void test_a_placeholder_elsewhere_is_refused_with_where_to_write_it(void)
{
	static const char *const stray[] = {
		DEVICES("<input type='evdev'><source dev='/dev/pcitag/win11/npu'/></input>"),
		DEVICES("<input type='passthrough' bus='usb'><source "
			"evdev='/dev/pcitag/win11/npu'/></input>"),
		DEVICES("<input type='passthrough' bus='virtio'><source "
			"dev='/dev/pcitag/win11/npu'/></input>"),
		DEVICES("<input type='passthrough' bus='virtio'><source evdev='/dev/input/event3'/>"
			"<source evdev='/dev/pcitag/win11/npu'/></input>"),
		DEVICES("<disk type='block'><source dev='/dev/pcitag/win11/npu'/></disk>"),
		DEVICES("<disk type='block'><source dev='//dev/vfio/../pcitag/win11/npu'/></disk>"),
		DEVICES("<serial type='dev'><source path='/dev/pcitag/win11/npu'/></serial>"),
		DEVICES("<rng model='virtio'><backend model='random'>/dev/pcitag/win11/npu</backend></rng>"),
		DEVICES("<rng model='virtio'><backend model='random'>\n "
			"/dev/pcitag/win11/npu</backend></rng>"),
		DEVICES("<emulator>/dev/pcitag/win11/npu</emulator>"),
		DEVICES("<controller>" NPU "</controller>"),
		HEAD "<os><kernel>/dev/pcitag/device/0000:02:00.0</kernel></os></domain>",
		HEAD NPU "</domain>",
		HEAD "<x><domain><devices>" NPU "</devices></domain></x></domain>",
		HEAD
		"<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-device'/>"
		"<q:arg value='virtio-input-host-pci,evdev=/dev/pcitag/win11/npu'/></q:commandline></domain>",
	};

	CHECK_STR(refusal(stray[0]), "domain 'win11': line 5: '/dev/pcitag/win11/npu' in <source> is not "
				     "where a placeholder can be: "
				     "write <input type='passthrough' bus='virtio'><source "
				     "evdev='/dev/pcitag/OWNER/REQUEST'/></input> "
				     "in <devices>");
	for (size_t i = 0; i < sizeof(stray) / sizeof(stray[0]); i++)
		CHECK(strstr(refusal(stray[i]), "is not where a placeholder can be: write <input "));
}

static void test_a_placeholder_of_bad_shape_is_refused_with_its_line(void)
{
	CHECK_STR(refusal(DEVICES("\n<input type='passthrough' bus='virtio'>"
				  "<source evdev='/dev/pcitag/npu'/></input>")),
		  "domain 'win11': line 6: placeholder '/dev/pcitag/npu' is not of the form "
		  "/dev/pcitag/OWNER/REQUEST: write the owner (the domain's name, say) and the type or model "
		  "you "
		  "want, such as /dev/pcitag/win11/npu");
	refusal(DEVICES(
		"<input type='passthrough' bus='virtio'><source evdev='//dev/pcitag/w/npu'/></input>"));
	refusal(DEVICES(
		"<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/w/npu&#10;'/></input>"));
}

static void test_an_input_that_is_no_plain_pci_device_is_refused(void)
{
	static const char *const odd[][2] = {
		{ DEVICES("<input type='passthrough' bus='virtio' model='virtio-non-transitional'>"
			  "<source evdev='/dev/pcitag/win11/npu'/></input>"),
		  "remove the attribute 'model' of <input>" },
		{ DEVICES("<input type='passthrough' bus='virtio'><driver iommu='on'/>"
			  "<source evdev='/dev/pcitag/win11/npu'/></input>"),
		  "remove the element <driver> of <input>" },
		{ DEVICES("<input type='passthrough' bus='virtio'><source evdev='/dev/pcitag/win11/npu'/>"
			  "<address type='virtio-mmio'/></input>"),
		  "remove the <address> of <input>, or give it type='pci'" },
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		CHECK(strstr(refusal(odd[i][0]), odd[i][1]));
}

static void test_a_file_that_nobody_has_defined_yet_has_no_uuid(void)
{
	const char *xml = "<domain><name>x</name></domain>";
	struct domain d;
	struct error err;

	CHECK(domain_xml_parse(xml, strlen(xml), &d, &err) == 0);
	CHECK_STR(d.uuid, "");
	domain_clear(&d);
}

static void test_the_uuid_is_a_key_and_must_look_like_one(void)
{
	static const char *const bad[] = { "",
					   UUID "x",
					   " " UUID,
					   "../../../../../../../../../../../etc/x",
					   "6f1c2f4e00d0b04b7c09b5b03a2d6f2f6a01",
					   "g" UUID };

	CHECK_STR(refusal("<domain><uuid>" UUID "</uuid></domain>"),
		  "the XML of a domain has no <name>: write one");
	/* Terminals take U+009B for ESC [. */
	CHECK_STR(
		refusal("<domain><name>a\xc2\x9b"
			"2Jb\xc3\xa9</name><uuid>\n</uuid></domain>"),
		"the XML of domain 'a??2Jb\xc3\xa9' has the uuid '?': write it as `virsh domuuid` prints it");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char xml[256];

		snprintf(xml, sizeof(xml), "<domain><name>x</name><uuid>%s</uuid></domain>", bad[i]);
		CHECK(strstr(refusal(xml), "has the uuid '"));
	}
}

static void test_a_refused_document_still_says_who_it_is(void)
{
	static const char xml[] = DEVICES(NPU "<disk><source dev='/dev/pcitag/x/y'/></disk>");
	struct domain d;

	CHECK(domain_xml_parse(xml, strlen(xml), &d, NULL) < 0);
	CHECK_STR(d.name, "win11");
	CHECK_STR(d.uuid, UUID);
	CHECK(!d.requests && d.request_count == 0 && d.emulator[0] == '\0');
}

static void test_a_document_that_ends_too_early_says_who_it_is_as_soon_as_that_is_known(void)
{
	static const char complete[] = DEVICES(NPU);
	size_t known = (size_t)(strstr(complete, "</uuid>") - complete);
	struct domain d;

	for (size_t len = 1; len < strlen(complete); len++) {
		CHECK(domain_xml_parse(complete, len, &d, NULL) < 0);
		CHECK_STR(d.uuid, len < known ? "" : UUID);
		CHECK(!d.requests && !d.hostdevs);
	}
	/* The NUL is no part of it. */
	CHECK(domain_xml_parse(complete, sizeof(complete), &d, NULL) < 0);
	CHECK_STR(d.uuid, UUID);
}

static void test_a_name_of_broken_bytes_is_no_name(void)
{
	static const char xml[] = "<domain><name>\x9f\xbf</name><uuid>" UUID "</uuid>";
	struct domain d;

	CHECK(domain_xml_parse(xml, strlen(xml), &d, NULL) < 0);
	CHECK_STR(d.name, "");
	CHECK_STR(d.uuid, UUID);
}

static void test_an_end_reads_who_it_is_and_nothing_behind_it(void)
{
	static const char complete[] = DEVICES(NPU), nameless[] = "<domain><uuid>" UUID "</uuid></domain>";
	size_t known = (size_t)(strstr(complete, "</uuid>") + strlen("</uuid>") - complete);
	char broken[sizeof(complete)];
	struct domain d;

	CHECK(domain_xml_identify(complete, strlen(complete), &d, NULL) == 0);
	CHECK_STR(d.name, "win11");
	CHECK_STR(d.uuid, UUID);
	CHECK(!d.requests && d.request_count == 0);
	/* What follows may be anything. */
	memset(broken, '<', sizeof(broken));
	memcpy(broken, complete, known);
	CHECK(domain_xml_identify(broken, sizeof(broken), &d, NULL) == 0);
	CHECK_STR(d.name, "win11");
	CHECK_STR(d.uuid, UUID);
	CHECK(domain_xml_identify(nameless, strlen(nameless), &d, NULL) == 0);
	CHECK_STR(d.uuid, UUID);
	/* Without a uuid it is refused, or accepted, as it is at a start. */
	CHECK(domain_xml_identify("<domain><name>x</name></domain>", 31, &d, NULL) == 0);
	CHECK_STR(d.uuid, "");
	CHECK(domain_xml_identify("<domain", 7, &d, NULL) < 0);
}

static char *repeated(const char *head, const char *text, size_t times, const char *tail)
{
	char *xml = malloc(strlen(head) + times * strlen(text) + strlen(tail) + 1), *end = xml;

	CHECK(xml);
	end = stpcpy(end, head);
	for (size_t i = 0; i < times; i++)
		end = stpcpy(end, text);
	strcpy(end, tail);
	return xml;
}

/* A million attributes of one element took libxml2 2.9 a quarter of an hour. */
static void test_markup_is_bounded(void)
{
	char *attributes = repeated("<domain ", "a='' ", 4097, "/>");
	char *elements = repeated("<domain>", "<a/>", 1 << 19, "</domain>");
	char *signs = repeated("<domain><name>x</name><description>", "=", 4096, "</description></domain>");
	struct domain d;

	CHECK_STR(refusal(attributes),
		  "the domain XML has more than 524288 elements and attributes, or more than 4096 attributes "
		  "in one element: remove what libvirt does not need");
	CHECK(strstr(refusal(elements), "has more than 524288 elements"));
	d = parse(signs);
	domain_clear(&d);
	free(attributes);
	free(elements);
	free(signs);
}

static void test_a_long_name_is_cut_between_characters(void)
{
	char xml[1024], name[400];
	struct domain d;

	memset(name, 'n', sizeof(name));
	memcpy(name + 254, "\xc3\xa9", 2);
	name[300] = '\0';
	snprintf(xml, sizeof(xml), "<domain><name>%s</name><uuid>" UUID "</uuid></domain>", name);
	d = parse(xml);
	CHECK(strlen(d.name) == 254 && d.name[253] == 'n');
}

static void test_a_long_emulator_is_refused(void)
{
	char xml[1024], path[300];

	memset(path, 'e', sizeof(path));
	path[0] = '/';
	path[256] = '\0';
	snprintf(xml, sizeof(xml), HEAD "<devices><emulator>%s</emulator></devices></domain>", path);
	CHECK(strstr(refusal(xml), "the emulator's path is longer than 255 bytes"));
}

static void test_only_a_complete_domain_is_read(void)
{
	static const char complete[] = DEVICES(NPU);
	struct domain d = parse(complete);

	CHECK(d.request_count == 1);
	domain_clear(&d);
	CHECK_STR(refusal(""), "the domain XML is empty");
	for (size_t len = 1; len < strlen(complete); len++)
		CHECK(strstr(refusal_n(complete, len), "is not a complete well-formed document: line "));
	CHECK_STR(refusal("<network><name>x</name></network>"),
		  "the XML is a <network>, not a libvirt <domain>");
	CHECK_STR(refusal("<domain>\n<name></nome></domain>"),
		  "the domain XML is not a complete well-formed document: line 2: Opening and ending tag "
		  "mismatch: "
		  "name line 2 and nome");
	refusal(DEVICES(NPU) "<domain/>");
	CHECK_STR(refusal_n(complete, sizeof(complete)), "the domain XML has a NUL byte in it");
}

static void test_document_types_and_entities_are_refused(void)
{
	CHECK_STR(refusal("<!DOCTYPE domain [<!ENTITY a 'b'>]>" HEAD "<x>&a;</x></domain>"),
		  "the domain XML has a DOCTYPE, which libvirt never writes: remove it");
	CHECK(strstr(refusal("<!DOCTYPE domain SYSTEM 'file:///etc/passwd'>" HEAD "</domain>"), "DOCTYPE"));
	CHECK(strstr(refusal(HEAD "<x>&a;</x></domain>"), "Entity 'a' not defined"));
}

static void test_depth_and_size_are_bounded(void)
{
	size_t len = 0, size = DOMAIN_XML_MAX + 1;
	char *xml = malloc(size);

	CHECK(xml);
	while (len + 3 < 3000) {
		memcpy(xml + len, "<a>", 3);
		len += 3;
	}
	CHECK(strstr(refusal_n(xml, len), "Excessive depth"));
	memset(xml, ' ', size);
	memcpy(xml, DEVICES(NPU), strlen(DEVICES(NPU)));
	CHECK_STR(refusal_n(xml, size), "the domain XML is longer than 16777216 bytes");
	free(xml);
}

/* What the hook prints is the user's error message, so libxml2 must not add to it. */
static void test_the_parser_prints_nothing(void)
{
	static const char *const noisy[] = {
		"<?xml version='1.0' encoding='no-such-code'?><domain>",
		"<?xml version='1.0' encoding='UTF-16'?>" HEAD "</domain",
		"<?xml version='9'?><domain xmlns:a='relative'>",
		"<domain>\xff\xfe</domain>",
		"<domain><a:b/></domain>",
		"<domain xml:id='1' xml:id='1'>&#0;</domain>",
		"<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1:9/'> %b;]><a/>",
	};
	char seen[256];
	int saved = dup(2), ends[2];

	CHECK(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
	for (size_t i = 0; i < sizeof(noisy) / sizeof(noisy[0]); i++)
		refusal(noisy[i]);
	CHECK(dup2(saved, 2) == 2);
	close(saved);
	close(ends[1]);
	CHECK(read(ends[0], seen, sizeof(seen)) == 0);
	close(ends[0]);
}

static void test_a_declared_encoding_does_not_matter(void)
{
	struct domain d = parse("<?xml version='1.0' encoding='UTF-16'?>" DEVICES(NPU));

	CHECK(d.request_count == 1);
	domain_clear(&d);
}

static void test_the_number_of_placeholders_is_bounded(void)
{
	char *xml = malloc(100 * 128);
	size_t len;

	CHECK(xml);
	len = (size_t)sprintf(xml, HEAD "<devices>");
	for (int i = 0; i < 65; i++)
		len += (size_t)sprintf(xml + len, "%s", NPU);
	sprintf(xml + len, "</devices></domain>");
	CHECK(strstr(refusal(xml), "has more than 64 placeholders"));
	free(xml);
}

/* What nobody looks at is dropped while the rest is read: not what stands behind, in front or in the middle.
 */
static void test_much_that_does_not_matter_hides_nothing(void)
{
	static const char bulk[] = "<disk type='file'><source file='/x'/><target dev='vda'/></disk>\n text\n";
	static const char *const strays[] = {
		"<memory>/dev/pcitag/win11/npu</memory>",
		"<a><b c='/dev/pcitag/win11/npu'/><d/></a>",
		"<devices><disk/> /dev/pcitag/win11/npu <disk/></devices>",
		"<devices><disk><source file='/dev/pcitag/win11/npu'/></disk><disk/></devices>",
	};
	char xml[4096];
	struct domain domain;

	snprintf(xml, sizeof(xml),
		 HEAD
		 "<metadata><n>%s</n>%s</metadata><devices>%s%s" NPU
		 "%s<disk type='nvme'>%s<x><source type='pci'>%s<address bus='0x3'/></source></x></disk>%s"
		 "</devices></domain>",
		 bulk, bulk, bulk, bulk, bulk, bulk, bulk, bulk);
	CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0);
	CHECK_STR(domain.name, "win11");
	CHECK(domain.request_count == 1);
	CHECK(domain.hostdev_count == 1 && domain.hostdevs[0].bus == 3);
	domain_clear(&domain);
	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		snprintf(xml, sizeof(xml), HEAD "<devices>%s%s</devices>%s<vcpu>1</vcpu></domain>", bulk,
			 bulk, strays[i]);
		CHECK(strstr(refusal(xml), "is not where a placeholder can be"));
	}
}

#define TOLD(request, options) "<p:device request='" request "' options='" options "'/>"
#define NOTED(entries)                                                                            \
	"<metadata><my:a xmlns:my='urn:my'><my:device request='npu' options='rombar=1'/></my:a>"  \
	"<p:controllers xmlns:p='urn:x-pcitag:1'><p:controller index='5' request='npu'/>" entries \
	"</p:controllers></metadata>"

/* Parses a domain whose request npu is told @options; @os and @devices are more of it. */
static struct domain told(const char *options, const char *os, const char *devices)
{
	struct domain domain = { 0 };
	struct error err = { 0 };
	char xml[4096];

	snprintf(xml, sizeof(xml),
		 HEAD "<metadata><p:controllers xmlns:p='urn:x-pcitag:1'><p:device request='npu' "
		      "options='%s'/></p:controllers></metadata><os>%s</os><devices>" NPU
		      "%s</devices></domain>",
		 options, os, devices);
	if (domain_xml_parse(xml, strlen(xml), &domain, &err) < 0)
		CHECK_STR(err.msg, "");
	return domain;
}

static void test_what_pcitag_noted_in_the_metadata_is_read(void)
{
	static const char xml[] = HEAD NOTED(TOLD("npu", "rombar=off,bootindex=1") TOLD(
		"gone", "x-vga=on")) "<devices>" NPU "</devices></domain>";
	struct domain domain = { 0 };

	CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0);
	CHECK(domain.option_count == 2);
	CHECK_STR(domain_find_options(&domain, "npu")->text, "bootindex=1,rombar=0");
	CHECK(!domain_find_options(&domain, "npu.1"));
	domain_clear(&domain);
}

static void test_metadata_of_others_is_not_read(void)
{
	static const char xml[] =
		HEAD "<metadata><device request='npu' options='teapot=1'/></metadata><devices>" NPU
		     "</devices></domain>";
	struct domain domain = { 0 };

	CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0);
	CHECK(domain.option_count == 0);
	domain_clear(&domain);
}

static void test_a_note_of_what_is_no_option_is_refused(void)
{
	CHECK_STR(refusal(HEAD NOTED(TOLD("npu", "rombra=1")) "<devices>" NPU "</devices></domain>"),
		  "domain 'win11': line 4: <metadata>: unknown option rombra; write rombar if that is meant");
	CHECK(strstr(refusal(HEAD NOTED(TOLD("a b", "rombar=1")) "<devices>" NPU "</devices></domain>"),
		     "'a b' is not a request"));
	CHECK(strstr(refusal(HEAD NOTED(TOLD("npu", "rombar=1") TOLD(
			     "npu", "rombar=0")) "<devices>" NPU "</devices></domain>"),
		     "the options of request npu are there twice"));
}

#define WISH(attributes) "<p:wish " attributes "/>"
#define GPU1 "<input type='passthrough'><source evdev='/dev/pcitag/win11/gpu.1'/></input>"

static void test_wishes_are_read_with_the_requests_that_they_are_for(void)
{
	static const char xml[] =
		HEAD NOTED(WISH("requests='gpu.1 npu' together='switch' numa='required'") WISH(
			"requests=' gone  npu ' prefer='last' optional='yes' apart='card'")) "<devices>" NPU
			GPU1 "</devices></"
											     "domain>";
	struct domain domain = { 0 };
	char text[WISHES_LEN];

	CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0);
	CHECK(domain.request_count == 2 && domain.wish_count == 2);
	CHECK(domain.wishes[0].requests == 3 && domain.wishes[1].requests == 1);
	CHECK_STR(wishes_format(&domain.wishes[0].wishes, text), "numa=required together=switch");
	CHECK_STR(wishes_format(&domain.wishes[1].wishes, text), "apart=card prefer=last optional=yes");
	domain_clear(&domain);
}

static void test_what_is_no_wish_is_refused_with_its_line(void)
{
	static const struct {
		const char *attributes, *why;
	} cases[] = {
		{ "requests='npu' colour='red'",
		  "<wish> has the unknown attribute colour; write requests, numa, "
		  "together, apart, prefer or optional" },
		{ "requests='npu' limit='1'", "<wish> has the unknown attribute limit; write requests, numa, "
					      "together, apart, prefer or optional" },
		{ "numa='required'",
		  "<wish> has no requests; write the requests that it is for, such as gpu nic" },
		{ "requests='' numa='required'", "a wish names no request: write those that it is for" },
		{ "requests='npu npu' numa='none'", "a wish names request npu twice: delete one of the two" },
		{ "requests='npu gpu' together='card' apart='card'",
		  "together = card and apart = card contradict each other: devices of one card are not "
		  "apart; write a "
		  "nearer place for apart, or delete one of the two" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char xml[4096], message[1024];

		snprintf(xml, sizeof(xml),
			 HEAD "<metadata><p:controllers xmlns:p='urn:x-pcitag:1'><p:wish %s/></p:controllers>"
			      "</metadata><devices>" NPU "</devices></domain>",
			 cases[i].attributes);
		snprintf(message, sizeof(message), "domain 'win11': line 4: <metadata>: %s", cases[i].why);
		CHECK_STR(refusal(xml), message);
	}
	CHECK(strstr(
		refusal(HEAD NOTED(WISH("requests='a/b' numa='none'")) "<devices>" NPU "</devices></domain>"),
		"'a/b' is not a request"));
	CHECK(strstr(
		refusal(HEAD NOTED(WISH("requests='npu' numa='x'")) "<devices>" NPU "</devices></domain>"),
		"line 4: <metadata>: numa = x is neither required nor preferred nor none"));
}

static void test_where_a_domain_runs_is_read(void)
{
	static const struct {
		const char *body, *memory, *cpus;
	} cases[] = {
		{ "<vcpu cpuset='0-3,^2'>2</vcpu>", "", "0-1,3" },
		{ "<numatune><memory mode='strict' nodeset='1'/></numatune>", "1", "" },
		{ "<numatune><memory mode='strict' nodeset='0'/><memnode cellid='0' mode='preferred' "
		  "nodeset='2-3'/>"
		  "</numatune>",
		  "0,2-3", "" },
		{ "<vcpu cpuset='0-7'>2</vcpu><cputune><vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='1' "
		  "cpuset='6'/></cputune>",
		  "", "4,6" },
		{ "<vcpu cpuset='0-3'>2</vcpu><cputune><vcpupin vcpu='1' cpuset='6'/><emulatorpin "
		  "cpuset='9'/>"
		  "</cputune>",
		  "", "0-3,6" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct domain domain = { 0 };
		struct number_set cpus;
		char xml[4096], text[NUMBER_SET_LEN];

		snprintf(xml, sizeof(xml), HEAD "%s<devices>" NPU "</devices></domain>", cases[i].body);
		CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0 && domain.pinning);
		CHECK_STR(number_set_format(&domain.pinning->memory, text), cases[i].memory);
		CHECK(pinning_cpus(domain.pinning, &cpus) == (cases[i].cpus[0] != '\0'));
		CHECK_STR(number_set_format(&cpus, text), cases[i].cpus);
		domain_clear(&domain);
	}
}

static void test_a_domain_that_is_bound_to_nothing_has_no_place(void)
{
	static const char *const bodies[] = { "", "<vcpu placement='static'>2</vcpu>",
					      "<numatune><memory mode='strict' placement='auto'/></numatune>",
					      "<cputune><shares>2048</shares></cputune>" };
	static const char *const unclear[] = { "<vcpu cpuset='x'>2</vcpu>", "<vcpu cpuset='9000'>2</vcpu>",
					       "<numatune><memory nodeset='1024'/></numatune>" };
	char xml[4096];
	struct domain domain;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		snprintf(xml, sizeof(xml), HEAD "%s<devices>" NPU "</devices></domain>", bodies[i]);
		CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0 && !domain.pinning);
		domain_clear(&domain);
	}
	for (size_t i = 0; i < sizeof(unclear) / sizeof(unclear[0]); i++) {
		snprintf(xml, sizeof(xml), HEAD "%s<devices>" NPU "</devices></domain>", unclear[i]);
		CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0 && domain.pinning->is_unclear);
		domain_clear(&domain);
	}
}

static void test_two_boot_orders_clash_where_both_mean_a_device(void)
{
	static const struct {
		const char *options, *os, *devices, *clash;
	} cases[] = {
		{ "bootindex=1", "<boot dev='hd'/>", "", "" },
		{ "bootindex=1", "<boot dev='network'/>", "<disk device='disk'/>", "" },
		{ "bootindex=1", "<boot dev='hd'/>", "<disk device='cdrom'/>", "" },
		{ "bootindex=1", "<boot dev='hd'/>", "<disk device='disk'/>", "<boot dev='hd'/>" },
		{ "bootindex=1", "<boot dev='hd'/>", "<disk/>", "<boot dev='hd'/>" },
		{ "bootindex=1", "<boot dev='cdrom'/>", "<disk device='cdrom'/>", "<boot dev='cdrom'/>" },
		{ "bootindex=1", "<boot dev='network'/>", "<interface type='network'/>",
		  "<boot dev='network'/>" },
		{ "rombar=0", "<boot dev='hd'/>", "<disk device='disk'/>", "" },
		{ "bootindex=1", "", "<disk><boot order='2'/></disk>", "" },
		{ "bootindex=1", "", "<disk><boot order='1'/></disk>", "<boot order='1'/>" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct domain domain = told(cases[i].options, cases[i].os, cases[i].devices);

		CHECK_STR(domain.boot_clash, cases[i].clash);
		domain_clear(&domain);
	}
}

static void test_two_requests_cannot_boot_at_the_same_place(void)
{
	static const char xml[] = HEAD NOTED(TOLD("npu", "bootindex=3") TOLD(
		"gpu", "bootindex=3")) "<devices>" NPU "<input type='passthrough' bus='virtio'><source "
				       "evdev='/dev/pcitag/win11/gpu'/></input></devices></domain>";
	struct domain domain = { 0 };

	CHECK(domain_xml_parse(xml, strlen(xml), &domain, NULL) == 0);
	CHECK_STR(domain.boot_clash, "bootindex=3 twice");
	domain_clear(&domain);
}

int main(void)
{
	RUN(test_what_libvirt_9_writes_is_read);
	RUN(test_what_libvirt_11_writes_is_read);
	RUN(test_numbers_are_read_as_libvirt_reads_them);
	RUN(test_other_inputs_are_left_alone);
	RUN(test_prose_may_mention_a_placeholder);
	RUN(test_a_placeholder_elsewhere_is_refused_with_where_to_write_it);
	RUN(test_a_placeholder_of_bad_shape_is_refused_with_its_line);
	RUN(test_an_input_that_is_no_plain_pci_device_is_refused);
	RUN(test_a_file_that_nobody_has_defined_yet_has_no_uuid);
	RUN(test_the_uuid_is_a_key_and_must_look_like_one);
	RUN(test_a_refused_document_still_says_who_it_is);
	RUN(test_a_document_that_ends_too_early_says_who_it_is_as_soon_as_that_is_known);
	RUN(test_a_name_of_broken_bytes_is_no_name);
	RUN(test_an_end_reads_who_it_is_and_nothing_behind_it);
	RUN(test_markup_is_bounded);
	RUN(test_a_long_name_is_cut_between_characters);
	RUN(test_a_long_emulator_is_refused);
	RUN(test_only_a_complete_domain_is_read);
	RUN(test_document_types_and_entities_are_refused);
	RUN(test_depth_and_size_are_bounded);
	RUN(test_the_parser_prints_nothing);
	RUN(test_a_declared_encoding_does_not_matter);
	RUN(test_the_number_of_placeholders_is_bounded);
	RUN(test_much_that_does_not_matter_hides_nothing);
	RUN(test_what_pcitag_noted_in_the_metadata_is_read);
	RUN(test_metadata_of_others_is_not_read);
	RUN(test_a_note_of_what_is_no_option_is_refused);
	RUN(test_wishes_are_read_with_the_requests_that_they_are_for);
	RUN(test_what_is_no_wish_is_refused_with_its_line);
	RUN(test_where_a_domain_runs_is_read);
	RUN(test_a_domain_that_is_bound_to_nothing_has_no_place);
	RUN(test_two_boot_orders_clash_where_both_mean_a_device);
	RUN(test_two_requests_cannot_boot_at_the_same_place);
	return 0;
}
