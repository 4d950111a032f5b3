/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/argv.c model/qemu/device.c model/qemu/option.c model/qemu/memlock.c model/lease/vf_net.c */
/* links: model/lease/domain.c model/pci/address.c model/lease/name.c base/error.c model/lease/options.c */
/* libs: json-c */
/* A whole command line, a word on each line of the input; options as "driver,key=value". */
#include "launch.h"

#define WORDS_MAX 64

/* Splits @text into @argv, behind a first word of no interest. */
static void split(char *text, char *argv[static WORDS_MAX + 1])
{
	size_t count = 0;

	argv[count++] = (char[]){ "qemu" };
	while (text && count < WORDS_MAX)
		argv[count++] = strsep(&text, "\n");
	argv[count] = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *words = fuzz_text(data, size);
	char *argv[WORDS_MAX + 1];

	split(words, argv);
	fuzz_launch(argv);
	fuzz_option_round_trip(text);
	free(words);
	free(text);
	return 0;
}
