/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* links: model/system/host_text.c base/text.c */
#include "model/system/host_text.h"
#include "test.h"

static void test_each_architecture_has_its_own(void)
{
	static const char *const rows[][3] = {
		{ "x86_64", "VT-d or AMD-Vi", "DMAR or IVRS" },
		{ "i686", "VT-d or AMD-Vi", "DMAR or IVRS" },
		{ "aarch64", "SMMU", "IORT" },
		{ "armv7l", "SMMU", "device tree" },
		{ "ppc64le", "PowerNV", "ibm,dma-window" },
		{ "s390x", "CONFIG_S390_IOMMU", "CONFIG_S390_IOMMU" },
		{ "riscv64", "CONFIG_RISCV_IOMMU", "RIMT" },
		{ "loongarch64", "a driver for", "a driver for" },
		{ "", "a driver for", "a driver for" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(strstr(iommu_advice(rows[i][0], false), rows[i][1]));
		CHECK(strstr(iommu_advice(rows[i][0], true), rows[i][2]));
		/* Where groups are, the switch is not the reason; elsewhere it is x86's alone. */
		CHECK(!strstr(iommu_advice(rows[i][0], true), "intel_iommu"));
		CHECK((i < 2) == !!strstr(iommu_advice(rows[i][0], false), "intel_iommu"));
	}
}

int main(void)
{
	RUN(test_each_architecture_has_its_own);
	return 0;
}
