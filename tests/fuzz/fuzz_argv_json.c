/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/qemu/argv.c model/qemu/device.c model/qemu/option.c model/qemu/memlock.c model/lease/vf_net.c */
/* links: model/lease/domain.c model/pci/address.c model/lease/name.c base/error.c model/lease/options.c */
/* libs: json-c */
/* The value of one -device in JSON, on an ordinary command line. */
#include "launch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *const argv[] = { (char[]){ "qemu" },
			       (char[]){ "-m" },
			       (char[]){ "size=262144k,slots=4,maxmem=1048576k" },
			       (char[]){ "-device" },
			       text,
			       (char[]){ "-object" },
			       text,
			       (char[]){ "-S" },
			       NULL };

	fuzz_option_round_trip(text);
	fuzz_launch(argv);
	free(text);
	return 0;
}
