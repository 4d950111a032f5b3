/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: host/xml/domain_status.c host/xml/document.c model/lease/name.c model/pci/address.c base/error.c */
/* libs: libxml-2.0 */
#include "host/xml/domain_status.h"
#include "test.h"

#define UUID "aaaaaaaa-1111-2222-3333-444444444444"
#define DOMAIN(content) "<domain type='kvm' id='1'><name>vm</name><uuid>" UUID "</uuid>" content "</domain>"
#define DAC(label) "<seclabel type='dynamic' model='dac' relabel='yes'><label>" label "</label></seclabel>"
#define STATUS(pid, content) \
	"<domstatus state='running' reason='booted' pid='" pid "'>" content "</domstatus>\n"

static int parse(const char *text, struct domain_status *out)
{
	struct error err;

	return domain_status_parse(text, strlen(text), out, &err);
}

static void test_what_libvirt_writes(void)
{
	static const char text[] = "<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE.\n-->\n\n" STATUS(
		"91", "<monitor path='/var/lib/libvirt/qemu/domain-1-R&amp;D/monitor.sock' type='unix'/>"
		      "<vcpus><vcpu id='0' pid='97'/></vcpus><qemuCaps><flag name='tcg'/></qemuCaps>" DOMAIN(
			      "<devices><input type='mouse'/></devices>"
			      "<seclabel type='dynamic' model='apparmor'><label>libvirt-" UUID
			      "</label></seclabel>" DAC("+64055:+107")));
	struct domain_status status;

	CHECK(parse(text, &status) == 0);
	CHECK_STR(status.uuid, UUID);
	CHECK(status.pid == 91 && status.has_user && status.user == 64055);
}

static void test_as_whom_it_runs_may_not_be_known(void)
{
	struct domain_status status;

	CHECK(parse(STATUS("91", DOMAIN("")), &status) == 0 && !status.has_user);
	CHECK(parse(STATUS("91", DOMAIN(DAC("alice:kvm"))), &status) == 0 && !status.has_user);
	CHECK(parse(STATUS("91", DOMAIN(DAC("+1"))), &status) == 0 && !status.has_user);
	CHECK(parse(STATUS("91", DOMAIN(DAC("+4294967295:+0"))), &status) == 0 && !status.has_user);
	CHECK(parse(STATUS("91", DOMAIN(DAC("+-1:+0"))), &status) == 0 && !status.has_user);
	CHECK(parse(STATUS("91", DOMAIN(DAC("+1:+0") DAC("+2:+0"))), &status) == 0 && !status.has_user);
	CHECK(parse(STATUS("91", DOMAIN("<devices>" DAC("+1:+0") "</devices>")), &status) == 0);
	CHECK(!status.has_user);
}

static void test_no_process_yet(void)
{
	struct domain_status status;

	CHECK(parse("<domstatus state='shutoff'>" DOMAIN("") "</domstatus>", &status) == 0 &&
	      status.pid == 0);
	CHECK(parse(STATUS("0", DOMAIN("")), &status) == 0 && status.pid == 0);
}

static void test_what_makes_no_sense_is_refused(void)
{
	static const char *const texts[] = {
		"",
		"<domstatus",
		STATUS("91", ""),
		STATUS("-1", DOMAIN("")),
		STATUS("91x", DOMAIN("")),
		STATUS("", DOMAIN("")),
		STATUS("2147483648", DOMAIN("")),
		STATUS("99999999999999999999999", DOMAIN("")),
		DOMAIN(""),
		STATUS("91", "<domain><name>vm</name></domain>"),
		STATUS("91", "<domain><uuid>../../etc/passwd</uuid></domain>"),
		STATUS("91", "<job>" DOMAIN("") "</job>"),
		"<!DOCTYPE domstatus>" STATUS("91", DOMAIN("")),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct domain_status status = { .pid = 7 };

		CHECK(parse(texts[i], &status) < 0);
		CHECK(status.pid == 7);
	}
}

int main(void)
{
	RUN(test_what_libvirt_writes);
	RUN(test_as_whom_it_runs_may_not_be_known);
	RUN(test_no_process_yet);
	RUN(test_what_makes_no_sense_is_refused);
	return 0;
}
