# SPDX-License-Identifier: LGPL-2.1-or-later
# What each program is made of. Layers point down: cli, flow, host, model, base.

base := src/base/error.c
model := $(sort $(wildcard src/model/*.c))
host := $(sort $(wildcard src/host/*.c))
