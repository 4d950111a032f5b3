/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For both forms of -device: what holds of QEMU's command line once the wrapper has rewritten it. */
#ifndef PCITAG_FUZZ_LAUNCH_H
#define PCITAG_FUZZ_LAUNCH_H

#include <stdbool.h>

#include "fuzz.h"
#include "model/lease/domain.h"
#include "model/qemu/argv.h"

/* Any legal placeholder is granted something, but .0: which functions, its owner's name decides. */
static inline int fuzz_resolve(void *context UNUSED, const char *path, struct qemu_grant *out,
			       struct error *err)
{
	struct request request;

	if (placeholder_parse(path, &request, err) != 0)
		return -1;
	out->is_without = request.index == 0;
	if (out->is_without)
		return 0;
	out->addr = (struct pci_addr){ .domain = 0x10000, .bus = 0x3b, .function = request.owner[0] & 7 };
	out->functions = (uint8_t)((unsigned)request.owner[1] | 1U << out->addr.function);
	strcpy(out->options.text,
	       request.index < 0 ? "" : "bootindex=1,rombar=0,romfile=x.rom,x-no-mmap=on,x-vga=on");
	return 0;
}

/* Does the wrapper have reason to look at this line at all? */
static inline bool fuzz_concerns_us(char *const argv[])
{
	for (size_t i = 1; argv[i]; i++) {
		if (strstr(argv[i], PLACEHOLDER_DIR) || strstr(argv[i], VFIO_CONTAINER_PATH))
			return true;
	}
	return false;
}

/* Every word the same word, and none more or less. */
static inline void fuzz_require_untouched(char *const argv[], const struct qemu_launch *launch)
{
	size_t count = 1;

	REQUIRE(launch->placeholders == 0);
	for (; argv[count]; count++)
		REQUIRE(count < launch->argc && launch->argv[count] == argv[count]);
	REQUIRE(launch->argc == count && !launch->argv[count]);
}

/* Words that are not of our making are words of the original, in their order. */
static inline void fuzz_require_order(char *const argv[], const struct qemu_launch *launch)
{
	size_t from = 1;

	for (size_t i = 1; i < launch->argc; i++) {
		bool made = false;

		for (size_t m = 0; m < launch->made_count; m++)
			made = made || launch->made[m] == launch->argv[i];
		/* A grant of several functions has its "-device" several times. */
		if (made || (i + 1 < launch->argc && i > 1 && launch->argv[i] == launch->argv[i - 2]))
			continue;
		while (argv[from] && argv[from] != launch->argv[i])
			from++;
		REQUIRE(argv[from]);
	}
}

static inline void fuzz_require_swapped(const struct qemu_launch *launch)
{
	REQUIRE(launch->memlock.boot <= launch->memlock.max);
	/* The first word made is the emulator. */
	for (size_t m = 1; m < launch->made_count; m++) {
		struct qemu_option option;
		const char *text;

		REQUIRE(qemu_option_parse(launch->made[m], "driver", &option, NULL) == 0);
		text = qemu_option_string(&option, "driver");
		REQUIRE(text && strcmp(text, "vfio-pci") == 0);
		text = qemu_option_string(&option, "sysfsdev");
		REQUIRE(text && strncmp(text, "/sys/bus/pci/devices/10000:3b:00.", 33) == 0);
		REQUIRE(!qemu_device_placeholder(&option));
		qemu_option_clear(&option);
	}
}

/* What has been rewritten has nothing left to rewrite. */
static inline void fuzz_require_finished(const struct qemu_launch *launch,
					 const struct qemu_resolver *resolver)
{
	struct error err = { 0 };
	struct qemu_launch again;

	REQUIRE(qemu_argv_rewrite("/usr/bin/qemu", launch->argv, resolver, &again, &err) == 0);
	fuzz_require_untouched(launch->argv, &again);
	qemu_launch_clear(&again);
}

/* @argv: ends in NULL; argv[0] is not looked at */
static inline void fuzz_launch(char *const argv[])
{
	static const struct qemu_resolver resolver = { .resolve = fuzz_resolve };
	struct error err = { 0 };
	struct qemu_launch launch;

	if (qemu_argv_rewrite("/usr/bin/qemu", argv, &resolver, &launch, &err) != 0) {
		require_message(&err);
		REQUIRE(fuzz_concerns_us(argv));
	} else {
		require_no_message(&err);
		REQUIRE(strcmp(launch.argv[0], "/usr/bin/qemu") == 0);
		if (!fuzz_concerns_us(argv))
			fuzz_require_untouched(argv, &launch);
		fuzz_require_order(argv, &launch);
		if (launch.placeholders)
			fuzz_require_swapped(&launch);
		fuzz_require_finished(&launch, &resolver);
	}
	qemu_launch_clear(&launch);
}

/* An option that can be read can be written, and reads the same again. */
static inline void fuzz_option_round_trip(const char *text)
{
	struct qemu_option option, back;
	struct error err = { 0 };
	char *written, *again;

	if (qemu_option_parse(text, "driver", &option, &err) != 0) {
		require_message(&err);
		qemu_option_clear(&option);
		return;
	}
	require_no_message(&err);
	written = qemu_option_format(&option);
	REQUIRE(written && qemu_option_parse(written, "driver", &back, &err) == 0);
	REQUIRE(back.json == option.json);
	/* JSON may hold a NaN, which json-c lets through for QEMU to refuse, and which equals nothing. */
	REQUIRE(option.json || json_object_equal(back.props, option.props));
	again = qemu_option_format(&back);
	REQUIRE(again && strcmp(again, written) == 0);
	free(written);
	free(again);
	qemu_option_clear(&option);
	qemu_option_clear(&back);
}

#endif
