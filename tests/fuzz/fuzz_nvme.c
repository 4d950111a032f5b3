/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/nvme/erase.c model/nvme/sample.c base/error.c */
/* What an NVMe controller answers, which a guest may have had in its hands: every reader of it, on the same
 * bytes. */
#include "model/nvme/erase.h"
#include "model/nvme/sample.h"
#include "fuzz.h"

static void check_choice(const uint8_t *answer)
{
	struct nvme_abilities can;
	enum nvme_erase how;
	struct error err = { 0 };

	nvme_abilities_read(answer, &can);
	for (int alone = 0; alone < 2; alone++) {
		if (nvme_erase_choose(&can, alone, &how, &err) != 0) {
			require_message(&err);
			continue;
		}
		REQUIRE(how != NVME_FORMAT || can.formats);
		/* Nothing that others have a part of. */
		REQUIRE(how == NVME_FORMAT || (!can.is_virtual && (alone || !can.is_one_of_several)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t answer[NVME_IDENTIFY_LEN], erased[SAMPLE_LEN];
	static struct nvme_namespaces list;
	struct nvme_sanitize_log log;

	memset(answer, 0, sizeof(answer));
	memcpy(answer, data, size < sizeof(answer) ? size : sizeof(answer));
	check_choice(answer);
	/* Secure erase, and nothing of it that is reserved. */
	REQUIRE((nvme_format_command(answer) & ~UINT32_C(0x31ff)) == 1 << 9);
	nvme_sanitize_log_read(answer, &log);
	REQUIRE(log.percent <= 100 && log.state <= NVME_SANITIZE_FAILED);
	if (nvme_namespaces_read(answer, &list) == 0)
		REQUIRE(list.count <= NVME_NAMESPACES_MAX && nvme_namespaces_missing(&list, &list) == 0);
	REQUIRE(!sample_survives(answer, erased));
	REQUIRE(sample_survives(answer, answer) == sample_tells(answer));
	return 0;
}
