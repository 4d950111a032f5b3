/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/argv.c model/qemu/device.c model/qemu/memlock.c model/qemu/option.c model/lease/placeholder.c model/pci/address.c base/error.c model/lease/name.c model/lease/options.c */
/* libs: json-c */
/*
 * The whole command line. tests/unit/argv/ has lines as libvirt 9.0 writes them (`virsh domxml-to-native
 * qemu-argv`), one word a line, and beside each what QEMU must be run with.
 */
#include <stdbool.h>

#include "model/lease/placeholder.h"
#include "model/qemu/argv.h"
#include "test.h"

#define EMULATOR "/usr/bin/qemu-system-x86_64"
#define WORDS_MAX 512

/* The devices this test's hook has granted. */
static const char *const grants[][2] = {
	{ "/dev/pcitag/win11/npu", "0000:02:00.0" },  { "/dev/pcitag/win11/twin.0", "0000:03:00.0" },
	{ "/dev/pcitag/lin/gpu", "0000:65:00.0+1" },  { "/dev/pcitag/win11/twin.1", "0000:03:00.1" },
	{ "/dev/pcitag/lin/npu.1", "10000:01:00.0" },
};
static int asked;

static int resolve(void *context, const char *path, struct qemu_grant *out, struct error *err)
{
	asked++;
	CHECK(context == grants);
	out->is_without = strcmp(path, "/dev/pcitag/win11/spare") == 0;
	if (out->is_without)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(grants); i++) {
		if (strcmp(path, grants[i][0]) == 0)
			return grant_link_parse(grants[i][1], &out->addr, &out->functions, &out->options) == 0
				       ? 0
				       : -1;
	}
	return error_set(err, 0, "nothing granted for %s", path);
}

static const struct qemu_resolver resolver = { .resolve = resolve, .context = (void *)(uintptr_t)grants };

static int rewrite(char *const argv[], struct qemu_launch *out, struct error *err)
{
	asked = 0;
	return qemu_argv_rewrite(EMULATOR, argv, &resolver, out, err);
}

/* ---- lines of libvirt's ---------------------------------------------------------------------------- */

struct line {
	char *text;
	char *words[WORDS_MAX];
	size_t count;
};

