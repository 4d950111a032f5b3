/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/net/tcx.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

/* BPF_TCX_INGRESS and BPF_TCX_EGRESS, which are not in the headers of Debian 12. */
static const unsigned int hooks[] = { 46, 47 };

/* EINVAL: no such hook (kernel: kernel/bpf/syscall.c, bpf_prog_query). ENODEV: no such interface any more. */
static bool is_none(int code)
{
	return code == EINVAL || code == ENOSYS || code == EPERM || code == EACCES || code == ENODEV;
}

int tcx_has_program(unsigned int ifindex, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		union bpf_attr attr;

		/* Clears the whole union, because the kernel rejects unknown fields that are not 0. */
		memset(&attr, 0, sizeof(attr));
		attr.query.target_fd = ifindex; /* a union with target_ifindex, since Linux 6.6 */
		attr.query.attach_type = hooks[i];
		if (syscall(SYS_bpf, BPF_PROG_QUERY, &attr, sizeof(attr)) < 0) {
			if (is_none(errno))
				continue;
			return error_set(err, errno, "cannot ask for the tcx programs of interface %u",
					 ifindex);
		}
		if (attr.query.prog_cnt > 0)
			return 1;
	}
	return 0;
}
