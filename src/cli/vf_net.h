/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of pcitag-vf-net (host/vf/vf_protocol.h). */
#ifndef PCITAG_CLI_VF_NET_H
#define PCITAG_CLI_VF_NET_H

int vf_net_main(int argc, char *argv[]);

#endif