static void load(const char *name, const char *kind, struct line *out)
{
	char path[256];
	long size;
	FILE *file;

	snprintf(path, sizeof(path), "tests/unit/argv/%s.%s", name, kind);
	file = fopen(path, "r");
	CHECK(file && fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	rewind(file);
	CHECK(size > 0);
	out->text = calloc(1, (size_t)size + 1);
	CHECK(out->text && fread(out->text, 1, (size_t)size, file) == (size_t)size);
	fclose(file);
	out->count = 0;
	for (char *word = out->text; *word; word = word + strlen(word) + 1) {
		char *end = strchr(word, '\n');

		CHECK(end && out->count + 1 < WORDS_MAX);
		*end = '\0';
		out->words[out->count++] = word;
	}
	out->words[out->count] = NULL;
}

static void check_line(const char *name, size_t placeholders, uint64_t memlock_mib)
{
	struct line in, expected;
	struct qemu_launch launch;
	struct error err = { .msg = "" };

	load(name, "in", &in);
	load(name, "out", &expected);
	if (rewrite(in.words, &launch, &err) != 0)
		CHECK_STR(err.msg, "");
	for (size_t i = 0; i < expected.count && i < launch.argc; i++)
		CHECK_STR(launch.argv[i], expected.words[i]);
	CHECK(launch.argc == expected.count && !launch.argv[launch.argc]);
	CHECK(launch.placeholders == placeholders);
	CHECK(launch.memlock.max == memlock_mib << 20);
	qemu_launch_clear(&launch);
	free(in.text);
	free(expected.text);
}

static void test_lines_of_libvirt_become_what_qemu_is_run_with(void)
{
	check_line("libvirt-9.0-q35", 1, 1280);
	/* Two placeholders, one with two functions, <driver iommu= ats=>, maxMemory, and a true evdev input.
	 */
	check_line("libvirt-9.0-i440fx", 2, 2048);
	check_line("libvirt-9.0-viommu", 1, 1280);
	check_line("libvirt-legacy-q35", 1, 1280);
}

static void test_the_probe_of_libvirt_is_run_as_it_is(void)
{
	check_line("libvirt-probe", 0, 0);
}

/* ---- single shapes --------------------------------------------------------------------------------- */

#define LINE(...) ((char *[]){ text(EMULATOR), __VA_ARGS__, NULL })

/* String constants as argv's words, which are not const. */
static char *text(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

static void check_same(char *const argv[])
{
	struct qemu_launch launch;
	struct error err = { .msg = "" };
	size_t i;

	CHECK(rewrite(argv, &launch, &err) == 0);
	for (i = 1; argv[0] && argv[i]; i++)
		CHECK(i < launch.argc && launch.argv[i] == argv[i]);
	CHECK(launch.argc == i && !launch.argv[i]);
	CHECK(launch.placeholders == 0 && asked == 0);
	CHECK_STR(launch.argv[0], EMULATOR);
	qemu_launch_clear(&launch);
}

static void check_words(char *const argv[], const char *const expected[])
{
	struct qemu_launch launch;
	struct error err = { .msg = "" };
	size_t i;

	if (rewrite(argv, &launch, &err) != 0)
		CHECK_STR(err.msg, "");
	for (i = 0; expected[i]; i++) {
		CHECK(i + 1 < launch.argc);
		CHECK_STR(launch.argv[i + 1], expected[i]);
	}
	CHECK(launch.argc == i + 1);
	qemu_launch_clear(&launch);
}

static void check_refused(char *const argv[], const char *why)
{
	struct qemu_launch launch;
	struct error err = { .msg = "" };

	CHECK(rewrite(argv, &launch, &err) == -1);
	if (!strstr(err.msg, why))
		CHECK_STR(err.msg, why);
	CHECK(!strchr(err.msg, '\n'));
	qemu_launch_clear(&launch);
}

#define NPU "virtio-input-host-pci,id=input0,evdev=/dev/pcitag/win11/npu,bus=pci.2,addr=0x0"
#define NPU_SWAPPED "vfio-pci,id=input0,sysfsdev=/sys/bus/pci/devices/0000:02:00.0,bus=pci.2,addr=0x0"

static void test_odd_lines_are_passed_on_word_by_word(void)
{
	char *lengthy = malloc(128 * 1024 + 1);

	memset(lengthy, ',', 128 * 1024);
	lengthy[128 * 1024] = '\0';
	check_same((char *[]){ NULL });
	check_same((char *[]){ text("qemu"), NULL });
	check_same(LINE(text("--"), text("--"), text("-"), text(""), text("disk.img")));
	check_same(LINE(text(""), text(""), text("-device"), text("")));
	check_same(LINE(text("-append"), text("a\nb -device x\n"), text("\n")));
	check_same(LINE(text("-append"), lengthy, text("-device"), lengthy, text("-object"), lengthy));
	check_same(LINE(text("-S"), text("-device")));
	check_same(LINE(text("-device"), text("help"), text("-device"), text("?"), text("-object"),
			text("help")));
	check_same(
		LINE(text("-device"), text("{"), text("-device"), text("{}"), text("-object"), text("[]")));
	check_same(LINE(text("-device"), text("-device"), text("-object"), text("-object"), text("-m")));
	free(lengthy);
}

static void test_our_paths_outside_an_evdev_are_nobodys_business(void)
{
	check_same(LINE(text("-name"), text("guest=/dev/pcitag/win11/npu"), text("-append"), text(NPU),
			text("/dev/vfio/vfio"), text("-chardev"), text("pipe,path=/dev/pcitag/win11/npu")));
	check_same(LINE(text("-device"), text("usb-mtp,rootdir=/dev/pcitag/win11"), text("-device"),
			text("{\"driver\":\"x\",\"file\":\"/dev/pcitag/win11/npu\"")));
	check_same(
		LINE(text("-device"),
		     text("{\"driver\":\"virtio-input-host-pci\",\"evdev\":[\"/dev/pcitag/win11/npu\"]}")));
	check_same(LINE(text("-device"),
			text("virtio-input-host-pci,evdev=/dev/input/by-id/,,/dev/pcitag/win11/npu")));
	/* Not written by libvirt, so not read: QEMU refuses it, since the node is no evdev. */
	check_same(LINE(
		text("-device"),
		text("{\"driver\":\"virtio-input-host-pci\",\"evdev\":\"\\/dev\\/pcitag\\/win11\\/npu\"}")));
}

static void test_an_option_that_is_passed_on_unread_leaves_no_message(void)
{
	char *const argv[] = { text("qemu"), text("-device"), text("{\"id\":\"/dev/pcitag/"), NULL };
	struct error err = { 0 };
	struct qemu_launch out;

	CHECK(rewrite(argv, &out, &err) == 0);
	CHECK_STR(err.msg, "");
	qemu_launch_clear(&out);
}

static void test_a_placeholder_is_swapped_wherever_it_stands(void)
{
	check_words(LINE(text("-device"), text(NPU)), (const char *const[]){ "-device", NPU_SWAPPED, NULL });
	check_words(LINE(text("--device"), text(NPU), text("-S")),
		    (const char *const[]){ "--device", NPU_SWAPPED, "-S", NULL });
	/* The text of a kernel's command line cannot hide it. */
	check_words(LINE(text("-append"), text("-device"), text("-device"), text(NPU)),
		    (const char *const[]){ "-append", "-device", "-device", NPU_SWAPPED, NULL });
	check_words(LINE(text("-device"), text("virtio-input-host-pci,evdev=/dev/pcitag/win11/npu")),
		    (const char *const[]){ "-device", "vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:02:00.0",
					   NULL });
}

static void test_two_placeholders_of_one_group_are_two_devices(void)
{
	struct qemu_launch launch;
	struct error err;
	char **argv = LINE(text("-m"), text("256"), text("-device"),
			   text("{\"driver\":\"virtio-input-host-pci\",\"id\":\"input0\",\"evdev\":\"/dev/"
				"pcitag/win11/twin.0\","
				"\"bus\":\"pci.2\",\"multifunction\":true,\"addr\":\"0x0\"}"),
			   text("-device"),
			   text("{\"driver\":\"virtio-input-host-pci\",\"id\":\"input1\",\"evdev\":\"/dev/"
				"pcitag/win11/twin.1\","
				"\"bus\":\"pci.2\",\"addr\":\"0x0.0x1\"}"),
			   text("-device"), text("intel-iommu"));

	CHECK(rewrite(argv, &launch, &err) == 0);
	CHECK_STR(launch.argv[4], "{\"driver\":\"vfio-pci\",\"id\":\"input0\",\"sysfsdev\":\"/sys/bus/pci/"
				  "devices/0000:03:00.0\","
				  "\"bus\":\"pci.2\",\"multifunction\":true,\"addr\":\"0x0\"}");
	CHECK_STR(launch.argv[6], "{\"driver\":\"vfio-pci\",\"id\":\"input1\",\"sysfsdev\":\"/sys/bus/pci/"
				  "devices/0000:03:00.1\","
				  "\"bus\":\"pci.2\",\"addr\":\"0x0.0x1\"}");
	CHECK(launch.placeholders == 2 && launch.argv[1] == argv[1] && launch.argv[8] == argv[8]);
	/* Each of them pins all memory, behind the guest's IOMMU. */
	CHECK(launch.memlock.max == (2 * 256ULL + 1024) << 20);
	qemu_launch_clear(&launch);
}

static void test_every_function_of_a_grant_counts_for_the_memory(void)
{
	struct qemu_launch launch;
	struct error err;

	CHECK(rewrite(LINE(text("-m"), text("1G"), text("-device"), text("vfio-pci,host=05:00.0"),
			   text("-device"), text("virtio-iommu-pci"), text("-device"),
			   text("virtio-input-host-pci,evdev=/dev/pcitag/lin/gpu,addr=4")),
		      &launch, &err) == 0);
	CHECK(launch.placeholders == 1 && launch.memlock.max == 4ULL << 30);
	qemu_launch_clear(&launch);
}

static void test_the_container_goes_with_its_word(void)
{
	static const char *const rest[] = { "-S", "-daemonize", NULL };

	check_words(LINE(text("-S"), text("-object"), text("input-linux,id=input1,evdev=/dev/vfio/vfio"),
			 text("-daemonize")),
		    rest);
	check_words(LINE(text("-S"), text("--object"),
			 text("{\"qom-type\":\"input-linux\",\"id\":\"i\",\"evdev\":\"/dev/vfio/vfio\","
			      "\"repeat\":true,\"grab_all\":true,\"grab-toggle\":\"ctrl-ctrl\"}"),
			 text("-daemonize")),
		    rest);
}

static void test_nothing_else_goes_with_it(void)
{
	check_same(LINE(text("-object"), text("input-linux,id=a,evdev=/dev/vfio/vfio2"), text("-object"),
			text("input-linux,id=a,evdev=/dev/vfio/vfio,,"), text("-object"),
			text("rng-random,id=a,filename=/dev/vfio/vfio"), text("-object"),
			text("other,id=a,evdev=/dev/vfio/vfio"), text("-object"),
			text("{\"evdev\":\"/dev/vfio/vfio\""), text("-object"),
			text("input-linux,id=input1,evdev=/dev/input/event0"), text("-device"),
			text("input-linux,evdev=/dev/vfio/vfio")));
}

#define SPARE "virtio-input-host-pci,id=input2,evdev=/dev/pcitag/win11/spare,bus=pci.3,addr=0x0"
#define CONTAINER "input-linux,id=input1,evdev=/dev/vfio/vfio"

static void test_what_got_no_device_is_left_out(void)
{
	struct qemu_launch launch;
	struct error err;

	check_words(LINE(text("-S"), text("-device"), text(SPARE), text("-object"), text(CONTAINER)),
		    (const char *const[]){ "-S", NULL });
	check_words(LINE(text("-device"), text(SPARE), text("-device"), text(NPU), text("-device"),
			 text("{\"driver\":\"virtio-input-host-pci\",\"evdev\":\"/dev/pcitag/win11/spare\"}"),
			 text("-device"), text("e1000e")),
		    (const char *const[]){ "-device", NPU_SWAPPED, "-device", "e1000e", NULL });
	/* Nothing is locked for it, and sizes that only the limit needs are not read. */
	CHECK(rewrite(LINE(text("-m"), text("lots"), text("-device"), text(SPARE)), &launch, &err) == 0);
	CHECK(launch.placeholders == 0 && asked == 1);
	qemu_launch_clear(&launch);
	CHECK(rewrite(LINE(text("-m"), text("1G"), text("-device"), text(SPARE), text("-device"), text(NPU)),
		      &launch, &err) == 0);
	CHECK(launch.placeholders == 1 && launch.memlock.boot == 2048ULL << 20);
	qemu_launch_clear(&launch);
	/* It is no less strict about what stands for it. */
	check_refused(LINE(text("-device"), text("virtio-input-host-ccw,evdev=/dev/pcitag/win11/spare")),
		      "virtio-input-host-ccw device, which has no PCI address");
	check_refused(LINE(text("-device"), text(SPARE ",host=05:00.0")), "also names a device by 'host'");
	check_refused(LINE(text("-object"), text("input-linux,id=a,evdev=/dev/pcitag/win11/spare")),
		      "instead of <input type='evdev'>");
}

static void test_a_placeholder_that_cannot_be_swapped_stops_the_start(void)
{
	check_refused(LINE(text("-device"), text("virtio-input-host-pci,evdev=/dev/pcitag/win11/none")),
		      "nothing granted for /dev/pcitag/win11/none");
	check_refused(LINE(text("-device"), text(NPU), text("-device"),
			   text("virtio-input-host-pci,evdev=/dev/pcitag/win11/none")),
		      "nothing granted for /dev/pcitag/win11/none");
	check_refused(LINE(text("-device"),
			   text("virtio-input-host-ccw,evdev=/dev/pcitag/win11/npu,devno=fe.0.0001")),
		      "virtio-input-host-ccw device, which has no PCI address");
	check_refused(LINE(text("-device"), text("virtio-input-host-device,evdev=/dev/pcitag/win11/npu")),
		      "virtio-input-host-device device, which has no PCI address");
	check_refused(
		LINE(text("-object"),
		     text("{\"qom-type\":\"input-linux\",\"id\":\"a\",\"evdev\":\"/dev/pcitag/win11/npu\"}")),
		"instead of <input type='evdev'>");
	check_refused(LINE(text("-device"), text(NPU), text("-m"), text("lots")), "-m size=lots");
	check_refused(LINE(text("-device"), text("virtio-input-host-pci,evdev=/dev/pcitag/lin/gpu")),
		      "a guest slot of their own");
}

static void test_a_placeholder_that_cannot_be_read_stops_the_start(void)
{
	char *lengthy = malloc(QEMU_OPTION_MAX + sizeof("," NPU));

	check_refused(
		LINE(text("-device"),
		     text("{\"driver\":\"virtio-input-host-pci\",\"evdev\":\"/dev/pcitag/win11/npu\"")),
		"cannot read the -device that names a placeholder, '/dev/pcitag/win11/npu\"': its JSON ends");
	check_refused(LINE(text("-device"), text(NPU ",evdev=/dev/input/event0")), "'evdev' twice");
	memset(lengthy, 'x', QEMU_OPTION_MAX);
	strcpy(lengthy + QEMU_OPTION_MAX, "," NPU);
	check_refused(LINE(text("-device"), lengthy), "longer than 65536 bytes");
	/* As long, and none of ours: QEMU's own to read. */
	strcpy(lengthy + QEMU_OPTION_MAX, ",x=/dev/pcitag/");
	check_same(LINE(text("-device"), lengthy));
	free(lengthy);
}

/* ---- no placeholder in, the same bytes out --------------------------------------------------------- */

static uint32_t state;

/* Marsaglia's xorshift: the same lines in every run. */
static uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* Pieces that make lines look like QEMU's, and get near placeholders without being any. */
static const char *const pieces[] = {
	"-device",
	"--device",
	"-object",
	"-m",
	"-machine",
	"-",
	"--",
	"",
	"{",
	"}",
	"\"",
	":",
	",",
	",,",
	"=",
	"driver",
	"\"driver\":\"virtio-input-host-pci\"",
	"virtio-input-host-pci",
	"vfio-pci",
	"evdev=",
	"\"evdev\":",
	"/dev/pcitag",
	"/dev/vfio",
	"\\/dev\\/pcitag\\/win11\\/npu",
	"qom-type",
	"input-linux,id=a",
	"addr=0x0",
	"multifunction=on",
	"help",
	"\n",
	"\xff",
	"intel-iommu",
	"size=1g,maxmem=2g",
	"/dev/input/event3",
	"{\"driver\":\"e1000e\",\"id\":\"a\",\"addr\":\"0x2\"}",
	"/DEV/PCITAG/",
	"/dev/pcitag.d/",
	"npu",
	" ",
};

static void random_word(char word[static 512])
{
	uint32_t count = any(6);

	word[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		if (any(8) == 0)
			sprintf(word + strlen(word), "%c", (char)(1 + any(255)));
		else
			strcat(word, pieces[any(ARRAY_SIZE(pieces))]);
	}
}

static bool ours(const char *word)
{
	return strstr(word, "/dev/pcitag/") || strstr(word, "/dev/vfio/vfio");
}

static void test_no_placeholder_in_the_same_bytes_out(void)
{
	static char words[40][512], kept[40][512];
	char *argv[41];

	state = 20240229;
	for (int round = 0; round < 20000; round++) {
		size_t count = any(40);

		for (size_t i = 0; i < count; i++) {
			do
				random_word(words[i]);
			while (ours(words[i]));
			argv[i] = words[i];
		}
		argv[count] = NULL;
		memcpy(kept, words, sizeof(words));
		check_same(argv);
		CHECK(memcmp(kept, words, sizeof(words)) == 0);
	}
}

static bool made(const struct qemu_launch *launch, const char *word)
{
	for (size_t i = 0; i < launch->made_count; i++) {
		if (launch->made[i] == word)
			return true;
	}
	return false;
}

/* With placeholders thrown in anything may be refused, but what is not read must come out unchanged. */
static void test_other_words_survive_any_neighbour(void)
{
	static char words[40][512];
	char *argv[41];

	state = 7;
	for (int round = 0; round < 20000; round++) {
		size_t count = any(40), out = 1;
		struct qemu_launch launch;
		struct error err = { .msg = "" };

		for (size_t i = 0; i < count; i++) {
			random_word(words[i]);
			if (any(5) == 0)
				strcat(words[i], any(2) ? "/dev/pcitag/win11/npu" : "/dev/vfio/vfio");
			argv[i] = words[i];
		}
		argv[count] = NULL;
		if (rewrite(argv, &launch, &err) < 0)
			CHECK(err.msg[0]);
		for (size_t i = 1; i < count && launch.argv && out < launch.argc; i++) {
			if (launch.argv[out] == argv[i] || made(&launch, launch.argv[out]))
				out++;
			else
				CHECK(ours(argv[i]) || (argv[i + 1] && ours(argv[i + 1])));
		}
		qemu_launch_clear(&launch);
	}
}

int main(void)
{
	RUN(test_lines_of_libvirt_become_what_qemu_is_run_with);
	RUN(test_the_probe_of_libvirt_is_run_as_it_is);
	RUN(test_odd_lines_are_passed_on_word_by_word);
	RUN(test_our_paths_outside_an_evdev_are_nobodys_business);
	RUN(test_an_option_that_is_passed_on_unread_leaves_no_message);
	RUN(test_a_placeholder_is_swapped_wherever_it_stands);
	RUN(test_two_placeholders_of_one_group_are_two_devices);
	RUN(test_every_function_of_a_grant_counts_for_the_memory);
	RUN(test_the_container_goes_with_its_word);
	RUN(test_nothing_else_goes_with_it);
	RUN(test_what_got_no_device_is_left_out);
	RUN(test_a_placeholder_that_cannot_be_swapped_stops_the_start);
	RUN(test_a_placeholder_that_cannot_be_read_stops_the_start);
	RUN(test_no_placeholder_in_the_same_bytes_out);
	RUN(test_other_words_survive_any_neighbour);
	return 0;
}
